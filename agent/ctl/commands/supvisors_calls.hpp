// supvisors_calls.hpp: how Supvisors' commands call supvisors.* methods and show the answers (contract supvisors.md 6):
// a fault is one line, `ERROR (text)` or `subject: ERROR (text)`, with status 1; an answer is a line or a table, and in
// JSON mode a document. Methods are named without their namespace. Called by the functions of these commands alone.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ctl/commands/command.hpp"
#include "ctl/format/supvisors_text.hpp"
#include "ctl/session.hpp"

namespace holdfast::ctl {

/// Prints the line of a call that failed and sets its status. Anything but a fault is shown as unexpected.
void show_supvisors_failure(Session& session, const std::string& subject, const Failure& failure);

/// The answer of a method without parameters; nullopt: it failed, which was printed.
std::optional<wire::Value> ask_supvisors(Session& session, const std::string& method);

/// The answers of `method` about each of `names`; of an answer that is a list, its items. A fault is printed and passed
/// over; nullopt: an unexpected failure, which was printed.
std::optional<wire::Array> ask_supvisors_for_each(Session& session, const std::vector<std::string>& names,
                                                  const std::string& method);

/// Calls a method that acts and prints `done` with what it answered; a failure is printed of `subject`.
std::optional<wire::Value> act_and_print(Session& session, const std::string& method, const Server::Params& params,
                                         const std::string& subject, const std::string& done);
/// The same for a command that is one call, whose document is the answer.
void act_once(Session& session, const std::string& method, const Server::Params& params, const std::string& subject,
              const std::string& done);
/// The same for each of `names`, which is put behind the parameters; one document of all that were done.
void act_for_each(Session& session, const std::string& method, Server::Params params,
                  const std::vector<std::string>& names, const std::string& done);

/// The words from `first` on as one text: the arguments of a start.
std::string joined_words(const Arguments& arguments, std::size_t first);

/// Prints a table; its document is `values`.
void print_supvisors_table(Session& session, std::vector<SupvisorsColumn> columns,
                           const std::vector<std::vector<std::string>>& rows, const wire::Array& values);

}  // namespace holdfast::ctl

// command.hpp: a command of holdfastctl, as its row in the table of its family describes it. A line is one command; its
// first word (letters, digits, '_') names it, as Python's cmd module splits it (contract supervisor.md 6.1). What all
// commands of a family check is checked once, by run_command.hpp; a row says where its command differs; the function
// only acts. A new command is a row (supervisor_table.cpp, supvisors_table.cpp, own_table.cpp) and a function. Calls no
// server.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/session.hpp"

namespace holdfast::ctl {

/// What follows the command's name.
struct Arguments {
  std::string text;                      // as one text, without blanks around it
  std::vector<std::string> words;        // of that text: quoting is lost, as it is with supervisorctl
  std::vector<std::string> shell_words;  // as the shell divided them, each may hold blanks: for our own commands
};

/// How many words a command takes. Those of a command that takes none are counted before the server is asked, as with
/// supervisorctl; of the others after.
struct WordCount {
  std::size_t min = 0;
  std::string_view required = {};  // what the error line says is required: "a process name"
  std::size_t max = SIZE_MAX;
};
inline constexpr WordCount kNoWords{0, {}, 0};

struct Command {
  /// Whose command it is, which decides what is checked before it acts.
  enum class Family {
    supervisor,  // Supervisor's: that the server has supervisor.* of our version, then the words
    supvisors,   // Supvisors': that the server has supvisors.* of our version, then the strategy, then the other words
    holdfast,    // ours: the words alone; a server that lacks the method answers so
  };
  /// What stands behind the name, for completion.
  enum class Subject {
    nothing,
    actions,
    groups,
    processes,
    nodes,
    application_verb,
    key_verb,
    rules_verb,
    strategy_and_applications,
    strategy_and_processes,
  };
  using Run = void (*)(Session&, const Arguments&);

  std::string_view name;
  Family family = Family::supervisor;
  Run run = nullptr;
  std::string_view help = {};  // without the last newline; empty: in no list
  Subject subject = Subject::nothing;
  /// What the server must have for it to be listed; empty: nothing beyond what every supervisord has.
  std::string_view method = {};
  WordCount words = {};

  // Where a command of Supervisor differs from its family:
  bool asks_server_first = true;               // false: acts at once, on a server of any version or on none
  std::optional<int> unusable_status = {};     // the exit status when the server cannot be used, whatever the cause
  std::optional<int> wrong_words_status = {};  // the exit status when it cannot use its words
  Run run_of_cluster = nullptr;                // what the word --cluster makes of it: a command of ours
};

/// All commands: family by family, in each by name.
std::span<const Command> commands();
const Command* find_command(std::string_view name);

/// Whether `help` and the completion name it where the server has `methods` (the answer to system.listMethods; empty:
/// there was none, and the server is taken for an agent of this version in a cluster).
bool is_offered(const Command& command, const wire::Array& methods);

}  // namespace holdfast::ctl

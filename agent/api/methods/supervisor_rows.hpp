// supervisor_rows.hpp: the methods of supervisor.* by subject, and what their functions have in common: how a request
// goes to the state machines and how its result becomes an answer. Used by supervisor_*.cpp only.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "api/fault.hpp"
#include "api/methods/method_rows.hpp"

namespace holdfast::api {

/// The daemon, its main log, the events that clients send.
std::vector<MethodRow> supervisor_daemon_rows();
std::vector<MethodRow> supervisor_configuration_rows();
/// What is known of processes; start, stop and signal them; their stdin.
std::vector<MethodRow> supervisor_process_rows();
std::vector<MethodRow> supervisor_log_rows();
/// What is answered while the daemon stops, too.
std::vector<MethodRow> supervisor_event_rows();

/// Hands a request to the state machines; what they answer is the answer.
void submit(const MethodCall& call, supervision::Input request);

/// `done`, with a line in the history before it, for what does not go through submit().
MethodDone recorded(const MethodCall& call, const std::string& name, const std::string& action);

/// One entry of an answer about several processes.
wire::Value result_value(const supervision::ProcessResult& result);

/// Answers bytes of a log. Of the faults only NO_FILE has a detail: the path (contract 4.3).
void read_file(const MethodCall& call, const std::string& path, std::int64_t offset, std::int64_t length);

/// Calls `use` with the process that argument 0 names; answers BAD_NAME with the name as given when there is none.
template <typename Use>
void with_process(const MethodCall& call, const MethodDone& done, Use use) {
  const std::string name = call.arguments.string(0);
  if (call.arguments.failed()) {
    return done(call.arguments.problem());
  }
  const supervision::Process* process = call.ports.supervision.supervisor().find_namespec(name);
  if (process == nullptr) {
    return done(make_fault(Fault::bad_name, name));
  }
  use(*process);
}

}  // namespace holdfast::api

// all_start all_start_args: one process on every node that is up, each asked itself; nobody waits (contract
// supvisors.md 6).
#include "ctl/commands/supvisors_calls.hpp"
#include "ctl/commands/supvisors_commands.hpp"
#include "ctl/format/members.hpp"

namespace holdfast::ctl {
namespace {

/// Nodes in these states are asked (contract supvisors.md 3.1).
constexpr std::int64_t kChecked = 2;
constexpr std::int64_t kRunning = 3;

/// Starts it at one node; what came of it is printed.
void start_at(Session& session, const std::string& identifier, const std::string& method, const Server::Params& params,
              wire::Array& results) {
  const std::string& name = *params.front().as_string();
  const auto target = session.target_of(identifier + "/" + name);
  if (!target) {
    return;  // said there
  }
  const Reply reply = session.call_at(*target, method, params, Patience::action);
  if (!reply) {
    return show_supvisors_failure(session, name, reply.failure());
  }
  session.console().print(name + " started on " + identifier + ": " + python_str(reply.value()));
  results.push_back(wire::Struct{{"identifier", identifier}, {"result", reply.value()}});
}

void start_everywhere(Session& session, const std::string& method, const Server::Params& params) {
  const auto nodes = ask_supvisors(session, "get_all_instances_info");
  if (!nodes) {
    return;
  }
  wire::Array results;
  bool any = false;
  for (const wire::Value& info : items_of(*nodes)) {
    const std::int64_t state = int_member(info, "statecode");
    if (state == kChecked || state == kRunning) {
      any = true;
      start_at(session, text_member(info, "identifier"), method, params, results);
    }
  }
  if (!any) {
    session.console().print_message("ERROR: no running Supvisors instance");
    session.set_status(exit_status::generic);
  }
  session.console().print_document(results);
}

}  // namespace

void run_all_start(Session& session, const Arguments& arguments) {
  start_everywhere(session, "supervisor.startProcess", {arguments.words.front(), false});
}

void run_all_start_args(Session& session, const Arguments& arguments) {
  start_everywhere(session, "supvisors.start_args", {arguments.words.front(), joined_words(arguments, 1), false});
}

}  // namespace holdfast::ctl

// end_sync: a person ends the nodes' wait for each other and names the Master (Supvisors' USER condition).
#include "ctl/commands/own_commands.hpp"
#include "ctl/commands/parsed_command.hpp"

namespace holdfast::ctl {

void run_end_sync(Session& session, const EndSyncArguments& arguments) {
  const std::string& master = arguments.master;
  const Reply reply = session.call("supvisors.end_sync", {master});
  if (!reply) {
    return show_own_fault(session, reply.failure());
  }
  session.console().print("end of synchronization requested" +
                          (master.empty() ? std::string() : " with Master " + master));
  session.console().print_document(reply.value());
}

}  // namespace holdfast::ctl

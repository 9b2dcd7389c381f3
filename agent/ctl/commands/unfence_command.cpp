// unfence: lets in a node that auto_fence keeps out since it was lost (docs/decisions/0016).
#include "ctl/commands/own_commands.hpp"
#include "ctl/commands/parsed_command.hpp"

namespace holdfast::ctl {

void run_unfence(Session& session, const UnfenceArguments& arguments) {
  const std::string& node = arguments.node;
  const Reply reply = session.call("holdfast.unfence", {node == "all" ? "*" : node}, Patience::action);
  if (!reply) {
    return show_own_fault(session, reply.failure());
  }
  session.console().print(node == "all" ? "every fenced node counts again" : node + ": counts again");
  session.console().print_document(reply.value());
}

}  // namespace holdfast::ctl

// unfence: lets in a node that auto_fence keeps out since it was lost (docs/decisions/0016).
#include "ctl/commands/command.hpp"
#include "ctl/format/names.hpp"
#include "ctl/commands/verb_arguments.hpp"

namespace holdfast::ctl {

void run_unfence(Session& session, const Arguments& arguments) {
  const auto parsed = parse_unfence(arguments.words);
  if (!parsed) {
    session.console().complain(parsed.error().message);
    session.set_status(exit_status::invalid_arguments);
    return;
  }
  session.console().set_format(parsed.value().format.value_or(session.console().format()));
  const std::string& node = parsed.value().node;
  const Reply reply = session.call("holdfast.unfence", {node == "all" ? "*" : node}, Patience::action);
  if (!reply) {
    const Failure& failure = reply.failure();
    if (failure.kind != Failure::Kind::fault || failure.code == fault::unknown_method) {
      return session.refused(failure);
    }
    session.console().problem("ERROR (" + one_line(failure.text) + ")");
    session.set_status(exit_status::generic);
    return;
  }
  session.console().say(node == "all" ? "every fenced node counts again" : node + ": counts again");
  session.console().result(reply.value());
}

}  // namespace holdfast::ctl

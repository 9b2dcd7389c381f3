// end_sync: a person ends the nodes' wait for each other and names the Master (Supvisors' USER condition).
#include "ctl/commands/command.hpp"
#include "ctl/format/names.hpp"
#include "ctl/commands/verb_arguments.hpp"

namespace holdfast::ctl {

void run_end_sync(Session& session, const Arguments& arguments) {
  const auto parsed = parse_end_sync(arguments.words);
  if (!parsed) {
    session.console().complain(parsed.error().message);
    session.set_status(exit_status::invalid_arguments);
    return;
  }
  session.console().set_format(parsed.value().format.value_or(session.console().format()));
  const std::string& master = parsed.value().master;
  const Reply reply = session.call("supvisors.end_sync", {master});
  if (!reply) {
    const Failure& failure = reply.failure();
    if (failure.kind != Failure::Kind::fault || failure.code == fault::unknown_method) {
      return session.refused(failure);
    }
    session.console().problem("ERROR (" + one_line(failure.text) + ")");  // contract supvisors.md 6
    session.set_status(exit_status::generic);
    return;
  }
  session.console().say("end of synchronization requested" +
                        (master.empty() ? std::string() : " with Master " + master));
  session.console().result(reply.value());
}

}  // namespace holdfast::ctl

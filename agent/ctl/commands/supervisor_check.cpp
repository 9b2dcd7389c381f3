#include "ctl/commands/supervisor_check.hpp"

namespace holdfast::ctl {
namespace {

constexpr const char* kApiVersion = "3.0";

}  // namespace

ServerCheck check_supervisor(Session& session) {
  const Reply reply = session.call("supervisor.getVersion");
  if (reply) {
    const std::string* version = reply.value().as_string();
    if (version != nullptr && *version == kApiVersion) {
      return ServerCheck::usable;
    }
    session.console().print_message(
        "Sorry, this version of supervisorctl expects to talk to a server with API version " +
        std::string(kApiVersion) + ", but the remote version is " + (version == nullptr ? "unknown" : *version) + ".");
    session.set_status(exit_status::not_installed);
    return ServerCheck::unusable;
  }
  const Failure& failure = reply.failure();
  if (is_fault(failure, Fault::unknown_method)) {
    session.console().print_message(
        "Sorry, supervisord responded but did not recognize the supervisor namespace commands that "
        "supervisorctl uses to control it.  Please check that the [rpcinterface:supervisor] section is "
        "enabled in the configuration file (see sample.conf).");
    session.set_status(exit_status::unimplemented);
    return ServerCheck::unusable;
  }
  if (session.show_unreachable("", failure)) {
    return ServerCheck::unusable;
  }
  session.show_unexpected(failure);
  return ServerCheck::broken;
}

}  // namespace holdfast::ctl

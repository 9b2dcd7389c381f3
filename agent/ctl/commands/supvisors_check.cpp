#include "ctl/commands/supvisors_check.hpp"

#include "ctl/commands/run_command.hpp"

namespace holdfast::ctl {
namespace {

constexpr const char* kVersion = "0.19";

}  // namespace

bool check_supvisors(Session& session) {
  const Reply reply = session.call("supvisors.get_api_version");
  if (reply) {
    const std::string* version = reply.value().as_string();
    if (version != nullptr && *version == kVersion) {
      return true;
    }
    session.console().print_message("ERROR: the server has version " + (version == nullptr ? "?" : *version) +
                                    " of Supvisors' interface, this command needs " + kVersion);
    session.set_status(exit_status::not_installed);
    return false;
  }
  const Failure& failure = reply.failure();
  if (is_fault(failure, Fault::unknown_method)) {
    session.console().print_message("ERROR: " + session.url() +
                                    " is in no cluster: it has neither [cluster] nor [rpcinterface:supvisors]");
    session.set_status(exit_status::unimplemented);
  } else if (!session.show_unreachable("ERROR: ", failure)) {
    session.show_unexpected(failure);
  }
  return false;
}

std::optional<StartingStrategy> strategy_argument(Session& session, std::string_view command,
                                                  const std::vector<std::string>& words) {
  const auto strategy = words.empty() ? std::nullopt : parse<StartingStrategy>(words.front());
  if (!strategy) {
    show_wrong_words(
        session, command,
        std::string(command) + " requires a starting strategy first: " + names_of<StartingStrategy>(" or "));
  }
  return strategy;
}

}  // namespace holdfast::ctl

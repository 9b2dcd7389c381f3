// start_application restart_application stop_application: managed applications by their rules (contract supvisors.md
// 6).
#include <map>

#include "ctl/commands/supvisors_calls.hpp"
#include "ctl/commands/supvisors_commands.hpp"
#include "ctl/format/members.hpp"
#include "ctl/format/namespec.hpp"

namespace holdfast::ctl {
namespace {

using Words = std::vector<std::string>;

/// Of every application whether it is managed; nullopt: that failed, which was printed.
std::optional<std::map<std::string, bool>> ask_which_are_managed(Session& session) {
  const auto all = ask_supvisors(session, "get_all_applications_info");
  if (!all) {
    return std::nullopt;
  }
  std::map<std::string, bool> managed;
  for (const wire::Value& info : items_of(*all)) {
    managed[text_member(info, "application_name")] = truth_member(info, "managed");
  }
  return managed;
}

/// The managed applications that `names` mean. An unmanaged one is passed over with a line that names the command of
/// Supervisor which serves it; an unknown one is an error.
Words managed_applications(Session& session, const Words& names, const std::string& alternative) {
  const auto applications = ask_which_are_managed(session);
  if (!applications) {
    return {};
  }
  Words chosen;
  if (means_all(names)) {
    for (const auto& [name, is_managed] : *applications) {
      if (is_managed) {
        chosen.push_back(name);
      }
    }
    return chosen;
  }
  for (const std::string& name : names) {
    const auto known = applications->find(name);
    if (known == applications->end()) {
      session.console().print_message(name + ": ERROR (no such application)");
      session.set_status(exit_status::invalid_arguments);
    } else if (!known->second) {
      session.console().print_message(name + ": IGNORED (unmanaged. use " + alternative + " " + name + ":*)");
    } else {
      chosen.push_back(name);
    }
  }
  return chosen;
}

/// A strategy, then names.
void act_by_strategy(Session& session, const std::string& method, const Words& words, const std::string& alternative,
                     const std::string& done) {
  act_for_each(session, method, {words.front()},
               managed_applications(session, Words(words.begin() + 1, words.end()), alternative), done);
}

}  // namespace

void run_start_application(Session& session, const Arguments& arguments) {
  act_by_strategy(session, "start_application", arguments.words, "start", "started");
}

void run_restart_application(Session& session, const Arguments& arguments) {
  act_by_strategy(session, "restart_application", arguments.words, "restart", "restarted");
}

void run_stop_application(Session& session, const Arguments& arguments) {
  act_for_each(session, "stop_application", {}, managed_applications(session, arguments.words, "stop"), "stopped");
}

}  // namespace holdfast::ctl

// update: brings what runs into line with the configuration files: stops and removes, changes, then adds groups
// (contract supervisor.md 6.3).
#include <algorithm>
#include <set>

#include "ctl/client/config_changes.hpp"
#include "ctl/commands/supervisor_commands.hpp"
#include "ctl/format/members.hpp"
#include "ctl/format/namespec.hpp"

namespace holdfast::ctl {
namespace {

/// The steps of `update`. Each returns false when something unexpected happened, which was printed.
class Update {
 public:
  Update(Session& session, std::vector<std::string> names) : session_(session), names_(std::move(names)) {}

  void run(const ConfigChanges& changes) {
    const bool done = check_names(changes) &&
                      each(changes.removed, [this](const std::string& group) { return remove(group); }) &&
                      each(changes.changed, [this](const std::string& group) { return change(group); }) &&
                      each(changes.added, [this](const std::string& group) { return add(group); });
    if (done || !steps_.empty()) {
      session_.console().print_document(steps_);
    }
  }

 private:
  /// Takes the step with each group that is meant.
  template <typename Step>
  bool each(const std::vector<std::string>& groups, Step step) {
    return std::ranges::all_of(groups, [&](const std::string& group) {
      const bool meant = names_.empty() || std::ranges::find(names_, group) != names_.end();
      return !meant || step(group);
    });
  }

  bool check_names(const ConfigChanges& changes) {
    if (names_.empty()) {
      return true;
    }
    const Reply all = session_.call("supervisor.getAllProcessInfo");
    if (!all) {
      return fail(all.failure());
    }
    std::set<std::string> known(changes.added.begin(), changes.added.end());
    for (const wire::Value& info : items_of(all.value())) {
      known.insert(text_member(info, "group"));
    }
    for (const std::string& name : names_) {
      if (!known.contains(name)) {
        session_.console().print_message("ERROR: no such group: " + name);
        session_.set_status(exit_status::generic);
      }
    }
    return true;
  }

  bool remove(const std::string& group) {
    const Reply stopped = session_.call("supervisor.stopProcessGroup", {group}, Patience::action);
    if (!stopped) {
      return fail(stopped.failure());
    }
    report(group, "stopped");
    const bool failed = std::ranges::any_of(items_of(stopped.value()), [](const wire::Value& result) {
      return int_member(result, "status") == code_of(Fault::failed);
    });
    if (failed) {
      report(group, "has problems; not removing");
      session_.set_status(exit_status::generic);
      return true;
    }
    return call("supervisor.removeProcessGroup", group) && report(group, "removed process group");
  }

  bool change(const std::string& group) {
    return call("supervisor.stopProcessGroup", group) && report(group, "stopped") &&
           call("supervisor.removeProcessGroup", group) && call("supervisor.addProcessGroup", group) &&
           report(group, "updated process group");
  }

  bool add(const std::string& group) {
    return call("supervisor.addProcessGroup", group) && report(group, "added process group");
  }

  bool call(const std::string& method, const std::string& group) {
    const Reply reply = session_.call(method, {group}, Patience::action);
    return reply ? true : fail(reply.failure());
  }
  bool report(const std::string& group, const std::string& what) {
    session_.console().print(group + ": " + what);
    steps_.push_back(wire::Struct{{"group", group}, {"result", what}});
    return true;
  }
  bool fail(const Failure& failure) {
    session_.show_unexpected(failure);
    return false;
  }

  Session& session_;
  std::vector<std::string> names_;  // empty: all
  wire::Array steps_;
};

}  // namespace

void run_update(Session& session, const Arguments& arguments) {
  const Reply reply = session.call("supervisor.reloadConfig", {}, Patience::action);
  if (!reply) {
    session.set_status(exit_status::generic);
    if (is_fault(reply.failure(), Fault::shutdown_state)) {
      return session.console().print_message("ERROR: already shutting down");
    }
    return session.show_unexpected(reply.failure());
  }
  std::vector<std::string> names;
  for (const std::string& name : arguments.words) {
    if (std::ranges::find(names, name) == names.end()) {
      names.push_back(name);
    }
  }
  if (has_all(names)) {
    names.clear();
  }
  Update(session, std::move(names)).run(changes_of(reply.value()));
}

}  // namespace holdfast::ctl

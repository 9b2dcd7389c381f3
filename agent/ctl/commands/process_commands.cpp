// start, stop, restart, signal, clear: one action on named processes, whole groups or all (contract
// supervisor.md 6.2). They differ in the methods they call and the words they answer with.
#include <algorithm>

#include "ctl/commands/command.hpp"
#include "ctl/format/names.hpp"
#include "ctl/commands/process_action.hpp"

namespace holdfast::ctl {
namespace {

/// Runs one action over names; collects what the server said of each process.
class ActionRun {
 public:
  ActionRun(Session& session, const ProcessAction& action, Server::Params extra)
      : session_(session), action_(action), extra_(std::move(extra)) {}

  /// false: something unexpected happened and was said; nothing more is to be done.
  bool run(const std::vector<std::string>& names) {
    if (std::ranges::find(names, "all") != names.end()) {
      const Reply reply = session_.call(action_.all_method, extra_, Patience::action);
      return reply ? tell_all(reply.value()) : unexpected(reply.failure());
    }
    return std::ranges::all_of(names, [this](const std::string& name) { return run_name(name); });
  }

  [[nodiscard]] const wire::Array& outcomes() const { return outcomes_; }

 private:
  bool run_name(const std::string& name) {
    const auto target = session_.target_of(name);
    if (!target) {
      return true;  // said; the other names are not touched by it
    }
    target_ = *target;
    if (!target_.node.empty() && target_.name == "all") {
      const Reply reply = session_.call_at(target_, action_.all_method, extra_, Patience::action);
      return reply ? tell_all(reply.value()) : unexpected(reply.failure());
    }
    return run_one(target_.name);
  }

  bool run_one(const std::string& name) {
    const Namespec spec = split_namespec(name);
    if (!spec.process && !action_.group_method.empty()) {
      return run_group(spec.group);
    }
    const Reply reply = session_.call_at(target_, action_.one_method, params_for(name), Patience::action);
    if (!reply && reply.failure().kind != Failure::Kind::fault) {
      return unexpected(reply.failure());
    }
    ProcessOutcome outcome{spec.group, spec.process.value_or("None"), fault::success, "", {}};
    if (!reply) {
      outcome.code = reply.failure().code;
      outcome.description = reply.failure().text;
    }
    return tell(outcome);
  }

  bool run_group(const std::string& group) {
    const Reply reply = session_.call_at(target_, action_.group_method, params_for(group), Patience::action);
    if (reply) {
      return tell_all(reply.value());
    }
    if (!is_fault(reply.failure(), fault::bad_name)) {
      return unexpected(reply.failure());
    }
    session_.console().problem(target_.shown(group) + ": ERROR (no such group)");
    session_.set_status(action_.unknown_group_status);
    return true;
  }

  bool tell_all(const wire::Value& results) {
    return std::ranges::all_of(items_of(results), [this](const wire::Value& result) {
      return tell({text_member(result, "group"), text_member(result, "name"),
                   static_cast<int>(int_member(result, "status")), text_member(result, "description"), {}});
    });
  }

  bool tell(ProcessOutcome outcome) {
    outcome.where = target_.shown("");
    const auto line = outcome_text(action_, outcome);
    if (!line) {
      session_.unexpected("<class 'ValueError'>, Unknown result code " + std::to_string(outcome.code) +
                          " for " + make_namespec(outcome.group, outcome.process));
      return false;
    }
    session_.console().say(*line);
    wire::Struct row{{"group", outcome.group},
                     {"name", outcome.process},
                     {"status", outcome.code},
                     {"description", outcome.description.empty() ? "OK" : outcome.description}};
    if (!target_.node.empty()) {
      row.push_back({"node", target_.node});
    }
    outcomes_.emplace_back(std::move(row));
    session_.set_status_of_fault(outcome.code, action_.ignored_code);
    return true;
  }

  bool unexpected(const Failure& failure) {
    session_.unexpected(failure);
    return false;
  }

  [[nodiscard]] Server::Params params_for(const std::string& name) const {
    Server::Params params{name};
    params.insert(params.end(), extra_.begin(), extra_.end());
    return params;
  }

  Session& session_;
  const ProcessAction& action_;
  Server::Params extra_;
  Target target_;  // what is being acted on
  wire::Array outcomes_;
};

void wrong_call(Session& session, std::string_view command, const std::string& text, int status) {
  session.console().problem(text);
  session.set_status(status);
  show_help(session, command);
}

void run_action(Session& session, const ProcessAction& action, const std::vector<std::string>& names) {
  ActionRun run(session, action, {});
  run.run(names);
  session.console().result(run.outcomes());
}

}  // namespace

void run_start(Session& session, const Arguments& arguments) {
  if (session.up_check() != Session::Up::up) {
    return;
  }
  const std::vector<std::string> names = split_words(arguments.text);
  if (names.empty()) {
    return wrong_call(session, "start", "Error: start requires a process name",
                      exit_status::invalid_arguments);
  }
  run_action(session, start_action(), names);
}

void run_stop(Session& session, const Arguments& arguments) {
  if (session.up_check() != Session::Up::up) {
    return;
  }
  const std::vector<std::string> names = split_words(arguments.text);
  if (names.empty()) {
    return wrong_call(session, "stop", "Error: stop requires a process name", exit_status::generic);
  }
  run_action(session, stop_action(), names);
}

void run_restart(Session& session, const Arguments& arguments) {
  if (session.up_check() != Session::Up::up) {
    return;
  }
  const std::vector<std::string> names = split_words(arguments.text);
  if (names.empty()) {
    return wrong_call(session, "restart", "Error: restart requires a process name", exit_status::generic);
  }
  ActionRun stop(session, stop_action(), {});
  wire::Array outcomes;
  const bool stopped = stop.run(names);
  outcomes = stop.outcomes();
  if (stopped) {
    ActionRun start(session, start_action(), {});
    start.run(names);
    outcomes.insert(outcomes.end(), start.outcomes().begin(), start.outcomes().end());
  }
  session.console().result(outcomes);
}

void run_signal(Session& session, const Arguments& arguments) {
  if (session.up_check() != Session::Up::up) {
    return;
  }
  std::vector<std::string> names = split_words(arguments.text);
  if (names.size() < 2) {
    return wrong_call(session, "signal", "Error: signal requires a signal name and a process name",
                      exit_status::generic);
  }
  ActionRun run(session, signal_action(), {names.front()});
  names.erase(names.begin());
  run.run(names);
  session.console().result(run.outcomes());
}

void run_clear(Session& session, const Arguments& arguments) {
  if (session.up_check() != Session::Up::up) {
    return;
  }
  const std::vector<std::string> names = split_words(arguments.text);
  if (names.empty()) {
    return wrong_call(session, "clear", "Error: clear requires a process name", exit_status::generic);
  }
  run_action(session, clear_action(), names);
}

}  // namespace holdfast::ctl

// start, stop, restart, signal, clear: one action on named processes, whole groups or all (contract
// supervisor.md 6.2). process_action.hpp says what tells them apart.
#include <algorithm>

#include "base/process_id.hpp"
#include "ctl/commands/process_action.hpp"
#include "ctl/commands/supervisor_commands.hpp"
#include "ctl/format/members.hpp"
#include "ctl/format/namespec.hpp"

namespace holdfast::ctl {
namespace {

/// Applies one action to names; prints and collects the outcome for each process.
class ActionRun {
 public:
  ActionRun(Session& session, const ProcessAction& action, Server::Params extra)
      : session_(session), action_(action), extra_(std::move(extra)) {}

  /// false: something unexpected happened, which was printed; nothing more is to be done.
  bool run(const std::vector<std::string>& names) {
    if (has_all(names)) {
      const Reply reply = session_.call(action_.all_method, extra_, Patience::action);
      return reply ? report_all(reply.value()) : fail(reply.failure());
    }
    return std::ranges::all_of(names, [this](const std::string& name) { return run_name(name); });
  }

  [[nodiscard]] const wire::Array& outcomes() const { return outcomes_; }

 private:
  bool run_name(const std::string& name) {
    const auto target = session_.target_of(name);
    if (!target) {
      return true;  // printed; the other names are acted on all the same
    }
    target_ = *target;
    if (!target_.node.empty() && target_.name == "all") {
      const Reply reply = session_.call_at(target_, action_.all_method, extra_, Patience::action);
      return reply ? report_all(reply.value()) : fail(reply.failure());
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
      return fail(reply.failure());
    }
    ProcessOutcome outcome{spec.group, spec.process.value_or("None"), code_of(Fault::success), "", {}};
    if (!reply) {
      outcome.code = reply.failure().code;
      outcome.description = reply.failure().text;
    }
    return report(outcome);
  }

  bool run_group(const std::string& group) {
    const Reply reply = session_.call_at(target_, action_.group_method, params_for(group), Patience::action);
    if (reply) {
      return report_all(reply.value());
    }
    if (!is_fault(reply.failure(), Fault::bad_name)) {
      return fail(reply.failure());
    }
    session_.console().print_message(target_.with_node(group) + ": ERROR (no such group)");
    session_.set_status(action_.unknown_group_status);
    return true;
  }

  bool report_all(const wire::Value& results) {
    return std::ranges::all_of(items_of(results), [this](const wire::Value& result) {
      return report({text_member(result, "group"),
                     text_member(result, "name"),
                     static_cast<int>(int_member(result, "status")),
                     text_member(result, "description"),
                     {}});
    });
  }

  bool report(ProcessOutcome outcome) {
    outcome.where = target_.with_node("");
    const auto line = outcome_text(action_, outcome);
    if (!line) {
      session_.show_unexpected("<class 'ValueError'>, Unknown result code " + std::to_string(outcome.code) + " for " +
                               make_namespec({outcome.group, outcome.process}));
      return false;
    }
    session_.console().print(*line);
    wire::Struct row{{"group", outcome.group},
                     {"name", outcome.process},
                     {"status", outcome.code},
                     {"description", outcome.description.empty() ? "OK" : outcome.description}};
    if (!target_.node.empty()) {
      row.push_back({"node", target_.node});
    }
    outcomes_.emplace_back(std::move(row));
    session_.set_status_of_fault(outcome.code, action_.ignored);
    return true;
  }

  bool fail(const Failure& failure) {
    session_.show_unexpected(failure);
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

void run_action(Session& session, const ProcessAction& action, const std::vector<std::string>& names) {
  ActionRun run(session, action, {});
  run.run(names);
  session.console().print_document(run.outcomes());
}

}  // namespace

void run_start(Session& session, const Arguments& arguments) {
  run_action(session, start_action(), arguments.words);
}

void run_stop(Session& session, const Arguments& arguments) {
  run_action(session, stop_action(), arguments.words);
}

void run_restart(Session& session, const Arguments& arguments) {
  ActionRun stop(session, stop_action(), {});
  const bool stopped = stop.run(arguments.words);
  wire::Array outcomes = stop.outcomes();
  if (stopped) {
    ActionRun start(session, start_action(), {});
    start.run(arguments.words);
    outcomes.insert(outcomes.end(), start.outcomes().begin(), start.outcomes().end());
  }
  session.console().print_document(outcomes);
}

void run_signal(Session& session, const Arguments& arguments) {
  ActionRun run(session, signal_action(), {arguments.words.front()});
  run.run({arguments.words.begin() + 1, arguments.words.end()});
  session.console().print_document(run.outcomes());
}

void run_clear(Session& session, const Arguments& arguments) {
  run_action(session, clear_action(), arguments.words);
}

}  // namespace holdfast::ctl

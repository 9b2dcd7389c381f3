#include "cluster/mastery/rules_driver.hpp"

#include <utility>

#include "base/limits.hpp"
#include "cluster/mastery/forced_states.hpp"
#include "cluster/mastery/mastery.hpp"
#include "cluster/operations/asked_operations.hpp"
#include "cluster/operations/master_plans.hpp"
#include "cluster/operations/operation_ids.hpp"

namespace holdfast::cluster {

RulesDriver::RulesDriver(Parts parts, Members& members, RulesWorkView& shown, const NodeOptions& options)
    : parts_(parts),
      members_(members),
      shown_(shown),
      engine_(options.rules, {options.starting_strategy, options.conciliation_strategy}) {}

void RulesDriver::tell(StepContext& step, const rules::Event& event) {
  if (!step.view.acting_master()) {
    return;
  }
  engine_.step(step.now, step.view.cluster, event);
  for (const rules::Action& action : engine_.take_actions()) {
    execute(step, action);
  }
  step.reconsider();
}

void RulesDriver::drive(StepContext& step) {
  if (const auto deadline = engine_.next_deadline(); deadline && step.now >= *deadline) {
    tell(step, rules::TimePassed{});
  }
}

void RulesDriver::replace(StepContext& step, const rules::RuleSet& rules) {
  engine_.set_rules(rules, engine_.options());
  step.note_member(step.options.identifier, "rules read anew", "a person asked for it");
  refresh_conflicts(step);
  tell(step, rules::TimePassed{});
  step.show_change();
}

void RulesDriver::refresh_conflicts(StepContext& step) {
  std::vector<ProcessId> conflicts = engine_.conflicts(step.view.cluster);
  if (conflicts != shown_.conflicts) {
    shown_.conflicts = std::move(conflicts);
    step.reconsider();
  }
}

void RulesDriver::stop_everything(StepContext& step) {
  rules::Request request;
  request.operation_id = parts_.ids.next(step);
  request.kind = rules::RequestKind::stop_everything;
  request.requester = step.options.identifier;
  request.user = "Master";
  tell(step, request);
}

void RulesDriver::execute(StepContext& step, const rules::Action& action) {
  if (const auto* order = std::get_if<rules::Order>(&action)) {
    execute(step, *order);
  } else if (const auto* decision = std::get_if<rules::Decision>(&action)) {
    const std::string subject =
        decision->process ? decision->application + ":" + *decision->process : decision->application;
    step.note({HistoryRow::Kind::decision, decision->operation_id, {}, subject, decision->what, decision->why});
  } else if (const auto* accepted = std::get_if<rules::Accepted>(&action)) {
    parts_.plans.answer(step, accepted->operation_id, AnswerPhase::accepted, {OperationCode(), accepted->chosen});
  } else if (const auto* completed = std::get_if<rules::Completed>(&action)) {
    execute(step, *completed);
  } else if (const auto* forced = std::get_if<rules::ForcedState>(&action)) {
    parts_.forced.execute(step, *forced);
  } else if (const auto* end = std::get_if<rules::ClusterOrder>(&action)) {
    parts_.mastery.end_cluster(step, end->restart, end->reason);
  } else if (std::holds_alternative<rules::JobsChanged>(action)) {
    show_jobs(step);
  }
}

void RulesDriver::execute(StepContext& step, const rules::Order& order) {
  const MemberView* target = step.view.find(order.identifier);
  if (target == nullptr) {
    tell(step, rules::OrderRefused{order.order_id, Fault::bad_name, "BAD_NAME: " + order.identifier});
    return;
  }
  const std::string namespec = full_namespec(order.id);
  if (order.kind != rules::OrderKind::start) {
    parts_.requests.withdraw_start(target->node_id, namespec);
  }
  Command command;
  command.operation = parts_.ids.of_order(step, order.order_id);
  command.cause = order.operation_id;
  command.term = step.view.term();
  command.origin = step.view.me().node_id;
  command.target_incarnation = target->incarnation;
  command.user = "Master";
  command.action = order.kind == rules::OrderKind::start ? Action::start_process : Action::stop_process;
  command.namespec = namespec;
  command.argument = order.extra_args;
  command.reason = order.reason;
  command.remaining_ms = static_cast<std::uint32_t>(limits::cluster_order_deadline / 1ms);
  PendingOperation pending;
  pending.target = target->node_id;
  pending.deadline = step.now + limits::cluster_order_deadline;
  pending.order_id = order.order_id;
  const std::string operation = command.operation;
  pending.message = std::move(command);
  parts_.requests.ask(step, operation, std::move(pending));
}

void RulesDriver::execute(StepContext& step, const rules::Completed& completed) {
  const OperationCode code = completed.fault ? OperationCode(*completed.fault) : OperationCode();
  parts_.plans.answer(step, completed.operation_id, completed.refused ? AnswerPhase::refused : AnswerPhase::completed,
                      {code, completed.detail.empty() ? completed.why : completed.detail});
  step.note({HistoryRow::Kind::operation,
             completed.operation_id,
             {},
             {},
             completed.refused ? "refused" : "completed",
             completed.fault ? completed.detail + " " + completed.why : completed.why});
}

void RulesDriver::show_jobs(StepContext& step) {
  MemberView& me = members_.me();
  shown_.jobs = engine_.jobs();
  if (me.starting_jobs != engine_.starting() || me.stopping_jobs != engine_.stopping()) {
    me.starting_jobs = engine_.starting();
    me.stopping_jobs = engine_.stopping();
    step.agenda.heartbeat_urgent = true;
  }
  step.show_change();
}

}  // namespace holdfast::cluster

#include "cluster/membership/losses.hpp"

#include <algorithm>

#include "cluster/mastery/mastery.hpp"
#include "cluster/mastery/rules_driver.hpp"
#include "cluster/membership/membership.hpp"
#include "cluster/operations/asked_operations.hpp"
#include "cluster/operations/master_plans.hpp"
#include "cluster/operations/operation_ids.hpp"
#include "cluster/replication/copy_tracker.hpp"
#include "cluster/replication/rules_view.hpp"
#include "rules/candidates.hpp"

namespace holdfast::cluster {
namespace {

/// The minor version of the protocol from which a peer reads loss reports.
constexpr std::uint8_t kMinorOfLossReports = 1;

bool runs_somewhere(const rules::ClusterView& view, const ProcessId& id) {
  const rules::ProcessView* process = rules::find_process(view, id);
  return process != nullptr &&
         std::ranges::any_of(process->copies, [](const auto& copy) { return is_active(copy.second); });
}

}  // namespace

void Losses::incarnation_begins(StepContext& step, const MemberView& member) {
  Record& record = records_[member];
  const bool left = parts_.membership.has_left(member);
  const bool ran = member.state == MemberState::running || member.state == MemberState::away ||
                   (record.ran_previously && member.state != MemberState::stopped);
  if (ran && !left) {
    record.ran_previously = true;
    for (ProcessId& id : running_on(step.view.cluster, member.identifier)) {
      record.ran_before.insert(std::move(id));
    }
    for (ProcessId& id : parts_.requests.starts_ordered_from(member.node_id)) {
      record.ran_before.insert(std::move(id));
    }
  } else {
    record = {};
  }
  if (left) {
    this->record(step, end_as_shown(step, member));
  }
}

LossRecord Losses::end_as_shown(const StepContext& step, const MemberView& member) const {
  const CopyTracker::Shown shown = parts_.copies.shown_of(member);
  LossRecord loss;
  loss.ended = {member.node_id, shown.incarnation};
  loss.seq = shown.seq;
  loss.planned = parts_.membership.has_left(member);
  loss.at = step.now;
  return loss;
}

LossRecord Losses::end_of(StepContext& step, const MemberView& member) {
  LossRecord loss = end_as_shown(step, member);
  loss.processes = running_on(step.view.cluster, member.identifier);
  for (const ProcessId& id : loss.processes) {
    parts_.copies.end(step, member, id, loss.planned ? ProcessState::stopped : ProcessState::fatal);
  }
  for (const ProcessId& id : std::exchange(records_[member], {}).ran_before) {
    if (std::ranges::find(loss.processes, id) == loss.processes.end()) {
      loss.processes.push_back(id);  // it ran in the incarnation that ended before this one was known whole
    }
  }
  if (loss.planned) {
    loss.processes.clear();
  }
  return loss;
}

void Losses::record(const StepContext& step, const LossRecord& loss) {
  if (loss.ended.incarnation == 0) {
    return;  // nothing of it was ever shown here
  }
  ledger_.add(loss, step.now);
  for (const ProcessId& id : loss.processes) {
    if (runs_somewhere(step.view.cluster, id)) {
      ledger_.runs(id);
    }
  }
}

void Losses::hand_over(StepContext& step, const MemberView& member, const LossRecord& loss) {
  if (step.view.acting_master()) {
    parts_.rules.tell(step, rules::InstanceLost{member.identifier, ledger_.hand_over(loss.ended)});
  }
}

void Losses::first_table(StepContext& step, const MemberView& member, LossRecord earlier) {
  parts_.copies.remove_undefined(member);
  Record& record = records_[member];
  if (!record.ran_previously) {
    return;
  }
  for (const ProcessId& id : std::exchange(record, {}).ran_before) {
    const auto row = member.table.rows().find(full_namespec(id));
    if (row == member.table.rows().end() || is_stopped(row->second.state)) {
      earlier.processes.push_back(id);
    }
  }
  parts_.requests.withdraw_starts_before(member.node_id, member.incarnation);
  this->record(step, earlier);
  if (earlier.processes.empty()) {
    return;
  }
  step.note_member(
      member.identifier, "restarted without its programs",
      std::to_string(earlier.processes.size()) + " ran before its restart, or were to, and do not run now");
  hand_over(step, member, earlier);  // orders under way were given to the incarnation that is over
}

void Losses::hand_over_all(StepContext& step) {
  for (const LossRecord& loss : ledger_.records(step.now)) {
    const MemberView* member = step.members.find(loss.ended.node);
    const bool is_back = member->state == MemberState::running;
    if (is_back ? member->incarnation == loss.ended.incarnation
                : member->state != MemberState::stopped && member->state != MemberState::incompatible &&
                      member->state != MemberState::isolated) {
      continue;  // a peer has called it dead; this node will see for itself, or its next incarnation's table
    }
    for (const ProcessId& id : loss.processes) {
      if (runs_somewhere(step.view.cluster, id)) {
        ledger_.runs(id);
      }
    }
    std::vector<ProcessId> lost = ledger_.hand_over(loss.ended);
    std::erase_if(lost, [&](const ProcessId& id) {
      return rules::find_process(step.view.cluster, id) == nullptr;  // nobody defines it
    });
    if (!lost.empty()) {
      parts_.rules.tell(step, rules::InstanceLost{member->identifier, std::move(lost), is_back});
    }
  }
}

void Losses::report(StepContext& step) {
  const std::pair<Term, std::uint64_t> now_known{step.view.term(), ledger_.revision()};
  if (now_known == reported_ || step.has(Mutation::keep_losses) || !step.view.master) {
    return;
  }
  const MemberView* master = step.members.find(step.view.term().master);
  if (master->local || master->state != MemberState::running) {
    return;
  }
  reported_ = now_known;
  parts_.requests.withdraw_loss_reports();
  if (master->proto_minor < kMinorOfLossReports) {
    return;
  }
  for (LossReport& report : reports_of(ledger_.records(step.now), step.now)) {
    const std::string operation = parts_.ids.next(step);
    report.operation = operation;
    report.term = step.view.term();
    report.origin = step.view.me().node_id;
    PendingOperation pending;
    pending.target = master->node_id;
    pending.deadline = step.now + limits::cluster_loss_age_max;
    pending.message = std::move(report);
    parts_.requests.ask(step, operation, std::move(pending));
  }
}

void Losses::receive(StepContext& step, const MemberView& reporter, const LossReport& report) {
  MasterPlans& plans = parts_.plans;
  if (!plans.is_new(step, reporter, report.operation, report.origin) ||
      !plans.may_plan(step, report.operation, report.origin, report.term)) {
    return;
  }
  const auto unknown = [&](const ReportedLoss& loss) { return step.members.find(loss.node) == nullptr; };
  if (step.options.discovery && std::ranges::any_of(report.losses, unknown)) {
    return;  // unanswered it comes again, and this node will have heard of that one
  }
  const std::size_t opened = add(step, report);
  plans.add_done(report.operation, reporter.node_id);
  step.send(reporter.node_id, OperatorAnswer{report.operation, AnswerPhase::completed, OperationCode(), {}});
  if (opened > 0) {
    step.note({HistoryRow::Kind::member,
               report.operation,
               {},
               reporter.identifier,
               "reports losses",
               "of " + std::to_string(opened) + " nodes whose end was not seen here"});
    parts_.mastery.want_repair();
    step.reconsider();
  }
}

std::size_t Losses::add(StepContext& step, const LossReport& report) {
  std::size_t opened = 0;
  for (const ReportedLoss& loss : report.losses) {
    const MemberView* member = step.members.find(loss.node);
    if (member == nullptr) {
      ++step.counters.unknown_node;
      continue;
    }
    if (member->state != MemberState::running || member->incarnation != loss.incarnation) {
      opened += ledger_.add(record_of(loss, step.now), step.now) ? 1 : 0;
    }
  }
  return opened;
}

}  // namespace holdfast::cluster

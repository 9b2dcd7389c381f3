// The end of other nodes' lives: noted, handed to the rules engine by the Master, told to a Master that may not
// have seen it.
#include <algorithm>
#include <utility>

#include "base/limits.hpp"
#include "cluster/node_core.hpp"
#include "cluster/picture.hpp"
#include "rules/candidates.hpp"

namespace holdfast::cluster {
namespace {

/// The minor version of the protocol from which a peer reads loss reports.
constexpr std::uint8_t kMinorOfLossReports = 1;

}  // namespace

bool NodeCore::defined(const rules::ProcessId& id) const {
  return rules::find_process(view_.cluster, id) != nullptr;
}

bool NodeCore::runs_somewhere(const rules::ProcessId& id) const {
  const rules::ProcessView* process = rules::find_process(view_.cluster, id);
  return process != nullptr && std::any_of(process->copies.begin(), process->copies.end(), [](const auto& copy) {
           return is_active(copy.second);
         });
}

/// The life that the picture shows of it, as if it ended now.
LossLedger::Ending NodeCore::ending_shown(std::size_t i) const {
  LossLedger::Ending ending;
  ending.life = {view_.members[i].node_id, peers_[i].shown_incarnation};
  ending.seq = peers_[i].shown_seq;
  ending.planned = peers_[i].left;
  ending.at = now_;
  return ending;
}

void NodeCore::note_ending(const LossLedger::Ending& ending) {
  if (ending.life.incarnation == 0) {
    return;  // nothing of it was ever shown here
  }
  losses_.add(ending, now_);
  for (const rules::ProcessId& id : ending.processes) {
    if (runs_somewhere(id)) {
      losses_.runs(id);
    }
  }
}

void NodeCore::lose(std::size_t i, const std::string& why) {
  MemberView& member = view_.members[i];
  Peer& peer = peers_[i];
  const bool counted = member.state == MemberState::running || member.state == MemberState::away;
  LossLedger::Ending ending = ending_shown(i);
  ending.processes = running_on(view_.cluster, member.identifier);
  for (const rules::ProcessId& id : ending.processes) {
    end_copy(view_.cluster, member.identifier, id,
             ending.planned ? rules::CopyState::stopped : rules::CopyState::fatal, ++change_);
  }
  for (const rules::ProcessId& id : std::exchange(peer.ran_before, {})) {
    if (std::find(ending.processes.begin(), ending.processes.end(), id) == ending.processes.end()) {
      ending.processes.push_back(id);  // it ran in the life that ended before this one was known whole
    }
  }
  if (ending.planned) {
    ending.processes.clear();
  }
  peer.had_life = false;
  peer.bound = {};
  peer.request = 0;
  peer.chunks.clear();
  peer.left_for_good = ending.planned;
  peer.next_hello = now_;
  peer.hello_period = {};
  member.partial = false;
  member.acting_master = false;
  member.remark = ending.planned ? "planned stop" : why;
  detector_.forget(i);
  set_member_state(i, MemberState::stopped, ending.planned ? "has left" : why);
  std::erase_if(pending_, [&](const auto& item) {
    return item.second.order_id != 0 &&
           item.second.target == member.node_id;  // must not reach it after a heal
  });
  if (counted) {
    lost_somebody_ = now_;
  }
  if (counted && !ending.planned && fences_losses() && !member.fence) {
    fence_lost(i, why);
  }
  note_ending(ending);
  refresh_conflicts();
  check_synchronisation();  // before what ran there is started elsewhere: this may be the end of all work
  if (view_.acting_master) {
    tell_engine(rules::InstanceLost{member.identifier, losses_.hand_over(ending.life)});
  }
}

/// An order of this Master to start a process there, that has not been answered.
bool NodeCore::is_start_ordered_from(const PendingOperation& pending, std::size_t i) const {
  const auto* command = std::get_if<Command>(&pending.message);
  return pending.order_id != 0 && pending.target == view_.members[i].node_id && command != nullptr &&
         command->action == Action::start_process;
}

std::vector<rules::ProcessId> NodeCore::starts_ordered_from(std::size_t i) const {
  std::vector<rules::ProcessId> ids;
  for (const auto& [operation, pending] : pending_) {
    if (is_start_ordered_from(pending, i)) {
      ids.push_back(process_id_of(std::get<Command>(pending.message).namespec));
    }
  }
  return ids;
}

/// A node came back in a new life before anybody called it dead: what ran before, or was to be started there, and does
/// not run now was lost. `earlier` is the life that the picture showed until now.
void NodeCore::first_table_of_a_new_life(std::size_t i, LossLedger::Ending earlier) {
  Peer& peer = peers_[i];
  const MemberView& member = view_.members[i];
  for (const rules::ProcessId& id : defined_on(view_.cluster, member.identifier)) {
    if (!member.table.rows().contains(rules::namespec_of(id))) {
      remove_copy(view_.cluster, member.identifier, id);
    }
  }
  if (!peer.had_life) {
    return;
  }
  for (const rules::ProcessId& id : std::exchange(peer.ran_before, {})) {
    const auto row = member.table.rows().find(rules::namespec_of(id));
    if (row == member.table.rows().end() || supervision::is_stopped(row->second.state)) {
      earlier.processes.push_back(id);
    }
  }
  peer.had_life = false;
  std::erase_if(pending_, [&](const auto& item) {  // to the life that is over: refused, if it gets there at all
    return is_start_ordered_from(item.second, i) &&
           std::get<Command>(item.second.message).target_incarnation != member.incarnation;
  });
  note_ending(earlier);
  if (earlier.processes.empty()) {
    return;
  }
  note({HistoryRow::Kind::member,
        {},
        {},
        member.identifier,
        "restarted without its programs",
        std::to_string(earlier.processes.size()) + " ran before its restart, or were to, and do not run now"});
  if (view_.acting_master) {
    // Orders under way were given to the life that is over.
    tell_engine(rules::InstanceLost{member.identifier, losses_.hand_over(earlier.life)});
  }
}

/// What was lost lately and runs nowhere: the Master of that time may have died with it.
void NodeCore::hand_over_losses() {
  for (const LossLedger::Ending& ending : losses_.endings(now_)) {
    const MemberView* member = view_.find(ending.life.node);
    const bool is_back = member->state == MemberState::running;
    if (is_back ? member->incarnation == ending.life.incarnation
                : member->state != MemberState::stopped && member->state != MemberState::incompatible &&
                      member->state != MemberState::isolated) {
      continue;  // a peer has called it dead; this node will see for itself, or its next life's table
    }
    for (const rules::ProcessId& id : ending.processes) {
      if (runs_somewhere(id)) {
        losses_.runs(id);
      }
    }
    std::vector<rules::ProcessId> lost = losses_.hand_over(ending.life);
    std::erase_if(lost, [&](const rules::ProcessId& id) { return !defined(id); });
    if (!lost.empty()) {
      tell_engine(rules::InstanceLost{member->identifier, std::move(lost), is_back});
    }
  }
}

/// A Master in sight hears of every life whose end it may not have seen: once it is followed, and whenever more
/// is known.
void NodeCore::report_losses() {
  const std::pair<Term, std::uint64_t> now_known{view_.term, losses_.revision()};
  if (now_known == losses_reported_ || options_.mutations.keep_losses || !view_.master) {
    return;
  }
  const MemberView* master = view_.find(view_.term.master);
  if (master->local || master->state != MemberState::running) {
    return;
  }
  losses_reported_ = now_known;
  std::erase_if(pending_,
                [](const auto& item) { return std::holds_alternative<LossReport>(item.second.message); });
  if (peers_[*index_of(master->node_id)].minor < kMinorOfLossReports) {
    return;
  }
  for (LossReport& report : reports_of(losses_.endings(now_), now_)) {
    const std::string operation = new_operation();
    report.operation = operation;
    report.term = view_.term;
    report.origin = view_.me().node_id;
    PendingOperation pending;
    pending.target = master->node_id;
    pending.deadline = now_ + limits::cluster_loss_age_max;
    pending.message = std::move(report);
    ask(operation, std::move(pending));
  }
}

/// To this node as Master. What it has seen as well, or better, adds nothing; a life that goes on in its own
/// sight is no loss.
void NodeCore::receive(std::size_t i, const FrameHeader&, const LossReport& report, Instant) {
  const MemberView& reporter = view_.members[i];
  if (!is_new(reporter, report.operation, report.origin) ||
      !may_plan(report.operation, report.origin, report.term)) {
    return;
  }
  const auto unknown = [&](const ReportedLoss& loss) { return !index_of(loss.node); };
  if (options_.discovery && std::ranges::any_of(report.losses, unknown)) {
    return;  // unanswered it comes again, and this node will have heard of that one
  }
  std::size_t opened = 0;
  for (const ReportedLoss& loss : report.losses) {
    const auto about = index_of(loss.node);
    if (!about) {
      ++view_.counters.unknown_node;
      continue;
    }
    const MemberView& member = view_.members[*about];
    if (member.state != MemberState::running || member.incarnation != loss.incarnation) {
      opened += losses_.add(ending_of(loss, now_), now_) ? 1 : 0;
    }
  }
  plans_.add(report.operation,
             {reporter.node_id, AnswerPhase::completed, ResultCode::success, {}});
  send(reporter.node_id,
       OperatorAnswer{report.operation, AnswerPhase::completed, ResultCode::success, {}});
  if (opened > 0) {
    note({HistoryRow::Kind::member,
          report.operation,
          {},
          reporter.identifier,
          "reports losses",
          "of " + std::to_string(opened) + " nodes whose end was not seen here"});
    repair_wanted_ = true;
    dirty_ = true;
  }
}

}  // namespace holdfast::cluster

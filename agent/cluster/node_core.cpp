#include "cluster/node_core.hpp"

#include <algorithm>
#include <utility>

#include "base/limits.hpp"
#include "cluster/roster.hpp"

namespace holdfast::cluster {
namespace {

/// A decoded message and the part that reads it.
class Reader {
 public:
  Reader(StepContext& step, NodeParts& parts, const MemberView& from, const FrameHeader& head, Instant stamp)
      : step_(step), parts_(parts), from_(from), head_(head), stamp_(stamp) {}

  void operator()(const Heartbeat& beat) { parts_.membership.heard(step_, from_, head_, beat, stamp_); }
  void operator()(const Leave&) { parts_.membership.left(step_, from_); }
  void operator()(const PeerOpinion& opinion) { parts_.watch.receive(step_, from_, opinion, stamp_); }
  void operator()(const Roster& roster) { parts_.roster.receive(step_, from_, roster); }
  void operator()(const LossReport& report) { parts_.losses.receive(step_, from_, report); }
  void operator()(const Delta& delta) { parts_.replication.receive(step_, from_, head_.incarnation, delta); }
  void operator()(Snapshot& chunk) { parts_.replication.receive(step_, from_, head_.incarnation, chunk); }
  void operator()(const SnapshotRequest& request) { parts_.replication.receive(step_, from_, request); }
  void operator()(const DeltaRequest& request) { parts_.replication.receive(step_, from_, request); }
  void operator()(const Command& command) { parts_.commands.receive(step_, from_, command); }
  void operator()(const OperatorForward& request) { parts_.plans.receive(step_, from_, request); }
  void operator()(const CommandAnswer& answer) { answered(answer.operation, answer.phase, {answer.code, answer.text}); }
  void operator()(const OperatorAnswer& answer) {
    answered(answer.operation, answer.phase, {answer.code, answer.text});
  }
  void operator()(const StatisticsRequest& request) { parts_.statistics.receive(step_, from_, request); }
  void operator()(const HostSample& sample) { parts_.statistics.receive(step_, from_, head_, sample); }
  void operator()(const ProcessSamples& samples) { parts_.statistics.receive(step_, from_, head_, samples); }

 private:
  void answered(const std::string& operation, AnswerPhase phase, const OperationResult& result) {
    parts_.requests.answered(step_, operation, from_.node_id, phase, result);
  }

  StepContext& step_;
  NodeParts& parts_;
  const MemberView& from_;
  const FrameHeader& head_;
  Instant stamp_;
};

}  // namespace

NodeCore::NodeCore(NodeOptions options, Random random)
    : options_(std::move(options)),
      random_(random),
      view_(make_view(options_)),
      members_(view_),
      frames_(cluster_id_of(options_.cluster_name)),
      parts_(options_, members_, view_, random_.below(1'000'000)) {
  context().persist_identity();
}

StepContext NodeCore::context() {
  return {now_, options_, view_, members_, view_.counters, random_, frames_, agenda_, outcome_};
}

void NodeCore::begin(Instant now) {
  began_ = true;
  now_ = now;
  agenda_.next_turn = now;
  parts_.heartbeats.begin(now);
  parts_.membership.begin(now);
  parts_.synchronisation.begin(now);
  StepContext step = context();
  parts_.mastery.set_state(step, ClusterState::synchronization, "started");
}

void NodeCore::step(Instant now, const Input& input) {
  if (!began_) {
    begin(now);
  }
  const Instant due = next_deadline().value_or(now);
  const bool is_late = now > now_ && now > due + limits::cluster_stall_min;
  now_ = std::max(now, now_);
  StepContext step = context();
  if (is_late) {
    // The gap beyond the deadline that was asked for is this node's own: it did not turn (Lifeguard's local health).
    parts_.watch.stalled(step, now - due);
  }
  parts_.copies.begin_step();
  std::visit([&](const auto& what) { handle(step, what); }, input);
  evaluate(step);
}

/// The order of the protocol: whom this node hears and greets, what it has asked, who counts, who is Master, what the
/// cluster's state is, what the Master's rules say, and what of all that the others are told.
void NodeCore::evaluate(StepContext& step) {
  const bool turn = step.now >= agenda_.next_turn;
  if (turn) {
    parts_.watch.look(step);
    parts_.hellos.send_hellos(step);
    parts_.seeds.send_hellos(step);
    parts_.requests.resend(step);
    parts_.statistics.follow(step);
  }
  parts_.fencing.refresh(step);
  if (turn || agenda_.reconsider) {
    agenda_.reconsider = false;
    decide(step);
  }
  parts_.rules.drive(step);
  parts_.forced.refresh(step);
  if (turn) {
    agenda_.next_turn = step.now + (settled() ? limits::cluster_beat_period : limits::cluster_watch_period);
  }
  if (agenda_.reconsider) {
    agenda_.turn_by(step.now + limits::cluster_watch_period);
  }
  if (turn || agenda_.heartbeat_urgent) {
    parts_.heartbeats.refresh_liveness(step);
  }
  parts_.heartbeats.prepare_if_due(step);
}

void NodeCore::decide(StepContext& step) {
  parts_.membership.activate(step);
  parts_.fencing.refresh(step);
  parts_.synchronisation.check(step);
  parts_.mastery.decide_master(step);
  parts_.synchronisation.end_if_over(step);
  parts_.mastery.decide_state(step);
  parts_.losses.report(step);
}

Outcome NodeCore::take_outcome() {
  return std::exchange(outcome_, {});
}

std::optional<Instant> NodeCore::next_deadline() const {
  Instant next = std::min(parts_.heartbeats.next(), agenda_.next_turn);
  if (view_.acting_master()) {
    next = std::min(next, parts_.rules.next_deadline().value_or(next));
  }
  return next;
}

/// Nothing is under way that wants more than the heartbeat's rhythm.
bool NodeCore::settled() const {
  return parts_.requests.empty() && view_.me().synchronised && view_.master && !parts_.watch.anybody_late(now_) &&
         std::ranges::all_of(view_.members, [](const MemberView& member) {
           return member.state == MemberState::running || member.state == MemberState::stopped ||
                  member.state == MemberState::isolated;
         });
}

void NodeCore::handle(StepContext& step, const FrameReceived& input) {
  const MemberView* from = members_.find(input.sender);
  if (from == nullptr || from->local) {
    ++step.counters.unknown_node;
    return;
  }
  Result<DecodedMessage> decoded = decode_message(input.bytes);
  if (!decoded) {
    ++step.counters.malformed;
    return;
  }
  const FrameHeader& head = decoded.value().header;
  if (head.cluster_id != frames_.cluster_id()) {
    ++step.counters.wrong_cluster;
  } else if (head.node_id != input.sender) {
    ++step.counters.wrong_sender;
  } else if (is_admitted(step, *from, head)) {
    if (Fencing::may_speak(*from, decoded.value().message)) {
      std::visit(Reader(step, parts_, *from, head, std::min(input.stamp, step.now)), decoded.value().message);
    } else {
      ++step.counters.fenced_sender;
    }
  }
}

/// The incarnation that speaks has said HELLO to me, and no later one is known.
bool NodeCore::is_admitted(StepContext& step, const MemberView& from, const FrameHeader& head) {
  if (step.has(Mutation::accept_any_incarnation)) {
    return true;
  }
  if (head.incarnation < from.incarnation) {
    ++step.counters.old_incarnation;
    return false;
  }
  if (head.incarnation != parts_.hellos.admitted(from)) {
    ++step.counters.not_admitted;
    parts_.hellos.unadmitted_spoke(from, step.now);
    return false;
  }
  return true;
}

void NodeCore::handle(StepContext& step, const HelloDone& input) {
  parts_.membership.greeted(step, input);
}

void NodeCore::handle(StepContext& step, const HelloFailed& input) {
  parts_.membership.hello_failed(step, input);
}

void NodeCore::handle(StepContext& step, const HttpProbe& input) {
  parts_.watch.probed(step, input);
}

void NodeCore::handle(StepContext& step, const LocalTable& input) {
  parts_.replication.set_own_table(step, input.facts);
}

void NodeCore::handle(StepContext& step, const LocalProcessChanged& input) {
  parts_.replication.set_own_process(step, input.fact);
}

void NodeCore::handle(StepContext& step, const LocalCommandDone& input) {
  parts_.commands.done(step, input);
}

void NodeCore::handle(StepContext& step, const OperatorRequest& input) {
  parts_.operator_requests.take(step, input);
}

void NodeCore::handle(StepContext& step, const LoopStalled& input) {
  parts_.watch.stalled(step, input.gap);
}

void NodeCore::handle(StepContext& step, const PlannedStop&) {
  parts_.membership.leave(step);
}

void NodeCore::handle(StepContext& step, const SeedAnswered& input) {
  parts_.seeds.answered(step, input);
}

void NodeCore::handle(StepContext& step, const NodeSighted& input) {
  if (!options_.discovery || parts_.membership.leaving() || members_.find(node_id_of(input.identifier)) != nullptr) {
    return;
  }
  if (const std::string why = objection_to(input.identifier, input.nick); !why.empty()) {
    return parts_.roster.refuse(step, input.identifier, why);
  }
  parts_.seeds.announced(step, input.endpoint);
}

void NodeCore::handle(StepContext& step, const MemberRefused& input) {
  parts_.roster.refuse(step, input.identifier, objection_to(input.identifier, input.nick));
}

void NodeCore::handle(StepContext& step, const StatisticsWanted& input) {
  parts_.statistics.want(step, input.kinds);
}

void NodeCore::handle(StepContext& step, const LocalSamples& input) {
  parts_.statistics.publish(step, input);
}

void NodeCore::handle(StepContext& step, const NewRules& input) {
  parts_.membership.set_common(step, input.common);
  parts_.rules.replace(step, input.rules);
}

void NodeCore::handle(StepContext&, const TimePassed&) {}

std::string NodeCore::objection_to(std::string_view identifier, std::string_view nick) const {
  return objection_to_member(view_, identifier, nick.empty() ? identifier : nick);
}

std::uint64_t NodeCore::known_incarnation(std::string_view identifier) const {
  return parts_.membership.known_incarnation(view_, identifier);
}

}  // namespace holdfast::cluster

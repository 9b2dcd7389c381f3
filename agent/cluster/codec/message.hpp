// message.hpp: everything that agents say to each other, as typed values; message_codec.hpp puts them into
// frames. Facts (heartbeat, delta, leave) are published; requests and their answers go to one node. A node
// publishes facts about itself only. Durations on the wire are remaining milliseconds: clocks of two nodes
// are never compared.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/strategies.hpp"
#include "cluster/codec/cluster_state.hpp"
#include "cluster/codec/fence_fact.hpp"
#include "cluster/codec/forced_fact.hpp"
#include "cluster/codec/operation_code.hpp"
#include "cluster/codec/process_fact.hpp"
#include "cluster/codec/statistics_kinds.hpp"
#include "cluster/codec/term.hpp"
#include "supervision/usage_point.hpp"

namespace holdfast::cluster {

/// Which agent speaks for a node, and where it runs: from HELLO; the core compares nothing but equality.
struct AgentId {
  std::string instance;
  std::string place;
};

/// How a node hears another one; two bits each in the liveness vector.
enum class Liveness : std::uint8_t { fresh = 0, late = 1, suspect = 2, dead = 3 };

/// Every 200 ms on ctl. The header's epoch with `master` is the term the sender follows.
struct Heartbeat {
  std::uint8_t health = 0;      // 0 = well; grows with the sender's own stalls
  std::uint64_t delta_seq = 0;  // last change of the sender's table
  std::uint64_t digest = 0;     // of the sender's table at delta_seq
  NodeId master = 0;
  bool acting_master = false;  // the sender acts as Master (then master is the sender)
  bool synchronised = false;   // has ended its wait for the others at least once
  bool leaving = false;
  bool starting_jobs = false;
  bool stopping_jobs = false;
  bool degraded = false;
  bool joined = false;     // the sender has the whole table of every node it sees RUNNING
  bool discovery = false;  // the sender takes nodes that are new to it
  ClusterState state = ClusterState::off;
  std::uint64_t began_mono_ms = 0;  // the sender's monotonic clock when it began; 0: its version does not say
  std::vector<Liveness> liveness;   // of each roster member in order of identifier; own entry fresh
  friend bool operator==(const Heartbeat&, const Heartbeat&) = default;
};

/// One change of the sender's table: rows set and rows removed, number `seq` of this incarnation.
struct Delta {
  std::uint64_t seq = 0;
  std::vector<ProcessFact> facts;
  std::vector<std::string> removed;  // namespecs
  std::vector<ForcedFact> forced;
  std::vector<std::string> unforced;  // namespecs
  std::optional<FenceList> fences = std::nullopt;
  [[nodiscard]] std::size_t rows() const { return facts.size() + removed.size() + forced.size() + unforced.size(); }
  friend bool operator==(const Delta&, const Delta&) = default;
};

/// A planned stop: its programs were stopped on purpose.
struct Leave {
  friend bool operator==(const Leave&, const Leave&) = default;
};

struct SnapshotRequest {
  std::uint64_t request = 0;  // repeated in every chunk of the answer
  friend bool operator==(const SnapshotRequest&, const SnapshotRequest&) = default;
};

/// A part of the sender's whole table as it was at `seq`; the chunks of one answer carry the same request and
/// seq.
struct Snapshot {
  std::uint64_t request = 0;
  std::uint64_t seq = 0;
  std::uint32_t chunk = 0;
  std::uint32_t chunks = 1;
  std::vector<ProcessFact> facts;
  std::vector<ForcedFact> forced;
  std::optional<FenceList> fences = std::nullopt;  // in one of the chunks
  friend bool operator==(const Snapshot&, const Snapshot&) = default;
};

/// "I have your changes up to `since`": answered by the following deltas, or by a snapshot.
struct DeltaRequest {
  std::uint64_t since = 0;
  friend bool operator==(const DeltaRequest&, const DeltaRequest&) = default;
};

/// What can be asked of one process, of an application, or of the cluster. Codes are on the wire.
enum class Action : std::uint8_t {
  start_process = 1,
  stop_process = 2,
  restart_process = 3,
  signal_process = 4,
  start_application = 5,
  stop_application = 6,
  restart_application = 7,
  conciliate = 8,
  restart_cluster = 9,
  shutdown_cluster = 10,
  restart_sequence = 11,
  end_sync = 12,           // the named node ends its wait for others and becomes Master
  unfence = 13,            // the named node counts again
  start_any_process = 14,  // the target is a pattern; since minor version 4
};

constexpr std::string_view name_of(Action action) {
  switch (action) {
    case Action::start_process:
      return "start";
    case Action::stop_process:
      return "stop";
    case Action::restart_process:
      return "restart";
    case Action::signal_process:
      return "signal";
    case Action::start_application:
      return "start application";
    case Action::stop_application:
      return "stop application";
    case Action::restart_application:
      return "restart application";
    case Action::conciliate:
      return "conciliate";
    case Action::restart_cluster:
      return "restart cluster";
    case Action::shutdown_cluster:
      return "shut down cluster";
    case Action::restart_sequence:
      return "restart sequence";
    case Action::end_sync:
      return "end synchronization";
    case Action::unfence:
      return "unfence";
    case Action::start_any_process:
      return "start any";
  }
  return {};
}

/// One order to one node about one of its own processes. Executed once per operation.
struct Command {
  std::string operation;  // unique: nick.incarnation-drawn.counter of the origin
  std::string cause;      // operation or decision it serves
  Term term;
  NodeId origin = 0;
  std::uint64_t target_incarnation = 0;  // an order outlives no restart of its target
  std::string user;                      // who asked; "Master" for automatic orders
  Action action = Action::start_process;
  std::string namespec;
  std::string argument;  // extra arguments, or the signal
  std::string reason;
  std::uint32_t remaining_ms = 0;   // to the deadline, from the sending
  std::uint64_t cited_mono_ms = 0;  // the target's own clock as last heard: a copy that was long under way is dropped
  friend bool operator==(const Command&, const Command&) = default;
};

enum class AnswerPhase : std::uint8_t { accepted = 1, refused = 2, completed = 3 };

/// Accepted or refused, then completed.
struct CommandAnswer {
  std::string operation;
  AnswerPhase phase = AnswerPhase::accepted;
  OperationCode code;
  std::string text;
  friend bool operator==(const CommandAnswer&, const CommandAnswer&) = default;
};

/// A request of a person that needs the Master, the only planner.
struct OperatorForward {
  std::string operation;
  Term term;
  NodeId origin = 0;  // where the request arrived; LOCAL means this node
  std::string user;
  Action action = Action::start_application;
  std::string target;  // application or namespec
  std::optional<StartingStrategy> strategy;
  std::optional<ConciliationStrategy> conciliation;
  std::string argument;
  std::uint32_t remaining_ms = 0;
  friend bool operator==(const OperatorForward&, const OperatorForward&) = default;
};

struct OperatorAnswer {
  std::string operation;
  AnswerPhase phase = AnswerPhase::accepted;
  OperationCode code;
  std::string text;
  friend bool operator==(const OperatorAnswer&, const OperatorAnswer&) = default;
};

/// How the sender hears a third node; `ask` = and how do you? Used when the liveness vectors leave a silent node
/// undecided.
struct PeerOpinion {
  NodeId about = 0;
  Liveness liveness = Liveness::fresh;
  bool ask = false;
  friend bool operator==(const PeerOpinion&, const PeerOpinion&) = default;
};

/// The end of one incarnation of a node, as the sender has seen it.
struct ReportedLoss {
  NodeId node = 0;
  std::uint64_t incarnation = 0;       // of the one that ended
  std::uint64_t seq = 0;               // last change of its table that the sender had
  bool planned = false;                // it left: what it ran was stopped on purpose
  std::uint32_t age_ms = 0;            // since the sender saw it, at the first sending
  std::vector<std::string> processes;  // namespecs that ran there and have not been seen to run since
  friend bool operator==(const ReportedLoss&, const ReportedLoss&) = default;
};

/// To a Master: what the sender knows of incarnations whose end that Master may not have seen. Sent again until
/// answered (OperatorAnswer). Since minor version 1.
struct LossReport {
  std::string operation;
  Term term;
  NodeId origin = 0;
  std::vector<ReportedLoss> losses;
  friend bool operator==(const LossReport&, const LossReport&) = default;
};

/// One node as its cluster knows it.
struct KnownMember {
  std::string identifier;
  std::string nick;
  std::string contact;  // address at which the sender reached it, numeric; empty: by the name in its identifier
  friend bool operator==(const KnownMember&, const KnownMember&) = default;
};

/// All nodes that the sender knows, to one whose list is another (docs/decisions/0015). Since minor version 2.
struct Roster {
  std::vector<KnownMember> members;
  friend bool operator==(const Roster&, const Roster&) = default;
};

/// "I look at your statistics": the points follow on bulk for the time of the lease (docs/decisions/0017); no kind: no
/// more of them. Since minor version 3, as the next two.
struct StatisticsRequest {
  StatisticsKinds kinds;
  std::uint32_t lease_ms = 0;
  friend bool operator==(const StatisticsRequest&, const StatisticsRequest&) = default;
};

/// On bulk, while somebody asks: one point of the sender's machine.
struct HostSample {
  supervision::HostPoint point;
  friend bool operator==(const HostSample&, const HostSample&) = default;
};

/// On bulk, while somebody asks: points of the sender's programs, at most limits::statistics_frame_points.
struct ProcessSamples {
  std::vector<supervision::ProcessPoint> points;
  friend bool operator==(const ProcessSamples&, const ProcessSamples&) = default;
};

using Message = std::variant<Heartbeat, Delta, Leave, SnapshotRequest, Snapshot, DeltaRequest, Command, CommandAnswer,
                             OperatorForward, OperatorAnswer, PeerOpinion, LossReport, Roster, StatisticsRequest,
                             HostSample, ProcessSamples>;

}  // namespace holdfast::cluster

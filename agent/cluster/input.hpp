// input.hpp: what can happen to a Node, one plain value each. ClusterDriver turns messages, timers,
// requests and the local supervisor's news into these; the simulator does the same. Instants are this node's
// monotonic clock.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/instant.hpp"
#include "cluster/codec/frame.hpp"
#include "cluster/codec/message.hpp"
#include "cluster/node_options.hpp"

namespace holdfast::cluster {

/// A frame from a peer. `sender` is the owner of the key it came with (transport has compared it with the
/// header).
struct FrameReceived {
  NodeId sender = 0;
  Stream stream = Stream::ctl;
  std::string bytes;
  Instant stamp;  // of receipt, by the gossip thread
};

/// A HELLO with this peer has succeeded, begun by either side: its key is admitted, its sockets are
/// connected.
struct HelloDone {
  std::string identifier;
  std::string nick;
  std::uint64_t incarnation = 0;
  std::string machine_id;
  std::uint8_t proto_minor = 0;
  std::uint64_t my_incarnation_known = 0;  // the highest incarnation of mine that the peer has seen
  AgentId agent;
  std::vector<std::string> stereotypes = {};  // tags that it carries (contract supvisors.md section 0)
  std::string contact = {};  // address at which it is reached, numeric; empty: by the name in its identifier
  NamedValues common = {};   // its values of what should be the same everywhere
};

/// `duplicate`: another agent of the same id is alive, there or here; `objection`: it has the same key and does not
/// take this node as a member, while this one would take it.
enum class HelloFault { unreachable, refused, wrong_key, other_cluster, incompatible, duplicate, objection };

/// Answer to Outcome::seeds, after the HelloDone of the node that is there. An empty identifier: nobody who may join
/// answered, `reason` tells; `objects`: somebody who does not take this node as a member.
struct SeedAnswered {
  std::string seed;
  std::string identifier;
  std::string reason;
  bool objects = false;
};

/// An announcement by multicast: somebody who may be of this cluster answers HELLO at `endpoint` (address:port).
struct NodeSighted {
  std::string identifier;
  std::string nick;
  std::string endpoint;
};

/// A HELLO of somebody who is not taken as a member (Node::objection_to says why).
struct MemberRefused {
  std::string identifier;
  std::string nick;
};

struct HelloFailed {
  std::string identifier;
  HelloFault fault = HelloFault::unreachable;
  std::string reason;
};

/// Answer to Outcome::probes. A time-out is accepted = false, refused = false; the prober waits at most 300
/// ms.
struct HttpProbe {
  std::string identifier;
  bool accepted = false;
  bool refused = false;  // the machine answered that nobody listens
};

/// The local supervisor's whole table: at start and after a reload. Rows that are absent are removed.
struct LocalTable {
  std::vector<ProcessFact> facts;
};
struct LocalProcessChanged {
  ProcessFact fact;
};

/// What became of an Outcome::commands item. `refused`: it was not begun, nothing was changed.
struct LocalCommandDone {
  std::string operation;
  OperationCode code;
  std::string text;
  bool refused = false;
};

/// A person's or program's request, authenticated, at this node. `identifier` set: the process of that node;
/// empty: the Master plans. Answered by Outcome::replies with the same handle, at the latest after
/// `deadline`.
struct OperatorRequest {
  std::uint64_t handle = 0;
  std::string user;
  Action action = Action::start_application;
  std::string target;      // application, or group:name (group:* for process actions of the Master)
  std::string identifier;  // empty = wherever it is or shall be
  std::optional<StartingStrategy> strategy;
  std::optional<ConciliationStrategy> conciliation;
  std::string argument;  // extra arguments, or the signal
  Duration deadline = 60s;
};

/// The loop did not turn for this long (beyond what the deadlines show).
struct LoopStalled {
  Duration gap{};
};

/// This agent stops on purpose, its programs are being stopped: LEAVE.
struct PlannedStop {};

/// What a subscriber of this node looks at, of every node's statistics.
struct StatisticsWanted {
  StatisticsKinds kinds;
};

/// Points of this node, for peers that look at them.
struct LocalSamples {
  std::vector<supervision::HostPoint> host;
  std::vector<supervision::ProcessPoint> processes;
};

/// This node's rules have been read anew; `common`: its values of what should be the same everywhere, from now on.
struct NewRules {
  rules::RuleSet rules;
  NamedValues common;
};

struct TimePassed {};

using Input = std::variant<FrameReceived, HelloDone, HelloFailed, HttpProbe, LocalTable, LocalProcessChanged,
                           LocalCommandDone, OperatorRequest, LoopStalled, PlannedStop, SeedAnswered, NodeSighted,
                           MemberRefused, StatisticsWanted, LocalSamples, NewRules, TimePassed>;

}  // namespace holdfast::cluster

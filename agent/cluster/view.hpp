// view.hpp: the read model of the cluster as one node sees it: members with their tables, the rules engine's
// view of all processes, the Master and the state. Written by Node's parts only; read by api and the
// drivers between steps, on the loop. Ages are computed by the reader: now - heard_at.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/instant.hpp"
#include "base/member_state.hpp"
#include "cluster/codec/message.hpp"
#include "cluster/replicated_table.hpp"
#include "rules/actions.hpp"
#include "rules/view.hpp"

namespace holdfast::cluster {

/// The code for Supvisors' clients (contract 3.1): AWAY is FAILED for them, INCOMPATIBLE is ISOLATED.
constexpr int code_of(MemberState state) {
  switch (state) {
    case MemberState::stopped:
      return 0;
    case MemberState::checking:
      return 1;
    case MemberState::running:
      return 3;
    case MemberState::failed:
      return 4;
    case MemberState::away:
      return 4;
    case MemberState::isolated:
      return 5;
    case MemberState::incompatible:
      return 5;
  }
  return 0;
}
/// Heard of lately, whole or not.
constexpr bool in_sight(MemberState state) {
  return state == MemberState::checking || state == MemberState::running;
}
/// The name for Supvisors' clients: STOPPED CHECKING RUNNING FAILED ISOLATED.
std::string_view supvisors_name_of(MemberState state);

struct MemberView {
  std::size_t slot = 0;  // of what is kept by member (Members, PerMember): never changes while the node runs
  std::string identifier;
  std::string nick;
  NodeId node_id = 0;
  bool local = false;
  bool core = false;
  bool listed = true;      // of the list that this node started with; else it was met
  bool discovery = false;  // it takes nodes that are new to it
  std::string contact;     // address at which it was reached, numeric; empty: by the name in its identifier
  MemberState state = MemberState::stopped;
  bool partial = false;  // I cannot hear it, its peers can
  Liveness liveness = Liveness::dead;
  std::string remark;                    // the last reason why it is not RUNNING, for people
  std::string objection;                 // why it does not take this node as a member; empty: it has not said that
  std::vector<std::string> differences;  // from this node, in what should be the same; for people
  std::optional<FenceFact> fence;        // the local one, too, may be fenced: for the others it is ISOLATED then
  std::string machine_id;
  std::uint64_t incarnation = 0;    // highest known
  AgentId agent;                    // whose incarnation that is
  std::optional<Instant> heard_at;  // receipt of the last frame that counted
  Instant state_since{};
  std::uint64_t beat_seq = 0;        // of the last heartbeat
  std::uint64_t remote_mono_ms = 0;  // its clock at the last heartbeat
  std::uint64_t began_mono_ms = 0;   // its clock when it began
  std::uint8_t proto_minor = 0;      // of the protocol, as its last heartbeat was made
  Term term;                         // the one it follows
  bool acting_master = false;
  ClusterState cluster_state = ClusterState::off;
  bool synchronised = false;
  bool joined = false;
  bool starting_jobs = false;
  bool stopping_jobs = false;
  bool degraded = false;
  std::uint8_t health = 0;
  ReplicatedTable table;  // its rows; kept when it is gone, as a trace
};

/// Everything dropped or refused, by cause. Shown; never reset.
struct Counters {
  std::uint64_t malformed = 0;
  std::uint64_t wrong_cluster = 0;
  std::uint64_t wrong_sender = 0;
  std::uint64_t unknown_node = 0;
  std::uint64_t old_incarnation = 0;
  std::uint64_t not_admitted = 0;  // a frame of an incarnation that has made no HELLO
  std::uint64_t stale_beat = 0;
  std::uint64_t stale_term = 0;       // commands refused
  std::uint64_t wrong_target = 0;     // commands meant for an earlier incarnation of mine
  std::uint64_t expired_command = 0;  // copies that were under way for too long
  std::uint64_t repeated_command = 0;
  std::uint64_t fenced_sender = 0;  // what a fenced node has no say in
  std::uint64_t gaps = 0;
  std::uint64_t snapshots_applied = 0;
  std::uint64_t digest_mismatches = 0;
  std::uint64_t own_stalls = 0;
  std::uint64_t terms_started = 0;
  std::uint64_t members_refused = 0;  // nodes that could not join the list
  std::uint64_t points_sent = 0;      // of this node's statistics, to peers that look
  std::uint64_t points_heard = 0;
  std::uint64_t points_unwanted = 0;  // heard, and nobody looks any more
};

/// Of the view: what Mastery writes.
struct MasteryView {
  std::optional<std::string> master;  // identifier of the Master in sight, or of mine
  Instant state_since{};              // of View::state()
};

/// Of the view: what the driver of the rules engine writes.
struct RulesWorkView {
  std::vector<ProcessId> conflicts;  // managed processes with more than one running copy, sorted
  std::vector<rules::JobView> jobs;  // on the Master
};

struct View : MasteryView, RulesWorkView {
  std::vector<MemberView> members;  // in order of declaration; with discovery, of their nicks
  std::size_t local = 0;            // index of the local member
  bool discovery = false;           // this node takes nodes that are new to it
  rules::ClusterView cluster;       // what the rules engine sees
  bool degraded = false;
  StatisticsKinds statistics_asked;  // what peers look at here
  Counters counters;

  /// The local member. What it tells the others of itself stands there, and only there.
  [[nodiscard]] const MemberView& me() const { return members[local]; }
  [[nodiscard]] const Term& term() const { return me().term; }
  [[nodiscard]] bool acting_master() const { return me().acting_master; }  // I am it
  [[nodiscard]] ClusterState state() const { return me().cluster_state; }
  [[nodiscard]] const MemberView* find(std::string_view identifier_or_nick) const;
  [[nodiscard]] const MemberView* find(NodeId node_id) const;
  /// The one of that identifier or nick, else all that carry the stereotype (contract supvisors.md ID-1).
  [[nodiscard]] std::vector<const MemberView*> named(std::string_view name) const;
};

}  // namespace holdfast::cluster

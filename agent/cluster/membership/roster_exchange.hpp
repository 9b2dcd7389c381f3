// roster_exchange.hpp: how the list of members grows (docs/decisions/0015): who proves the cluster's key joins it,
// lists that differ are exchanged until they are equal, and who cannot join is refused, aloud once. Without discovery
// the list is the configured one. What a name must be is roster.hpp's; the list itself is kept by Members. Owned by
// NodeCore.
#pragma once

#include <map>
#include <string>

#include "cluster/per_member.hpp"
#include "cluster/step_context.hpp"

namespace holdfast::cluster {

class Fencing;
class HeartbeatAnnouncer;
class Membership;

class RosterExchange {
 public:
  /// The other parts that it asks.
  struct Parts {
    Membership& membership;
    HeartbeatAnnouncer& heartbeats;
    Fencing& fencing;
  };

  RosterExchange(Parts parts, Members& members) : parts_(parts), members_(members) {}

  /// True: a node of that name is a member now. References to members end here.
  bool take(StepContext& step, const KnownMember& who, const std::string& how);
  /// Said once for each node and reason; the counter has every one.
  void refuse(StepContext& step, const std::string& identifier, const std::string& why);
  void receive(StepContext& step, const MemberView& from, const Roster& roster);
  /// The peer's list is another than mine: it gets mine, and sends its own for the same reason.
  void offer(StepContext& step, const MemberView& peer);
  /// Whether it is a core node, after its tags have become known.
  void refresh_core(StepContext& step, const MemberView& member);

  /// Nobody new has come for a while since `started`: the conditions that count who is known mean something. A list is
  /// that by itself, unless its core nodes are told by tags, which only they know.
  [[nodiscard]] bool settled(const StepContext& step, Instant started) const;

 private:
  struct Record {
    Instant sent{};  // my list, to it
    Duration period{};
  };
  void insert(StepContext& step, MemberView member);

  Parts parts_;
  Members& members_;
  PerMember<Record> records_;
  std::map<std::string, std::string> refused_;  // identifier -> why, as it was said
  Instant met_at_{};                            // the last node that was new
};

}  // namespace holdfast::cluster

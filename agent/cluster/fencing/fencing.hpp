// fencing.hpp: with auto_fence a node that is lost while the cluster is at work stays out when it is heard again,
// until a person unfences it (contract supvisors.md 3.7 and W6, docs/decisions/0016). The Master writes the list of
// such nodes; everybody keeps the newest one that a node which counts has, the fenced ones too. A fenced node is a
// follower that nobody counts: it sees what all see and whom to ask, gets no orders and is never Master. The only
// writer of MemberView::fence; what becomes of a fenced member is Membership's to do. Owned by NodeParts.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cluster/codec/operation_result.hpp"
#include "cluster/input.hpp"
#include "cluster/per_member.hpp"
#include "cluster/step_context.hpp"

namespace holdfast::cluster {

class AskedOperations;
class HelloScheduler;
class MasterPlans;
class Mastery;
class Membership;
class PeerWatch;
class Replication;

class Fencing {
 public:
  /// The other parts that it asks.
  struct Parts {
    Membership& membership;
    HelloScheduler& hellos;
    const PeerWatch& watch;
    Replication& replication;
    Mastery& mastery;
    AskedOperations& requests;
    MasterPlans& plans;
  };

  Fencing(Parts parts, Members& members) : parts_(parts), members_(members) {}

  /// It was lost while it counted: the Master fences it, or the next one will.
  void lost(StepContext& step, const MemberView& member, const std::string& why);
  /// Nobody needs to fence it for what was before.
  void is_back(const MemberView& member) { lost_at_work_[member].reset(); }
  /// It was fenced before this node came to know it.
  void fence_newcomer(StepContext& step, const MemberView& member);

  /// The Master's list; where none is in sight or this node is it, the newest of those that count here.
  void refresh(StepContext& step);
  /// A member may know a newer list.
  void lists_may_differ() { stale_ = true; }
  /// A new Master goes on with the list that it knows, and fences whom it has lost when nobody was Master. One that
  /// only begins a new term says its list anew, so that it is above what the others know.
  void begin_mastery(StepContext& step, bool was_acting);
  /// After this node as Master has yielded to one of the other side: what that one says of who is fenced holds.
  void take_rivals_fences(StepContext& step, NodeId master);

  /// Of what a fenced node says, this is listened to: that it is there, what it knows, and a person who unfences it.
  [[nodiscard]] static bool may_speak(const MemberView& member, const Message& message);
  /// Why nothing is asked of it, and what to do.
  [[nodiscard]] static std::string text_of(const MemberView& fenced);

  /// A person asks at this node; and the node that writes the list is told. Target: an identifier or nick, or * for
  /// every fenced node.
  void request_unfence(StepContext& step, const std::string& operation, const OperatorRequest& input);
  void write_unfence(StepContext& step, const OperatorForward& request);

 private:
  using Loss = std::optional<std::pair<Instant, std::string>>;  // when and why

  template <typename Edit>
  void rewrite(StepContext& step, const std::string& why, Edit edit);
  void apply(StepContext& step, const FenceList& list, const std::string& why);
  void follow_master(StepContext& step, const MemberView& master);
  void isolate(StepContext& step, const MemberView& member);
  void unfence(StepContext& step, const MemberView& member, const std::string& why);
  [[nodiscard]] OperationResult unfence(StepContext& step, const std::string& target, const std::string& user);
  [[nodiscard]] FenceFact new_fence(const StepContext& step, const MemberView& member, const std::string& why) const;

  Parts parts_;
  Members& members_;
  PerMember<Loss> lost_at_work_;  // for the Master that is to fence it
  bool stale_ = false;
};

}  // namespace holdfast::cluster

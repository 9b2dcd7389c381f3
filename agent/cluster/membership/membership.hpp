// membership.hpp: who is there and in which state (contract supvisors.md 3.1): what HELLO, heartbeats, planned stops
// and the verdicts of PeerWatch make of a member, when it counts, and what its loss means to the other parts. The
// only writer of MemberView::state and of what a member says of itself. Judges no silence (PeerWatch) and greets
// nobody (HelloScheduler). Owned by NodeParts; called by it for inputs and frames, by PeerWatch and Fencing for a
// change of state.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "cluster/input.hpp"
#include "cluster/per_member.hpp"
#include "cluster/step_context.hpp"

namespace holdfast::cluster {

class AskedOperations;
class CopyTracker;
class Fencing;
class HelloScheduler;
class Losses;
class Mastery;
class PeerWatch;
class Replication;
class RosterExchange;
class RulesDriver;
class SynchronisationWait;

class Membership {
 public:
  /// The other parts that it asks.
  struct Parts {
    RosterExchange& roster;
    HelloScheduler& hellos;
    PeerWatch& watch;
    Losses& losses;
    Replication& replication;
    CopyTracker& copies;
    Mastery& mastery;
    SynchronisationWait& synchronisation;
    RulesDriver& rules;
    Fencing& fencing;
    AskedOperations& requests;
  };

  /// `common`: this node's values of what should be the same everywhere.
  Membership(Parts parts, Members& members, NamedValues common)
      : parts_(parts), members_(members), common_(std::move(common)) {}
  void begin(Instant now);

  void greeted(StepContext& step, const HelloDone& hello);
  void hello_failed(StepContext& step, const HelloFailed& failure);
  void heard(StepContext& step, const MemberView& member, const FrameHeader& head, const Heartbeat& beat,
             Instant stamp);
  /// It has said that it stops on purpose.
  void left(StepContext& step, const MemberView& member);
  /// They are others now; every member is greeted, so that each compares anew.
  void set_common(StepContext& step, const NamedValues& common);
  /// This node stops on purpose.
  void leave(StepContext& step);

  /// Who is heard and whose whole table is here counts from now on; this node, once its own table is known.
  void activate(StepContext& step);
  void set_state(StepContext& step, const MemberView& member, MemberState state, const std::string& why);
  /// Its incarnation is over: what follows from that for every part, in this order.
  void lose(StepContext& step, const MemberView& member, const std::string& why);
  /// It may take programs, or no longer.
  void refresh_instance(StepContext& step, const MemberView& member);

  [[nodiscard]] bool leaving() const { return leaving_; }
  [[nodiscard]] bool has_left(const MemberView& member) const { return records_[member].left; }
  /// It has been RUNNING since this node knows it.
  [[nodiscard]] bool has_run(const MemberView& member) const { return records_[member].has_run; }
  /// When who is in sight has changed last; `sight_has_changed`: something else makes it worth a wait.
  [[nodiscard]] Instant sight_changed() const { return sight_changed_; }
  void sight_has_changed(Instant now) { sight_changed_ = now; }
  /// The highest incarnation known of this node, one more if that number is another agent's; 0: none.
  [[nodiscard]] std::uint64_t known_incarnation(const View& view, std::string_view identifier) const;

 private:
  struct Record {
    bool left = false;             // this incarnation has said LEAVE
    bool left_for_good = false;    // and is silent since
    bool number_is_taken = false;  // another agent says HELLO with the incarnation that is known
    bool has_run = false;
  };
  void begin_incarnation(StepContext& step, MemberView& member, std::uint64_t incarnation);
  void begin_own_incarnation_above(StepContext& step, std::uint64_t known, const std::string& why);
  void compare(StepContext& step, MemberView& member, const NamedValues& common);
  void refuse_other_agent(StepContext& step, const MemberView& member);
  void take_facts(StepContext& step, MemberView& member, const FrameHeader& head, const Heartbeat& beat);
  void take_term(StepContext& step, MemberView& member, const FrameHeader& head, const Heartbeat& beat);
  void came_running(StepContext& step, const MemberView& member);

  Parts parts_;
  Members& members_;
  PerMember<Record> records_;
  NamedValues common_;
  Instant sight_changed_{};
  bool leaving_ = false;
};

}  // namespace holdfast::cluster

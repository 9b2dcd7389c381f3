// hello_scheduler.hpp: whom this node greets next, and which incarnation of each member has proven itself by HELLO. A
// member that is not heard is greeted again and again, ever more slowly; one that answers and stays unheard less often
// than one that may be back at any time. Makes no connection: it names whom the driver is to greet. Owned by NodeParts.
#pragma once

#include <cstdint>
#include <optional>

#include "cluster/per_member.hpp"
#include "cluster/step_context.hpp"

namespace holdfast::cluster {

class Membership;

class HelloScheduler {
 public:
  /// The other parts that it asks.
  struct Parts {
    const Membership& membership;
  };

  explicit HelloScheduler(Parts parts) : parts_(parts) {}

  /// Greets who is due.
  void send_hellos(StepContext& step);

  /// An attempt has ended, well or not.
  void answered(const MemberView& member) { records_[member].asked.reset(); }
  /// One of us has begun a new incarnation that the other has not greeted; or no longer.
  void want(const MemberView& member, bool wanted) { records_[member].wanted = wanted; }
  void greet_now(const MemberView& member, Instant now) { records_[member].next = now; }
  /// Its silence is new: the pauses begin small again.
  void greet_afresh(const MemberView& member, Instant now);
  /// This node has begun a new incarnation, which nobody has greeted.
  void greet_everybody(const StepContext& step);
  /// A frame of an incarnation that has not said HELLO.
  void unadmitted_spoke(const MemberView& member, Instant now);
  void heard(const MemberView& member) { records_[member].period = {}; }

  /// The incarnation's key is admitted. True: it was not since it was last heard, so everything about it begins anew.
  bool admit(const MemberView& member, std::uint64_t incarnation, Instant now);
  /// Nothing of it is believed until it says HELLO as somebody else.
  void withdraw_admission(const MemberView& member);
  /// 0: none is.
  [[nodiscard]] std::uint64_t admitted(const MemberView& member) const { return records_[member].admitted; }
  /// By the first HELLO since it was last heard.
  [[nodiscard]] Instant admitted_at(const MemberView& member) const { return records_[member].admitted_at; }
  /// HELLO says that it is there, and nothing of it has been heard since.
  [[nodiscard]] bool awaited(const MemberView& member) const;

 private:
  struct Record {
    std::uint64_t admitted = 0;
    Instant admitted_at{};
    bool wanted = false;
    Instant next{};
    Duration period{};
    std::optional<Instant> asked;
  };
  [[nodiscard]] bool is_due(const StepContext& step, const MemberView& member) const;

  Parts parts_;
  PerMember<Record> records_;
};

}  // namespace holdfast::cluster

// Whom a node greets, and how often.
#include "cluster/membership/hello_scheduler.hpp"

#include "base/limits.hpp"
#include "one_node.hpp"

namespace holdfast::cluster {
namespace {

class Hellos : public OneNode {
 protected:
  /// The instants of the HELLOs to n2 within `span`; each is answered, by a failure say.
  std::vector<Instant> to_n2(Duration span) {
    std::vector<Instant> greeted;
    for (const Instant end = now_ + span; now_ < end; now_ = now_ + 10ms) {
      StepContext context = step();
      parts().hellos.send_hellos(context);
      for (const std::string& identifier : std::exchange(outcome_.hellos, {})) {
        if (identifier == member(2).identifier) {
          greeted.push_back(now_);
          parts().hellos.answered(member(2));
        }
      }
    }
    return greeted;
  }
};

TEST_F(Hellos, WhoIsNotHeardIsGreetedEverMoreSlowly) {
  const std::vector<Instant> greeted = to_n2(60s);
  ASSERT_GT(greeted.size(), 10U);
  EXPECT_LT(greeted[1] - greeted[0], 2 * limits::cluster_hello_period);
  const Duration last = greeted.back() - greeted[greeted.size() - 2];
  EXPECT_GE(last, limits::cluster_hello_period_max);
  EXPECT_LE(last, limits::cluster_hello_period_max + limits::cluster_hello_period_max / 4 + 10ms);
}

TEST_F(Hellos, OneAttemptAtATime) {
  StepContext context = step();
  parts().hellos.send_hellos(context);
  EXPECT_EQ(outcome_.hellos.size(), 2U) << "not myself";
  now_ = now_ + limits::cluster_hello_answer_max - 1ms;
  StepContext later = step();
  parts().hellos.send_hellos(later);
  EXPECT_EQ(outcome_.hellos.size(), 2U) << "the first is not answered yet";
  now_ = now_ + 2ms;
  StepContext last = step();
  parts().hellos.send_hellos(last);
  EXPECT_EQ(outcome_.hellos.size(), 4U);
}

TEST_F(Hellos, WhoIsHeardIsGreetedOnlyIfOneOfUsIsNew) {
  make_running(2);
  EXPECT_TRUE(to_n2(5s).empty());
  parts().hellos.want(member(2), true);
  EXPECT_FALSE(to_n2(1s).empty());
  parts().hellos.want(member(2), false);
  EXPECT_TRUE(to_n2(5s).empty());
  parts().hellos.unadmitted_spoke(member(2), now_);
  EXPECT_FALSE(to_n2(1s).empty());
}

TEST_F(Hellos, AfterALossThePausesBeginSmallAgain) {
  (void)to_n2(60s);
  parts().hellos.greet_afresh(member(2), now_);
  const Instant lost = now_;
  const std::vector<Instant> greeted = to_n2(2s);
  ASSERT_GE(greeted.size(), 2U);
  EXPECT_EQ(greeted[0], lost);
  EXPECT_LT(greeted[1] - greeted[0], 2 * limits::cluster_hello_period);
}

TEST_F(Hellos, AnAdmissionIsNewUntilTheMemberIsHeard) {
  HelloScheduler& hellos = parts().hellos;
  EXPECT_EQ(hellos.admitted(member(2)), 0U);
  EXPECT_TRUE(hellos.admit(member(2), 3, now_));
  EXPECT_TRUE(hellos.awaited(member(2)));
  EXPECT_FALSE(hellos.admit(member(2), 3, now_ + 1s)) << "the same, and still unheard";
  EXPECT_EQ(hellos.admitted_at(member(2)), now_);
  member(2).heard_at = now_ + 2s;
  EXPECT_FALSE(hellos.awaited(member(2)));
  EXPECT_TRUE(hellos.admit(member(2), 3, now_ + 3s)) << "it was heard in between";
  hellos.withdraw_admission(member(2));
  EXPECT_EQ(hellos.admitted(member(2)), 0U);
}

TEST_F(Hellos, WhoLeavesGreetsNobody) {
  StepContext context = step();
  parts().membership.leave(context);
  EXPECT_TRUE(to_n2(5s).empty());
}

TEST_F(Hellos, ANewIncarnationOfThisNodeIsToldToEverybody) {
  make_running(2);
  make_running(3);
  StepContext context = step();
  parts().hellos.send_hellos(context);
  ASSERT_TRUE(outcome_.hellos.empty()) << "both are heard";
  parts().hellos.greet_everybody(context);
  parts().hellos.send_hellos(context);
  EXPECT_EQ(outcome_.hellos.size(), 2U);
}

TEST_F(Hellos, WhoIsToBeGreetedNowIsNotWaitedFor) {
  (void)to_n2(60s);
  (void)to_n2(limits::cluster_hello_period / 2);
  parts().hellos.greet_now(member(2), now_);
  const Instant asked = now_;
  const std::vector<Instant> greeted = to_n2(1s);
  ASSERT_FALSE(greeted.empty());
  EXPECT_EQ(greeted[0], asked);
}

}  // namespace
}  // namespace holdfast::cluster

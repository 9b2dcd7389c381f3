#include "cluster/membership/failure_detector.hpp"

#include <gtest/gtest.h>

namespace holdfast::cluster {
namespace {

constexpr FailureDetector::Node kA = 1;
constexpr FailureDetector::Node kB = 2;
constexpr FailureDetector::Node kC = 3;

Instant at(std::int64_t ms) {
  return Instant::from_ms(100'000 + ms);
}

/// Everybody is heard at 0; then only those in `alive`, up to `until`.
FailureDetector silent_a(std::int64_t until, const std::vector<FailureDetector::Node>& alive) {
  FailureDetector detector(DetectorTimings::fast_profile(), 3s);
  for (const FailureDetector::Node node : {kA, kB, kC}) {
    detector.heard(node, at(0));
  }
  for (const FailureDetector::Node node : alive) {
    detector.heard(node, at(until));
  }
  return detector;
}

TEST(FailureDetector, SilenceAloneIsNotBelieved) {
  FailureDetector detector = silent_a(1300, {kB, kC});
  EXPECT_EQ(detector.verdict(kA, at(1300)), Verdict::alive);
  EXPECT_TRUE(detector.undecided(kA, at(1300)));
  EXPECT_EQ(detector.liveness(kA, at(800)), Liveness::late);
  EXPECT_EQ(detector.liveness(kA, at(1300)), Liveness::suspect);
}

TEST(FailureDetector, PeersThatMissItTooConfirm) {
  FailureDetector detector = silent_a(1250, {kB, kC});
  detector.opinion(kB, kA, Liveness::late, at(1000));
  EXPECT_EQ(detector.verdict(kA, at(1250)), Verdict::alive) << "one of two is no majority";
  detector.opinion(kC, kA, Liveness::late, at(1100));
  EXPECT_EQ(detector.verdict(kA, at(1190)), Verdict::alive) << "not before 1.2 s";
  EXPECT_EQ(detector.verdict(kA, at(1250)), Verdict::dead);
}

TEST(FailureDetector, PeersThatHearItObject) {
  FailureDetector detector = silent_a(5000, {kB, kC});
  detector.opinion(kB, kA, Liveness::fresh, at(4900));
  detector.opinion(kC, kA, Liveness::fresh, at(4900));
  EXPECT_EQ(detector.verdict(kA, at(5000)), Verdict::partial);
}

TEST(FailureDetector, OldOpinionsDoNotCount) {
  FailureDetector detector = silent_a(3200, {kB, kC});
  detector.opinion(kB, kA, Liveness::fresh, at(1000));
  detector.opinion(kC, kA, Liveness::fresh, at(1000));
  EXPECT_EQ(detector.verdict(kA, at(3200)), Verdict::dead) << "3 s and nobody objects any more";
}

TEST(FailureDetector, AloneItTakesTheSlowLimit) {
  FailureDetector detector = silent_a(0, {});
  EXPECT_EQ(detector.verdict(kA, at(2900)), Verdict::alive);
  EXPECT_EQ(detector.verdict(kA, at(3050)), Verdict::dead);
}

TEST(FailureDetector, ARefusedConnectionConfirms) {
  FailureDetector detector = silent_a(0, {});
  detector.probed(kA, false, true, at(1200));
  EXPECT_EQ(detector.verdict(kA, at(1250)), Verdict::dead);
}

TEST(FailureDetector, AnOpenPortIsAwayUntilTheGraceIsOver) {
  FailureDetector detector = silent_a(4300, {kB, kC});
  for (const std::int64_t ms : {1300, 2300, 4100, 4300}) {
    detector.opinion(kB, kA, Liveness::suspect, at(ms));
    detector.opinion(kC, kA, Liveness::suspect, at(ms));
    detector.probed(kA, true, false, at(ms));
    EXPECT_EQ(detector.verdict(kA, at(ms)), ms > 4200 ? Verdict::dead : Verdict::away) << ms;
  }
}

TEST(FailureDetector, AnAnswerThatIsDueIsWaitedFor) {
  FailureDetector detector = silent_a(1250, {kB, kC});
  detector.opinion(kB, kA, Liveness::late, at(1100));
  detector.opinion(kC, kA, Liveness::late, at(1100));
  EXPECT_TRUE(detector.wants_probe(kA, at(1250)));
  detector.probe_asked(kA, at(1200));
  EXPECT_FALSE(detector.wants_probe(kA, at(1250)));
  EXPECT_EQ(detector.verdict(kA, at(1250)), Verdict::alive);
  EXPECT_EQ(detector.verdict(kA, at(1750)), Verdict::dead) << "the prober never answered";
}

TEST(FailureDetector, WhoStalledDistrustsItself) {
  FailureDetector detector = silent_a(0, {});
  detector.stalled(at(5000), 5s);
  EXPECT_EQ(detector.verdict(kA, at(5100)), Verdict::alive) << "frames that waited come first";
  EXPECT_EQ(detector.health(), 8);
  EXPECT_EQ(detector.verdict(kA, at(5500)), Verdict::alive) << "1.2 s and 3 s are five times as long now";
  for (int s = 1; s <= 9; ++s) {
    detector.decay(at(5500 + 1000 * s));
  }
  EXPECT_EQ(detector.health(), 0);
}

TEST(FailureDetector, WhatHeartbeatsSayCountsLikeAnswers) {
  FailureDetector detector = silent_a(1250, {kB, kC});
  const auto says = [](Liveness of_a) {
    return std::vector<Liveness>{Liveness::fresh, of_a, Liveness::fresh, Liveness::fresh};
  };
  detector.opinions(kB, says(Liveness::late), at(1000));
  detector.opinions(kC, says(Liveness::fresh), at(1000));
  EXPECT_EQ(detector.verdict(kA, at(1250)), Verdict::alive) << "one says so, one does not";
  detector.opinion(kC, kA, Liveness::late, at(1100));
  EXPECT_EQ(detector.verdict(kA, at(1250)), Verdict::dead) << "the later word of n3 counts";
  detector.opinions(kB, says(Liveness::fresh), at(1200));
  detector.opinions(kC, says(Liveness::fresh), at(1200));
  EXPECT_EQ(detector.verdict(kA, at(1250)), Verdict::partial);
}

TEST(FailureDetector, OpinionsAboutAnEarlierLifeDoNotCount) {
  FailureDetector detector = silent_a(0, {kB, kC});
  detector.opinions(kB, {Liveness::fresh, Liveness::suspect, Liveness::fresh, Liveness::fresh}, at(100));
  detector.opinion(kC, kA, Liveness::suspect, at(100));
  detector.forget(kA);
  detector.heard(kA, at(200));
  detector.heard(kB, at(1500));
  detector.heard(kC, at(1500));
  EXPECT_EQ(detector.verdict(kA, at(1500)), Verdict::alive);
}

TEST(FailureDetector, OpinionsFromBeforeAStallDoNotCount) {
  FailureDetector detector = silent_a(1250, {kB, kC});
  detector.opinion(kB, kA, Liveness::fresh, at(1200));
  detector.opinions(kC, {Liveness::fresh, Liveness::fresh, Liveness::fresh, Liveness::fresh}, at(1200));
  EXPECT_EQ(detector.verdict(kA, at(1250)), Verdict::partial);
  detector.stalled(at(1250), 0s);
  detector.heard(kB, at(1650));
  detector.heard(kC, at(1650));
  EXPECT_EQ(detector.verdict(kA, at(1660)), Verdict::alive) << "nobody objects any more, nobody confirms";
}

TEST(FailureDetector, ALateStampNeverMakesItYounger) {
  FailureDetector detector = silent_a(0, {});
  detector.heard(kA, at(2000));
  detector.heard(kA, at(500));
  EXPECT_EQ(detector.liveness(kA, at(2500)), Liveness::fresh);
}

TEST(FailureDetector, ManySilentOnesAreProbedMoreSeldom) {
  FailureDetector detector(DetectorTimings::fast_profile(), 3s);
  constexpr FailureDetector::Node kMany = 40;
  detector.heard(kA, at(0));
  detector.probe_asked(kA, at(800));
  EXPECT_FALSE(detector.wants_probe(kA, at(1050)));
  EXPECT_TRUE(detector.wants_probe(kA, at(1100)));
  for (FailureDetector::Node node = 0; node < kMany; ++node) {
    detector.heard(node, at(0));
    detector.probe_asked(node, at(800));
  }
  EXPECT_FALSE(detector.wants_probe(kA, at(1500)));
  EXPECT_TRUE(detector.wants_probe(kA, at(1750))) << "before the last answer has ceased to count";
}

}  // namespace
}  // namespace holdfast::cluster

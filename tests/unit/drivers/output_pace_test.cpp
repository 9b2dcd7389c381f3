// OutputPace: when a program's output is looked at next (DESIGN section 11: log capture of small writes).
#include "drivers/output/output_pace.hpp"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

constexpr Duration kReadiness = Duration::zero();

/// A program whose pieces are `bytes` large; each look comes when the one before said, or after `gap`.
struct Looks {
  OutputPace pace{64 * 1024};
  Instant now{1'000'000'000};
  Duration rest{};

  Duration look(std::size_t bytes, Duration gap = 10us) {
    now = now + (rest > Duration::zero() ? rest : gap);
    return rest = pace.after(now, bytes);
  }
};

TEST(OutputPace, AFewLinesAreTakenAtOnce) {
  Looks looks;
  EXPECT_EQ(looks.look(100), kReadiness);
  EXPECT_EQ(looks.look(100, 2ms), kReadiness) << "the next is not soon after it";
  EXPECT_EQ(looks.look(100, 5s), kReadiness);
}

TEST(OutputPace, LargePiecesAreTakenAtOnce) {
  Looks looks;
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(looks.look(64 * 1024), kReadiness);
  }
}

TEST(OutputPace, AProgramThatFillsItsPipeOrIsFastGetsALargerOne) {
  Looks looks;
  looks.look(20 * 1024);
  EXPECT_FALSE(looks.pace.wants_larger_pipe(20 * 1024));
  looks.look(64 * 1024);
  EXPECT_TRUE(looks.pace.wants_larger_pipe(64 * 1024));
  looks.pace.set_pipe_bytes(limits::log_fast_pipe_bytes);
  EXPECT_FALSE(looks.pace.wants_larger_pipe(256 * 1024)) << "once";
  Looks small;
  small.look(100);
  EXPECT_FALSE(small.pace.wants_larger_pipe(100));
  small.look(100);
  EXPECT_TRUE(small.pace.wants_larger_pipe(100));
}

TEST(OutputPace, SmallPiecesInQuickSuccessionAreWaitedFor) {
  Looks looks;
  looks.look(100);
  EXPECT_EQ(looks.look(100), limits::log_rest_min);
}

TEST(OutputPace, TheRestGrowsUntilALookFindsEnoughAndNeverBeyondItsBound) {
  Looks looks;
  looks.look(100);
  Duration before = looks.look(100);
  while (before < limits::log_rest_max) {
    const Duration next = looks.look(1000);
    EXPECT_GT(next, before);
    before = next;
  }
  EXPECT_EQ(looks.look(1000), limits::log_rest_max);
  EXPECT_EQ(looks.look(24 * 1024), limits::log_rest_max) << "as it should be";
}

TEST(OutputPace, ASmallPipeIsJudgedByItsSize) {
  Looks looks;
  looks.pace.set_pipe_bytes(4096);
  looks.look(100);
  EXPECT_EQ(looks.look(3000), kReadiness) << "it was full";
  EXPECT_EQ(looks.look(100), limits::log_rest_min);
}

TEST(OutputPace, APipeThatMayHaveBeenFullIsLookedAtSooner) {
  Looks looks;
  looks.look(100);
  looks.look(100);
  looks.look(100);
  const Duration before = looks.look(100);
  EXPECT_LT(looks.look(33 * 1024), before);
  while (looks.rest > limits::log_rest_min) {
    looks.look(33 * 1024);
  }
  EXPECT_EQ(looks.look(33 * 1024), kReadiness) << "full even after the shortest rest";
}

TEST(OutputPace, RestsOfSeveralProgramsEndTogether) {
  const Instant now{1'234'567'891};
  for (const Duration rest :
       {Duration(limits::log_rest_min), Duration(777us), Duration(6ms), Duration(limits::log_rest_max)}) {
    const Instant end = OutputPace::end_of_rest(now, rest);
    EXPECT_LE(end, now + rest);
    EXPECT_GT(end, now + rest / 2);
  }
  const Instant end = OutputPace::end_of_rest(now, 8ms);
  EXPECT_EQ(OutputPace::end_of_rest(now + 100us, 7ms + 900us), end);
  EXPECT_EQ(OutputPace::end_of_rest(now + 200us, 7ms + 900us), end);
}

TEST(OutputPace, NothingFoundEndsTheRest) {
  Looks looks;
  looks.look(100);
  looks.look(100);
  EXPECT_EQ(looks.look(0), kReadiness);
  EXPECT_EQ(looks.look(100, 3ms), kReadiness);
}

}  // namespace
}  // namespace holdfast

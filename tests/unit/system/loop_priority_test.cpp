// The loop's thread above its programs (docs/decisions/0012).
#include "system/loop_priority.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

namespace holdfast::system {
namespace {

int own_nice() {
  return getpriority(PRIO_PROCESS, static_cast<id_t>(gettid()));
}

TEST(LoopPriority, OnlyTheCallingThreadIsRaised) {
  const int before = own_nice();
  int raised = 0;
  bool allowed = false;
  std::thread loop([&] {
    allowed = raise_loop_priority();
    raised = own_nice();
  });
  loop.join();
  EXPECT_EQ(raised, allowed ? std::max(before - loop_nice_steps, -20) : before);
  EXPECT_EQ(own_nice(), before);
  if (geteuid() == 0) {
    EXPECT_TRUE(allowed);
  }
}

}  // namespace
}  // namespace holdfast::system

#include "drivers/programs/program_texts.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <csignal>

namespace holdfast {
namespace {

TEST(ProgramTexts, StartsThatLeaveNoProcess) {
  using keeper::Stage;
  EXPECT_EQ(spawn_failure_text("x", Stage::pipe, EMFILE), "too many open files to spawn 'x'");
  EXPECT_EQ(spawn_failure_text("x", Stage::fork, ENFILE), "too many open files to spawn 'x'");
  EXPECT_EQ(spawn_failure_text("x", Stage::fork, EAGAIN), "Too many processes in process table to spawn 'x'");
  EXPECT_EQ(spawn_failure_text("x", Stage::table, 0), "Too many processes in process table to spawn 'x'");
  EXPECT_EQ(spawn_failure_text("x", Stage::pipe, EPERM), "unknown error making dispatchers for 'x': EPERM");
  EXPECT_EQ(spawn_failure_text("x", Stage::fork, ENOMEM), "unknown error during fork for 'x': ENOMEM");
}

TEST(ProgramTexts, EndsOfOrphans) {
  EXPECT_EQ(reaped_text(42, 3 << 8), "reaped unknown pid 42 (exit status 3)");
  EXPECT_EQ(reaped_text(42, SIGKILL), "reaped unknown pid 42 (terminated by SIGKILL)");
}

}  // namespace
}  // namespace holdfast

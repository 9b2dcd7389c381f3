// Signal names and exit texts of contract supervisor.md 2.8.
#include <gtest/gtest.h>

#include "supervision/process.hpp"
#include "supervision/signal_names.hpp"

namespace holdfast::supervision {
namespace {

TEST(ExitText, AsSupervisorDecodesIt) {
  EXPECT_EQ(decode_wait_status(0).text, "exit status 0");
  EXPECT_EQ(decode_wait_status(3 << 8).status, 3);
  EXPECT_EQ(decode_wait_status(255 << 8).text, "exit status 255");
  EXPECT_EQ(decode_wait_status(15).text, "terminated by SIGTERM");
  EXPECT_EQ(decode_wait_status(15).status, -1);
  EXPECT_EQ(decode_wait_status(11 | 0x80).text, "terminated by SIGSEGV (core dumped)");
  EXPECT_EQ(decode_wait_status(35).text, "terminated by signal 35");
  EXPECT_EQ(decode_wait_status(0x137F).text, "unknown termination cause 0x137f");
}

TEST(SignalNames, OfTwoNamesTheOneThatSupervisorPrints) {
  EXPECT_EQ(signal_name(1), "SIGHUP");
  EXPECT_EQ(signal_name(17), "SIGCHLD");
  EXPECT_EQ(signal_name(29), "SIGPOLL");
  EXPECT_EQ(signal_name(34), "SIGRTMIN");
  EXPECT_EQ(signal_name(64), "SIGRTMAX");
  EXPECT_EQ(signal_name(0), "signal 0");
  EXPECT_EQ(signal_name(-3), "signal -3");
  EXPECT_EQ(signal_name(1000), "signal 1000");
}

}  // namespace
}  // namespace holdfast::supervision

// Fault codes and texts of contract supervisor.md 4.3; namespecs of 4.4; signal names and exit texts of 2.8.
#include "supervision/fault.hpp"

#include <gtest/gtest.h>

#include <map>

#include "supervision/process.hpp"
#include "supervision/process_key.hpp"
#include "supervision/signal_names.hpp"

namespace holdfast::supervision {
namespace {

TEST(Fault, CodesAndNames) {
  const std::map<int, std::string_view> table{{1, "UNKNOWN_METHOD"},
                                              {2, "INCORRECT_PARAMETERS"},
                                              {3, "BAD_ARGUMENTS"},
                                              {4, "SIGNATURE_UNSUPPORTED"},
                                              {6, "SHUTDOWN_STATE"},
                                              {10, "BAD_NAME"},
                                              {11, "BAD_SIGNAL"},
                                              {20, "NO_FILE"},
                                              {21, "NOT_EXECUTABLE"},
                                              {30, "FAILED"},
                                              {40, "ABNORMAL_TERMINATION"},
                                              {50, "SPAWN_ERROR"},
                                              {60, "ALREADY_STARTED"},
                                              {70, "NOT_RUNNING"},
                                              {80, "SUCCESS"},
                                              {90, "ALREADY_ADDED"},
                                              {91, "STILL_RUNNING"},
                                              {92, "CANT_REREAD"}};
  for (const auto& [code, name] : table) {
    EXPECT_EQ(name_of(static_cast<Fault>(code)), name) << code;
  }
}

TEST(Fault, TextHasTheDetailIfThereIsOne) {
  EXPECT_EQ(text_of({Fault::still_running, ""}), "STILL_RUNNING: ") << "of the group that is called so";
  EXPECT_EQ(text_of({Fault::bad_name, "x:y"}), "BAD_NAME: x:y");
  EXPECT_EQ(text_of({Fault::shutdown_state, ""}), "SHUTDOWN_STATE");
}

TEST(Namespec, SplitsAtTheFirstColon) {
  EXPECT_EQ(split_namespec("a").group, "a");
  EXPECT_EQ(split_namespec("a").process, "a");
  EXPECT_EQ(split_namespec("a:b").group, "a");
  EXPECT_EQ(split_namespec("a:b").process, "b");
  EXPECT_EQ(split_namespec("a:b:c").process, "b:c");
  EXPECT_EQ(split_namespec("a:*").process, std::nullopt);
  EXPECT_EQ(split_namespec("a:").process, std::nullopt);
  EXPECT_EQ(split_namespec(":b").group, "");
  EXPECT_EQ(make_namespec({"a", "a"}), "a");
  EXPECT_EQ(make_namespec({"a", "b"}), "a:b");
}

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

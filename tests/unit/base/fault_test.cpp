// Fault codes and texts of contract supervisor.md 4.3.
#include "base/fault.hpp"

#include <gtest/gtest.h>

#include <map>

namespace holdfast {
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

TEST(Fault, AnErrorWhoseCodeIsNoFaultIsFailed) {
  EXPECT_EQ(fault_of({"no log", code_of(Fault::no_file)}), Fault::no_file);
  EXPECT_EQ(fault_of({"no code"}), Fault::failed);
  EXPECT_EQ(fault_of({"not ours", 9999}), Fault::failed);
}

}  // namespace
}  // namespace holdfast

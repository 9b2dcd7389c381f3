// supvisors.start_args on a node's own programs (contract supvisors.md 5.3), and what its arguments are held to.
#include <gtest/gtest.h>

#include "api/fault.hpp"
#include "api/methods/supvisors_rows.hpp"
#include "base/limits.hpp"
#include "fake_ports.hpp"

namespace holdfast::api {
namespace {

class StartArgs : public testing::Test {
 protected:
  StartArgs() { add_rows(table_, "supvisors", fake_.ports, supvisors_start_rows()); }

  /// The fault's number; 0: true was the answer, -1: none, or another.
  int start(const std::vector<wire::Value>& params) {
    int code = -1;
    table_.call("supvisors.start_args", params, Caller{}, [&](const MethodResult& result) {
      const auto* fault = std::get_if<wire::Fault>(&result);
      const auto* value = std::get_if<wire::Value>(&result);
      code = fault != nullptr ? fault->code : value != nullptr && *value == wire::Value(true) ? 0 : -1;
    });
    return code;
  }
  [[nodiscard]] const supervision::Process& web() { return *fake_.supervision.supervisor().find("web", "web"); }

  FakePorts fake_{{"web"}};
  MethodTable table_;
};

TEST_F(StartArgs, StartsWithThemAndRefusesWhatRuns) {
  EXPECT_EQ(start({"web", "-x"}), code_of(Fault::already_started)) << "it has started by itself";
  EXPECT_EQ(web().record().last_run.extra_args, "");
  fake_.supervision.end({"web", "web"}, 0);
  EXPECT_EQ(start({"web:web", "-x 'a b'"}), 0);
  EXPECT_EQ(web().state(), ProcessState::running);
  EXPECT_EQ(web().record().last_run.extra_args, "-x 'a b'");
}

TEST_F(StartArgs, OfNobodyOrOfAWholeGroupAreABadName) {
  EXPECT_EQ(start({"nobody", "-x"}), code_of(Fault::bad_name));
  EXPECT_EQ(start({"web:*", "-x"}), code_of(Fault::bad_name));
}

TEST_F(StartArgs, ThatNoCommandCanHaveAreRefused) {
  fake_.supervision.end({"web", "web"}, 0);
  EXPECT_EQ(start({"web", std::string(limits::extra_args_bytes + 1, 'x')}), code_of(Fault::incorrect_parameters));
  EXPECT_EQ(start({"web", std::string("a\0b", 3)}), code_of(Fault::incorrect_parameters));
  EXPECT_EQ(start({"web", 7}), -1) << "no text";
  EXPECT_EQ(web().state(), ProcessState::exited);
  EXPECT_EQ(start({"web", std::string(limits::extra_args_bytes, 'x')}), 0);
}

}  // namespace
}  // namespace holdfast::api

// Contract supvisors.md 5.1: the texts of faults that clients of Supvisors compare.
#include "api/methods/supvisors_faults.hpp"

#include <gtest/gtest.h>

#include "api/methods/log_level_method.hpp"
#include "base/strategies.hpp"
#include "fake_ports.hpp"

namespace holdfast::api {
namespace {

std::string strategy_fault(const wire::Value& value) {
  const wire::Fault fault = invalid_enumeration<StartingStrategy>("StartingStrategies", value);
  EXPECT_EQ(fault.code, code_of(Fault::incorrect_parameters));
  return fault.text;
}

TEST(SupvisorsFaults, AStrategyThatDoesNotExist) {
  const std::string start = "INCORRECT_PARAMETERS: invalid <enum 'StartingStrategies'> value=";
  EXPECT_EQ(strategy_fault("config"),
            start +
                "config - string expected in ['CONFIG', 'LESS_LOADED', 'MOST_LOADED', 'LOCAL', 'LESS_LOADED_NODE', "
                "'MOST_LOADED_NODE']");
  EXPECT_EQ(strategy_fault(17), start + "17 - integer expected in [0, 1, 2, 3, 4, 5]");
  EXPECT_EQ(strategy_fault(1.5), start + "1.5 type=<class 'float'> - type string or integer expected");
  EXPECT_EQ(strategy_fault(true), start + "True type=<class 'bool'> - type string or integer expected");
  EXPECT_EQ(strategy_fault(wire::Value(wire::Array{1})),
            start + " type=<class 'list'> - type string or integer expected");
}

TEST(SupvisorsFaults, ANameThatIsUnknown) {
  EXPECT_EQ(unknown_identifier("n9").text, "BAD_NAME: identifier=n9 is unknown to Supvisors");
  EXPECT_EQ(unknown_application("a").text, "BAD_NAME: application=a unknown to Supvisors");
  EXPECT_EQ(unknown_program("p").text, "BAD_NAME: program=p unknown to Supvisors");
  EXPECT_EQ(unknown_program("p").code, code_of(Fault::bad_name));
}

class LogLevels : public testing::Test {
 protected:
  LogLevels() { add_rows(table_, "supvisors", fake_.ports, log_level_rows()); }
  MethodResult call(const std::string& name, const std::vector<wire::Value>& params = {}) {
    std::optional<MethodResult> result;
    table_.call("supvisors." + name, params, Caller{}, [&](MethodResult answer) { result = std::move(answer); });
    return result.value_or(Unexpected{"no answer yet"});
  }

  FakePorts fake_{{}};
  MethodTable table_;
};

TEST_F(LogLevels, AreTold) {
  const auto levels = std::get<wire::Value>(call("get_logger_levels"));
  ASSERT_NE(levels.find("50"), nullptr);
  EXPECT_EQ(*levels.find("50"), wire::Value("critical"));
  EXPECT_EQ(*levels.find("3"), wire::Value("blather"));
  EXPECT_EQ(levels.as_struct()->size(), 7U);
}

TEST_F(LogLevels, OneThatDoesNotExistIsRefusedWithThoseThatDo) {
  EXPECT_EQ(
      std::get<wire::Fault>(call("change_log_level", {"loud"})).text,
      "INCORRECT_PARAMETERS: invalid logger value=loud - string expected in ['critical', 'error', 'warn', 'info', "
      "'debug', 'trace', 'blather']");
  EXPECT_EQ(std::get<wire::Fault>(call("change_log_level", {17})).text,
            "INCORRECT_PARAMETERS: invalid logger value=17 - integer expected in [50, 40, 30, 20, 10, 5, 3]");
}

}  // namespace
}  // namespace holdfast::api

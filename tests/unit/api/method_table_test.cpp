// Contract supervisor.md 4.2 and 4.9: names, numbers of arguments, system.* and multicall.
#include "api/method_table.hpp"

#include <gtest/gtest.h>

#include "api/arguments.hpp"

namespace holdfast::api {
namespace {

using wire::Array;
using wire::Struct;
using wire::Value;

class TheMethodTable : public testing::Test {
 protected:
  TheMethodTable() {
    table.add({"test.echo",
               "string",
               {{"text", "string"}, {"loud", "boolean", true}},
               "Says it again.",
               true,
               [](const auto& params, const Caller&, const MethodDone& done) { done(params[0]); }});
    table.add({"test.later",
               "boolean",
               {},
               "Answers when told.",
               false,
               [this](const auto&, const Caller&, const MethodDone& done) { waiting.push_back(done); }});
  }

  MethodResult call(const std::string& name, const std::vector<Value>& params) {
    std::optional<MethodResult> result;
    table.call(name, params, Caller{}, [&](MethodResult answer) { result = std::move(answer); });
    return result.value_or(Unexpected{"no answer yet"});
  }
  int fault_code(const MethodResult& result) {
    const auto* fault = std::get_if<wire::Fault>(&result);
    return fault == nullptr ? 0 : fault->code;
  }

  MethodTable table;
  std::vector<MethodDone> waiting;
};

TEST_F(TheMethodTable, KnowsNothingButItsNames) {
  EXPECT_EQ(fault_code(call("test.nothing", {})), 1);
  EXPECT_EQ(fault_code(call("test", {})), 1);
  EXPECT_EQ(fault_code(call("test.echo.__class__", {})), 1);
  EXPECT_EQ(fault_code(call("test._private", {})), 1);
}

TEST_F(TheMethodTable, RefusesAWrongNumberOfArguments) {
  EXPECT_EQ(fault_code(call("test.echo", {})), 2);
  EXPECT_EQ(fault_code(call("test.echo", {"a", true, "b"})), 2);
  EXPECT_EQ(std::get<Value>(call("test.echo", {"a"})), Value("a"));
  EXPECT_EQ(std::get<Value>(call("test.echo", {"a", true})), Value("a"));
}

TEST_F(TheMethodTable, TellsOfItselfSorted) {
  const MethodResult result = call("system.listMethods", {});
  const Array& names = *std::get<Value>(result).as_array();
  EXPECT_TRUE(std::ranges::is_sorted(names, {}, [](const Value& name) { return *name.as_string(); }));
  EXPECT_EQ(std::get<Value>(call("system.methodSignature", {"test.echo"})),
            Value(Array{"string", "string", "boolean"}));
  EXPECT_EQ(std::get<Value>(call("system.methodHelp", {"test.echo"})), Value("Says it again."));
  EXPECT_EQ(fault_code(call("system.methodHelp", {"no.such"})), 4);
  EXPECT_EQ(fault_code(call("system.methodSignature", {7})), 4);
}

TEST_F(TheMethodTable, MulticallGivesBareValuesAndFaultStructs) {
  const Array calls{Struct{{"methodName", "test.echo"}, {"params", Array{"x"}}}, Struct{{"methodName", "no.such"}},
                    Struct{{"params", Array{}}},
                    Struct{{"methodName", "system.multicall"}, {"params", Array{Array{}}}}};
  const MethodResult result = call("system.multicall", {Value(calls)});
  const Array& answers = *std::get<Value>(result).as_array();
  ASSERT_EQ(answers.size(), 4U);
  EXPECT_EQ(answers[0], Value("x"));
  EXPECT_EQ(*answers[1].find("faultCode")->as_int(), 1);
  EXPECT_EQ(*answers[2].find("faultString")->as_string(), "INCORRECT_PARAMETERS: No methodName");
  EXPECT_EQ(*answers[3].find("faultString")->as_string(), "INCORRECT_PARAMETERS: Recursive system.multicall forbidden");
}

TEST_F(TheMethodTable, MulticallRunsStrictlyOneAfterAnother) {
  const Array calls{Struct{{"methodName", "test.later"}}, Struct{{"methodName", "test.later"}}};
  std::optional<MethodResult> result;
  table.call("system.multicall", {Value(calls)}, Caller{}, [&](MethodResult answer) { result = std::move(answer); });
  ASSERT_EQ(waiting.size(), 1U) << "the second call waits for the first";
  waiting[0](Value(true));
  ASSERT_EQ(waiting.size(), 2U);
  EXPECT_FALSE(result);
  waiting[1](Value(false));
  ASSERT_TRUE(result);
  EXPECT_EQ(std::get<Value>(*result), Value(Array{true, false}));
}

TEST(Arguments, ConvertAsPythonDoes) {
  const std::vector<Value> params{"12", true, 2.9, "x", Array{}};
  Arguments arguments(params);
  EXPECT_EQ(arguments.integer(0), 12);
  EXPECT_EQ(arguments.integer(1), 1);
  EXPECT_EQ(arguments.integer(2), 2);
  EXPECT_FALSE(arguments.failed());
  EXPECT_FALSE(arguments.truth(4, true));
  EXPECT_TRUE(arguments.truth(9, true));
  EXPECT_EQ(arguments.text(0) + arguments.text(1) + arguments.text(2), "12True2.9");
  EXPECT_FALSE(arguments.failed());
  (void)arguments.integer(3);
  EXPECT_TRUE(arguments.failed());
  Arguments others(params);
  EXPECT_EQ(others.text(4), "");
  EXPECT_TRUE(others.failed()) << "no notation of arrays";
}

}  // namespace
}  // namespace holdfast::api

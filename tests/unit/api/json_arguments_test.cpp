// The JSON twin of the methods: arguments by position and by name, bounds.
#include "api/methods/json_arguments.hpp"

#include <gtest/gtest.h>

namespace holdfast::api {
namespace {

const Method kMethod{"test.echo",
                     "string",
                     {{"name", "string"}, {"wait", "boolean", true}, {"limit", "int", 100}, {"node", "string", ""}},
                     "",
                     false,
                     {}};

TEST(ArgumentsOf, TakesAnArrayOrAnObject) {
  EXPECT_EQ(arguments_of(kMethod, R"(["web", false])").value().size(), 2U);
  const auto named = arguments_of(kMethod, R"({"wait": false, "name": "web"})");
  ASSERT_TRUE(named.ok());
  EXPECT_EQ(named.value()[0], wire::Value("web"));
  EXPECT_EQ(named.value()[1], wire::Value(false));
  const Method bare{"test.bare", "string", {{"wait", "boolean", true}}, "", false, {}};
  EXPECT_TRUE(arguments_of(bare, "  ").value().empty());
}

TEST(ArgumentsOf, FillsUpWhatIsAbsentBeforeAGivenOne) {
  const auto named = arguments_of(kMethod, R"({"name": "web", "limit": 3})");
  ASSERT_TRUE(named.ok());
  EXPECT_EQ(named.value(), (std::vector<wire::Value>{"web", true, 3}));
}

TEST(ArgumentsOf, SaysWhatIsWrong) {
  EXPECT_EQ(arguments_of(kMethod, "{").error().message, "the body is not JSON");
  EXPECT_EQ(arguments_of(kMethod, "7").error().message, "the arguments are neither an array nor an object");
  EXPECT_EQ(arguments_of(kMethod, R"({"wait": true})").error().message, "argument 'name' is missing");
  EXPECT_EQ(arguments_of(kMethod, " ").error().message, "argument 'name' is missing");
  EXPECT_EQ(arguments_of(kMethod, R"({"name": "x", "other": 1})").error().message,
            "test.echo takes no argument 'other'; it takes name, wait, limit, node");
  EXPECT_EQ(arguments_of(kMethod, R"({"name": "x", "wait": null})").error().message,
            "argument 'wait': null has no meaning here");
  EXPECT_FALSE(arguments_of(kMethod, "[null]").ok());
  EXPECT_FALSE(arguments_of(kMethod, "[18446744073709551615]").ok());
}

TEST(ArgumentsOf, RefusesDeepNesting) {
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  EXPECT_EQ(arguments_of(kMethod, deep).error().message, "the body is nested too deep");
}

}  // namespace
}  // namespace holdfast::api

// Values as JSON and back: types, order of members, bytes that are no text.
#include "wire/json_value.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

namespace holdfast::wire {
namespace {

TEST(JsonOf, KeepsTypesAndReplacesBadBytes) {
  const Value value = Struct{{"n", 3}, {"t", true}, {"s", "a\x88"}, {"a", Array{1, "x"}}};
  EXPECT_EQ(json_of(value).dump(), "{\"a\":[1,\"x\"],\"n\":3,\"s\":\"a\xEF\xBF\xBD\",\"t\":true}");
}

TEST(JsonOf, TimesAndBytesAreStrings) {
  EXPECT_EQ(json_of(DateTime{"20260101T00:00:00"}).dump(), "\"20260101T00:00:00\"");
  EXPECT_EQ(json_of(DateTime{"\x88"}).dump(), "\"\xEF\xBF\xBD\"");
  EXPECT_EQ(json_of(Base64{"abc"}).dump(), "\"YWJj\\n\"");
}

TEST(JsonOf, NumbersAreWhole) {
  EXPECT_EQ(json_of(std::numeric_limits<std::int64_t>::min()).dump(), "-9223372036854775808");
  EXPECT_EQ(json_of(0.1).dump(), "0.1");
  EXPECT_EQ(json_of(2.0).dump(), "2.0");
}

TEST(IndentedJson, MembersStayInTheirOrder) {
  EXPECT_EQ(indented_json(Struct{{"z", 1}, {"a", true}, {"s", "q\"\x01"}, {"l", Array{1.5, "x"}}}),
            "{\n  \"z\": 1,\n  \"a\": true,\n  \"s\": \"q\\\"\xEF\xBF\xBD\",\n  \"l\": [\n    1.5,\n    "
            "\"x\"\n  ]\n}");
  EXPECT_EQ(indented_json(Array{}), "[]");
}

TEST(ValueOf, GivesBackWhatJsonSays) {
  const Value value = Struct{{"a", Array{1, "x", 0.5}}, {"n", -3}, {"t", true}};
  EXPECT_EQ(value_of(json_of(value)).value(), value);
}

TEST(ValueOf, RefusesWhatXmlRpcCannotSay) {
  EXPECT_EQ(value_of(nlohmann::json()).error().message, "null has no meaning here");
  EXPECT_EQ(value_of(nlohmann::json::array({nullptr})).error().message, "null has no meaning here");
  EXPECT_EQ(value_of(std::numeric_limits<std::uint64_t>::max()).error().message, "a number is out of range");
}

}  // namespace
}  // namespace holdfast::wire

#include "base/text.hpp"

#include <gtest/gtest.h>

namespace holdfast::text {
namespace {

TEST(Trim, TakesBlanksFromBothEndsOnly) {
  EXPECT_EQ(trim(" \t a b\r\n"), "a b");
  EXPECT_EQ(trim("   "), "");
  EXPECT_EQ(trim(""), "");
}

TEST(Split, AnEmptyInputHasOneEmptyPart) {
  EXPECT_EQ(split("", ',').size(), 1U);
  EXPECT_EQ(split("a,,b", ','), (std::vector<std::string_view>{"a", "", "b"}));
}

TEST(SplitList, DropsEmptyPartsAndTrims) {
  EXPECT_EQ(split_list(" a , ,b ,", ','), (std::vector<std::string>{"a", "b"}));
}

TEST(ParseInt, TakesWholeNumbersOnly) {
  EXPECT_EQ(parse_int("42"), 42);
  EXPECT_EQ(parse_int("-7"), -7);
  EXPECT_EQ(parse_int("+7"), 7);
  EXPECT_FALSE(parse_int("+-7"));
  EXPECT_FALSE(parse_int(""));
  EXPECT_FALSE(parse_int("4x"));
  EXPECT_FALSE(parse_int("99999999999999999999"));
}

TEST(PrintableUtf8, ReplacesWhatXmlCannotCarry) {
  EXPECT_EQ(printable_utf8("a\tb\n"), "a\tb\n");
  EXPECT_EQ(printable_utf8("\x01z"), "\xEF\xBF\xBDz");
  EXPECT_EQ(printable_utf8("\x88"), "\xEF\xBF\xBD");
  EXPECT_EQ(printable_utf8("\xC3\xA9"), "\xC3\xA9");
  EXPECT_EQ(printable_utf8("\xED\xA0\x80").substr(0, 3), "\xEF\xBF\xBD");  // a surrogate
  EXPECT_EQ(printable_utf8("\xC3"), "\xEF\xBF\xBD");                       // cut inside a character
  EXPECT_EQ(printable_utf8("\xEF\xBF\xBF").substr(0, 3), "\xEF\xBF\xBD");  // no character of XML
}

TEST(Text, TakesCharacterByCharacter) {
  std::string_view rest = "a\xC3\xA9\xE4\xB8\xAD\xF0\x9F\x99\x82\xEF\xBF\xBF\xE2\x82z";
  for (const char32_t expected :
       {U'a', U'\u00E9', U'\u4E2D', U'\U0001F642', U'\uFFFF', char32_t{0xDCE2}, char32_t{0xDC82}, U'z'}) {
    ASSERT_FALSE(rest.empty());
    const char32_t taken = take_character(rest);
    EXPECT_EQ(taken, expected);
    EXPECT_EQ(is_stray_byte(taken), expected == 0xDCE2 || expected == 0xDC82);
  }
  EXPECT_TRUE(rest.empty());
}

}  // namespace
}  // namespace holdfast::text

// The INI dialect, contract supervisor.md 1.1. The broad comparison with Python's parser is
// tests/compat/config.
#include "config/ini_document.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace holdfast::config {
namespace {

using ::testing::ElementsAre;

IniDocument parse(std::string_view text) {
  IniDocument document;
  const Status status = document.merge(text, "f.conf");
  EXPECT_TRUE(status.ok()) << (status.ok() ? "" : status.error().message);
  return document;
}

std::string error_of(std::string_view text) {
  IniDocument document;
  const Status status = document.merge(text, "f.conf");
  return status.ok() ? "" : status.error().message;
}

std::string value(const IniDocument& document, std::string_view section, std::string_view key) {
  const Tree* found = document.find_value(section, key);
  return found == nullptr ? "(none)" : found->data().text;
}

TEST(IniDocument, KeysAreLowerCasedAndSectionsAreNot) {
  const auto document = parse("[A]\nKey=1\n[a]\nkey: 2\n");
  EXPECT_EQ(value(document, "A", "key"), "1");
  EXPECT_EQ(value(document, "a", "key"), "2");
}

TEST(IniDocument, ACommentNeedsWhiteSpaceBefore) {
  const auto document = parse("[a]\nx=sh -c 'a ; b'\ny=a;b#c\n ; whole line\n# whole line\n");
  EXPECT_EQ(value(document, "a", "x"), "sh -c 'a");
  EXPECT_EQ(value(document, "a", "y"), "a;b#c");
}

TEST(IniDocument, PythonDoesNotAlwaysFindTheLeftmostComment) {
  EXPECT_EQ(value(parse("[a]\nx=a#b#c #x ;y\n"), "a", "x"), "a#b#c #x");
}

TEST(IniDocument, DeeperLinesContinueAValueAndBlankLinesMayStandInside) {
  const auto document = parse("[a]\nenvironment=A=1,\n  B=2\n\n  C=3\n\nnext=1\n");
  EXPECT_EQ(value(document, "a", "environment"), "A=1,\nB=2\n\nC=3");
  EXPECT_EQ(value(document, "a", "next"), "1");
}

TEST(IniDocument, RepeatedSectionsMergeAndTheLastKeyWins) {
  const auto document = parse("[a]\nx=1\ny=1\n[b]\n[a]\nx=2\n");
  EXPECT_EQ(value(document, "a", "x"), "2");
  EXPECT_EQ(value(document, "a", "y"), "1");
  EXPECT_EQ(document.sections().size(), 2U);
}

TEST(IniDocument, DefaultIsInheritedByEverySection) {
  const auto document = parse("[DEFAULT]\nu=1\n[a]\nx=2\n");
  EXPECT_EQ(value(document, "a", "u"), "1");
  EXPECT_THAT(document.keys("a"), ElementsAre("x", "u"));
  EXPECT_FALSE(document.has_section("DEFAULT"));
}

TEST(IniDocument, ErrorsAreThoseOfPython) {
  EXPECT_EQ(error_of("x=1\n"), "File contains no section headers.\nfile: 'f.conf', line: 1\n'x=1\\n'");
  EXPECT_EQ(error_of("[a]\nfoo\nx=1\n\nit's\n"),
            "Source contains parsing errors: 'f.conf'\n\t[line  2]: 'foo\\n'\n\t[line  5]: \"it's\\n\"");
}

TEST(IniDocument, EveryValueKnowsItsPlace) {
  auto document = parse("[a]\n\nx=1\n");
  ASSERT_TRUE(document.merge("[a]\ny=2\n", "g.conf").ok());
  EXPECT_EQ(place_of(*document.find_value("a", "x")), "f.conf:3");
  EXPECT_EQ(place_of(*document.find_value("a", "y")), "g.conf:2");
  EXPECT_EQ(place_of(*document.find_section("a")), "f.conf:1");
}

TEST(IniDocument, HereIsReplacedAlsoInInheritedValues) {
  auto document = parse("[DEFAULT]\nd=%(here)s/d\n[a]\nx=%(here)s %(here)s\n");
  document.replace_here("/etc");
  EXPECT_EQ(value(document, "a", "x"), "/etc /etc");
  EXPECT_EQ(value(document, "a", "d"), "/etc/d");
  EXPECT_EQ(document.defaults().front().second.data().text, "%(here)s/d");
}

}  // namespace
}  // namespace holdfast::config

// The linear regular expressions: the same matches as Python's re.search, and no hostile pattern.
#include "rules/pattern.hpp"

#include <gtest/gtest.h>

#include <chrono>

#include "base/limits.hpp"

namespace holdfast::rules {
namespace {

struct Case {
  const char* pattern;
  const char* subject;
  int length;  // of the matched text; -1: none. Made with Python 3.11's re.search.
};

class Search : public testing::TestWithParam<Case> {};

TEST_P(Search, AsPython) {
  const Case c = GetParam();
  const auto pattern = Pattern::compile(c.pattern);
  ASSERT_TRUE(pattern.ok()) << pattern.error().message;
  const auto found = pattern.value().search(c.subject);
  EXPECT_EQ(found ? static_cast<int>(*found) : -1, c.length) << c.pattern << " in " << c.subject;
}

INSTANTIATE_TEST_SUITE_P(
    Cases, Search,
    testing::Values(Case{"", "abc", 0}, Case{"b", "abc", 1}, Case{"x", "abc", -1}, Case{".*", "abc", 3},
                    Case{"a|ab", "ab", 1}, Case{"ab|a", "ab", 2}, Case{"a+?", "aaa", 1},
                    Case{"a+", "baaa", 3}, Case{"^b", "abc", -1}, Case{"c$", "abc", 1},
                    Case{"^abc$", "abc", 3}, Case{"[a-c]+", "xxabcd", 3}, Case{"[^a-c]+", "abxyz", 3},
                    Case{"[]x]", "]", 1}, Case{"[a\\-z]+", "a-z", 3}, Case{"[\\d_]+", "a1_2", 3},
                    Case{"\\w+_\\d{2}", "worker_01", 9}, Case{"\\d{2,3}", "12345", 3},
                    Case{"\\d{2,3}?", "12345", 2}, Case{"a{,2}", "aaa", 2}, Case{"a{2", "a{2", 3},
                    Case{"(ab)+", "xababa", 4}, Case{"(?:ab|a)(?:c|bcd)", "abcd", 3},
                    Case{"(?P<n>w)eb", "web", 3}, Case{"\\bweb\\b", "the web", 3},
                    Case{"\\bweb\\b", "cobweb", -1}, Case{"\\Bweb", "cobweb", 3}, Case{"web\\.x", "web.x", 5},
                    Case{"web\\.x", "webax", -1}, Case{"\\Aa\\Z", "a", 1}, Case{"(a*)*", "aa", 2},
                    Case{"(a|b)*?c", "abc", 3}, Case{"x*", "aaax", 0}, Case{"\\S+\\s", "ab c", 3},
                    Case{"a??b", "ab", 2}));

TEST(Pattern, RefusesWhatItDoesNotKnow) {
  for (const char* bad : {"(", ")", "a)", "[a", "*", "a**", "a{3,2}", "\\1", "(?=a)", "(?i)a", "\\", "[z-a]",
                          "a{9999}", "\\q", "(?P<x"}) {
    const auto pattern = Pattern::compile(bad);
    ASSERT_FALSE(pattern.ok()) << bad;
    EXPECT_NE(pattern.error().message.find("position"), std::string::npos);
  }
  EXPECT_FALSE(Pattern::compile(std::string(limits::rules_pattern_max + 1, 'a')).ok());
  EXPECT_FALSE(Pattern::compile("((a{200}){200}){200}").ok());
  EXPECT_FALSE(Pattern::compile(std::string(100, '(') + std::string(100, ')')).ok());
}

TEST(Pattern, HostileOnesTakeLinearTime) {
  const std::string subject(limits::rules_name_max, 'a');
  const auto begin = std::chrono::steady_clock::now();
  for (const char* hostile : {"(a+)+$x", "(a|a)*b", "(a*)*b", "(.*)(.*)(.*)(.*)(.*)[bc]", "(a?){64}a{64}b"}) {
    const auto pattern = Pattern::compile(hostile);
    ASSERT_TRUE(pattern.ok());
    EXPECT_FALSE(pattern.value().search(subject).has_value());
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin,
            std::chrono::seconds(60));  // backtracking would take years
  EXPECT_FALSE(Pattern::compile("a").value().search(subject + "a").has_value())
      << "longer than a name may be";
}

}  // namespace
}  // namespace holdfast::rules

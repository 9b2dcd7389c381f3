// Patterns: the same matches as Python's re.search, refusals that say why, and no hostile pattern.
#include "rules/pattern.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "base/limits.hpp"

namespace holdfast::rules {
namespace {

using testing::HasSubstr;

struct Case {
  const char* pattern;
  const char* subject;
  int length;  // of the matched text, in characters; -1: none. Made with Python 3.11's re.search.
};

constexpr Case kCases[] = {{"", "abc", 0},
                           {"b", "abc", 1},
                           {"x", "abc", -1},
                           {".*", "abc", 3},
                           {"a|ab", "ab", 1},
                           {"ab|a", "ab", 2},
                           {"a+?", "aaa", 1},
                           {"a+", "baaa", 3},
                           {"^b", "abc", -1},
                           {"c$", "abc", 1},
                           {"^abc$", "abc", 3},
                           {"[a-c]+", "xxabcd", 3},
                           {"[^a-c]+", "abxyz", 3},
                           {"[]x]", "]", 1},
                           {R"([a\-z]+)", "a-z", 3},
                           {R"([\d_]+)", "a1_2", 3},
                           {R"(\w+_\d{2})", "worker_01", 9},
                           {R"(\d{2,3})", "12345", 3},
                           {R"(\d{2,3}?)", "12345", 2},
                           {"a{,2}", "aaa", 2},
                           {"a{2", "a{2", 3},
                           {"(ab)+", "xababa", 4},
                           {"(?:ab|a)(?:c|bcd)", "abcd", 3},
                           {"(?P<n>w)eb", "web", 3},
                           {R"(\bweb\b)", "the web", 3},
                           {R"(\bweb\b)", "cobweb", -1},
                           {R"(web\.x)", "web.x", 5},
                           {R"(web\.x)", "webax", -1},
                           {R"(\Aa\Z)", "a", 1},
                           {"(a*)*", "aa", 2},
                           {"(a|b)*?c", "abc", 3},
                           {"x*", "aaax", 0},
                           {R"(\S+\s)", "ab c", 3},
                           {"a??b", "ab", 2},
                           // Ends: `$` also before a line break that ends the text, and before no other.
                           {"a$", "a\n", 1},
                           {"a$", "a\n\n", -1},
                           {"a$", "a\nb", -1},
                           {"a$", "ba", 1},
                           {R"(a\Z)", "a\n", -1},
                           {R"(a\Z)", "ba", 1},
                           {"a$\n", "a\n", 2},
                           {"a$.", "a\nb", -1},
                           {"(?:web|db)$", "my-db\n", 2},
                           {"^a|b$", "xb\n", 1},
                           {"^a|b$", "b\nx", -1},
                           {"$", "ab", 0},
                           {"$", "ab\n", 0},
                           {"^$", "", 0},
                           {"^$", "\n", 0},
                           // The dot and line breaks.
                           {"a.b", "a\nb", -1},
                           {"a.b", "a\rb", 3},
                           {"a.b", "aéb", 3},
                           {"a.b", "a\342\200\250b", 3},
                           {".+", "ab\ncd", 2},
                           {".+", "ab\n", 2},
                           {".+", "Größe", 5},
                           {"[^x]+", "ab\ncd", 5},
                           {R"(a\nb)", "a\nb", 3},
                           {R"([\s\S]+)", "ab\ncd\n", 6},
                           {R"(\w\W\w)", "a\nb", 3},
                           // Unicode's \w \d \s \b, and lengths in characters.
                           {R"(\w+)", "Größe", 5},
                           {R"(\w+)", "я_1", 3},
                           {R"(\w+)", "中文", 2},
                           {R"(\w+)", "٣٤", 2},
                           {R"(\w+)", "a-b", 1},
                           {R"(\w+)", "²½Ⅷ", 3},
                           {R"(\w+)", "🙂", -1},
                           {R"(\W+)", "aß-é", 1},
                           {R"(\W+)", "🙂🙂", 2},
                           {R"(\W+)", "a\314\201b", 1},
                           {R"(\d+)", "x٣٤5", 3},
                           {R"(\d+)", "²", -1},
                           {R"(\d+)", "Ⅷ", -1},
                           {R"(\D+)", "٣a٤", 1},
                           {R"(\s+)", "a\302\240\342\200\203b", 2},
                           {R"(\s+)", "a\034b", 1},
                           {R"(\s+)", "a\342\200\213b", -1},
                           {R"(\s+)", "a\302\205b", 1},
                           {R"(\S+)", "\343\200\200ab", 2},
                           {R"([\w-]+)", "é-я!", 3},
                           {R"([^\W_]+)", "_é1_", 2},
                           {R"([^\W\d_]+)", "1é2", 1},
                           {R"([^\S\n]+)", "a\n \302\240b", 2},
                           {R"([\Wa]+)", "aé-b", 1},
                           {R"([^\D0]+)", "0٣1", 2},
                           {R"([\D]+)", "٣ab", 2},
                           {R"(\bweb\b)", "éweb", -1},
                           {R"(\bweb\b)", "webé", -1},
                           {R"(\bweb\b)", "é web", 3},
                           {R"(\bweb\b)", "web-я", 3},
                           {R"(\b\w+\b)", "Größe-a", 5},
                           {R"(\b\d+)", "é12", -1},
                           {R"(\b\d+)", "é 12", 2},
                           {R"(\w+\b.)", "é🙂", 2},
                           {R"(\b)", "", -1},
                           {R"(\b)", "-", -1},
                           {R"(\b)", "é", 0},
                           // Characters beyond ASCII in the pattern.
                           {"é", "café", 1},
                           {"é", "cafe", -1},
                           {"[à-ÿ]+", "aéèb", 2},
                           {"[à-ÿ]+", "×÷", 1},
                           {"[а-яё]+", "Приложёние", 9},
                           {"[^é]+", "éabc", 3},
                           {"[^а-я]+", "а1ё", 2},
                           {"中.", "x中文", 2},
                           {"é+", "éé", 2},
                           {"é{2}", "éé", 2},
                           {"é{2}", "é", -1},
                           {"é|è", "è", 1},
                           {"éa|éb", "xéb", 2},
                           {"[a-é]+", "zé{", 3},
                           {R"(\é)", "é", 1},
                           {"İ", "i", -1},
                           // Case.
                           {"(?i)web", "WEB", 3},
                           {"(?i)web", "wEb", 3},
                           {"(?i)web", "web", 3},
                           {"(?i)web", "w", -1},
                           {"(?i)[a-f]+", "xABCdefg", 6},
                           {"(?i)[^a-f]+", "ABxYD", 2},
                           {"(?i)i", "İ", 1},
                           {"(?i)i", "ı", 1},
                           {"(?i)i", "I", 1},
                           {"(?i)k", "K", 1},
                           {"(?i)s", "ſ", 1},
                           {"(?i)s", "ß", -1},
                           {"(?i)[h-j]+", "HıJ", 3},
                           {"(?i)[Z-a]+", "zA^_", 4},
                           {R"((?i)\w+)", "Ab", 2},
                           {"(?i)a_1", "A_1", 3},
                           // Groups, repeats, alternatives.
                           {"(?P<n>a)(?P<m>b)?", "a", 1},
                           {"(?P<n>a)(?P<m>b)?", "ab", 2},
                           {"(?:a(?:b(?:c)?)?)?", "abc", 3},
                           {"(?:a(?:b(?:c)?)?)?", "ab", 2},
                           {"(?:a(?:b(?:c)?)?)?", "xa", 0},
                           {"a|", "ba", 0},
                           {"a|", "", 0},
                           {"|a", "a", 0},
                           {"(a|b|)c", "bc", 2},
                           {"(a|b|)c", "c", 1},
                           {"a{2}", "aaa", 2},
                           {"a{2,}", "aaaa", 4},
                           {"a{2,}", "a", -1},
                           {"a{0}b", "ab", 1},
                           {"a{1,2}?", "aa", 1},
                           {"a{,}", "aa", 2},
                           {"a{}", "a{}", 3},
                           {"a{x}", "a{x}", 4},
                           {"a{1,2", "a{1,2", 5},
                           {"x{,1}y", "y", 1},
                           {"(ab){2,3}", "abababab", 6},
                           {"a*?b", "aab", 3},
                           {"a+?b?", "aab", 1},
                           {"(a+|b+)*c", "aabbc", 5},
                           {"(^a|b)c", "bc", 2},
                           {"(^a|b)c", "ac", 2},
                           {"()*a", "a", 1},
                           {"(?:)", "a", 0},
                           {"a.*?b", "axxbxb", 4},
                           {R"(web-(\d+|x)$)", "web-12", 6},
                           {R"(web-(\d+|x)$)", "web-x", 5},
                           {R"(web-(\d+|x)$)", "web-1x", -1},
                           // Classes and escapes that RE2 reads otherwise, or not at all.
                           {"[[:alpha:]]", "a]", 2},
                           {"[[:alpha:]]", "b", -1},
                           {"[[:alpha:]]", "x", -1},
                           {"[a&&b]+", "a&b", 3},
                           {"[.]", "a", -1},
                           {"[.]", ".", 1},
                           {"[$^]+", "a$^", 2},
                           {"[^]]+", "a]", 1},
                           {R"([\]])", "a]", 1},
                           {"[a-]+", "-a-", 3},
                           {R"([\d-]+)", "1-2", 3},
                           {R"([\b])", "\010", 1},
                           {R"([\b])", "b", -1},
                           {R"(\-\_\/\#\ )", "-_/# ", 5},
                           {R"([\^a]+)", "^a", 2},
                           {"a{", "a{", 2},
                           {"}]", "}]", 2},
                           {R"(\n\t\r\f\v\a)", "\n\t\r\014\013\007", 6},
                           {R"([\n\t]+)", "x\n\t", 2},
                           {R"(\\)", "a\\", 1},
                           {"a b", "a b", 3},
                           {"#", "#", 1},
                           {"[|]", "|", 1},
                           {"[*+?(){}]+", "(a)*", 1},
                           // Bytes that are not UTF-8 are characters of no kind.
                           {"a.b", "a\377b", 3},
                           {"a.b", "a\342\202b", -1},
                           {"a..b", "a\342\202b", 4},
                           {R"(\W+)", "a\377\376", 2},
                           {R"(\w+)", "\377ab", 2},
                           {"[^a]+", "a\303", 1},
                           {"é", "\303", -1},
                           {"é", "é", 1},
                           {".+", "\355\240\200", 3},
                           {".+", "\364\220\200\200", 4},
                           {".+", "\357\277\277", 1}};

TEST(Pattern, MatchesAsPython) {
  for (const Case& c : kCases) {
    const auto pattern = Pattern::compile(c.pattern);
    ASSERT_TRUE(pattern.ok()) << pattern.error().message;
    const auto found = pattern.value().search(c.subject);
    EXPECT_EQ(found ? static_cast<int>(*found) : -1, c.length) << c.pattern << " in " << c.subject;
  }
}

TEST(Pattern, RefusesWhatItDoesNotKnow) {
  for (const char* bad :
       {"(",     ")",       "a)",  "[a",    "*",  "a**", "a{3,2}", "\\1",     "(?=a)",   "a(?i)", "\\",
        "[z-a]", "a{9999}", "\\q", "(?P<x", "^*", "a|*", "{2}",    "[a-\\d]", "[\\w-z]", "\\x41", "[\\q]"}) {
    const auto pattern = Pattern::compile(bad);
    ASSERT_FALSE(pattern.ok()) << bad;
    EXPECT_NE(pattern.error().message.find("position"), std::string::npos);
  }
  EXPECT_FALSE(Pattern::compile(std::string(limits::rules_pattern_max + 1, 'a')).ok());
  EXPECT_FALSE(Pattern::compile("((a{200}){200}){200}").ok());
  EXPECT_FALSE(Pattern::compile("([a-z]?[0-9]?[b-y]?){250}([a-z]?[0-9]?[b-y]?){250}([a-z]?[0-9]?[b-y]?){250}").ok());
  EXPECT_FALSE(Pattern::compile(std::string(100, '(') + std::string(100, ')')).ok());
}

TEST(Pattern, SaysWhatIsNotSupported) {
  const auto refusal = [](const char* pattern) {
    const auto compiled = Pattern::compile(pattern);
    return compiled ? std::string("accepted") : compiled.error().message;
  };
  EXPECT_EQ(refusal("web(?=-)"), "look-around is not supported at position 4 of pattern \"web(?=-)\"");
  for (const char* look : {"(?!a)", "(?<=a)b", "(?<!a)b"}) {
    EXPECT_THAT(refusal(look), HasSubstr("look-around is not supported"));
  }
  EXPECT_THAT(refusal("(a)\\1"), HasSubstr("back references are not supported at position 5"));
  EXPECT_THAT(refusal("(?P<n>a)(?P=n)"), HasSubstr("back references are not supported"));
  EXPECT_THAT(refusal("a*+"), HasSubstr("possessive quantifiers are not supported"));
  EXPECT_THAT(refusal("a{1,2}+"), HasSubstr("possessive quantifiers are not supported"));
  EXPECT_THAT(refusal("(?>a)"), HasSubstr("atomic groups are not supported"));
  EXPECT_THAT(refusal("(a)?(?(1)b|c)"), HasSubstr("conditional groups are not supported"));
  EXPECT_THAT(refusal("a(?#b)"), HasSubstr("comments are not supported"));
  EXPECT_THAT(refusal("(?x)a"), HasSubstr("flags are not supported, but for (?i) at the beginning"));
  EXPECT_THAT(refusal("(?i:a)"), HasSubstr("flags are not supported, but for (?i) at the beginning"));
  EXPECT_THAT(refusal("(?i)é"), HasSubstr("characters beyond ASCII with (?i) are not supported"));
  EXPECT_THAT(refusal("\\B"), HasSubstr("\\B is not supported"));
  EXPECT_THAT(refusal("(|a)+b"), HasSubstr("a repeat of what matches nothing by preference is not supported"));
  EXPECT_THAT(refusal("\\bé"), HasSubstr("\\b is not supported beside classes"));
  EXPECT_THAT(refusal("a\xFF"), HasSubstr("a byte that is not UTF-8 at position 1"));
  for (const char* of_re2 : {"\\Qa\\E", "\\pN", "\\p{Lu}", "\\C", "\\h", "\\z", "\\K"}) {
    EXPECT_THAT(refusal(of_re2), HasSubstr(std::string("bad escape ") + std::string(of_re2, 2)));
  }
}

TEST(Pattern, HostileOnesTakeLinearTime) {
  const std::string subject(limits::rules_name_max, 'a');
  const auto begin = std::chrono::steady_clock::now();
  for (const char* hostile :
       {"(a+)+$x", "(a|a)*b", "(a*)*b", "(.*)(.*)(.*)(.*)(.*)[bc]", "(a?){64}a{64}b", "(a|b)*a(a|b){256}[bc]"}) {
    const auto pattern = Pattern::compile(hostile);
    ASSERT_TRUE(pattern.ok()) << pattern.error().message;
    EXPECT_FALSE(pattern.value().search(subject).has_value()) << hostile;
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin,
            std::chrono::seconds(60));  // backtracking would take years
  EXPECT_FALSE(Pattern::compile("a").value().search(subject + "a").has_value()) << "longer than a name may be";
}

}  // namespace
}  // namespace holdfast::rules

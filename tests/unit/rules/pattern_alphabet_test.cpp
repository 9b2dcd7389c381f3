// What a pattern can tell apart: one letter for all characters that are the same to it.
#include "rules/pattern_alphabet.hpp"

#include <gtest/gtest.h>

namespace holdfast::rules {
namespace {

LetterSet class_of(const PatternAlphabet& alphabet, char32_t name) {
  LetterSet set;
  EXPECT_TRUE(alphabet.add_class(set, name));
  return set;
}

TEST(PatternAlphabet, PlainTextIsAsciiWithoutLineBreakBeforeItsEnd) {
  EXPECT_TRUE(PatternAlphabet::is_plain(""));
  EXPECT_TRUE(PatternAlphabet::is_plain("web_01\n"));
  EXPECT_FALSE(PatternAlphabet::is_plain("a\nb"));
  EXPECT_FALSE(PatternAlphabet::is_plain("caf\303\251"));
  const PatternAlphabet alphabet;
  EXPECT_EQ(alphabet.written("web_01\n"), "web_01\n");
  EXPECT_NE(alphabet.written("a\nb\n"), "a\nb\n") << "the first line break is another letter";
}

TEST(PatternAlphabet, CharactersThatThePatternDoesNotNameHaveALetterByKind) {
  const PatternAlphabet alphabet;
  EXPECT_EQ(alphabet.written("é"), alphabet.written("я")) << "words";
  EXPECT_EQ(alphabet.written("٣"), alphabet.written("४")) << "digits";
  EXPECT_EQ(alphabet.written("\342\200\203"), alphabet.written("\343\200\200")) << "spaces";
  EXPECT_EQ(alphabet.written("🙂"), alphabet.written("\377")) << "others; a stray byte is one";
  for (const char* other : {"٣", "\342\200\203", "🙂"}) {
    EXPECT_NE(alphabet.written("é"), alphabet.written(other));
  }
}

TEST(PatternAlphabet, NamedCharactersAreToldApart) {
  const PatternAlphabet alphabet({{U'é', U'é'}, {U'а', U'я'}, {U'п', U'ю'}});
  EXPECT_NE(alphabet.written("é"), alphabet.written("è"));
  EXPECT_EQ(alphabet.written("б"), alphabet.written("в"));
  EXPECT_NE(alphabet.written("б"), alphabet.written("р")) << "only one of the ranges holds it";
  const LetterSet outer = alphabet.letters_of({U'а', U'я'});
  const LetterSet inner = alphabet.letters_of({U'п', U'ю'});
  EXPECT_EQ(inner & outer, inner);
  EXPECT_EQ(alphabet.letters_of({U'é', U'é'}).count(), 1U);
  EXPECT_TRUE((alphabet.letters_of({U'é', U'é'}) & outer).none());
}

TEST(PatternAlphabet, AClassAndItsComplementAreEverything) {
  const PatternAlphabet alphabet({{U'é', U'é'}});
  for (const char32_t name : {U'd', U'w', U's'}) {
    EXPECT_EQ(class_of(alphabet, name), ~class_of(alphabet, name ^ 0x20U));
  }
  const LetterSet words = class_of(alphabet, 'w');
  const LetterSet digits = class_of(alphabet, 'd');
  EXPECT_EQ(words & digits, digits);
  LetterSet none;
  EXPECT_FALSE(alphabet.add_class(none, 'q'));
  EXPECT_TRUE(none.none());
}

TEST(PatternAlphabet, RefusesWhatHasNoLetterLeft) {
  std::vector<CharacterRange> named;
  for (char32_t c = 0x4E00; named.size() < 123; c += 2) {
    named.push_back({c, c});
  }
  EXPECT_TRUE(PatternAlphabet(named).fits());
  named.push_back({0x100, 0x100});
  EXPECT_FALSE(PatternAlphabet(named).fits());
}

TEST(PatternAlphabet, StandInsAreInTheSameSets) {
  PatternAlphabet alphabet;
  EXPECT_TRUE(alphabet.find_stand_ins({alphabet.letters_of({'a', 'y'})}));
  const std::string written = alphabet.written("é");
  ASSERT_EQ(written.size(), 1U);
  EXPECT_FALSE(alphabet.letters_of({'a', 'y'})[static_cast<unsigned char>(written[0])]);
  PatternAlphabet crowded;
  EXPECT_FALSE(crowded.find_stand_ins({class_of(crowded, 'w') & crowded.letters_of({0, 0x7F})}));
}

TEST(PatternAlphabet, ExpressionOfASet) {
  LetterSet set;
  EXPECT_EQ(expression_of(set), "[^\\x00-\\x{10ffff}]");
  set.set('a').set('b').set('c').set('-').set(0xE9);
  EXPECT_EQ(expression_of(set), "[\\x2da-c\\xe9]");
}

}  // namespace
}  // namespace holdfast::rules

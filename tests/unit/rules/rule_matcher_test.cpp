// Lookup and effective rules (contract supvisors.md 2.3-2.5).
#include "rules/rule_matcher.hpp"

#include "world.hpp"

namespace holdfast::rules {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Matcher matcher(const std::string& xml) {
  return Matcher(read_text(xml).rules, StartingStrategy::less_loaded);
}

TEST(Match, RulL1ExactNameWinsElseLongestMatchThenFirst) {
  const Matcher m = matcher(R"(
    <application pattern=""><start_sequence>1</start_sequence></application>
    <application pattern="sh"><start_sequence>2</start_sequence></application>
    <application pattern="sho"><start_sequence>3</start_sequence></application>
    <application pattern="hop"><start_sequence>4</start_sequence></application>
    <application name="shop"><start_sequence>5</start_sequence></application>)");
  EXPECT_EQ(m.application("shop").start_sequence, 5);
  EXPECT_EQ(m.application("shops").start_sequence, 3) << "tie of sho and hop: the first declared";
  EXPECT_EQ(m.application("ship").start_sequence, 2);
  EXPECT_EQ(m.application("other").start_sequence, 1) << "the empty pattern is the default rule";
}

TEST(Match, RulL3DotStarBeatsSpecificPatterns) {
  const Matcher m = matcher(R"(<application pattern="shop"><start_sequence>1</start_sequence></application>
    <application pattern=".*"><start_sequence>2</start_sequence></application>)");
  EXPECT_EQ(m.application("shop_1").start_sequence, 2);
}

TEST(Match, UnmanagedHasDefaults) {
  const Matcher m = matcher(R"(<application name="a"/>)");
  EXPECT_FALSE(m.application("b").managed);
  EXPECT_TRUE(m.application("a").managed);
  EXPECT_EQ(m.application("a").starting_strategy, StartingStrategy::less_loaded) << "RUL-A5: the option";
  EXPECT_EQ(m.application("a").starting_failure_strategy, StartingFailureStrategy::abort);
  EXPECT_EQ(m.program({"b", "p"}).running_failure_strategy, RunningFailureStrategy::continue_);
}

TEST(Match, RulL2AndL6ProgramsOfThatApplicationOnly) {
  const Matcher m = matcher(R"(
    <application name="a"><running_failure_strategy>RESTART_PROCESS</running_failure_strategy>
      <starting_failure_strategy>STOP</starting_failure_strategy><programs>
      <program pattern="web"><expected_loading>10</expected_loading></program>
      <program name="web_1"><expected_loading>20</expected_loading></program></programs></application>
    <application name="b"><programs><program name="p"><expected_loading>30</expected_loading></program></programs>
    </application>)");
  EXPECT_EQ(m.program({"a", "web_1"}).expected_loading, 20);
  EXPECT_EQ(m.program({"a", "web_2"}).expected_loading, 10);
  EXPECT_EQ(m.program({"a", "p"}).expected_loading, 0);
  EXPECT_EQ(m.program({"a", "p"}).running_failure_strategy, RunningFailureStrategy::restart_process);
  EXPECT_EQ(m.program({"a", "p"}).starting_failure_strategy, StartingFailureStrategy::stop);
  EXPECT_EQ(m.program({"b", "p"}).expected_loading, 30);
}

TEST(Match, RulA4AndC5StopSequenceFollowsStartSequence) {
  const Matcher m = matcher(R"(<application name="a"><start_sequence>4</start_sequence><programs>
      <program name="p"><start_sequence>3</start_sequence></program>
      <program name="q"><start_sequence>3</start_sequence><stop_sequence>0</stop_sequence></program></programs>
    </application>)");
  EXPECT_EQ(m.application("a").stop_sequence, 4);
  EXPECT_EQ(m.program({"a", "p"}).stop_sequence, 3);
  EXPECT_EQ(m.program({"a", "q"}).stop_sequence, 0);
}

TEST(Match, RulL7ModelsThreeLevels) {
  const auto read = read_text(R"(
    <model name="one"><reference>two</reference><expected_loading>1</expected_loading></model>
    <model name="two"><reference>three</reference><expected_loading>2</expected_loading><required>true</required>
      <start_sequence>2</start_sequence></model>
    <model name="three"><wait_exit>true</wait_exit></model>
    <application name="a"><programs><program name="p"><reference>one</reference><start_sequence>7</start_sequence>
      </program><program name="q"><reference>none</reference></program></programs></application>)");
  const Matcher m{RuleSet(read.rules)};
  const auto& p = m.program({"a", "p"});
  EXPECT_EQ(p.expected_loading, 1);
  EXPECT_EQ(p.start_sequence, 7);
  EXPECT_TRUE(p.required);
  EXPECT_FALSE(p.wait_exit) << "a fourth level is ignored";
  EXPECT_THAT(read.warnings, Contains(HasSubstr("\"three\" is ignored")));
  EXPECT_THAT(read.warnings, Contains(HasSubstr("\"none\" is not declared")));
}

TEST(Match, RulL7AModelThatRefersToItselfEnds) {
  const Matcher m = matcher(R"(<model name="m"><reference>m</reference><expected_loading>5</expected_loading></model>
    <application name="a"><programs><program name="p"><reference>m</reference></program></programs></application>)");
  EXPECT_EQ(m.program({"a", "p"}).expected_loading, 5);
}

TEST(Match, RulL8AliasesOnePassInOrder) {
  const Matcher m = matcher(R"(
    <alias name="outer">inner, n9</alias><alias name="inner">n1,n2</alias><alias name="late">outer</alias>
    <application name="a"><programs>
      <program name="p"><identifiers>outer,n2</identifiers></program>
      <program name="q"><identifiers>late</identifiers></program></programs></application>)");
  EXPECT_THAT(m.program({"a", "p"}).identifiers.names, ElementsAre("n1", "n2", "n9"));
  EXPECT_THAT(m.program({"a", "q"}).identifiers.names, ElementsAre("outer")) << "declared too late: left as unknown";
}

TEST(Match, Signs) {
  const Matcher m = matcher(R"(<application name="a"><programs>
      <program pattern="s"><identifiers>#,n1,n2</identifiers></program>
      <program pattern="t"><identifiers>@</identifiers></program>
      <program pattern="u"><identifiers>n1,*,n2</identifiers></program></programs></application>)");
  EXPECT_TRUE(m.program({"a", "s"}).identifiers.spread);
  EXPECT_THAT(items_of(m.program({"a", "s"}).identifiers), ElementsAre("#", "n1", "n2"));
  EXPECT_TRUE(m.program({"a", "t"}).identifiers.pair);
  EXPECT_THAT(items_of(m.program({"a", "u"}).identifiers), ElementsAre("*"));
}

TEST(Match, RulC1ToC4) {
  const auto read = read_text(R"(<application name="a"><programs>
      <program name="at"><identifiers>@,n1</identifiers></program>
      <program name="hash"><identifiers>#,n1</identifiers></program>
      <program pattern="both"><identifiers>#,@,n1</identifiers></program>
      <program name="need"><required>true</required></program></programs></application>)");
  const Matcher m{RuleSet(read.rules)};
  EXPECT_THAT(items_of(m.program({"a", "at"}).identifiers), ElementsAre("*"));
  EXPECT_THAT(items_of(m.program({"a", "hash"}).identifiers), ElementsAre("*"));
  EXPECT_TRUE(m.program({"a", "both"}).identifiers.pair);
  EXPECT_FALSE(m.program({"a", "both"}).identifiers.spread);
  EXPECT_FALSE(m.program({"a", "need"}).required);
  ASSERT_EQ(read.warnings.size(), 4u);
  EXPECT_THAT(read.warnings[0], HasSubstr("rules.xml:2: program name \"at\""));
}

TEST(Match, RulC6AutorestartOverride) {
  const Matcher m = matcher(R"(<application name="a"><running_failure_strategy>STOP_APPLICATION
      </running_failure_strategy></application>)");
  EXPECT_TRUE(m.program({"a", "p"}).overrides_autorestart());
  EXPECT_FALSE(m.program({"b", "p"}).overrides_autorestart());
}

TEST(Match, RulH3BadApplicationNameIsNotStartedByItself) {
  const auto read = read_text(
      R"(<application name="plain"><identifiers>#</identifiers><start_sequence>1</start_sequence></application>
    <application pattern="app"><identifiers>#</identifiers><start_sequence>1</start_sequence></application>)");
  const Matcher m{RuleSet(read.rules)};
  EXPECT_EQ(m.application("plain").start_sequence, 0);
  EXPECT_EQ(m.application("app_02").start_sequence, 1);
  EXPECT_EQ(m.application("app_00").start_sequence, 0);
  EXPECT_EQ(m.application("app2").start_sequence, 0);
  EXPECT_THAT(read.warnings, Contains(HasSubstr("plain")));
}

TEST(Instances, ById1NickOrStereotypeWithoutRepetition) {
  World w("", 3);
  w.view.instances[0].stereotypes = {"@SERVER"};
  w.view.instances[2].stereotypes = {"@SERVER"};
  std::vector<std::string> unknown;
  EXPECT_THAT(instances_of({{"n3", "@SERVER", World::id(2), "n9", "n2"}, false, false}, w.view, &unknown),
              ElementsAre(2, 0, 1));
  EXPECT_THAT(unknown, ElementsAre("n9"));
  EXPECT_THAT(instances_of({}, w.view), ElementsAre(0, 1, 2));
}

}  // namespace
}  // namespace holdfast::rules

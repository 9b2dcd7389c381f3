// What people are told of rules: where an effective value comes from, what a reload changes, and what has no effect.
#include "rules/rule_review.hpp"

#include "rules/rule_changes.hpp"
#include "rules/rule_explanation.hpp"
#include "world.hpp"

namespace holdfast::rules {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* kReviewedShop = R"(
<alias name="backs">n2,n3</alias>
<model name="worker"><expected_loading>10</expected_loading><reference>base</reference></model>
<model name="base"><wait_exit>true</wait_exit><expected_loading>99</expected_loading></model>
<application name="shop"><start_sequence>2</start_sequence>
  <running_failure_strategy>RESTART_PROCESS</running_failure_strategy><programs>
  <program name="web"><identifiers>backs</identifiers><start_sequence>1</start_sequence></program>
  <program pattern="job_"><reference>worker</reference></program></programs></application>)";

Matcher matcher_of(const std::string& xml) {
  return Matcher(read_text(xml).rules);
}

std::string leaf_text(const std::vector<ExplainedLeaf>& leaves, std::string_view name) {
  for (const ExplainedLeaf& leaf : leaves) {
    if (leaf.name == name) {
      return leaf.value + " by " + leaf.source;
    }
  }
  return "no such leaf";
}

TEST(ExplainedRules, EachValueNamesTheElementThatSaysIt) {
  const Matcher m = matcher_of(kReviewedShop);
  const auto web = explain_program(m, {"shop", "web"});
  EXPECT_EQ(leaf_text(web, "identifiers"), "n2,n3 by program name \"web\" at rules.xml:7");
  EXPECT_EQ(leaf_text(web, "stop_sequence"), "1 by start_sequence") << "RUL-C5";
  EXPECT_EQ(leaf_text(web, "expected_loading"), "0 by default");
  EXPECT_EQ(leaf_text(web, "running_failure_strategy"), "RESTART_PROCESS by application name \"shop\" at rules.xml:5");
  const auto job = explain_program(m, {"shop", "job_1"});
  EXPECT_EQ(leaf_text(job, "expected_loading"), "10 by model \"worker\" at rules.xml:3");
  EXPECT_EQ(leaf_text(job, "wait_exit"), "true by model \"base\" at rules.xml:4") << "RUL-L7";
  EXPECT_EQ(leaf_text(explain_program(m, {"shop", "other"}), "start_sequence"), "0 by default") << "RUL-L6";
}

TEST(ExplainedRules, ThoseOfAnApplication) {
  const Matcher m = matcher_of(kReviewedShop);
  const auto shop = explain_application(m, "shop");
  EXPECT_EQ(leaf_text(shop, "start_sequence"), "2 by application name \"shop\" at rules.xml:5");
  EXPECT_EQ(leaf_text(shop, "stop_sequence"), "2 by start_sequence");
  EXPECT_EQ(leaf_text(shop, "starting_strategy"), "CONFIG by starting_strategy of the node's configuration");
  EXPECT_THAT(explain_application(m, "nobody"), IsEmpty());
  EXPECT_THAT(explain_program(m, {"nobody", "web"}), IsEmpty());
}

class ReviewedRules : public testing::Test {
 protected:
  void define(const std::string& application, const std::string& process, std::vector<int> nodes = {}) {
    world_.define(application, process, std::move(nodes));
  }
  std::vector<std::string> changes(const std::string& before, const std::string& after) {
    std::vector<std::string> texts;
    for (const RuleChange& change : changes_between(matcher_of(before), matcher_of(after), world_.view)) {
      texts.push_back(change.subject + " " + std::string(change.leaf) + " " + change.before + ">" + change.after);
    }
    return texts;
  }
  World world_{"", 3};
};

TEST_F(ReviewedRules, AReloadNamesWhatIsAnotherForWhom) {
  define("shop", "web");
  define("shop", "job_1");
  define("shop", "job_2");
  std::string after = kReviewedShop;
  after.replace(after.find(">10<"), 4, ">20<");
  after.replace(after.find("backs</identifiers>"), 5, "n3");
  EXPECT_THAT(changes(kReviewedShop, after),
              ElementsAre("shop:job_1 expected_loading 10>20", "shop:job_2 expected_loading 10>20",
                          "shop:web identifiers n2,n3>n3"));
  EXPECT_THAT(changes(kReviewedShop, kReviewedShop), IsEmpty());
}

TEST_F(ReviewedRules, AnApplicationThatGetsOrLosesItsRuleIsOneChange) {
  define("shop", "web");
  EXPECT_THAT(changes(kReviewedShop, ""), ElementsAre("shop managed true>false"));
  EXPECT_THAT(changes("", kReviewedShop), ElementsAre("shop managed false>true"));
}

TEST_F(ReviewedRules, ElementsThatMatchNothingAreNamed) {
  define("shop", "web");
  EXPECT_THAT(
      review(matcher_of(kReviewedShop), world_.view),
      ElementsAre("rules.xml:8: program pattern \"job_\" of application name \"shop\": no process of the groups "
                  "that the application matches is meant"));
  define("shop", "job_1");
  EXPECT_THAT(review(matcher_of(kReviewedShop), world_.view), IsEmpty());
  EXPECT_THAT(review(matcher_of("<application name=\"shoop\"/>"), world_.view),
              ElementsAre("rules.xml:1: application name \"shoop\": no node has a group that it matches"));
}

TEST_F(ReviewedRules, NamesThatAreNeitherNodeNorStereotypeAreNamedOnceEach) {
  define("shop", "web");
  world_.view.instances[1].stereotypes = {"@BACK"};
  const std::string rules = R"(<application name="shop"><identifiers>n9,n1</identifiers><programs>
<program name="web"><identifiers>@BACK,@FRONT</identifiers></program></programs></application>)";
  EXPECT_THAT(
      review(matcher_of(rules), world_.view),
      ElementsAre("rules.xml:1: application name \"shop\": \"n9\" is neither a node nor a stereotype of one; it "
                  "has no effect",
                  "rules.xml:2: program name \"web\": \"@FRONT\" is neither a node nor a stereotype of one; it "
                  "has no effect"));
  const auto nobody = [](std::string_view) { return false; };
  EXPECT_THAT(review_names(matcher_of(rules), nobody, " is unknown"),
              Contains("rules.xml:2: program name \"web\": \"@BACK\" is unknown"));
}

TEST_F(ReviewedRules, AProgramPinnedToNodesThatDoNotDefineItIsNamed) {
  define("shop", "web", {1});
  define("shop", "job_1");
  EXPECT_THAT(review(matcher_of(kReviewedShop), world_.view),
              ElementsAre("rules.xml:7: shop:web may run on n2,n3 only, and no node of these defines it: it cannot "
                          "start"));
  const std::string whole = R"(<application name="shop"><distribution>SINGLE_INSTANCE</distribution>
<identifiers>n2</identifiers><programs><program name="web"><identifiers>n1</identifiers></program></programs>
</application>)";
  EXPECT_THAT(review(matcher_of(whole), world_.view),
              ElementsAre("rules.xml:1: shop:web may run on n2 only, and no node of these defines it: it cannot start"))
      << "RUL-A2: the application's list holds";
}

}  // namespace
}  // namespace holdfast::rules

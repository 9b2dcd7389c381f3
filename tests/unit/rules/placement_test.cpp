// Candidates, strategies, loads and reasons (contract supvisors.md 4.1, 4.3 point 3, 2.5).
#include "rules/placement.hpp"

#include "world.hpp"

namespace holdfast::rules {
namespace {

using testing::HasSubstr;

std::string with_loads(const std::string& extra = "") {
  return R"(<application name="a">)" + extra + R"(<programs>
    <program name="l10"><expected_loading>10</expected_loading></program>
    <program name="l20"><expected_loading>20</expected_loading><start_sequence>1</start_sequence></program>
    <program name="l40"><expected_loading>40</expected_loading><start_sequence>1</start_sequence></program>
    <program name="l90"><expected_loading>90</expected_loading></program></programs></application>)";
}

struct Placed : World {
  explicit Placed(const std::string& xml = with_loads(), int nodes = 3) : World(xml, nodes) {
    for (const char* name : {"l10", "l20", "l40", "l90"}) {
      define("a", name);
    }
  }
  Placement place(const std::string& process, StartingStrategy strategy, const std::string& requester = "") {
    const LoadTable loads(view, engine().matcher());
    return place_process(view, engine().matcher(), loads, {"a", process}, {strategy, requester});
  }
};

TEST(Place, Str1ConfigFirstThatFitsWithReason) {
  Placed w;
  w.view.instances[0].running = false;
  w.quiet("a:l90", 2, ProcessState::running);
  const auto p = w.place("l20", StartingStrategy::config);
  EXPECT_EQ(p.identifier, World::id(3));
  EXPECT_EQ(p.reason, "n3: fits, first in order of declaration; n1 is not running; n2 would exceed 100 % (90 + 20)");
}

TEST(Place, Str1ConfigFollowsTheRulesOrder) {
  World w(
      R"(<application name="a"><programs><program name="p"><identifiers>n9,n3,n1</identifiers></program></programs>
    </application>)");
  w.define("a", "p");
  const LoadTable loads(w.view, w.engine().matcher());
  const auto p = place_process(w.view, w.engine().matcher(), loads, {"a", "p"}, {StartingStrategy::config, ""});
  EXPECT_EQ(p.reason, "n3: fits, first in the order of the rule's identifiers; no instance is called n9");
}

TEST(Place, Str2And3LessAndMostLoaded) {
  Placed w;
  w.quiet("a:l40", 1, ProcessState::running);
  w.quiet("a:l10", 2, ProcessState::backoff);   // counts: running-set
  w.quiet("a:l90", 3, ProcessState::stopping);  // does not
  EXPECT_EQ(w.place("l20", StartingStrategy::less_loaded).identifier, World::id(3));
  EXPECT_EQ(w.place("l20", StartingStrategy::most_loaded).identifier, World::id(1));
  EXPECT_THAT(w.place("l20", StartingStrategy::most_loaded).reason, HasSubstr("(instance 40 %, node 40 %)"));
  w.quiet("a:l40", 1, ProcessState::stopped);
  w.quiet("a:l10", 2, ProcessState::stopped);
  EXPECT_EQ(w.place("l20", StartingStrategy::most_loaded).identifier, World::id(3)) << "ties: last in order";
  EXPECT_EQ(w.place("l20", StartingStrategy::less_loaded).identifier, World::id(1)) << "ties: first in order";
}

TEST(Place, Str4LocalIsTheInstanceAskedOrNone) {
  Placed w;
  EXPECT_EQ(w.place("l20", StartingStrategy::local, World::id(2)).identifier, World::id(2));
  EXPECT_EQ(w.place("l20", StartingStrategy::local).identifier, World::id(1)) << "the one that runs the engine";
  w.quiet("a:l90", 2, ProcessState::running);
  EXPECT_FALSE(w.place("l20", StartingStrategy::local, World::id(2)).found());
  EXPECT_THAT(w.place("l20", StartingStrategy::local, World::id(2)).reason, HasSubstr("LOCAL"));
}

TEST(Place, Str5And6ByNode) {
  Placed w(with_loads(), 4);
  w.view.instances[1].node = "machine1";  // n1 and n2 share a machine
  w.quiet("a:l40", 1, ProcessState::running);
  w.quiet("a:l10", 3, ProcessState::running);
  w.quiet("a:l20", 4, ProcessState::running);
  w.view.instances[3].running = false;
  EXPECT_EQ(w.place("l20", StartingStrategy::less_loaded).identifier, World::id(2)) << "instance load 0";
  EXPECT_EQ(w.place("l20", StartingStrategy::less_loaded_node).identifier, World::id(3)) << "node load 10 < 40";
  EXPECT_EQ(w.place("l20", StartingStrategy::most_loaded_node).identifier, World::id(1));
  w.quiet("a:l90", 3, ProcessState::fatal);
  w.quiet("a:l10", 2, ProcessState::running);
  EXPECT_THAT(w.place("l90", StartingStrategy::config).reason, HasSubstr("n1 would exceed 100 % (50 + 90)"))
      << "the load of the whole node counts";
}

TEST(Place, Candidates41) {
  Placed w;
  w.view.applications["a"]["l10"].copies.erase(World::id(1));
  w.copy("a:l10", 2).disabled = true;
  EXPECT_EQ(w.place("l10", StartingStrategy::config).reason,
            "n3: fits, first in order of declaration; n1 does not define l10; l10 is disabled on n2");
  w.view.instances[2].running = false;
  const auto none = w.place("l10", StartingStrategy::config);
  EXPECT_FALSE(none.found());
  EXPECT_EQ(none.reason, "no resource available: n1 does not define l10; l10 is disabled on n2; n3 is not running");
}

TEST(Place, PendingLoadsOfOtherApplicationsCount) {
  // Two applications of one rank: the peer lets them overload a node together.
  World w(R"(<application name="a"><start_sequence>1</start_sequence><programs><program name="p">
      <start_sequence>1</start_sequence><expected_loading>60</expected_loading></program></programs></application>
    <application name="b"><start_sequence>1</start_sequence><programs><program name="p">
      <start_sequence>1</start_sequence><expected_loading>60</expected_loading></program></programs></application>)");
  w.define("a", "p");
  w.define("b", "p");
  w.obey = false;
  w.step(AutomaticStart{});
  EXPECT_THAT(w.orders(), testing::ElementsAre("start a:p on n1", "start b:p on n2"));
  EXPECT_THAT(w.reasons[1], HasSubstr("n1 would exceed 100 % (60 + 60)"));
}

std::string spread_rules(const std::string& list) {
  return R"(<application name="a"><programs><program pattern="w"><identifiers>)" + list +
         R"(</identifiers></program></programs></application>)";
}

std::string spread_to(const std::string& list, int index) {
  World w(spread_rules(list));
  w.define("a", "w").process_index = index;
  const LoadTable loads(w.view, w.engine().matcher());
  return w.label(place_process(w.view, w.engine().matcher(), loads, {"a", "w"}, {}).identifier);
}

TEST(Place, RulH2SpreadAndPairByIndex) {
  EXPECT_EQ(spread_to("#", 0), "n1");
  EXPECT_EQ(spread_to("#", 4), "n2") << "rolls over";
  EXPECT_EQ(spread_to("#,n3,n1", 0), "n3");
  EXPECT_EQ(spread_to("#,n3,n1", 3), "n1");
  EXPECT_EQ(spread_to("@,n3,n1", 1), "n1");
  EXPECT_EQ(spread_to("@,n3,n1", 2), "") << "the excess is never assigned";
}

std::string numbered(const std::string& name, const std::string& list) {
  World w(R"(<application pattern=""><distribution>SINGLE_INSTANCE</distribution><identifiers>)" + list +
          R"(</identifiers></application>)");
  w.view.instances[1].stereotypes = {"@CONSOLE"};
  w.view.instances[2].stereotypes = {"@CONSOLE"};
  w.define(name, "p");
  const LoadTable loads(w.view, w.engine().matcher());
  return w.label(place_process(w.view, w.engine().matcher(), loads, {name, "p"}, {}).identifier);
}

TEST(Place, RulH3ApplicationNumber) {
  EXPECT_EQ(numbered("app_01", "#"), "n1");
  EXPECT_EQ(numbered("app-3", "#"), "n3");
  EXPECT_EQ(numbered("app_4", "#"), "n1");
  EXPECT_EQ(numbered("app_2", "#,n3,n2"), "n2");
  EXPECT_EQ(numbered("app_7", "#,@CONSOLE"), "n2") << "a stereotype is one element";
  EXPECT_EQ(numbered("app", "#"), "");
}

TEST(Together, SingleInstanceTakesTheSumAndNeedsEveryProcess) {
  Placed w(with_loads("<distribution>SINGLE_INSTANCE</distribution><identifiers>n3,n2,n1</identifiers>"));
  w.define("b", "x");
  w.view.applications["a"]["l90"].copies.erase(World::id(3));
  w.request(RequestKind::start_application, "a");
  EXPECT_THAT(w.orders(), testing::ElementsAre("start a:l20 on n2", "start a:l40 on n2"));
  EXPECT_THAT(w.reasons[0], HasSubstr("SINGLE_INSTANCE, n2: fits"));
  EXPECT_THAT(w.reasons[0], HasSubstr("n3 does not define l90"));
}

TEST(Together, NoneFitsReportsEveryProcess) {
  Placed w(with_loads("<distribution>SINGLE_INSTANCE</distribution>"));
  for (auto& instance : w.view.instances) {
    instance.running = false;
  }
  w.request(RequestKind::start_application, "a");
  EXPECT_EQ(w.forced.size(), 2u);
  EXPECT_EQ(w.fault(), Fault::abnormal_termination);
}

TEST(Together, SingleNodeChecksEachProcessOnItsInstance) {
  // The peer picks an instance of the node without asking whether it defines the process.
  Placed w(with_loads("<distribution>SINGLE_NODE</distribution>"), 4);
  w.view.instances[1].node = "machine1";
  w.view.instances[3].node = "machine3";
  for (const char* name : {"l10", "l20", "l40", "l90"}) {
    w.view.applications["a"][name].copies.erase(World::id(1));
  }
  w.view.applications["a"]["l20"].copies.erase(World::id(2));
  w.view.applications["a"]["l20"].copies.erase(World::id(3));
  w.request(RequestKind::start_application, "a");
  EXPECT_THAT(w.orders(), testing::ElementsAre("start a:l20 on n4", "start a:l40 on n3"));
  EXPECT_THAT(w.reasons[0], HasSubstr("no instance on the node of n1 can start l20"));
}

TEST(Together, RepairJoinsTheRest) {
  Placed w(with_loads("<distribution>SINGLE_INSTANCE</distribution>"));
  w.quiet("a:l20", 2, ProcessState::running);
  w.request(RequestKind::start_process, "a", "l40");
  EXPECT_THAT(w.orders(), testing::ElementsAre("start a:l40 on n2"));
  EXPECT_THAT(w.reasons[0], HasSubstr("n1 is not where the rest of a runs"));
}

}  // namespace
}  // namespace holdfast::rules

// The dry run (contract supvisors.md 4.8; 5.3, test_start_application and test_start_process): what it lists and that
// it changes nothing.
#include "world.hpp"

namespace holdfast::rules {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr auto kPlannedShop = R"(
  <application name="shop"><programs>
    <program name="store"><start_sequence>1</start_sequence><required>true</required><identifiers>n2</identifiers></program>
    <program name="prepare"><start_sequence>2</start_sequence><wait_exit>true</wait_exit></program>
    <program name="web"><start_sequence>3</start_sequence></program>
    <program name="tool"/>
  </programs></application>)";

World planned_shop() {
  World w(kPlannedShop);
  for (const char* name : {"store", "prepare", "web", "tool"}) {
    w.define("shop", name);
  }
  return w;
}

/// "web RUNNING n2", or the fault's number.
std::vector<std::string> plan_of(World& w, RequestKind kind, const std::string& process = {},
                                 StartingStrategy strategy = StartingStrategy::config) {
  Request request;
  request.operation_id = "plan";
  request.kind = kind;
  request.application = "shop";
  request.process = process;
  request.strategy = strategy;
  request.requester = World::id(3);
  const auto planned = w.engine().plan(w.now, w.view, request);
  if (!planned) {
    return {std::to_string(planned.error().code) + " " + planned.error().message};
  }
  std::vector<std::string> lines;
  for (const PlannedStart& one : planned.value()) {
    lines.push_back(one.id.name + " " + std::string(name_of(one.state)) + " " +
                    (one.identifier.empty() ? "(" + one.reason + ")" : w.label(one.identifier)));
  }
  return lines;
}

TEST(Plan, HasEveryProcessOfTheSequenceAtItsEnd) {
  World w = planned_shop();
  EXPECT_THAT(plan_of(w, RequestKind::start_application),
              ElementsAre("prepare EXITED n1", "store RUNNING n2", "web RUNNING n1"));
  EXPECT_EQ(w.copy("shop:web", 1).state, ProcessState::stopped);
  EXPECT_FALSE(w.engine().busy());
  EXPECT_TRUE(w.forced.empty());
}

TEST(Plan, TellsWhyAndWhatIsNotReached) {  // ABORT: the ranks behind stay as they are
  World w = planned_shop();
  w.view.instances[1].running = false;
  const auto lines = plan_of(w, RequestKind::start_application);
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[0], "prepare STOPPED ()");
  EXPECT_THAT(lines[1], HasSubstr("store FATAL (no resource available"));
  EXPECT_EQ(lines[2], "web STOPPED ()");
}

TEST(Plan, OfAProcessOrOfAllOfAnApplication) {
  World w = planned_shop();
  EXPECT_THAT(plan_of(w, RequestKind::start_process, "web", StartingStrategy::local), ElementsAre("web RUNNING n3"))
      << "LOCAL is who was asked";
  EXPECT_THAT(plan_of(w, RequestKind::start_process, "*"),
              ElementsAre("prepare EXITED n1", "store RUNNING n2", "tool RUNNING n1", "web RUNNING n1"));
}

TEST(Plan, RefusesWhatAStartWouldRefuse) {  // contract 5.3: 102, 60
  World w = planned_shop();
  w.quiet("shop:web", 2, ProcessState::running);
  EXPECT_THAT(plan_of(w, RequestKind::start_process, "web"), ElementsAre("60 shop:web"));
  EXPECT_THAT(plan_of(w, RequestKind::start_application), ElementsAre("60 shop"));
  World unmanaged("");
  unmanaged.define("shop", "web");
  EXPECT_THAT(plan_of(unmanaged, RequestKind::start_application), ElementsAre("102 shop"));
}

}  // namespace
}  // namespace holdfast::rules

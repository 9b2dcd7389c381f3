// What stands behind a command when a process is started by rules (contract supvisors.md CFG-E3): as asked for, or as
// its last start had it.
#include "world.hpp"

namespace holdfast::rules {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr auto kArgsShop = R"(
  <application name="shop"><start_sequence>1</start_sequence><programs>
    <program name="web"><start_sequence>1</start_sequence>
      <running_failure_strategy>RESTART_PROCESS</running_failure_strategy></program>
  </programs></application>)";

World args_shop() {
  World w(kArgsShop);
  w.define("shop", "web");
  return w;
}

void ask_with(World& w, RequestKind kind, const std::string& extra_args = {}) {
  Request request;
  request.operation_id = "op";
  request.kind = kind;
  request.application = "shop";
  const bool of_application = kind == RequestKind::restart_application || kind == RequestKind::start_application;
  request.process = of_application ? "" : "web";
  request.extra_args = extra_args;
  request.requester = World::id(1);
  w.step(request);
}

TEST(ExtraArgs, GoWithTheOrderAndIntoTheDecision) {
  World w = args_shop();
  ask_with(w, RequestKind::start_process, "-p 81");
  EXPECT_THAT(w.orders(), ElementsAre("start shop:web on n1 with -p 81"));
  EXPECT_THAT(w.decisions, Contains(HasSubstr("start shop:web on n1 with -p 81")));
}

TEST(ExtraArgs, AreAppliedAgainWhenTheApplicationIsStartedOrRestarted) {
  World w = args_shop();
  ask_with(w, RequestKind::start_process, "-p 81");
  ask_with(w, RequestKind::restart_application);
  EXPECT_THAT(w.orders(),
              ElementsAre("start shop:web on n1 with -p 81", "stop shop:web on n1", "start shop:web on n1 with -p 81"));
}

TEST(ExtraArgs, AreAppliedAgainOnAnotherNodeAfterALoss) {
  World w = args_shop();
  ask_with(w, RequestKind::start_process, "-p 81");
  static_cast<void>(w.orders());
  w.lose(1);
  EXPECT_THAT(w.orders(), ElementsAre("start shop:web on n2 with -p 81"));
}

TEST(ExtraArgs, AreThoseOfTheRequestAlsoWhenItHasNone) {
  World w = args_shop();
  ask_with(w, RequestKind::start_process, "-p 81");
  ask_with(w, RequestKind::restart_process, "-p 82");
  ask_with(w, RequestKind::restart_process);
  ask_with(w, RequestKind::restart_application);
  EXPECT_THAT(w.orders(), ElementsAre("start shop:web on n1 with -p 81", "stop shop:web on n1",
                                      "start shop:web on n1 with -p 82", "stop shop:web on n1", "start shop:web on n1",
                                      "stop shop:web on n1", "start shop:web on n1"));
}

TEST(ExtraArgs, OfAProcessAreThoseOfWhatRunsElseOfTheLastStart) {
  ProcessView process;
  EXPECT_EQ(extra_args_of(process), "");
  const auto copy = [](ProcessState state, std::int64_t started_us, const std::string& extra_args) {
    CopyView one;
    one.state = state;
    one.ever_started = started_us != 0;
    one.started_us = started_us;
    one.extra_args = extra_args;
    return one;
  };
  process.copies["a"] = copy(ProcessState::stopped, 5, "early");
  process.copies["b"] = copy(ProcessState::exited, 9, "late");
  process.copies["c"] = copy(ProcessState::stopped, 0, "");
  EXPECT_EQ(extra_args_of(process), "late") << "who has never started it says nothing of it";
  process.copies["a"].state = ProcessState::running;
  EXPECT_EQ(extra_args_of(process), "early");
  process.copies["b"].state = ProcessState::starting;
  EXPECT_EQ(extra_args_of(process), "late");
}

}  // namespace
}  // namespace holdfast::rules

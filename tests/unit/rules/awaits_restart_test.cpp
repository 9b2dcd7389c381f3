// A program that ended and that its node will start again by itself (decision 0021): to the rules it runs.
#include "rules/application_state.hpp"
#include "rules/placement.hpp"
#include "world.hpp"

namespace holdfast::rules {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

World crashing_shop(const std::string& strategy = "CONTINUE") {
  World w(R"(<application name="shop"><start_sequence>1</start_sequence><programs>
    <program name="store"><start_sequence>1</start_sequence><expected_loading>60</expected_loading></program>
    <program name="web"><start_sequence>2</start_sequence><expected_loading>60</expected_loading>
      <running_failure_strategy>)" +
          strategy + R"(</running_failure_strategy></program>
  </programs></application>)");
  w.define("shop", "store");
  w.define("shop", "web");
  w.quiet("shop:store", 1, ProcessState::running);
  w.quiet("shop:web", 2, ProcessState::running);
  return w;
}

TEST(AwaitsRestart, IsShownAsWhatItIs) {
  World w = crashing_shop();
  w.await_restart("shop:web", 2);
  const ProcessStatus status = process_status(w.view.applications.at("shop").at("web"));
  EXPECT_EQ(status.state, ProcessState::exited);
  EXPECT_TRUE(status.crashed());
  EXPECT_THAT(status.running_on, IsEmpty());
  EXPECT_THAT(status.active_on, ElementsAre(World::id(2)));
  EXPECT_THAT(w.orders(), IsEmpty()) << "its node starts it again";
}

TEST(AwaitsRestart, IsStoppedWithItsApplication) {
  for (const bool refused : {false, true}) {
    World w = crashing_shop();
    w.await_restart("shop:web", 2);
    w.obey = false;
    w.request(RequestKind::stop_application, "shop");
    EXPECT_THAT(w.orders(), ElementsAre("stop shop:web on n2"));
    EXPECT_TRUE(w.engine().busy()) << "it is no end that it is EXITED";
    w.await_restart("shop:web", 2);
    EXPECT_TRUE(w.engine().busy());
    if (refused) {  // its restart was given up meanwhile
      w.quiet("shop:web", 2, ProcessState::exited, false);
      w.step(OrderRefused{w.open.front().order_id, Fault::not_running, "NOT_RUNNING"});
    } else {
      w.become("shop:web", 2, ProcessState::stopped);
    }
    EXPECT_THAT(w.orders(), ElementsAre("stop shop:store on n1"));
  }
}

TEST(AwaitsRestart, IsStoppedByAStrategy) {
  World w = crashing_shop("STOP_APPLICATION");
  w.await_restart("shop:web", 2);
  EXPECT_THAT(w.orders(), ElementsAre("stop shop:web on n2", "stop shop:store on n1"));
}

TEST(AwaitsRestart, AloneIsSomethingToStop) {
  World w = crashing_shop();
  w.quiet("shop:store", 1, ProcessState::stopped);
  w.await_restart("shop:web", 2);
  w.request(RequestKind::stop_application, "shop");
  EXPECT_THAT(w.orders(), ElementsAre("stop shop:web on n2"));
  EXPECT_TRUE(w.done());
  w.await_restart("shop:web", 2);
  w.request(RequestKind::stop_process, "shop", "web", "op2");
  EXPECT_THAT(w.orders(), ElementsAre("stop shop:web on n2"));
  EXPECT_TRUE(w.done("op2"));
}

TEST(AwaitsRestart, IsNotStartedASecondTime) {
  World w = crashing_shop();
  w.quiet("shop:store", 1, ProcessState::stopped);
  w.await_restart("shop:web", 2);
  w.request(RequestKind::start_application, "shop");
  EXPECT_THAT(w.orders(), ElementsAre("start shop:store on n1"));
}

TEST(AwaitsRestart, IsStartedWhereItWaits) {
  World w = crashing_shop();
  w.await_restart("shop:web", 2);  // CONFIG alone would say n3: the others have no room
  w.request(RequestKind::start_process, "shop", "web");
  EXPECT_THAT(w.orders(), ElementsAre("start shop:web on n2"));
  EXPECT_TRUE(w.done());
}

TEST(AwaitsRestart, IsMovedWhenItsNodeIsLost) {
  World w = crashing_shop("RESTART_PROCESS");
  w.await_restart("shop:web", 2);
  w.lose(2);
  EXPECT_THAT(w.orders(), ElementsAre("start shop:web on n3"));
}

TEST(AwaitsRestart, CountsInTheLoadOfItsNodeAndAsACopy) {
  World w = crashing_shop();
  w.await_restart("shop:web", 2);
  w.define("other", "big");
  w.request(RequestKind::start_process, "shop", "store");
  EXPECT_EQ(w.fault(), Fault::already_started);
  w.quiet("shop:store", 1, ProcessState::stopped);
  w.quiet("shop:web", 1, ProcessState::running);
  EXPECT_EQ(w.engine().conflicts(w.view).size(), 1U);
  w.request(RequestKind::start_process, "shop", "store", "op2");
  EXPECT_THAT(w.orders(), ElementsAre("start shop:store on n3"));
}

TEST(EmptyNames, AProcessWithoutANameIsNotItsApplication) {
  World w(R"(<application name="x"/>)");
  w.define("", "");
  w.define("", "other");
  w.quiet(":", 1, ProcessState::running);
  w.request(RequestKind::restart_process, "", "");
  EXPECT_THAT(w.orders(), ElementsAre("stop : on n1", "start : on n1"));
  EXPECT_TRUE(w.done());
}

}  // namespace
}  // namespace holdfast::rules

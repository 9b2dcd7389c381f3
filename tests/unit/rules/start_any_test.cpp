// The start of one process of those whose name matches (contract supvisors.md 5.3, start_any_process).
#include "world.hpp"

namespace holdfast::rules {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr auto kFarm = R"(
  <application name="farm"><programs>
    <program name="big"><expected_loading>80</expected_loading></program>
    <program pattern="job_"><expected_loading>30</expected_loading><identifiers>n1</identifiers></program>
  </programs></application>)";

/// job_1 to job_3 on n1, which has room for three of them; big only where there is room for it.
World farm() {
  World w(kFarm, 2);
  w.define("farm", "big");
  for (const char* name : {"job_1", "job_2", "job_3"}) {
    w.define("farm", name);
  }
  w.define("solo", "solo");
  return w;
}

void ask_any(World& w, const std::string& regex, const std::string& extra_args = {}) {
  Request request;
  request.operation_id = "op";
  request.kind = RequestKind::start_any_process;
  request.process = regex;
  request.extra_args = extra_args;
  request.requester = World::id(1);
  w.step(request);
}

TEST(StartAny, TakesTheFirstThatIsStoppedAndTellsWhich) {
  World w = farm();
  w.quiet("farm:job_1", 1, ProcessState::running);
  ask_any(w, "job_", "-x");
  EXPECT_THAT(w.orders(), ElementsAre("start farm:job_2 on n1 with -x"));
  ASSERT_TRUE(w.done());
  EXPECT_EQ(w.completed()->detail, "farm:job_2");
  ask_any(w, "^so.o$");
  EXPECT_EQ(w.completed()->detail, "solo") << "a namespec, as Supervisor writes it";
}

TEST(StartAny, PassesOverWhatHasNoPlace) {
  World w = farm();
  w.quiet("farm:job_1", 1, ProcessState::running);
  w.view.instances[1].running = false;
  ask_any(w, "farm:");
  EXPECT_THAT(w.orders(), ElementsAre("start farm:job_2 on n1")) << "big comes first and does not fit";
}

TEST(StartAny, TakesTwoForTwoRequests) {
  World w = farm();
  w.obey = false;
  ask_any(w, "job_");
  ask_any(w, "job_");
  EXPECT_THAT(w.orders(), ElementsAre("start farm:job_1 on n1", "start farm:job_2 on n1"));
}

TEST(StartAny, WithoutACandidateFails) {  // contract 5.3: 30
  World w = farm();
  ask_any(w, "nobody");
  EXPECT_EQ(w.fault(), Fault::failed);
  EXPECT_EQ(w.completed()->detail, "no candidate process matching \"nobody\"");
  EXPECT_TRUE(w.completed()->refused);
  w.view.instances[0].running = false;
  ask_any(w, "job_");
  EXPECT_EQ(w.fault(), Fault::failed);
  EXPECT_THAT(w.completed()->why, HasSubstr("farm:job_3"));
  EXPECT_THAT(w.orders(), IsEmpty());
}

TEST(StartAny, WithABrokenExpressionIsRefused) {
  World w = farm();
  ask_any(w, "job_(");
  EXPECT_EQ(w.fault(), Fault::incorrect_parameters);
  EXPECT_THAT(w.orders(), IsEmpty());
}

}  // namespace
}  // namespace holdfast::rules

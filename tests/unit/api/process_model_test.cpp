// What the pages say of a process: an end as expected is no failure, and which of the states need a person.
#include "api/pages/process_model.hpp"

#include <gtest/gtest.h>

#include "api/pages/application_model.hpp"
#include "api/pages/node_model.hpp"
#include "fake_ports.hpp"

namespace holdfast::api {
namespace {

using dashboard::Condition;

TEST(ProcessModel, AnExpectedEndIsToldFromAFailure) {
  FakePorts fake({"cron", "web"});
  fake.agent.pass(5);
  fake.supervision.end({"cron", "cron"}, 0);
  fake.supervision.end({"web", "web"}, 3);
  const auto rows = process_rows(fake.ports);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].process, "cron");
  EXPECT_EQ(rows[0].state, ProcessState::exited);
  EXPECT_EQ(rows[0].condition, Condition::finished);
  EXPECT_EQ(rows[0].description, "");
  EXPECT_EQ(rows[1].state, ProcessState::exited);
  EXPECT_EQ(rows[1].condition, Condition::failed);
  EXPECT_NE(rows[1].description, "");
  EXPECT_EQ(running_of(rows), 0);
  EXPECT_EQ(finished_of(rows), 1);
  const auto attention = attention_items(fake.ports, rows, {});
  ASSERT_EQ(attention.size(), 1U);
  EXPECT_EQ(attention[0].process, "web");
  EXPECT_EQ(attention[0].what, "EXITED");
  EXPECT_EQ(attention[0].tone, dashboard::Tone::bad);
  EXPECT_EQ(attention[0].text, rows[1].description);
}

TEST(ProcessModel, ACopyThatRunsSaysNothingThatChangesWithTime) {
  FakePorts fake({"web"});
  const auto before = copy_rows(fake.ports, "web", "web");
  fake.agent.pass(3);
  ASSERT_EQ(before.size(), 1U);
  EXPECT_EQ(copy_rows(fake.ports, "web", "web"), before);
  EXPECT_EQ(before[0].state, ProcessState::running);
  EXPECT_EQ(before[0].pid, process_row(fake.ports, "web", "web")->pid);
  fake.supervision.end({"web", "web"}, 1);
  EXPECT_NE(copy_rows(fake.ports, "web", "web")[0].description, "");
}

TEST(ApplicationModel, CountsAndStateFollowItsProcesses) {
  FakePorts fake({"cron", "web"});
  fake.agent.pass(5);
  fake.supervision.end({"cron", "cron"}, 0);
  const auto rows = application_rows(fake.ports, process_rows(fake.ports));
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].state, ApplicationState::stopped);
  EXPECT_EQ(rows[0].stopped, 1) << "the finished one";
  EXPECT_EQ(rows[0].failed, 0);
  EXPECT_EQ(rows[1].state, ApplicationState::running);
  EXPECT_EQ(rows[1].running, 1);
  EXPECT_FALSE(application_view(fake.ports, "none", {}, {}).has_value());
}

}  // namespace
}  // namespace holdfast::api

// What the event stream sends: the pieces whose values differ, and nothing for time that passes.
#include "api/pages/live_fragments.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dashboard/pages.hpp"
#include "fake_ports.hpp"

namespace holdfast::api {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> keys(const std::vector<Fragment>& fragments) {
  std::vector<std::string> all;
  for (const Fragment& fragment : fragments) {
    EXPECT_EQ(fragment.event, "patch");
    all.push_back(fragment.key);
  }
  return all;
}

/// Two programs of one application on two nodes.
LiveModel sample() {
  LiveModel model;
  model.now = WallTime::from_seconds(1000);
  for (const char* name : {"a", "b"}) {
    ProcessModel process;
    process.row.application = "shop";
    process.row.process = name;
    process.row.state = ProcessState::running;
    process.row.condition = dashboard::Condition::running;
    process.row.since = WallTime::from_seconds(900);
    process.row.rank = 1;
    dashboard::CopyRowView copy;
    copy.node = "n1";
    copy.node_identifier = "n1:1";
    copy.state = ProcessState::running;
    process.copies = {copy};
    model.processes.push_back(process);
  }
  dashboard::ApplicationView application;
  application.row.name = "shop";
  application.ranks = {{1, dashboard::StepState::done, {model.processes[0].row, model.processes[1].row}}};
  application.columns = {"n1"};
  for (const ProcessModel& process : model.processes) {
    application.matrix.push_back({process.row, {ProcessState::running}});
  }
  model.applications = {application};
  dashboard::NodeView node;
  node.nick = "n1";
  node.identifier = "n1:1";
  node.since = WallTime{800'400'000};
  model.nodes = {node};
  model.health = {0, 2, 0, 2};
  model.frame.cluster = "c";
  return model;
}

TEST(LiveFragments, BeginWithEverythingInTheOrderOfTheOverview) {
  LiveFragments live;
  const LiveModel model = sample();
  const auto fragments = live.changes(model);
  const std::string a = dashboard::process_row_id("shop", "a");
  const std::string b = dashboard::process_row_id("shop", "b");
  EXPECT_THAT(keys(fragments), ElementsAre(a, a + "@n1", b, b + "@n1", dashboard::application_row_id("shop"),
                                           "sequence of shop", "matrix of shop:a", "matrix of shop:b",
                                           dashboard::node_card_id("n1:1"), "attention", "health", "master"));
  EXPECT_EQ(fragments[0].data, dashboard::process_row(model.processes[0].row, model.now).markup());
  EXPECT_EQ(fragments[1].data,
            dashboard::copy_row(model.processes[0].row, model.processes[0].copies[0], model.now).markup());
  EXPECT_THAT(live.changes(model), IsEmpty());
  live.forget();
  EXPECT_EQ(keys(live.changes(model)), keys(fragments)) << "somebody opened a page";
}

TEST(LiveFragments, TimeThatPassesIsNoChange) {
  LiveFragments live;
  LiveModel model = sample();
  model.attention = {{dashboard::Tone::bad, {}, {}, "n1", "node AWAY", "", WallTime{800'400'000}}};
  (void)live.changes(model);
  model.now = WallTime::from_seconds(2000);
  model.nodes[0].since = WallTime{800'400'007};  // reckoned anew
  model.attention[0].since = WallTime{800'400'007};
  EXPECT_THAT(live.changes(model), IsEmpty());
  model.nodes[0].since = WallTime::from_seconds(1990);
  EXPECT_THAT(keys(live.changes(model)), ElementsAre(dashboard::node_card_id("n1:1")));
}

TEST(LiveFragments, WhatDiffersIsSentAndNothingElse) {
  LiveFragments live;
  LiveModel model = sample();
  (void)live.changes(model);
  model.processes[1].copies[0].state = ProcessState::stopping;
  model.applications[0].matrix[1].states = {ProcessState::stopping};
  EXPECT_THAT(keys(live.changes(model)),
              ElementsAre(dashboard::process_row_id("shop", "b") + "@n1", "matrix of shop:b"));
  model.processes[0].row.managed = false;  // the copies lose their buttons, too
  EXPECT_THAT(keys(live.changes(model)),
              ElementsAre(dashboard::process_row_id("shop", "a"), dashboard::process_row_id("shop", "a") + "@n1"));
  model.frame.master = "n1";
  model.health.running = 1;
  model.applications[0].row.health = dashboard::Health::minor_failure;
  model.applications[0].ranks[0].state = dashboard::StepState::starting;
  EXPECT_THAT(keys(live.changes(model)),
              ElementsAre(dashboard::application_row_id("shop"), "sequence of shop", "health", "master"));
}

TEST(LiveFragments, WhatGoesAndComesBackUnchangedIsNotSentAgain) {
  LiveFragments live;
  const LiveModel model = sample();
  LiveModel fewer = model;
  fewer.processes.pop_back();
  (void)live.changes(model);
  EXPECT_THAT(live.changes(fewer), IsEmpty());
  EXPECT_THAT(live.changes(model), IsEmpty());
}

TEST(LiveFragments, OneOfManyThatChangesIsAloneOnTheStream) {
  std::vector<std::string> names;
  for (int i = 100; i < 200; ++i) {
    names.push_back("p" + std::to_string(i));
  }
  FakePorts fake(names);
  LiveFragments live;
  EXPECT_EQ(live.changes(live_model(fake.ports)).size(), 100U * 5 + 3) << "row, copy, application, sequence, matrix";
  fake.agent.pass(7);
  EXPECT_THAT(live.changes(live_model(fake.ports)), IsEmpty());
  fake.supervision.end({"p150", "p150"}, 0);
  const std::string row = dashboard::process_row_id("p150", "p150");
  EXPECT_THAT(keys(live.changes(live_model(fake.ports))),
              ElementsAre(row, row + "@" + fake.agent.settings().daemon.identifier,
                          dashboard::application_row_id("p150"), "health"));
}

}  // namespace
}  // namespace holdfast::api

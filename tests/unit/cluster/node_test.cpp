// What Node does with its peers: start, losses, orders, lives.
#include "three_nodes.hpp"

#include "base/limits.hpp"

namespace holdfast::cluster {
namespace {

TEST_F(ThreeNodes, ThreeNodesReachOperationAndStartWhatTheRulesSay) {
  run(2s);
  for (const auto& node : nodes_) {
    EXPECT_EQ(node->view().state(), ClusterState::operation);
    EXPECT_EQ(node->view().master, roster_[0].identifier);
    EXPECT_EQ(node->view().term(), nodes_[0]->view().term());
    for (const MemberView& member : node->view().members) {
      EXPECT_EQ(member.state, MemberState::running) << member.nick;
      EXPECT_EQ(member.table.rows().size(), 1U);
    }
  }
  ASSERT_EQ(commands_.size(), 1U);
  EXPECT_EQ(commands_[0].first, 0U);
  EXPECT_FALSE(commands_[0].second.reason.empty());
  EXPECT_EQ(commands_[0].second.term, nodes_[0]->view().term());
}

TEST_F(ThreeNodes, ALostNodesProgramMovesWithinTwoSeconds) {
  run(2s);
  nodes_[0].reset();
  run(4s);  // the Master's own node: detection, election, start
  EXPECT_EQ(nodes_[1]->view().master, roster_[1].identifier);
  EXPECT_EQ(nodes_[2]->view().master, roster_[1].identifier);
  EXPECT_EQ(commands_to(1) + commands_to(2), 1U);
  EXPECT_EQ(nodes_[1]->view().members[0].state, MemberState::stopped);
}

TEST_F(ThreeNodes, AnAgentThatComesBackInTimeMovesNothing) {
  run(2s);
  const Term term = nodes_[0]->view().term();
  port_open_[0] = true;  // the keeper holds it
  nodes_[0].reset();
  run(2s);
  EXPECT_EQ(nodes_[1]->view().members[0].state, MemberState::away);
  EXPECT_EQ(commands_.size(), 1U);
  fact_.state = ProcessState::running;
  fact_.start_us = 1;
  start(0, 2);
  run(3s);
  EXPECT_EQ(nodes_[1]->view().members[0].state, MemberState::running);
  EXPECT_EQ(commands_.size(), 1U) << "no program moved";
  EXPECT_GT(nodes_[0]->view().term(), term) << "its old term is over: a restarted Master does not go on with it";
  EXPECT_EQ(nodes_[0]->view().term(), nodes_[1]->view().term());
  EXPECT_EQ(nodes_[0]->view().state(), ClusterState::operation);
}

TEST_F(ThreeNodes, AnAgentThatStaysAwayIsFailedOverAfterTheGrace) {
  run(2s);
  port_open_[0] = true;
  nodes_[0].reset();
  run(8s);
  EXPECT_EQ(nodes_[1]->view().members[0].state, MemberState::stopped);
  EXPECT_EQ(commands_.size(), 2U);
}

TEST_F(ThreeNodes, ALossThatNobodyHereSawIsMadeGoodByWhoDid) {
  run(2s);
  ASSERT_EQ(commands_to(0), 1U) << "app:web runs on n1";
  fact_.start_us = 1;  // it has been started before: no automatic start
  fact_.stop_us = 2;
  nodes_[0].reset();
  nodes_[1].reset();
  start(0, 2);  // both machines are back before anybody could call them dead; only n3 knows what ran
  start(1, 2);
  run(5s);
  EXPECT_EQ(commands_.size(), 2U) << "app:web is started again, once";
  EXPECT_EQ(nodes_[0]->view().state(), ClusterState::operation);
}

TEST_F(ThreeNodes, WhatAnApplicationLacksBesidesItsLossIsStartedAfterIt) {
  // The Master dies between two starts of one application, and with it the node of the first.
  rules::ProgramRule second = rules_.applications[0].programs[0];
  second.selector.name = "db";
  second.leaves.start_sequence = 2;
  second.leaves.required = true;
  rules_.applications[0].programs.push_back(second);
  for (rules::ProgramRule& program : rules_.applications[0].programs) {
    program.leaves.identifiers = "n3,n2";
  }
  defined_[0] = {};
  defined_[1] = defined_[2] = {"web", "db"};
  disobeyed_ = "app:db";
  for (std::size_t i = 0; i < kCount; ++i) {
    start(i, 2);
  }
  run(2s);
  ASSERT_EQ(commands_to(2), 2U) << "web runs on n3, db was ordered";
  disobeyed_.clear();
  nodes_[0].reset();
  nodes_[2].reset();
  run(8s);
  std::vector<std::string> started;
  for (const auto& [node, command] : commands_) {
    if (node == 1) {
      started.push_back(command.namespec);
    }
  }
  EXPECT_EQ(started, (std::vector<std::string>{"app:web", "app:db"}));
}

TEST_F(ThreeNodes, WhatAJoinerBringsIsStartedInDistributionNotInSilence) {  // SEQ-3
  synchronisation_ = {};
  synchronisation_.timeout = 1s;
  rules_.applications[0].programs[0].leaves.identifiers = "n3";
  nodes_[2].reset();
  start(0, 2);
  start(1, 2);
  run(4s);
  ASSERT_EQ(nodes_[0]->view().state(), ClusterState::operation);
  ASSERT_TRUE(commands_.empty()) << "nothing can start yet";
  history_.clear();
  start(2, 2);
  run(4s);
  EXPECT_EQ(commands_to(2), 1U);
  EXPECT_TRUE(std::ranges::any_of(history_, [](const std::string& line) {
    return line.find("DISTRIBUTION: nodes have come") != std::string::npos;
  }));
  EXPECT_EQ(nodes_[0]->view().state(), ClusterState::operation);
}

TEST_F(ThreeNodes, ASilentPeerIsConnectedAnew) {
  run(2s);
  ASSERT_TRUE(reconnects_.empty());
  const Instant silent = now_;
  deaf_.insert({0, 1});
  run(4s);
  ASSERT_EQ(reconnects_.size(), 2U);
  for (const Reconnect& reconnect : reconnects_) {
    EXPECT_EQ(reconnect.by, 0U);
    EXPECT_EQ(reconnect.to, node_id_of(roster_[1].identifier));
  }
  EXPECT_GE(reconnects_[0].at - silent, DetectorTimings{}.fast - 200ms);
  EXPECT_LE(reconnects_[0].at - silent, DetectorTimings{}.fast + 200ms);
  EXPECT_GE(reconnects_[1].at - reconnects_[0].at, limits::cluster_reconnect_period);
  EXPECT_TRUE(nodes_[0]->view().members[1].partial) << "n3 hears it";
  deaf_.clear();
  reconnects_.clear();
  run(3s);
  EXPECT_TRUE(reconnects_.empty());
  EXPECT_FALSE(nodes_[0]->view().members[1].partial);
}

TEST_F(ThreeNodes, WhoAnswersHelloAndIsNotHeardIsConnectedAnew) {
  // Its connection died while nobody waited for anything on it: dead, or AWAY, it stays unheard until somebody acts.
  for (const bool is_away : {false, true}) {
    run(2s);
    port_open_[1] = is_away;
    nodes_[2].reset();
    deaf_ = {{0, 1}};
    greets_ = false;
    run(is_away ? 2s : 6s);
    const MemberState state = is_away ? MemberState::away : MemberState::stopped;
    ASSERT_EQ(nodes_[0]->view().members[1].state, state);
    greets_ = true;
    run(500ms);
    reconnects_.clear();
    run(6s);  // an attempt to greet comes every 2 s at least
    EXPECT_GE(reconnects_.size(), 3U) << name_of(state);
    deaf_.clear();
    start(2, is_away ? 3 : 2);
    run(3s);
    EXPECT_EQ(nodes_[0]->view().members[1].state, MemberState::running) << name_of(state);
  }
}

TEST_F(ThreeNodes, AMasterHandlesAReportedLossOnce) {
  run(2s);
  OperatorRequest stop;
  stop.handle = 1;
  stop.action = Action::stop_application;
  stop.target = "app";
  step(0, stop);
  run(1s);
  const std::size_t before = commands_.size();
  FrameHeader header;
  header.cluster_id = cluster_id_of("holdfast");
  header.node_id = node_id_of(roster_[2].identifier);
  header.incarnation = 1;
  LossReport report;
  report.operation = "n3.1.99";
  report.origin = header.node_id;
  report.term = {nodes_[0]->view().term().epoch - 1, 5};
  // A life of n2 that this Master never saw; the one that it sees goes on.
  report.losses = {{node_id_of(roster_[1].identifier), 7, 3, false, 200, {"app:web"}}};
  deliver(2, 0, encode_message(header, report));
  EXPECT_EQ(nodes_[0]->view().counters.stale_term, 1U);
  report.term = nodes_[0]->view().term();
  report.losses[0].incarnation = 1;
  deliver(2, 0, encode_message(header, report));
  run(1s);
  EXPECT_EQ(commands_.size(), before) << "n2 lives";
  report.operation = "n3.1.100";
  report.losses[0].incarnation = 7;
  deliver(2, 0, encode_message(header, report));
  deliver(2, 0, encode_message(header, report));
  EXPECT_EQ(nodes_[0]->view().counters.repeated_command, 1U);
  run(1s);
  EXPECT_EQ(commands_.size(), before + 1) << "started again";
  step(0, stop);
  run(1s);
  report.operation = "n3.1.101";
  deliver(2, 0, encode_message(header, report));
  run(1s);
  EXPECT_EQ(commands_.size(), before + 2) << "stopped by a person since: it has run, nothing is lost";
}

TEST_F(ThreeNodes, ARequestToTheMasterItselfIsAnsweredByItsDeadline) {
  run(2s);
  OperatorRequest request;
  request.handle = 3;
  request.action = Action::restart_application;
  request.target = "app";
  request.deadline = 1s;
  obey_ = false;
  step(0, request);
  run(2s);
  ASSERT_FALSE(replies_.empty());
  EXPECT_EQ(replies_.back().phase, AnswerPhase::completed);
  EXPECT_EQ(replies_.back().code, Obstacle::outcome_unknown);
}

TEST_F(ThreeNodes, APlannedStopMovesNothing) {
  run(2s);
  step(0, PlannedStop{});
  nodes_[0].reset();
  run(5s);
  EXPECT_EQ(nodes_[1]->view().members[0].state, MemberState::stopped);
  EXPECT_EQ(nodes_[1]->view().members[0].remark, "planned stop");
  EXPECT_EQ(nodes_[1]->view().master, roster_[1].identifier);
}

TEST_F(ThreeNodes, WhoLeavesDoesNotEndTheWaitOfOneThatStarts) {
  synchronisation_ = {};
  synchronisation_.majority = true;
  for (std::size_t i = 0; i < kCount; ++i) {
    start(i, 2);
  }
  run(2s);
  step(2, PlannedStop{});
  nodes_[0].reset();
  nodes_[1].reset();
  start(0, 3);
  run(1s);
  EXPECT_EQ(nodes_[0]->view().members[2].state, MemberState::running) << "it is heard to its end";
  EXPECT_EQ(nodes_[0]->view().state(), ClusterState::synchronization);
}

TEST_F(ThreeNodes, APlannedStopIsSaidToEachDirectlyToo) {
  run(2s);
  nodes_[2]->step(now_, PlannedStop{});
  const Outcome outcome = nodes_[2]->take_outcome();
  std::vector<NodeId> told;
  for (const Send& item : outcome.sends) {
    const auto decoded = decode_message(item.bytes);
    ASSERT_TRUE(decoded.ok());
    EXPECT_TRUE(std::holds_alternative<Leave>(decoded.value().message));
    told.push_back(item.node_id);
  }
  EXPECT_EQ(told, (std::vector<NodeId>{node_id_of(roster_[0].identifier), node_id_of(roster_[1].identifier)}))
      << "a connection that published may carry nothing any more, unnoticed yet";
}

TEST_F(ThreeNodes, AStartThatANodesEarlierLifeWasToldIsMadeGood) {
  rules_.applications[0].start_sequence = 0;
  rules_.applications[0].programs[0].leaves.identifiers = "n3,n2";
  for (std::size_t i = 0; i < kCount; ++i) {
    start(i, 2);
  }
  run(2s);
  ASSERT_TRUE(commands_.empty());
  nodes_[2].reset();  // which nobody has noticed
  OperatorRequest request;
  request.handle = 1;
  request.action = Action::start_application;
  request.target = "app";
  request.deadline = 5s;
  step(0, request);
  run(200ms);
  start(2, 3);
  run(3s);
  ASSERT_EQ(commands_.size(), 1U) << "the order to its earlier life is not for this one, and not the last word";
  EXPECT_EQ(commands_[0].second.namespec, "app:web");
}

TEST_F(ThreeNodes, ARequestAnywhereIsPlannedByTheMasterAndAnswered) {
  run(2s);
  OperatorRequest request;
  request.handle = 17;
  request.user = "admin";
  request.action = Action::stop_application;
  request.target = "app";
  step(2, request);
  run(1s);
  ASSERT_FALSE(replies_.empty());
  EXPECT_EQ(replies_.back().handle, 17U);
  EXPECT_EQ(replies_.back().phase, AnswerPhase::completed);
  EXPECT_TRUE(replies_.back().code.done()) << replies_.back().text;
  EXPECT_EQ(commands_.back().second.action, Action::stop_process);
  request.handle = 18;
  request.target = "nothing";
  step(2, request);
  run(1s);
  EXPECT_EQ(replies_.back().handle, 18U);
  EXPECT_EQ(replies_.back().phase, AnswerPhase::refused);
}

TEST_F(ThreeNodes, ARequestForANamedNodeGoesThereOnce) {
  run(2s);
  OperatorRequest request;
  request.handle = 5;
  request.user = "admin";
  request.action = Action::start_process;
  request.target = "app:web";
  request.identifier = roster_[1].identifier;
  step(2, request);
  EXPECT_EQ(commands_to(1), 1U);
  EXPECT_TRUE(replies_.back().code.done());
  request.identifier = "nobody:1";
  step(2, request);
  EXPECT_EQ(replies_.back().code, Fault::bad_name);
}

TEST_F(ThreeNodes, WhatATargetCannotBeginIsAFailureAtOnce) {
  obey_ = false;
  for (auto& programs : defined_) {
    programs.clear();
  }
  defined_[1] = {"web"};
  for (std::size_t i = 0; i < kCount; ++i) {
    start(i, 2);
  }
  run(2s);
  ASSERT_EQ(commands_to(1), 1U) << "accepted, and nothing is seen of it";
  const std::string operation = commands_.back().second.operation;
  const auto told = [&] {
    return std::ranges::count(
        history_, "n1 app:web start of app:web failed: n2 refused: DISABLED: web; not required: the start goes on");
  };
  step(0, LocalCommandDone{operation, Fault::disabled, "DISABLED: web", true});
  EXPECT_EQ(told(), 0) << "not its order";
  step(1, LocalCommandDone{operation, Fault::disabled, "DISABLED: web", true});
  EXPECT_EQ(told(), 1) << "without a wait";
  step(1, LocalCommandDone{operation, Fault::disabled, "DISABLED: web", true});
  EXPECT_EQ(told(), 1);
}

TEST_F(ThreeNodes, HowAnAttemptEndsItsStatesTell) {
  obey_ = false;
  for (auto& programs : defined_) {
    programs.clear();
  }
  defined_[1] = {"web"};
  for (std::size_t i = 0; i < kCount; ++i) {
    start(i, 2);
  }
  run(2s);
  ASSERT_EQ(commands_to(1), 1U);
  step(1,
       LocalCommandDone{commands_.back().second.operation, Fault::abnormal_termination, "ABNORMAL_TERMINATION: web"});
  EXPECT_TRUE(std::ranges::none_of(history_, [](const std::string& row) {
    return row.find("start of app:web failed") != std::string::npos;
  })) << "in BACKOFF it is tried again";
}

TEST_F(ThreeNodes, NoAnswerIsUnknownNotFailed) {
  run(2s);
  nodes_[1].reset();
  OperatorRequest request;
  request.handle = 6;
  request.action = Action::start_process;
  request.target = "app:web";
  request.identifier = roster_[1].identifier;
  request.deadline = 1s;
  step(2, request);
  run(2s);
  ASSERT_FALSE(replies_.empty());
  EXPECT_EQ(replies_.back().code, Obstacle::outcome_unknown);
}

TEST_F(ThreeNodes, CommandsOfAnOldTermAreRefusedAndCounted) {
  run(2s);
  FrameHeader header;
  header.cluster_id = cluster_id_of("holdfast");
  header.node_id = node_id_of(roster_[1].identifier);
  header.incarnation = 1;
  Command command;
  command.operation = "n2.1.99";
  command.origin = header.node_id;
  command.target_incarnation = 1;
  command.namespec = "app:web";
  command.cited_mono_ms = static_cast<std::uint64_t>(now_.ms());
  command.term = {nodes_[2]->view().term().epoch, node_id_of(roster_[1].identifier)};  // equal epoch, another Master
  const std::size_t before = commands_.size();
  deliver(1, 2, encode_message(header, command));
  EXPECT_EQ(commands_.size(), before);
  EXPECT_EQ(nodes_[2]->view().counters.stale_term, 1U);
  command.term = nodes_[2]->view().term();
  command.target_incarnation = 7;
  deliver(1, 2, encode_message(header, command));
  EXPECT_EQ(nodes_[2]->view().counters.wrong_target, 1U);
  command.target_incarnation = 1;
  command.cited_mono_ms -= 10'000;
  deliver(1, 2, encode_message(header, command));
  EXPECT_EQ(nodes_[2]->view().counters.expired_command, 1U);
  EXPECT_EQ(commands_.size(), before);
  command.cited_mono_ms += 10'000;
  deliver(1, 2, encode_message(header, command));
  deliver(1, 2, encode_message(header, command));
  EXPECT_EQ(commands_.size(), before + 1) << "once";
  EXPECT_EQ(nodes_[2]->view().counters.repeated_command, 1U);
}

TEST_F(ThreeNodes, StrangersAreCountedAndChangeNothing) {
  run(2s);
  const Counters before = nodes_[0]->view().counters;
  FrameHeader header;
  header.cluster_id = cluster_id_of("another");
  header.node_id = node_id_of(roster_[1].identifier);
  header.incarnation = 1;
  deliver(1, 0, encode_message(header, Leave{}));
  header.cluster_id = cluster_id_of("holdfast");
  header.node_id = node_id_of(roster_[2].identifier);
  deliver(1, 0, encode_message(header, Leave{}));
  header.node_id = node_id_of(roster_[1].identifier);
  header.incarnation = 0;
  deliver(1, 0, encode_message(header, Leave{}));
  header.incarnation = 9;
  deliver(1, 0, encode_message(header, Leave{}));
  deliver(1, 0, "garbage");
  step(0, FrameReceived{12345, Stream::ctl, encode_message(header, Leave{}), now_});
  const Counters& after = nodes_[0]->view().counters;
  EXPECT_EQ(after.wrong_cluster, before.wrong_cluster + 1);
  EXPECT_EQ(after.wrong_sender, before.wrong_sender + 1);
  EXPECT_EQ(after.old_incarnation, before.old_incarnation + 1);
  EXPECT_EQ(after.not_admitted, before.not_admitted + 1);
  EXPECT_EQ(after.malformed, before.malformed + 1);
  EXPECT_EQ(after.unknown_node, before.unknown_node + 1);
  EXPECT_EQ(nodes_[0]->view().members[1].state, MemberState::running);
}

TEST_F(ThreeNodes, AnOlderIdentityFileBeginsALifeAboveTheClustersMemory) {
  nodes_[2].reset();
  start(2, 9);
  run(2s);
  nodes_[2].reset();
  start(2, 3);  // its file was lost, its clock is wrong
  run(3s);
  EXPECT_EQ(nodes_[2]->identity().incarnation, 10U);
  EXPECT_EQ(nodes_[0]->known_incarnation(roster_[2].identifier), nodes_[2]->identity().incarnation);
  EXPECT_EQ(nodes_[0]->view().members[2].state, MemberState::running);
}

TEST_F(ThreeNodes, ANumberThatTheClusterGaveAnEarlierLifeIsNotUsedAgain) {
  agents_[2] = "first";
  nodes_[2].reset();
  start(2, 9);
  run(2s);
  agents_[2] = "second";
  nodes_[2].reset();
  start(2, 3);  // an old copy of its file: the cluster gives it 10
  run(3s);
  ASSERT_EQ(nodes_[2]->identity().incarnation, 10U);
  agents_[2] = "third";
  nodes_[2].reset();
  start(2, 10);  // and the same copy again, 9 and one more
  run(3s);
  EXPECT_GT(nodes_[2]->identity().incarnation, 10U);
  EXPECT_EQ(nodes_[0]->known_incarnation(roster_[2].identifier), nodes_[2]->identity().incarnation);
  EXPECT_EQ(nodes_[1]->view().members[2].incarnation, nodes_[2]->identity().incarnation);
  EXPECT_EQ(nodes_[0]->view().members[2].state, MemberState::running);
}

TEST_F(ThreeNodes, WhoIsHeardAMomentAgoIsKnown) {
  run(2s);
  HelloDone again{roster_[1].identifier, roster_[1].nick, 1, "m1", 0, 1, {"first", "here"}};
  step(0, again);
  EXPECT_EQ(nodes_[0]->heard_agent(roster_[1].identifier, now_).instance, "first");
  EXPECT_EQ(nodes_[0]->heard_agent(roster_[1].identifier, now_).place, "here");
  EXPECT_EQ(nodes_[0]->heard_agent(roster_[1].identifier, now_ + 1s).instance, "");
  EXPECT_EQ(nodes_[0]->heard_agent(roster_[0].identifier, now_).instance, "") << "itself is no peer";
  EXPECT_EQ(nodes_[0]->heard_agent("nobody:1", now_).instance, "");
}

TEST_F(ThreeNodes, TheIdentityIsHandedOutBeforeItIsUsed) {
  NodeOptions options;
  options.identifier = roster_[0].identifier;
  options.roster = roster_;
  options.incarnation = 12;
  options.term = {4, 99};
  Node node(options, Random(1));
  node.step(now_, TimePassed{});
  const Outcome outcome = node.take_outcome();
  ASSERT_TRUE(outcome.persist.has_value());
  EXPECT_EQ(*outcome.persist, (Identity{12, {4, 99}}));
}

}  // namespace
}  // namespace holdfast::cluster

// Contract supvisors.md 7.5: which messages of the external event interface follow from what, and their bodies; the
// snapshot for new subscribers is ours.
#include "api/events/event_feed.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "api/cluster_values.hpp"
#include "cluster/replication/rules_view.hpp"
#include "wire/json_value.hpp"

namespace holdfast::api {
namespace {

using cluster::ProcessFact;
using nlohmann::json;

/// Two nodes as the first sees them, changed as the node's step would.
class World {
 public:
  World() {
    for (const char* identifier : {"a:1", "b:1"}) {
      cluster::MemberView member;
      member.identifier = identifier;
      member.nick = std::string(1, identifier[0]) + "_nick";
      member.node_id = view.members.size() + 1;
      member.state = MemberState::running;
      member.local = member.identifier == "a:1";
      member.table.begin_incarnation(1);
      view.members.push_back(std::move(member));
    }
    view.master = "a:1";
    view.members[0].cluster_state = cluster::ClusterState::operation;
  }

  void next_step() {
    view.cluster.touched.clear();
    now = now + 100ms;
  }
  /// The row of a process on a node, told now.
  void tell(std::size_t node, const std::string& name, ProcessState state, std::int32_t pid = 0) {
    ProcessFact fact;
    fact.disabled = disabled;
    fact.id.group = "shop";
    fact.id.name = name;
    fact.state = state;
    fact.pid = pid;
    fact.since_mono_ms = begun_anew ? 0 : 40'000;
    fact.event_mono_ms = static_cast<std::uint64_t>(now.ms()) + 7;  // by its own clock
    fact.event_us = begun_anew ? 0 : 1'700'000'000'000'000 + now.ms() * 1000;
    rows[node][fact.namespec()] = fact;
    keep(node);
    cluster::put_copy(view.cluster, view.members[node].identifier, fact, now, now, ++change);
  }
  void remove(std::size_t node, const std::string& name) {
    rows[node].erase("shop:" + name);
    keep(node);
    cluster::remove_copy(view.cluster, view.members[node].identifier, {"shop", name});
  }
  [[nodiscard]] EventSight sight() const { return {view, matcher, now, WallTime::from_seconds(1'800'000'000)}; }

  /// Header and body of each message.
  using Messages = std::vector<std::pair<std::string, json>>;
  static Messages read(const std::vector<ExternalEvent>& events) {
    Messages messages;
    for (const ExternalEvent& event : events) {
      messages.emplace_back(name_of(event.topic), json::parse(event.body));
    }
    return messages;
  }
  Messages changes(EventFeed& feed, EventTopics wanted = kAllEventTopics) {
    return read(feed.changes(sight(), wanted));
  }
  Messages snapshot(EventTopics topics, std::size_t piece) {
    EventSnapshot snapshot(topics);
    std::vector<ExternalEvent> all;
    while (true) {
      const std::size_t before = all.size();
      const bool more = snapshot.next(sight(), piece, all);
      EXPECT_LE(all.size() - before, piece);
      if (!more) {
        return read(all);
      }
    }
  }

  cluster::View view;
  rules::Matcher matcher;
  Instant now = Instant::from_ms(50'000);
  bool disabled = false;    // what is told next
  bool begun_anew = false;  // of what is told next nothing has happened yet

 private:
  void keep(std::size_t node) {
    std::vector<ProcessFact> facts;
    for (const auto& [namespec, fact] : rows[node]) {
      facts.push_back(fact);
    }
    std::vector<std::string> touched;
    view.members[node].table.replace(1, ++seq, std::move(facts), {}, true, touched);
  }
  std::map<std::size_t, std::map<std::string, ProcessFact>> rows;
  std::uint64_t seq = 0;
  std::uint64_t change = 0;
};

std::vector<std::string> headers(const World::Messages& messages) {
  std::vector<std::string> names;
  for (const auto& [header, body] : messages) {
    names.push_back(header);
  }
  return names;
}
using Headers = std::vector<std::string>;

TEST(EventFeed, AProcessEventGivesEventStatusAndApplication) {
  World world;
  world.tell(1, "web", ProcessState::starting, 12);
  EventFeed feed;
  feed.begin(world.sight());
  world.next_step();
  world.tell(1, "web", ProcessState::running, 12);
  const auto messages = world.changes(feed);
  ASSERT_EQ(headers(messages), (Headers{"event", "process", "application"}));
  const json& event = messages[0].second;
  EXPECT_EQ(event["identifier"], "b:1");
  EXPECT_EQ(event["nick_identifier"], "b_nick");
  EXPECT_EQ(event["name"], "web");
  EXPECT_EQ(event["group"], "shop");
  EXPECT_EQ(event["state"], 20);
  EXPECT_EQ(event["pid"], 12);
  EXPECT_EQ(event["expected"], true);
  EXPECT_EQ(event["event_mtime"], 50.1);
  EXPECT_EQ(event["now_monotonic"], 50.107) << "by the clock of its node";
  EXPECT_EQ(event["now"], 1'700'000'050.1);
  for (const char* member : {"spawnerr", "extra_args", "disabled"}) {
    EXPECT_TRUE(event.contains(member)) << member;
  }
  // The bodies are the answers of supvisors.get_process_info and get_application_info.
  EXPECT_EQ(messages[1].second, wire::json_of(process_value(world.view.cluster, {"shop", "web"}, world.now)));
  EXPECT_EQ(messages[2].second, wire::json_of(application_value(world.view.cluster, world.matcher, "shop", world.now)));
  EXPECT_EQ(messages[1].second["last_event_mtime"], 50.1);
}

TEST(EventFeed, EachChangeHasItsOwnTimes) {
  World world;
  world.tell(1, "web", ProcessState::stopped);
  EventFeed feed;
  feed.begin(world.sight());
  double last = 0;
  for (const ProcessState state : {ProcessState::starting, ProcessState::running, ProcessState::stopping,
                                   ProcessState::stopped, ProcessState::fatal}) {
    world.next_step();
    world.tell(1, "web", state, 12);
    const auto messages = world.changes(feed);
    ASSERT_EQ(headers(messages), (Headers{"event", "process", "application"})) << name_of(state);
    EXPECT_EQ(messages[0].second["event_mtime"], static_cast<double>(world.now.ms()) / 1000);
    EXPECT_GT(messages[0].second["now_monotonic"], last);
    EXPECT_EQ(messages[1].second["last_event_mtime"], messages[0].second["event_mtime"]);
    last = messages[0].second["now_monotonic"];
  }
}

TEST(EventFeed, EveryEventOfAStepHasItsStatusAndItsApplication) {
  World world;
  world.tell(0, "web", ProcessState::stopped);
  world.tell(1, "db", ProcessState::stopped);
  EventFeed feed;
  feed.begin(world.sight());
  world.next_step();
  world.tell(0, "web", ProcessState::starting, 7);
  world.tell(1, "db", ProcessState::starting, 8);
  const auto messages = world.changes(feed);
  ASSERT_EQ(headers(messages), (Headers{"event", "process", "application", "event", "process", "application"}));
  EXPECT_EQ(messages[0].second["name"], "web");
  EXPECT_EQ(messages[1].second["process_name"], "web");
  EXPECT_EQ(messages[4].second["process_name"], "db");
}

TEST(EventFeed, WhatFollowsForTheClusterComesAfterTheProcess) {
  World world;
  world.tell(0, "web", ProcessState::starting, 7);
  world.view.members[0].starting_jobs = true;
  EventFeed feed;
  feed.begin(world.sight());
  world.next_step();
  world.tell(0, "web", ProcessState::running, 7);
  world.view.members[0].starting_jobs = false;  // that was its last
  const auto messages = world.changes(feed);
  ASSERT_EQ(headers(messages), (Headers{"event", "process", "application", "supvisors"}));
  EXPECT_EQ(messages[3].second["starting_jobs"], json::array());
}

TEST(EventFeed, OnlyWhatIsWantedIsMade) {
  World world;
  world.tell(0, "web", ProcessState::stopped);
  EventFeed feed;
  feed.begin(world.sight());
  world.next_step();
  world.tell(0, "web", ProcessState::starting, 7);
  EXPECT_EQ(headers(world.changes(feed, only(EventTopic::process))), Headers{"process"});
  world.next_step();
  world.tell(0, "web", ProcessState::running, 7);
  EXPECT_EQ(headers(world.changes(feed, only(EventTopic::event))), Headers{"event"});
}

TEST(EventFeed, ARowToldAgainAndANewOneAreNoEvents) {
  World world;
  world.tell(0, "web", ProcessState::running, 7);
  EventFeed feed;
  feed.begin(world.sight());
  world.view.cluster.touched.clear();
  world.tell(0, "web", ProcessState::running, 7);  // the same moment, pid and state
  EXPECT_EQ(headers(world.changes(feed)), Headers{});
  world.next_step();
  world.tell(0, "added", ProcessState::stopped);
  EXPECT_EQ(headers(world.changes(feed)), Headers{});
  world.next_step();
  world.tell(0, "started", ProcessState::starting, 8);  // with its group
  EXPECT_EQ(headers(world.changes(feed)), (Headers{"event", "process", "application"}));
}

TEST(EventFeed, AnEndedProcessThatIsToldAgainWithoutItsChildIsNoEvent) {
  World world;
  world.tell(0, "web", ProcessState::running, 7);
  EventFeed feed;
  feed.begin(world.sight());
  world.view.cluster.touched.clear();
  world.tell(0, "web", ProcessState::stopped, 7);
  const auto end = world.changes(feed);
  ASSERT_EQ(headers(end), (Headers{"event", "process", "application"}));
  EXPECT_EQ(end[0].second["pid"], 7);
  world.view.cluster.touched.clear();
  world.tell(0, "web", ProcessState::stopped);  // as with all others when a group comes or goes
  EXPECT_EQ(headers(world.changes(feed)), Headers{});
}

TEST(EventFeed, AChangeOfDisabilityAloneHasTheBodyOfTheLocalProcess) {
  World world;
  world.tell(0, "web", ProcessState::stopped);
  EventFeed feed;
  feed.begin(world.sight());
  world.view.cluster.touched.clear();
  world.disabled = true;
  world.tell(0, "web", ProcessState::stopped);
  const auto messages = world.changes(feed);
  ASSERT_EQ(headers(messages), Headers{"event"});
  EXPECT_EQ(messages[0].second["disabled"], true);
  EXPECT_EQ(messages[0].second["program_name"], "");  // a member of that struct only
  EXPECT_EQ(messages[0].second["statename"], "STOPPED");
}

TEST(EventFeed, AProgramThatIsDisabledIsToldAsItWasBeforeItIsStopped) {
  World world;
  world.tell(0, "web", ProcessState::running, 7);
  EventFeed feed;
  feed.begin(world.sight());
  world.next_step();
  world.disabled = true;
  world.tell(0, "web", ProcessState::stopping, 7);
  const auto messages = world.changes(feed);
  ASSERT_EQ(headers(messages), (Headers{"event", "event", "process", "application"}));
  EXPECT_EQ(messages[0].second["statename"], "RUNNING");
  EXPECT_EQ(messages[0].second["disabled"], true);
  EXPECT_EQ(messages[0].second["pid"], 7);
  EXPECT_EQ(messages[1].second["state"], 40);
  EXPECT_EQ(messages[1].second["disabled"], true);
}

TEST(EventFeed, RemovalIsDeletedAndMinusOne) {
  World world;
  world.tell(0, "web", ProcessState::stopped);
  world.tell(1, "web", ProcessState::stopped);
  EventFeed feed;
  feed.begin(world.sight());
  world.next_step();
  world.remove(1, "web");
  auto messages = world.changes(feed);
  ASSERT_EQ(headers(messages), Headers{"event"}) << "the other node still has it";
  EXPECT_EQ(messages[0].second["state"], -1);
  EXPECT_EQ(messages[0].second["identifier"], "b:1");
  world.next_step();
  world.remove(0, "web");
  messages = world.changes(feed);
  ASSERT_EQ(headers(messages), (Headers{"event", "process", "application"}));
  EXPECT_EQ(messages[1].second["statecode"], -1);
  EXPECT_EQ(messages[1].second["statename"], "DELETED");
  EXPECT_EQ(messages[1].second["process_name"], "web");
  EXPECT_EQ(messages[1].second["identifiers"], json::array());
  EXPECT_EQ(messages[2].second["statename"], "DELETED") << "the application is gone with it";
}

TEST(EventFeed, AGroupThatGoesGivesOneStatusOfItsApplication) {
  World world;
  world.tell(0, "web", ProcessState::stopped);
  world.tell(0, "db", ProcessState::stopped);
  EventFeed feed;
  feed.begin(world.sight());
  world.next_step();
  world.remove(0, "web");
  world.remove(0, "db");
  EXPECT_EQ(headers(world.changes(feed)), (Headers{"event", "process", "event", "process", "application"}));
}

TEST(EventFeed, ALostNodeGivesStatesButNoProcessEvent) {
  World world;
  world.tell(0, "both", ProcessState::running, 3);
  world.tell(1, "both", ProcessState::running, 4);
  world.tell(1, "db", ProcessState::running, 8);
  world.tell(1, "web", ProcessState::running, 9);
  world.tell(1, "job", ProcessState::exited, 5);
  EventFeed feed;
  feed.begin(world.sight());
  world.next_step();
  world.view.members[1].state = MemberState::stopped;
  for (const char* name : {"both", "db", "web"}) {
    cluster::end_copy(world.view.cluster, "b:1", {"shop", name}, ProcessState::fatal, world.now, 99);
  }
  const auto messages = world.changes(feed);
  ASSERT_EQ(headers(messages), (Headers{"instance", "process", "process", "application", "supvisors"}))
      << "one status of the application; what still runs is as it was";
  EXPECT_EQ(messages[0].second["identifier"], "b:1");
  EXPECT_EQ(messages[0].second["statename"], "STOPPED");
  EXPECT_EQ(messages[2].second["statename"], "FATAL");
  EXPECT_EQ(messages[2].second["expected_exit"], false);
  EXPECT_EQ(messages[2].second["last_event_mtime"], 50.1);
  EXPECT_EQ(messages[4].second["instance_states"]["b:1"], "STOPPED");
  // When it comes back, what it runs is no event that anybody saw.
  world.next_step();
  world.view.members[1].state = MemberState::running;
  world.tell(1, "web", ProcessState::running, 11);
  world.begun_anew = true;
  world.tell(1, "job", ProcessState::stopped);
  EXPECT_EQ(headers(world.changes(feed)), (Headers{"instance", "supvisors"}));
}

TEST(EventFeed, AForcedStateIsAnEventOfNoNode) {  // PRC-5
  World world;
  world.tell(1, "web", ProcessState::stopped);
  EventFeed feed;
  feed.begin(world.sight());
  world.next_step();
  auto& forced = world.view.cluster.applications["shop"]["web"].forced;
  forced = rules::ForcedView{ProcessState::fatal, "no node has room", world.now};
  const rules::TouchedCopy touched{rules::TouchedCopy::How::forced, "shop", "web", ""};
  world.view.cluster.touched = {touched, {rules::TouchedCopy::How::forced, "shop", "gone", ""}};
  auto messages = world.changes(feed);
  ASSERT_EQ(headers(messages), (Headers{"event", "process", "application"}));
  const json& event = messages[0].second;
  EXPECT_EQ(event["state"], 200);
  EXPECT_EQ(event["identifier"], "");
  EXPECT_EQ(event["expected"], false);
  EXPECT_EQ(event["spawnerr"], "no node has room");
  EXPECT_FALSE(event.contains("forced"));
  EXPECT_FALSE(event.contains("disabled"));
  EXPECT_EQ(messages[1].second["statename"], "FATAL");
  EXPECT_EQ(messages[1].second["last_event_mtime"], static_cast<double>(forced->told_at.ms()) / 1000);
  // Its end comes with the event that ended it.
  forced.reset();
  world.view.cluster.touched = {touched};
  EXPECT_EQ(headers(world.changes(feed)), Headers{});
}

TEST(EventFeed, WhereNothingFitsTheTextIsSupvisors) {
  World world;
  world.tell(1, "web", ProcessState::stopped);
  EventFeed feed;
  feed.begin(world.sight());
  world.next_step();
  world.view.cluster.applications["shop"]["web"].forced =
      rules::ForcedView{ProcessState::fatal, "no resource available: n2 is not running", world.now};
  world.view.cluster.touched = {{rules::TouchedCopy::How::forced, "shop", "web", ""}};
  EXPECT_EQ(world.changes(feed).at(0).second["spawnerr"], "No resource available");
}

TEST(EventFeed, AnEventEndsAForcedStateAlsoWhereTheMastersWordIsUnderWay) {
  World world;
  world.tell(1, "web", ProcessState::stopped);
  world.view.cluster.applications["shop"]["web"].forced = rules::ForcedView{ProcessState::fatal, "late", world.now};
  EventFeed feed;
  feed.begin(world.sight());
  world.next_step();
  world.tell(1, "web", ProcessState::starting, 7);
  const auto messages = world.changes(feed);
  ASSERT_EQ(headers(messages), (Headers{"event", "process", "application"}));
  EXPECT_EQ(messages[1].second["statename"], "STARTING");
  EXPECT_EQ(messages[2].second["statename"], "STARTING");
}

TEST(EventFeed, TheStateOfTheClusterComesWhenItChangesAndNotWithTime) {
  World world;
  EventFeed feed;
  feed.begin(world.sight());
  world.next_step();
  EXPECT_EQ(headers(world.changes(feed)), Headers{});
  world.view.members[1].starting_jobs = true;
  auto messages = world.changes(feed);
  ASSERT_EQ(headers(messages), Headers{"supvisors"});
  EXPECT_EQ(messages[0].second["starting_jobs"], json::array({"b:1"}));
  world.view.members[0].cluster_state = cluster::ClusterState::conciliation;
  messages = world.changes(feed);
  ASSERT_EQ(headers(messages), Headers{"supvisors"});
  EXPECT_EQ(messages[0].second, wire::json_of(supvisors_state_value(world.view, world.now)));
  world.view.members[1].cluster_state = cluster::ClusterState::conciliation;
  EXPECT_EQ(headers(world.changes(feed)), Headers{"supvisors"}) << "a peer says so, too";
}

TEST(EventFeed, ATickTellsEveryNodeThatIsHeard) {
  World world;
  EXPECT_EQ(headers(World::read(EventFeed::tick(world.sight(), kAllEventTopics))), (Headers{"instance", "instance"}));
  EXPECT_EQ(headers(World::read(EventFeed::tick(world.sight(), only(EventTopic::process)))), Headers{});
  world.view.members[1].state = MemberState::stopped;
  const auto messages = World::read(EventFeed::tick(world.sight(), kAllEventTopics));
  ASSERT_EQ(headers(messages), Headers{"instance"});
  EXPECT_EQ(messages[0].second,
            wire::json_of(instance_value(world.view, world.view.me(), world.matcher, world.now, world.sight().wall)));
}

TEST(EventSnapshot, TellsAllThatHoldsInPiecesOfAnySize) {
  World world;
  for (int i = 0; i < 25; ++i) {
    world.tell(static_cast<std::size_t>(i % 2), "p" + std::to_string(i), ProcessState::running, i + 1);
  }
  const auto whole = world.snapshot(kAllEventTopics, 1000);
  EXPECT_EQ(whole.size(), 1U + 2U + 1U + 25U);
  EXPECT_EQ(headers(whole)[0], "supvisors");
  for (const std::size_t piece : {1U, 2U, 3U, 7U, 28U, 29U}) {
    EXPECT_EQ(world.snapshot(kAllEventTopics, piece), whole) << piece;
  }
  EXPECT_EQ(world.snapshot(only(EventTopic::process), 4).size(), 25U);
  EXPECT_EQ(headers(world.snapshot(only(EventTopic::application), 4)), Headers{"application"});
  EXPECT_EQ(world.snapshot(only(EventTopic::event), 4).size(), 0U);
}

TEST(EventSnapshot, WhatGoesMeanwhileIsNotTold) {
  World world;
  world.tell(0, "p1", ProcessState::running, 1);
  world.tell(0, "p2", ProcessState::running, 2);
  world.tell(0, "p3", ProcessState::running, 3);
  EventSnapshot snapshot(only(EventTopic::process));
  std::vector<ExternalEvent> events;
  EXPECT_TRUE(snapshot.next(world.sight(), 1, events));
  world.remove(0, "p1");
  world.remove(0, "p2");
  EXPECT_FALSE(snapshot.next(world.sight(), 5, events));
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(json::parse(events[1].body)["process_name"], "p3");
}

TEST(EventTopics, ByPrefixAsZeroMqFilters) {
  EXPECT_EQ(topics_of_prefix(""), kAllEventTopics);
  EXPECT_EQ(topics_of_prefix("process"), only(EventTopic::process));
  EXPECT_EQ(topics_of_prefix("p"), only(EventTopic::process) | only(EventTopic::pstats));
  EXPECT_EQ(topics_of_prefix("processes"), 0);
}

TEST(EventTopics, ByPathAsSupvisorsClientsAsk) {
  EXPECT_EQ(topics_of_path("/all"), kAllEventTopics);
  EXPECT_EQ(topics_of_path("/supvisors/process"), EventTopics(only(EventTopic::supvisors) | only(EventTopic::process)));
  EXPECT_EQ(topics_of_path("/event/"), only(EventTopic::event));
  EXPECT_EQ(topics_of_path("/"), std::nullopt);
  EXPECT_EQ(topics_of_path("/process/../etc"), std::nullopt);
}

TEST(EventTopics, ATextIsHeaderAndBody) {
  const json text = json::parse(text_of({EventTopic::event, R"({"name":"a\"b"})"}));
  EXPECT_EQ(text[0], "event");
  EXPECT_EQ(text[1]["name"], "a\"b");
}

}  // namespace
}  // namespace holdfast::api

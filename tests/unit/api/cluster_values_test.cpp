// Contract supvisors.md 5.2: the structs of supvisors.get_* whose members are more than a copy: II, LP, IP, PR.
#include "api/cluster_values.hpp"

#include <gtest/gtest.h>

#include "api/node_process_values.hpp"
#include "cluster/replication/rules_view.hpp"

namespace holdfast::api {
namespace {

using cluster::ProcessFact;

/// A node that began 100 s ago and sees another one, which began 50 s ago by its own clock.
class Values : public testing::Test {
 protected:
  Values() {
    for (const char* identifier : {"a:1", "b:1"}) {
      cluster::MemberView member;
      member.identifier = identifier;
      member.nick = std::string(1, identifier[0]) + "_nick";
      member.state = MemberState::running;
      member.local = member.identifier == "a:1";
      member.table.begin_incarnation(1);
      view_.members.push_back(std::move(member));
      view_.cluster.instances.push_back({identifier, "", "", true, identifier[0] == 'a', {}});
    }
    view_.members[0].began_mono_ms = 900'000;
    cluster::MemberView& other = view_.members[1];
    other.began_mono_ms = 10'000;
    other.remote_mono_ms = 58'000;
    other.heard_at = now_ - 2s;
  }

  /// The other node told its row `seconds` ago.
  void tell(const ProcessFact& fact, int seconds) {
    std::vector<std::string> touched;
    view_.members[1].table.replace(1, ++seq_, {fact}, {}, true, touched);
    cluster::put_copy(view_.cluster, "b:1", fact, now_ - 30s, now_ - seconds * 1s, ++seq_);
  }
  static ProcessFact row(ProcessState state) {
    ProcessFact fact;
    fact.id = {"shop", "web"};
    fact.state = state;
    fact.pid = 12;
    fact.start_us = 1'799'999'970'000'000;  // 30 s ago
    fact.since_mono_ms = 30'000;
    return fact;
  }
  [[nodiscard]] wire::Value local() const {
    return local_process_value(view_.members[1], view_.members[1].table.rows().begin()->second, now_, wall_, kUtc);
  }
  [[nodiscard]] wire::Value inner() const {
    return inner_process_value(view_, view_.members[1], view_.members[1].table.rows().begin()->second, now_, wall_,
                               kUtc);
  }

  static std::int64_t kUtc(std::int64_t) { return 0; }
  Instant now_ = Instant::from_ms(1'000'000);
  WallTime wall_ = WallTime::from_seconds(1'800'000'000);
  cluster::View view_;
  rules::Matcher matcher_;
  std::uint64_t seq_ = 0;
};

TEST_F(Values, AnInstanceCountsItsTicksAndThisNodeItsOwn) {
  const wire::Value other = instance_value(view_, view_.members[1], matcher_, now_, wall_);
  EXPECT_EQ(*other.find("remote_sequence_counter"), wire::Value(9));  // 48 s of 5 s
  EXPECT_EQ(*other.find("local_sequence_counter"), wire::Value(19));
  EXPECT_EQ(*other.find("remote_mtime"), wire::Value(58.0));
  EXPECT_EQ(*other.find("local_mtime"), wire::Value(998.0));
  const wire::Value mine = instance_value(view_, view_.me(), matcher_, now_, wall_);
  EXPECT_EQ(*mine.find("remote_sequence_counter"), wire::Value(20));
  EXPECT_EQ(*mine.find("local_sequence_counter"), wire::Value(20));
  EXPECT_EQ(*mine.find("local_mtime"), wire::Value(1000.0));
  view_.members[1].heard_at.reset();
  const wire::Value never = instance_value(view_, view_.members[1], matcher_, now_, wall_);
  EXPECT_EQ(*never.find("remote_sequence_counter"), wire::Value(0));
  EXPECT_EQ(*never.find("local_time"), wire::Value(0));
  EXPECT_EQ(never.as_struct()->size(), 14U);
}

TEST_F(Values, AProcessThatHasEndedHasNoPid) {
  ProcessFact fact = row(ProcessState::stopped);
  fact.stop_us = fact.start_us + 10'000'000;
  tell(fact, 5);
  const wire::Value told = local();
  EXPECT_EQ(*told.find("pid"), wire::Value(0));
  EXPECT_EQ(*told.find("start_monotonic"), wire::Value(30.0));
  EXPECT_EQ(*told.find("stop_monotonic"), wire::Value(40.0));
  EXPECT_EQ(*told.find("now_monotonic"), wire::Value(60.0));
  EXPECT_EQ(*told.find("description"), wire::Value("Jan 15 07:59 AM"));
}

TEST_F(Values, AnInnerRowIsAsOfItsLastEvent) {
  ProcessFact fact = row(ProcessState::running);
  fact.event_us = 1'799'999'971'000'000;
  fact.event_mono_ms = 31'000;
  tell(fact, 29);
  const wire::Value told = inner();
  EXPECT_EQ(*told.find("pid"), wire::Value(12));
  EXPECT_EQ(*told.find("event_time"), wire::Value(31.0));
  EXPECT_EQ(*told.find("local_mtime"), wire::Value(971.0));
  EXPECT_EQ(*told.find("event_mtime"), wire::Value(971.0));
  EXPECT_EQ(*told.find("uptime"), wire::Value(30.0));
  EXPECT_EQ(*told.find("identifier"), wire::Value("b:1"));
  EXPECT_EQ(*told.find("description"), wire::Value("pid 12, uptime 0:00:30"));
}

TEST_F(Values, AnInnerRowWithoutAnEventHasNoMembersOfOne) {
  ProcessFact fact;
  fact.id = {"shop", "web"};
  tell(fact, 20);
  const wire::Value told = inner();
  for (const char* name : {"identifier", "nick_identifier", "event_mtime"}) {
    EXPECT_EQ(told.find(name), nullptr) << name;
  }
  EXPECT_EQ(*told.find("description"), wire::Value("Not started"));
  EXPECT_EQ(*told.find("event_time"), wire::Value(40.0));
  EXPECT_EQ(*told.find("local_mtime"), wire::Value(980.0));
}

TEST_F(Values, WhatIsLostWithItsNodeIsFatalAndNotExpected) {  // INS-1
  ProcessFact fact = row(ProcessState::running);
  fact.event_us = 1'799'999'971'000'000;
  tell(fact, 29);
  cluster::end_copy(view_.cluster, "b:1", fact.id, ProcessState::fatal, now_, ++seq_);
  const wire::Value told = inner();
  EXPECT_EQ(*told.find("statename"), wire::Value("FATAL"));
  EXPECT_EQ(*told.find("spawnerr"), wire::Value("Supervisor b:1 lost"));
  EXPECT_EQ(*told.find("expected"), wire::Value(false));
  EXPECT_EQ(*told.find("has_crashed"), wire::Value(false));
  const wire::Value status = process_value(view_.cluster, fact.id, now_);
  EXPECT_EQ(*status.find("expected_exit"), wire::Value(false));
  EXPECT_EQ(*status.find("last_event_mtime"), wire::Value(1000.0));
}

}  // namespace
}  // namespace holdfast::api

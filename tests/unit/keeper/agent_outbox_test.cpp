// What the agent is told: nothing before its hello, in order, each thing once, whatever the socket takes at a time.
#include "keeper/agent_outbox.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <csignal>
#include <memory>
#include <vector>

#include "keeper/limits.hpp"

namespace holdfast::keeper {
namespace {

class AgentOutboxTest : public testing::Test {
 protected:
  AgentOutboxTest() { connect(); }

  void connect() {
    int ends[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    socket_ = Fd(ends[0]);
    agent_ = Fd(ends[1]);
  }
  void next_agent() {
    outbox_.disconnect();
    connect();
    outbox_.greet({});
  }
  /// An ended child, as List and Exited tell of it.
  void add_child(std::uint64_t start_id) {
    Children::Table table = children_.release();
    ManagedChild& child = table[start_id];
    child.pid = static_cast<pid_t>(start_id) + 1000;
    child.ended = true;
    child.blob = std::string(100, 'b');
    children_.take_over(std::move(table), Fd());
  }
  /// What the agent reads now.
  std::vector<Kind> told() {
    std::vector<Kind> kinds;
    while (receive_packet(agent_.get(), packet_) == 0 && packet_.length > 0) {
      kinds.push_back(static_cast<Kind>(packet_.kind()));
    }
    return kinds;
  }
  std::vector<Kind> flushed() {
    outbox_.flush();
    return told();
  }
  using Kinds = std::vector<Kind>;

  Fd socket_;
  Fd agent_;
  Children children_;
  std::map<std::string, Fd, std::less<>> held_;
  Fd blob_;
  AgentOutbox outbox_{{socket_, children_, held_, blob_}};
  Packet packet_;
};

TEST_F(AgentOutboxTest, NothingIsToldBeforeTheHelloAndTheWelcomeComesFirst) {
  outbox_.note_trouble(TroubleWith::agent, "it did not run");
  outbox_.reaped({});
  outbox_.list();
  EXPECT_EQ(flushed(), Kinds());
  Welcome welcome;
  welcome.agent_starts = 7;
  outbox_.greet(welcome);
  EXPECT_EQ(flushed(), (Kinds{Kind::welcome, Kind::trouble, Kind::list_end, Kind::reaped}));
  EXPECT_EQ(flushed(), Kinds()) << "once";
}

TEST_F(AgentOutboxTest, AListGoesOnWhereTheSocketWasFull) {
  constexpr int kSmall = 4096;
  ASSERT_EQ(setsockopt(socket_.get(), SOL_SOCKET, SO_SNDBUF, &kSmall, sizeof kSmall), 0);
  constexpr std::uint64_t kChildren = 100;
  for (std::uint64_t id = 1; id <= kChildren; ++id) {
    add_child(id);
  }
  outbox_.greet({});
  outbox_.list();
  std::vector<std::uint64_t> ids;
  std::uint32_t end_of = 0;
  int rounds = 0;
  for (; outbox_.busy(); ++rounds) {
    outbox_.flush();
    EXPECT_TRUE(outbox_.waits_for_room() || !outbox_.busy());
    while (receive_packet(agent_.get(), packet_) == 0) {
      Child child;
      ListEnd end;
      if (packet_.read(child)) {
        ids.push_back(child.start_id);
      } else if (packet_.read(end)) {
        end_of = end.children;
      }
    }
  }
  EXPECT_GT(rounds, 1) << "the socket was never full";
  ASSERT_EQ(ids.size(), kChildren);
  for (std::uint64_t id = 1; id <= kChildren; ++id) {
    EXPECT_EQ(ids[id - 1], id);
  }
  EXPECT_EQ(end_of, kChildren);
}

TEST_F(AgentOutboxTest, AnswersComeBeforeNewsAndAnEndIsToldWhileItsRecordIsThere) {
  add_child(1);
  outbox_.greet({});
  outbox_.exited(1);
  outbox_.exited(2);  // acknowledged already
  outbox_.reply({3, Stage::pipe, EMFILE});
  EXPECT_TRUE(outbox_.busy());
  EXPECT_EQ(flushed(), (Kinds{Kind::welcome, Kind::spawn_failed, Kind::exited}));
  EXPECT_FALSE(outbox_.busy());
}

TEST_F(AgentOutboxTest, AFetchIsAnsweredForTheBlobToo) {
  blob_ = make_sealed_memfd("blob", "bytes");
  outbox_.greet({});
  outbox_.fetch(0);
  outbox_.flush();
  (void)receive_packet(agent_.get(), packet_);  // welcome
  ASSERT_EQ(receive_packet(agent_.get(), packet_), 0);
  EXPECT_EQ(packet_.kind(), static_cast<std::uint16_t>(Kind::agent_blob));
  EXPECT_EQ(packet_.fd_count, 1U);
}

TEST_F(AgentOutboxTest, SignalsWaitForAnAgentThatIsReady) {
  outbox_.greet({});
  outbox_.pass_signal(SIGHUP);
  EXPECT_EQ(flushed(), Kinds{Kind::welcome});
  outbox_.started(0);
  EXPECT_EQ(flushed(), (Kinds{Kind::started, Kind::signal_received}));
  EXPECT_FALSE(outbox_.signal_pending(SIGHUP));
}

TEST_F(AgentOutboxTest, ASignalThatADeadAgentHasPerhapsNotReadIsToldToTheNext) {
  outbox_.greet({});
  outbox_.started(0);
  outbox_.pass_signal(SIGUSR2);
  (void)flushed();
  outbox_.end_of_agent(false);
  EXPECT_FALSE(outbox_.signal_pending(SIGUSR2)) << "it had read everything";
  outbox_.pass_signal(SIGHUP);
  (void)flushed();
  outbox_.end_of_agent(true);
  EXPECT_TRUE(outbox_.signal_pending(SIGHUP));
  next_agent();
  outbox_.started(0);
  EXPECT_EQ(flushed(), (Kinds{Kind::welcome, Kind::started, Kind::signal_received}));
}

TEST_F(AgentOutboxTest, TheNextAgentIsToldTroublesAndOrphansButNoAnswersOfTheLastOne) {
  outbox_.greet({});
  outbox_.note_trouble(TroubleWith::agent, "x");
  EXPECT_EQ(flushed(), (Kinds{Kind::welcome, Kind::trouble}));
  outbox_.list_held();
  outbox_.signal_failed({});
  outbox_.reaped({});
  next_agent();
  outbox_.repeat_troubles();
  EXPECT_FALSE(outbox_.busy());
  EXPECT_EQ(flushed(), (Kinds{Kind::welcome, Kind::trouble, Kind::reaped}));
  outbox_.forget_troubles();
  next_agent();
  outbox_.repeat_troubles();
  EXPECT_EQ(flushed(), Kinds{Kind::welcome});
}

TEST_F(AgentOutboxTest, WhatNobodyHearsIsBounded) {
  for (std::size_t i = 0; i < 2 * limits::max_reaped; ++i) {
    Reaped orphan;
    orphan.pid = static_cast<std::int32_t>(i);
    outbox_.reaped(orphan);
    outbox_.signal_failed({});
    outbox_.note_trouble(TroubleWith::keeper, std::to_string(i));
  }
  outbox_.greet({});
  std::size_t orphans = 0;
  std::size_t failures = 0;
  std::size_t troubles = 0;
  std::int32_t last_orphan = -1;
  for (bool more = true; more;) {
    outbox_.flush();
    more = false;
    while (receive_packet(agent_.get(), packet_) == 0) {
      more = true;
      Reaped orphan;
      Trouble trouble;
      SignalFailed failed;
      orphans += packet_.read(orphan) ? 1 : 0;
      last_orphan = packet_.read(orphan) ? orphan.pid : last_orphan;
      failures += packet_.read(failed) ? 1 : 0;
      troubles += packet_.read(trouble) ? 1 : 0;
    }
  }
  EXPECT_EQ(orphans, limits::max_reaped);
  EXPECT_EQ(last_orphan, static_cast<std::int32_t>(2 * limits::max_reaped) - 1) << "the oldest go first";
  EXPECT_EQ(failures, limits::max_signal_failures);
  EXPECT_EQ(troubles, limits::max_troubles);
}

}  // namespace
}  // namespace holdfast::keeper

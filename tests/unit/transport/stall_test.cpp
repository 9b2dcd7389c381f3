// A subscriber that is stopped (SIGSTOP) while its publisher goes on: the publisher never blocks, never
// aborts (as libzmq 4.3.4 does with ZMQ_HEARTBEAT_*), stays bounded, serves the others, and the stopped one
// comes back.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>

#include "base/limits.hpp"
#include "base/unique_fd.hpp"
#include "harness.hpp"

namespace holdfast::transport::test {
namespace {

struct Ends {
  UniqueFd read;
  UniqueFd write;
};

Ends make_pipe() {
  int fds[2];
  CHECK(::pipe(fds) == 0);
  return {UniqueFd(fds[0]), UniqueFd(fds[1])};
}

// Peers as fixed records over a pipe.
struct Card {
  std::uint64_t node_id;
  std::array<std::uint8_t, 32> key;
  Ports ports;
};

Card card_of(const Node& node) {
  return {node.id(), node.keys().public_key().bytes, node.ports()};
}

Peer peer_of(const Card& card, const std::string& address, const std::string& identifier) {
  return {card.node_id, identifier, CurvePublicKey{card.key}, address, card.ports};
}

/// The child: a node that admits the parent and says 'h' on `out` for each heartbeat it hears.
[[noreturn]] void run_subscriber(int in, int out) {
  {
    Node node("127.0.0.3", "slow:1");
    const Card mine = card_of(node);
    Card theirs{};
    CHECK(::write(out, &mine, sizeof mine) == sizeof mine);
    CHECK(::read(in, &theirs, sizeof theirs) == sizeof theirs);
    CHECK(node->admit(peer_of(theirs, "127.0.0.1", "a:1")).ok());
    CHECK(node->follow_bulk(theirs.node_id, true));
    CHECK(node->set_heartbeat(heartbeat_of(node.id())));
    pollfd list[] = {{node->event_fd(), POLLIN, 0}, {in, POLLIN, 0}};
    while ((list[1].revents & (POLLIN | POLLHUP)) == 0) {
      node.received.clear();
      node.turn();
      for (const Received& frame : node.received) {
        if (Node::is_heartbeat(frame) && ::write(out, "h", 1) != 1) {
          ::_exit(1);
        }
      }
      ::poll(list, 2, 50);
    }
  }
  ::_exit(0);
}

std::size_t heartbeats_said(int fd) {
  char buffer[512];
  pollfd waiting{fd, POLLIN, 0};
  if (::poll(&waiting, 1, 0) != 1) {
    return 0;
  }
  const ssize_t got = ::read(fd, buffer, sizeof buffer);
  return got > 0 ? static_cast<std::size_t>(got) : 0;
}

/// Ends the child also when an assertion ends the test before it.
struct Subscriber {
  pid_t pid;
  ~Subscriber() {
    if (pid > 0) {
      ::kill(pid, SIGKILL);
      ::waitpid(pid, nullptr, 0);
    }
  }
};

TEST(Stall, AStoppedSubscriberNeverBlocksItsPublisher) {
  Ends to_child = make_pipe();
  Ends from_child = make_pipe();
  Subscriber child{::fork()};
  ASSERT_GE(child.pid, 0);
  if (child.pid == 0) {
    to_child.write.reset();
    from_child.read.reset();
    run_subscriber(to_child.read.get(), from_child.write.get());
  }
  to_child.read.reset();
  from_child.write.reset();
  Node a("127.0.0.1", "a:1");
  Node b("127.0.0.2", "b:1");
  const std::vector<Node*> nodes{&a, &b};
  introduce(nodes);
  Card slow{};
  ASSERT_EQ(::read(from_child.read.get(), &slow, sizeof slow), static_cast<ssize_t>(sizeof slow));
  const Card mine = card_of(a);
  ASSERT_EQ(::write(to_child.write.get(), &mine, sizeof mine), static_cast<ssize_t>(sizeof mine));
  ASSERT_TRUE(a->admit(peer_of(slow, "127.0.0.3", "slow:1")).ok());
  ASSERT_TRUE(b->follow_bulk(a.id(), true));
  ASSERT_TRUE(
      turn_until(nodes, [&] { return b.heartbeats_from(a) > 0 && heartbeats_said(from_child.read.get()) > 0; }));

  ASSERT_EQ(::kill(child.pid, SIGSTOP), 0);
  int status = 0;
  ASSERT_EQ(::waitpid(child.pid, &status, WUNTRACED), child.pid);
  ASSERT_TRUE(WIFSTOPPED(status));
  // 4 KB frames, published and sent until more were lost at full queues than its sockets' buffers and high-water marks
  // hold. No faster than the gossip thread takes them: what waits in its own queue says nothing about a subscriber.
  // No larger: ThreadSanitizer looks at each word that libzmq hands over, and a frame costs it the square of its size.
  const std::string large = frame_of(a.id(), std::string(4'000, 'x'));
  std::vector<Duration> calls;
  std::uint64_t asked = 0;
  const auto taken = [&] { return a->counters().frames_out + a.dropped(Drop::queue_full_out); };
  const std::uint64_t before = taken();
  const auto call = [&](bool accepted) { asked += accepted ? 1 : 0; };
  b.received.clear();
  std::size_t heard_by_b = 0;
  ASSERT_TRUE(turn_until(nodes, [&] {
    heard_by_b += b.heartbeats_from(a);
    b.received.clear();
    if (taken() - before < asked) {
      return false;
    }
    const Instant begin = monotonic_now();
    call(a->publish(Stream::bulk, large));
    call(a->publish(Stream::ctl, large));
    for (int i = 0; i < 8; ++i) {
      call(a->send(slow.node_id, large));
    }
    calls.push_back(monotonic_now() - begin);
    return calls.size() > 600 && a.dropped(Drop::queue_full_out) > 2 * limits::gossip_direct_hwm;
  }));
  std::ranges::sort(calls);  // the longest has what the machine adds
  std::printf(
      "published %zu times, %llu lost; ten calls took %lld us (median), %lld us at most; a third node heard %zu\n",
      calls.size(), static_cast<unsigned long long>(a.dropped(Drop::queue_full_out)),
      static_cast<long long>(calls[calls.size() / 2].count() / 1000),
      static_cast<long long>(calls.back().count() / 1000), heard_by_b);
  EXPECT_LT(calls[calls.size() / 2], 50ms);
  // A third node hears its heartbeats as before.
  std::vector<Instant> stamps;
  ASSERT_TRUE(turn_until(nodes, [&] {
    for (const Received& frame : b.received) {
      if (frame.node_id == a.id() && Node::is_heartbeat(frame)) {
        stamps.push_back(frame.stamp);
      }
    }
    b.received.clear();
    return stamps.size() > 10;
  }));
  std::vector<Duration> silences;
  for (std::size_t i = 1; i < stamps.size(); ++i) {
    silences.push_back(stamps[i] - stamps[i - 1]);
  }
  std::ranges::sort(silences);
  EXPECT_LT(silences[silences.size() / 2], 2 * limits::gossip_heartbeat_period);

  ASSERT_EQ(::kill(child.pid, SIGCONT), 0);
  (void)a->reconnect(slow.node_id);
  (void)heartbeats_said(from_child.read.get());
  std::size_t heard = 0;
  EXPECT_TRUE(turn_until(nodes, [&] {
    heard += heartbeats_said(from_child.read.get());
    return heard >= 5;
  }));
  to_child.write.reset();
  ASSERT_EQ(::waitpid(child.pid, &status, 0), child.pid);
  child.pid = 0;
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

}  // namespace
}  // namespace holdfast::transport::test

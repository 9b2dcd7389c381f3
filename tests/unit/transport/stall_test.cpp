// A subscriber that is stopped (SIGSTOP) while its publisher goes on: the publisher never blocks, never
// aborts (as libzmq 4.3.4 does with ZMQ_HEARTBEAT_*), stays bounded, serves the others, and the stopped one
// comes back.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>

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

TEST(Stall, AStoppedSubscriberNeverBlocksItsPublisher) {
  Ends to_child = make_pipe();
  Ends from_child = make_pipe();
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
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
  ASSERT_TRUE(turn_until(
      nodes, [&] { return b.heartbeats_from(a) > 0 && heartbeats_said(from_child.read.get()) > 0; }));

  ASSERT_EQ(::kill(child, SIGSTOP), 0);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, WUNTRACED), child);
  ASSERT_TRUE(WIFSTOPPED(status));
  // 4 s of 20 KB frames, published and sent: far more than its sockets' buffers and high-water marks hold.
  const std::string large = frame_of(a.id(), std::string(20'000, 'x'));
  Duration longest{};
  std::size_t published = 0;
  b.received.clear();
  const Instant begin = monotonic_now();
  Instant last_heard = begin;
  Duration longest_silence{};
  while (monotonic_now() - begin < 4s) {
    const Instant before = monotonic_now();
    published += a->publish(Stream::bulk, large) ? 1 : 0;
    a->publish(Stream::ctl, large);
    for (int i = 0; i < 8; ++i) {
      a->send(slow.node_id, large);
    }
    longest = std::max(longest, monotonic_now() - before);
    turn_for(nodes, 1ms);
    for (const Received& frame : b.received) {
      if (Node::is_heartbeat(frame) && frame.stamp > last_heard) {
        longest_silence = std::max(longest_silence, frame.stamp - last_heard);
        last_heard = frame.stamp;
      }
    }
    b.received.clear();
  }
#if !defined(__SANITIZE_THREAD__)  // there the encryption is too slow to fill anything in this time
  EXPECT_GT(published, 20U);
  EXPECT_GT(a.dropped(Drop::queue_full_out), 0U);  // its DEALER filled and was not waited for
#endif
  std::printf("published %zu, longest call %lld us, longest silence at a third node %lld ms\n", published,
              static_cast<long long>(longest.count() / 1000),
              static_cast<long long>(longest_silence.count() / 1'000'000));
  EXPECT_LT(longest, 500ms);  // copying into a queue; generous for a loaded machine
  EXPECT_LT(longest_silence, 1200ms);

  ASSERT_EQ(::kill(child, SIGCONT), 0);
  (void)a->reconnect(slow.node_id);
  (void)heartbeats_said(from_child.read.get());
  std::size_t heard = 0;
  EXPECT_TRUE(turn_until(nodes, [&] {
    heard += heartbeats_said(from_child.read.get());
    return heard >= 5;
  }));
  to_child.write.reset();
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

}  // namespace
}  // namespace holdfast::transport::test

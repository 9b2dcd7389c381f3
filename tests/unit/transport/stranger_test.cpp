// Strangers and misbehaving peers: each is refused or dropped, counted by its cause, learns nothing, and the
// honest nodes' heartbeats go on meanwhile.
#include <gtest/gtest.h>

#include <random>

#include "base/limits.hpp"
#include "raw_peer.hpp"

namespace holdfast::transport::test {
namespace {

class Stranger : public testing::Test {
 protected:
  void SetUp() override {
    introduce(nodes);
    ASSERT_TRUE(turn_until(nodes, [this] { return all_hear_all(nodes); }));
  }

  /// A third node that `a` has admitted, played by plain libzmq.
  RawPeer admitted(const std::string& identifier) {
    const CurveKeyPair keys = CurveKeyPair::generate();
    const Peer peer{cluster::node_id_of(identifier), identifier, keys.public_key(), "127.0.0.9", {9, 9, 9}};
    EXPECT_TRUE(a->admit(peer).ok());
    return RawPeer(keys);
  }

  /// The honest nodes hear each other, the loop got nothing else, and the cause was said.
  void expect_undisturbed() {
    a.received.clear();
    b.received.clear();
    EXPECT_TRUE(turn_until(nodes, [this] { return a.heartbeats_from(b) >= 3 && b.heartbeats_from(a) >= 3; }));
    for (const Received& frame : a.received) {
      EXPECT_EQ(frame.node_id, b.id());
      EXPECT_TRUE(Node::is_heartbeat(frame));
    }
  }
  /// It is counted before it is said.
  void expect_said(Drop cause, const std::string& from = "") {
    EXPECT_TRUE(turn_until(nodes, [&] {
      return std::ranges::any_of(a.refusals, [&](const Refusal& refusal) {
        return refusal.cause == cause && (from.empty() || refusal.from == from);
      });
    }));
  }

  Node a{"127.0.0.1", "a:1"};
  Node b{"127.0.0.2", "b:1"};
  std::vector<Node*> nodes{&a, &b};
};

TEST_F(Stranger, WithARandomKeyHearsNothingAndIsNotHeard) {
  RawPeer stranger(CurveKeyPair::generate());
  zmq::socket_t ctl = stranger.connect(zmq::socket_type::sub, a, a.ports().ctl);
  zmq::socket_t bulk = stranger.connect(zmq::socket_type::sub, a, a.ports().bulk);
  zmq::socket_t direct = stranger.connect(zmq::socket_type::dealer, a, a.ports().direct);
  RawPeer::say(direct, {frame_of(b.id(), "I am b")});
  ASSERT_TRUE(turn_until(nodes, [this] { return a.dropped(Drop::unknown_key) >= 6; }));
  expect_said(Drop::unknown_key);
  expect_undisturbed();
  EXPECT_FALSE(RawPeer::heard_anything(ctl));
  EXPECT_FALSE(RawPeer::heard_anything(bulk));
  EXPECT_FALSE(RawPeer::heard_anything(direct));
}

TEST_F(Stranger, WithoutCurveComesToNoHandshake) {
  RawPeer stranger{CurveKeyPair{}};
  zmq::socket_t ctl = stranger.connect(zmq::socket_type::sub, a, a.ports().ctl);
  zmq::socket_t direct = stranger.connect(zmq::socket_type::dealer, a, a.ports().direct);
  RawPeer::say(direct, {frame_of(b.id(), "I am b")});
  ASSERT_TRUE(turn_until(nodes, [this] { return a.dropped(Drop::handshake_failed) >= 2; }));
  expect_said(Drop::handshake_failed);
  expect_undisturbed();
  EXPECT_FALSE(RawPeer::heard_anything(ctl));
}

TEST_F(Stranger, WithGarbageOnTheWireIsCutOffAndCounted) {
  std::mt19937 random(42);
  std::string noise(4000, '\0');
  for (char& letter : noise) {
    letter = static_cast<char>(random());
  }
  std::vector<UniqueFd> open;
  const std::vector<std::string> sayings{
      noise,
      "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
      std::string("\xff\0\0\0\0\0\0\0\1\x7f\3\1CURVE", 17) + std::string(15, '\0') + std::string(1, '\0') +
          std::string(31, '\0') + noise,              // a greeting, then noise
      std::string("\xff\0\0\0\0\0\0\0\1\x7f\0", 11),  // ZMTP 1 downgrade
      std::string("\x01\x00", 2) + noise,             // unversioned ZMTP
      std::string(64, '\xff'),
  };
  for (const std::string& saying : sayings) {
    for (const std::uint16_t port : {a.ports().ctl, a.ports().bulk, a.ports().direct}) {
      open.push_back(tcp_say(a, port, saying));
    }
  }
  // Those that say nonsense are cut at once, those that say too little by the handshake's time limit.
  ASSERT_TRUE(turn_until(nodes, [this, &open] {
    return std::ranges::all_of(open, [](const UniqueFd& fd) {
      char byte = 0;
      ssize_t got = 1;
      while (got > 0) {
        got = ::recv(fd.get(), &byte, 1, MSG_DONTWAIT);
      }
      return got == 0 || errno != EAGAIN;
    });
  }));
  EXPECT_GT(a.dropped(Drop::handshake_failed), 0U);
  expect_undisturbed();
}

TEST_F(Stranger, ASilentConnectionIsCutByTheHandshakesTimeLimit) {
  const UniqueFd silent = tcp_say(a, a.ports().direct, "");
  const Instant begin = monotonic_now();
  ASSERT_TRUE(turn_until(nodes, [&] {
    char byte = 0;
    ssize_t got = 1;
    while (got > 0) {
      got = ::recv(silent.get(), &byte, 1, MSG_DONTWAIT);
    }
    return got == 0 || errno != EAGAIN;
  }));
  EXPECT_GT(monotonic_now() - begin, 1500ms);
  expect_undisturbed();
}

TEST_F(Stranger, APeerThatClaimsAnotherNodesIdIsDropped) {
  RawPeer liar = admitted("liar:1");
  zmq::socket_t direct = liar.connect(zmq::socket_type::dealer, a, a.ports().direct);
  const std::string lie = frame_of(b.id(), "b wants you to stop everything");
  ASSERT_TRUE(turn_until(nodes, [&] {
    RawPeer::say(direct, {lie});
    return a.dropped(Drop::wrong_owner) > 0;
  }));
  expect_said(Drop::wrong_owner, "liar:1");
  EXPECT_EQ(a.frames_from(b, Stream::direct, lie), 0U);
  expect_undisturbed();
}

TEST_F(Stranger, ThePublisherOfAnotherNodesFramesIsDropped) {
  // b itself publishes frames that say they are a third, admitted node's.
  RawPeer third = admitted("third:1");
  ASSERT_TRUE(turn_until(nodes, [&] {
    b->publish(Stream::ctl, frame_of(cluster::node_id_of("third:1"), "third says"));
    return a.dropped(Drop::wrong_owner) > 0;
  }));
  expect_undisturbed();
}

TEST_F(Stranger, AFrameOfAnotherClusterIsDropped) {
  RawPeer peer = admitted("peer:1");
  zmq::socket_t direct = peer.connect(zmq::socket_type::dealer, a, a.ports().direct);
  ASSERT_TRUE(turn_until(nodes, [&] {
    RawPeer::say(direct, {frame_of(cluster::node_id_of("peer:1"), "from elsewhere", cluster_id + 1)});
    return a.dropped(Drop::wrong_cluster) > 0;
  }));
  expect_said(Drop::wrong_cluster);
  expect_undisturbed();
}

TEST_F(Stranger, MalformedAndOversizedFramesOfAPeerAreDropped) {
  RawPeer peer = admitted("peer:1");
  zmq::socket_t direct = peer.connect(zmq::socket_type::dealer, a, a.ports().direct);
  const std::uint64_t id = cluster::node_id_of("peer:1");
  const std::string good = frame_of(id, "good");
  std::string bad_magic = good;
  bad_magic[0] = 'X';
  std::string bad_length = good;
  bad_length[6] = 65;
  RawPeer::say(direct, {good});
  ASSERT_TRUE(turn_until(nodes, [this] {
    return std::ranges::any_of(a.received, [](const Received& frame) { return frame.stream == Stream::direct; });
  }));
  RawPeer::say(direct, {""});
  RawPeer::say(direct, {good.substr(0, 63)});
  RawPeer::say(direct, {bad_magic});
  RawPeer::say(direct, {bad_length});
  RawPeer::say(direct, {good, "and more", "and more"});
  ASSERT_TRUE(turn_until(nodes, [this] { return a.dropped(Drop::malformed) == 5; }));
  RawPeer::say(direct, {frame_of(id, std::string(limits::gossip_frame_bytes_max, 'x'))});
  ASSERT_TRUE(turn_until(nodes, [this] { return a.dropped(Drop::oversized) == 1; }));
  // Beyond ZMQ_MAXMSGSIZE libzmq cuts the connection.
  const std::uint64_t lost = a->counters().connections_lost;
  RawPeer::say(direct, {std::string(2 * 1024 * 1024, 'x')});
  ASSERT_TRUE(turn_until(nodes, [&] { return a->counters().connections_lost > lost; }));
  expect_undisturbed();
}

TEST_F(Stranger, ASubscriberThatSendsUpstreamIsDropped) {
  RawPeer peer = admitted("peer:1");
  zmq::socket_t ctl = peer.connect(zmq::socket_type::xsub, a, a.ports().ctl);
  ASSERT_TRUE(turn_until(nodes, [&] {
    RawPeer::say(ctl, {"\2not a subscription"});
    RawPeer::say(ctl, {std::string("\1some topic")});
    return a.dropped(Drop::malformed) > 0;
  }));
  expect_undisturbed();
}

TEST_F(Stranger, ARandomFloodFromAPeerChangesNothing) {
  RawPeer peer = admitted("peer:1");
  zmq::socket_t direct = peer.connect(zmq::socket_type::dealer, a, a.ports().direct);
  std::mt19937 random(7);
  const std::string good = frame_of(cluster::node_id_of("peer:1"), "a frame to be mutated");
  std::uint64_t before = 0;
  ASSERT_TRUE(turn_until(nodes, [&] {
    for (int i = 0; i < 200; ++i) {
      std::string mutated = good.substr(0, random() % (good.size() + 1));
      for (int flips = 0; flips < 4 && !mutated.empty(); ++flips) {
        mutated[random() % mutated.size()] = static_cast<char>(random());
      }
      RawPeer::say(direct, {mutated});
    }
    const Counters counters = a->counters();
    before = counters.dropped_by(Drop::malformed) + counters.dropped_by(Drop::wrong_cluster) +
             counters.dropped_by(Drop::wrong_owner);
    return before > 5000;
  }));
  EXPECT_TRUE(turn_until(nodes, [this] { return a.heartbeats_from(b) > 0; }));
  // What passed the header's check is peer's own, whatever is in it.
  for (const Received& frame : a.received) {
    EXPECT_TRUE(frame.node_id == b.id() || frame.node_id == cluster::node_id_of("peer:1"));
  }
}

}  // namespace
}  // namespace holdfast::transport::test

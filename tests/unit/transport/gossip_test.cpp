// Two and three transports on loopback: heartbeats, publications, directed frames, restarts, stalls.
#include <gtest/gtest.h>

#include <algorithm>

#include "base/limits.hpp"
#include "harness.hpp"

namespace holdfast::transport::test {
namespace {

TEST(Gossip, TwoNodesExchangeHeartbeatsPublicationsAndDirectedFrames) {
  Node a("127.0.0.1", "a:1");
  Node b("127.0.0.2", "b:1");
  const std::vector<Node*> nodes{&a, &b};
  EXPECT_FALSE(a->open_mode());
  introduce(nodes);
  ASSERT_TRUE(turn_until(nodes, [&] { return all_hear_all(nodes); }));
  const Counters before =
      b->counters();  // a connection that came before its peer was introduced was refused, and made anew

  const std::string delta = frame_of(a.id(), "one change");
  const std::string log = frame_of(a.id(), "a log line");
  const std::string request = frame_of(a.id(), "a request");
  const std::string answer = frame_of(b.id(), "its answer");
  EXPECT_TRUE(a->publish(Stream::ctl, delta));
  EXPECT_TRUE(a->send(b.id(), request));
  EXPECT_TRUE(b->send(a.id(), answer));
  EXPECT_TRUE(b->follow_bulk(a.id(), true));
  // The bulk connection may come up after the ctl one: published until it is heard.
  ASSERT_TRUE(turn_until(nodes, [&] {
    a->publish(Stream::bulk, log);
    return b.frames_from(a, Stream::ctl, delta) == 1 && b.frames_from(a, Stream::bulk, log) >= 1 &&
           b.frames_from(a, Stream::direct, request) == 1 && a.frames_from(b, Stream::direct, answer) == 1;
  }));
  const Counters counters = b->counters();
  EXPECT_GE(counters.frames_in, b.received.size());  // one may have come since the last turn
  EXPECT_TRUE(std::ranges::equal(counters.dropped, before.dropped));
}

TEST(Gossip, BulkIsSentToThoseWhoFollowItOnly) {
  Node a("127.0.0.1", "a:1");
  Node b("127.0.0.2", "b:1");
  Node c("127.0.0.3", "c:1");
  const std::vector<Node*> nodes{&a, &b, &c};
  introduce(nodes);
  ASSERT_TRUE(turn_until(nodes, [&] { return all_hear_all(nodes); }));
  EXPECT_EQ(a->counters().connections_accepted, 2U) << "no connection that nobody needs";
  const std::string log = frame_of(a.id(), "a log line");
  const auto logs = [&](const Node& node) { return node.frames_from(a, Stream::bulk, log); };
  const auto publish_until = [&](const std::function<bool()>& done) {
    return turn_until(nodes, [&] {
      a->publish(Stream::bulk, log);
      return done();
    });
  };
  ASSERT_TRUE(b->follow_bulk(a.id(), true));
  ASSERT_TRUE(publish_until([&] { return logs(b) >= 3; }));
  // It lasts: also over connections that are made anew.
  ASSERT_TRUE(b->reconnect(a.id()));
  b.received.clear();
  ASSERT_TRUE(publish_until([&] { return logs(b) >= 3 && b.heartbeats_from(a) > 0; }));
  ASSERT_TRUE(c->follow_bulk(a.id(), true));
  ASSERT_TRUE(b->follow_bulk(a.id(), false));
  // What was on its way to b when it stopped following is over sooner or later; from then on it gets none.
  bool none = false;
  for (int round = 0; round < 50 && !none; ++round) {
    b.received.clear();
    c.received.clear();
    ASSERT_TRUE(publish_until([&] { return logs(c) >= 10 && b.heartbeats_from(a) > 0; }));
    none = logs(b) == 0;
  }
  EXPECT_TRUE(none);
  EXPECT_TRUE(b->follow_bulk(12345, true));  // one that is not there: nothing happens
}

TEST(Gossip, APeerThatIsToComeFirstIsNotVisitedBeforeItKnowsUs) {
  Node asking("127.0.0.1", "a:1");
  Node answering("127.0.0.2", "b:1");
  const std::vector<Node*> nodes{&asking, &answering};
  ASSERT_TRUE(asking->set_heartbeat(heartbeat_of(asking.id())));
  ASSERT_TRUE(answering->set_heartbeat(heartbeat_of(answering.id())));
  Peer peer = asking.as_peer();
  peer.connects_first = true;
  ASSERT_TRUE(answering->admit(peer).ok());
  turn_for(nodes, 100ms);  // the other has not read the proof yet
  ASSERT_TRUE(asking->admit(answering.as_peer()).ok());
  ASSERT_TRUE(turn_until(nodes, [&] { return all_hear_all(nodes); }));
  // None was refused, to come back after 2 s.
  EXPECT_EQ(asking.dropped(Drop::unknown_key), 0U);
  EXPECT_EQ(answering.dropped(Drop::unknown_key), 0U);
}

TEST(Gossip, APeerThatDoesNotComeFirstIsVisitedAllTheSame) {
  Node a("127.0.0.1", "a:1");
  Node b("127.0.0.2", "b:1");
  const std::vector<Node*> nodes{&a, &b};
  for (Node* node : nodes) {
    ASSERT_TRUE((*node)->set_heartbeat(heartbeat_of(node->id())));
    Peer peer = (node == &a ? b : a).as_peer();
    peer.connects_first = true;
    ASSERT_TRUE((*node)->admit(peer).ok());
  }
  ASSERT_TRUE(turn_until(nodes, [&] { return all_hear_all(nodes); }));
}

TEST(Gossip, HeartbeatsComeAtTheirPeriodRestampedAndStampedOnReceipt) {
  Node a("127.0.0.1", "a:1");
  Node b("127.0.0.2", "b:1");
  const std::vector<Node*> nodes{&a, &b};
  introduce(nodes);
  ASSERT_TRUE(turn_until(nodes, [&] { return b.heartbeats_from(a) >= 1; }));
  turn_for(nodes, 300ms);  // the welcome heartbeats of the start are over
  b.received.clear();
  const Instant begin = monotonic_now();
  ASSERT_TRUE(turn_until(nodes, [&] { return b.heartbeats_from(a) >= 12; }));
  std::vector<Duration> periods;
  for (std::size_t i = 1; i < b.received.size(); ++i) {
    periods.push_back(b.received[i].stamp - b.received[i - 1].stamp);
  }
  std::ranges::sort(periods);  // single ones have what the machine adds
  EXPECT_GT(periods[periods.size() / 2], limits::gossip_heartbeat_period / 2);
  EXPECT_LT(periods[periods.size() / 2], limits::gossip_heartbeat_period * 2);

  std::uint64_t seq = 0;
  std::uint64_t mono_ms = 0;
  Instant stamp;
  for (const Received& frame : b.received) {
    const auto decoded = cluster::decode_message(frame.bytes);
    ASSERT_TRUE(decoded.ok()) << decoded.error().message;  // its checksum is right, too
    const cluster::FrameHeader& header = decoded.value().header;
    EXPECT_EQ(header.node_id, a.id());
    EXPECT_EQ(header.incarnation, 7U);
    if (seq != 0) {
      EXPECT_EQ(header.seq, seq + 1);
    }
    EXPECT_GT(header.mono_ms, mono_ms);
    EXPECT_GT(frame.stamp, stamp);
    EXPECT_GE(frame.stamp, begin);
    seq = header.seq;
    mono_ms = header.mono_ms;
    stamp = frame.stamp;
  }
}

TEST(Gossip, ThreeNodesHearEachOtherAndAForgottenOneIsNotHeard) {
  Node a("127.0.0.1", "a:1");
  Node b("127.0.0.2", "b:1");
  Node c("127.0.0.3", "c:1");
  const std::vector<Node*> nodes{&a, &b, &c};
  introduce(nodes);
  ASSERT_TRUE(turn_until(nodes, [&] { return all_hear_all(nodes); }));

  const std::string early = frame_of(c.id(), "while it was admitted");
  ASSERT_TRUE(c->send(a.id(), early));
  ASSERT_TRUE(turn_until(nodes, [&] { return a.frames_from(c, Stream::direct, early) == 1; }));
  ASSERT_TRUE(a->forget(c.id()));
  const std::string late = frame_of(c.id(), "from one who was forgotten");
  ASSERT_TRUE(turn_until(nodes, [&] {
    c->send(a.id(), late);  // its old connection still stands: nobody owns its key any more
    return a.dropped(Drop::wrong_owner) > 0;
  }));
  a.received.clear();
  b.received.clear();
  ASSERT_TRUE(turn_until(nodes, [&] { return b.heartbeats_from(c) >= 3 && a.heartbeats_from(b) >= 3; }));
  EXPECT_EQ(a.heartbeats_from(c), 0U);
  EXPECT_EQ(a.frames_from(c, Stream::direct, late), 0U);
}

TEST(Gossip, AnHonestNodeThatConnectsBeforeItIsAdmittedComesInLater) {
  Node a("127.0.0.1", "a:1");
  Node b("127.0.0.2", "b:1");
  const std::vector<Node*> nodes{&a, &b};
  ASSERT_TRUE(a->set_heartbeat(heartbeat_of(a.id())));
  ASSERT_TRUE(b->admit(a.as_peer()).ok());
  ASSERT_TRUE(turn_until(nodes, [&] { return a.dropped(Drop::unknown_key) >= 2 && !a.refusals.empty(); }));
  EXPECT_EQ(b.heartbeats_from(a), 0U);
  ASSERT_FALSE(a.refusals.empty());
  EXPECT_EQ(a.refusals.front().cause, Drop::unknown_key);
  EXPECT_EQ(a.refusals.front().from, "127.0.0.1");  // where the connection came from
  ASSERT_TRUE(a->admit(b.as_peer()).ok());
  ASSERT_TRUE(turn_until(nodes, [&] { return b.heartbeats_from(a) > 0; }));
}

/// The best of some tries: what the machine adds is chance, a heartbeat at its period never comes so soon.
TEST(Gossip, ANewSubscriberIsAnsweredByAHeartbeatAtOnce) {
  Node a("127.0.0.1", "a:1");
  Node b("127.0.0.2", "b:1");
  Node c("127.0.0.3", "c:1");
  const std::vector<Node*> nodes{&a, &b, &c};
  ASSERT_TRUE(a->admit(b.as_peer()).ok());
  ASSERT_TRUE(a->admit(c.as_peer()).ok());
  ASSERT_TRUE(a->set_heartbeat(heartbeat_of(a.id())));
  ASSERT_TRUE(b->admit(a.as_peer()).ok());
  ASSERT_TRUE(turn_until(nodes, [&] { return b.heartbeats_from(a) >= 2; }));
  turn_for(nodes, 300ms);
  // c subscribes between two heartbeats: b, too, sees one earlier than the period says.
  Duration soonest = patience;
  for (int round = 0; round < 10 && soonest >= 150ms; ++round) {
    const std::size_t before = b.received.size();
    ASSERT_TRUE(turn_until(nodes, [&] { return b.received.size() > before; }));
    const Instant regular = b.received.back().stamp;
    const std::size_t seen = b.received.size();
    c.received.clear();
    ASSERT_TRUE(round == 0 ? c->admit(a.as_peer()).ok() : c->reconnect(a.id()));
    ASSERT_TRUE(turn_until(nodes, [&] { return c.heartbeats_from(a) > 0 && b.received.size() > seen; }));
    soonest = std::min(soonest, b.received[seen].stamp - regular);
  }
  EXPECT_LT(soonest, 150ms);
}

TEST(Gossip, APeerRestartedOnOtherPortsWithAnotherKeyIsHeardAgain) {
  Node a("127.0.0.1", "a:1");
  Node b("127.0.0.2", "b:1");
  const std::vector<Node*> nodes{&a, &b};
  introduce(nodes);
  ASSERT_TRUE(turn_until(nodes, [&] { return all_hear_all(nodes); }));
  const Ports before = b.ports();
  b.stop();
  b.new_keys();
  b.start();
  ASSERT_FALSE(b.ports() == before);
  a.received.clear();
  b.received.clear();
  introduce(nodes);
  ASSERT_TRUE(turn_until(nodes, [&] { return all_hear_all(nodes); }));
  const std::string request = frame_of(a.id(), "to the new one");
  ASSERT_TRUE(a->send(b.id(), request));
  ASSERT_TRUE(turn_until(nodes, [&] { return b.frames_from(a, Stream::direct, request) == 1; }));
}

TEST(Gossip, APeerRestartedOnTheSamePortsIsHeardAgainWithoutACommand) {
  Node a("127.0.0.1", "a:1");
  Node b("127.0.0.2", "b:1");
  const std::vector<Node*> nodes{&a, &b};
  introduce(nodes);
  ASSERT_TRUE(turn_until(nodes, [&] { return all_hear_all(nodes); }));
  b.stop();
  b.start(b.ports());
  a.received.clear();
  b.received.clear();
  ASSERT_TRUE(b->admit(a.as_peer()).ok());
  ASSERT_TRUE(b->set_heartbeat(heartbeat_of(b.id())));
  ASSERT_TRUE(turn_until(nodes, [&] { return all_hear_all(nodes); }));
}

TEST(Gossip, ReconnectMakesTheConnectionsAnew) {
  Node a("127.0.0.1", "a:1");
  Node b("127.0.0.2", "b:1");
  const std::vector<Node*> nodes{&a, &b};
  introduce(nodes);
  ASSERT_TRUE(turn_until(nodes, [&] { return all_hear_all(nodes); }));
  const std::uint64_t accepted = b->counters().connections_accepted;
  ASSERT_TRUE(a->follow_bulk(b.id(), true));
  ASSERT_TRUE(turn_until(nodes, [&] { return b->counters().connections_accepted > accepted; }));
  ASSERT_TRUE(a->reconnect(b.id()));
  a.received.clear();
  ASSERT_TRUE(turn_until(
      nodes, [&] { return a.heartbeats_from(b) > 0 && b->counters().connections_accepted >= accepted + 3; }));
  EXPECT_TRUE(a->reconnect(12345));  // one that is not there: nothing happens
}

TEST(Gossip, TheHeartbeatStopsWhileTheLoopStallsAndComesBack) {
  Node a("127.0.0.1", "a:1");
  Node b("127.0.0.2", "b:1");
  const std::vector<Node*> nodes{&a, &b};
  introduce(nodes);
  ASSERT_TRUE(turn_until(nodes, [&] { return all_hear_all(nodes); }));
  b.received.clear();
  a.stalled = true;
  const Instant stalled = monotonic_now();
  turn_for(nodes, limits::gossip_loop_stall_max + 1500ms);
  // By the times at which they were sent, which every one of them carries.
  std::vector<Duration> sent;
  for (const Received& frame : b.received) {
    if (frame.node_id == a.id() && Node::is_heartbeat(frame)) {
      const auto at = static_cast<std::int64_t>(cluster::decode_frame(frame.bytes).value().header.mono_ms);
      sent.push_back(Instant::from_ms(at) - stalled);
    }
  }
  EXPECT_TRUE(std::ranges::any_of(sent, [](Duration at) { return at > 500ms; })) << "not yet";
  EXPECT_TRUE(std::ranges::all_of(sent, [](Duration at) { return at <= limits::gossip_loop_stall_max; }));
  a.stalled = false;
  b.received.clear();
  ASSERT_TRUE(turn_until(nodes, [&] { return b.heartbeats_from(a) > 0; }));
}

TEST(Gossip, OpenModeWorksInClearAndSaysSo) {
  Node a("127.0.0.1", "a:1", true);
  Node b("127.0.0.2", "b:1", true);
  const std::vector<Node*> nodes{&a, &b};
  EXPECT_TRUE(a->open_mode());
  introduce(nodes);
  const std::string request = frame_of(a.id(), "in clear");
  ASSERT_TRUE(a->send(b.id(), request));
  ASSERT_TRUE(turn_until(nodes, [&] { return all_hear_all(nodes) && b.frames_from(a, Stream::direct, request) == 1; }));
}

TEST(Gossip, IPv6) {
  Node a("::1", "a:1");
  Node b("::1", "b:1");
  const std::vector<Node*> nodes{&a, &b};
  introduce(nodes);
  ASSERT_TRUE(turn_until(nodes, [&] { return all_hear_all(nodes); }));
}

TEST(Gossip, APortThatIsTakenIsAnErrorForPeople) {
  Node a("127.0.0.1", "a:1");
  TransportOptions options;
  options.bind_address = "127.0.0.1";
  options.ports = a.ports();
  options.node_id = 5;
  options.keys = CurveKeyPair::generate();
  GossipTransport second(std::move(options));
  const Result<Ports> ports = second.start();
  ASSERT_FALSE(ports.ok());
  EXPECT_NE(ports.error().message.find("127.0.0.1:" + std::to_string(a.ports().ctl)), std::string::npos)
      << ports.error().message;
  EXPECT_NE(ports.error().message.find("Address already in use"), std::string::npos) << ports.error().message;
  a.stop();
  EXPECT_TRUE(second.start().ok());  // may be tried again
}

TEST(Gossip, AdmitRefusesWhatIsNoPeer) {
  Node a("127.0.0.1", "a:1");
  Node b("127.0.0.2", "b:1");
  const Peer good = b.as_peer();
  Peer peer = good;
  peer.node_id = a.id();
  EXPECT_FALSE(a->admit(peer).ok());
  peer = good;
  peer.address = "localhost";
  EXPECT_FALSE(a->admit(peer).ok());
  peer = good;
  peer.ports.bulk = 0;
  EXPECT_FALSE(a->admit(peer).ok());
  peer = good;
  peer.curve_public = {};
  EXPECT_FALSE(a->admit(peer).ok());
  peer = good;
  peer.curve_public = a.keys().public_key();
  EXPECT_FALSE(a->admit(peer).ok());
  EXPECT_TRUE(a->admit(good).ok());
}

TEST(Gossip, WhatIsNoHeartbeatIsRefusedAndWhatIsTooLargeIsCounted) {
  Node a("127.0.0.1", "a:1");
  EXPECT_FALSE(a->set_heartbeat("nonsense"));
  EXPECT_FALSE(a->set_heartbeat(frame_of(a.id(), "a delta")));
  EXPECT_TRUE(a->set_heartbeat(heartbeat_of(a.id())));
  EXPECT_TRUE(a->set_heartbeat({}));
  const std::string large(limits::gossip_frame_bytes_max + 1, 'x');
  EXPECT_FALSE(a->publish(Stream::bulk, large));
  EXPECT_FALSE(a->send(1, large));
  EXPECT_EQ(a.dropped(Drop::oversized), 2U);
}

TEST(Gossip, AFullQueueToTheLoopCountsAndDropsAndHeartbeatsKeepTheirOwn) {
  Node a("127.0.0.1", "a:1");
  Node b("127.0.0.2", "b:1");
  const std::vector<Node*> nodes{&a, &b};
  introduce(nodes);
  const std::string request = frame_of(a.id(), "flood");
  ASSERT_TRUE(turn_until(nodes, [&] { return all_hear_all(nodes); }));
  // b's loop does not drain; a floods it, with pauses so that its own socket queue is not what fills. Again, if the
  // machine let no heartbeat come in the time that it is given.
  const std::vector<Node*> only_a{&a};
  bool fresh = false;
  for (int round = 0; round < 20 && !fresh; ++round) {
    const std::uint64_t dropped = b.dropped(Drop::queue_full_in);
    ASSERT_TRUE(turn_until(only_a, [&] {
      for (int i = 0; i < 100; ++i) {
        a->send(b.id(), request);
      }
      return b.dropped(Drop::queue_full_in) > dropped;
    }));
    const Instant now = monotonic_now();
    turn_for(only_a, 500ms);
    b.received.clear();
    b.turn();
    fresh = std::ranges::any_of(
        b.received, [now](const Received& frame) { return Node::is_heartbeat(frame) && frame.stamp > now; });
  }
  EXPECT_TRUE(fresh);
}

TEST(Gossip, DrainIsBoundedAndSignalsTheRest) {
  Node a("127.0.0.1", "a:1");
  Node b("127.0.0.2", "b:1");
  const std::vector<Node*> nodes{&a, &b};
  introduce(nodes);
  ASSERT_TRUE(turn_until(nodes, [&] { return all_hear_all(nodes); }));
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(a->send(b.id(), frame_of(a.id(), std::to_string(i))));
  }
  std::vector<Received> taken;
  const Instant deadline = monotonic_now() + patience;
  std::size_t direct = 0;
  while (direct < 20 && monotonic_now() < deadline) {
    pollfd waiting{b->event_fd(), POLLIN, 0};
    ASSERT_EQ(::poll(&waiting, 1, 60'000), 1);
    taken.clear();
    ASSERT_LE(b->drain(taken, 1), 1U);
    for (const Received& frame : taken) {
      direct += frame.stream == Stream::direct ? 1 : 0;
    }
  }
  EXPECT_EQ(direct, 20U);
}

}  // namespace
}  // namespace holdfast::transport::test

// HELLO: who is accepted, who is refused and by which cause, replay, expiry, bounds, hostile bytes.
#include "transport/hello.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>
#include <set>

#include "base/limits.hpp"
#include "cluster/codec/term.hpp"
#include "transport/hello_message.hpp"

namespace holdfast::transport {
namespace {

using Json = nlohmann::json;

const ClusterKey kKey = ClusterKey::derive("user", "secret");

HelloSelf self_of(const std::string& identifier, const ClusterKey& key = kKey, const std::string& cluster = "prod") {
  HelloSelf self;
  self.cluster = cluster;
  self.key = key;
  NodeIdentity& identity = self.identity;
  identity.identifier = identifier;
  identity.nick = "nick of " + identifier;
  identity.node_id = cluster::node_id_of(identifier);
  identity.machine_id = "0123456789abcdef";
  identity.incarnation = UINT64_MAX;
  identity.instance_uuid = "uuid of " + identifier;
  identity.curve_public = key.open() ? CurvePublicKey{} : CurveKeyPair::generate().public_key();
  identity.ports = {5001, 5002, 65535};
  identity.protocol_min = 1;
  identity.protocol_max = 2;
  identity.config_hash = "c0ffee";
  identity.rules_hash = "decade";
  identity.version = "0.1.0";
  identity.facts = {{"state", "OPERATION"}, {"master", "a:1"}, {"core", ""}};
  return self;
}

Instant at(std::int64_t ms) {
  return Instant::from_ms(1'000'000 + ms);
}

struct Exchange {
  HelloResponder::Answer challenge;
  HelloResponder::Answer proof;
  std::string proof_request;
  HelloInitiator::Step end;
};

/// A whole exchange; stops at the first refusal.
Exchange exchange(HelloInitiator& initiator, HelloResponder& responder, Instant now = at(0)) {
  Exchange result;
  result.challenge = responder.answer(initiator.start(), now);
  result.end = initiator.on_answer(result.challenge.http_status, result.challenge.body);
  if (result.end.body.empty()) {
    return result;
  }
  result.proof_request = result.end.body;
  result.proof = responder.answer(result.proof_request, now);
  result.end = initiator.on_answer(result.proof.http_status, result.proof.body);
  return result;
}

void expect_refused(HelloResponder& responder, const std::string& body, HelloCause cause, Instant now = at(0)) {
  const std::uint64_t before = responder.counters().refused_by(cause);
  const auto answer = responder.answer(body, now);
  EXPECT_EQ(answer.http_status, 403);
  EXPECT_EQ(answer.body, refusal_body());
  EXPECT_FALSE(answer.peer.has_value());
  ASSERT_TRUE(answer.cause.has_value());
  EXPECT_EQ(name_of(*answer.cause), name_of(cause)) << answer.message;
  EXPECT_FALSE(answer.message.empty());
  EXPECT_EQ(responder.counters().refused_by(cause), before + 1);
}

TEST(Hello, EachSideTellsTheOtherItsLastKnownLife) {
  HelloSelf a = self_of("a:1");
  HelloSelf b = self_of("b:1");
  a.known_incarnation = [](std::string_view of) { return of == "b:1" ? 41U : 0U; };
  b.known_incarnation = [](std::string_view of) { return of == "a:1" ? 42U : 0U; };
  HelloInitiator initiator(a, "b:1");
  HelloResponder responder(b);
  const Exchange done = exchange(initiator, responder);
  ASSERT_TRUE(done.proof.peer && done.end.peer);
  EXPECT_EQ(done.proof.peer->identity.known_incarnation, 41U);
  EXPECT_EQ(done.end.peer->identity.known_incarnation, 42U);
}

TEST(Hello, WhileTheKeyIsChangedBothKeysAreAcceptedAndTheAnswerHasTheOneThatWasUsed) {
  const ClusterKey former = ClusterKey::derive("former", "key");
  HelloSelf changed = self_of("b:1");
  changed.former_key = former;
  HelloResponder responder(changed);
  for (const ClusterKey& key : {kKey, former}) {
    HelloInitiator initiator(self_of("a:1", key), "b:1");
    const Exchange done = exchange(initiator, responder);
    EXPECT_TRUE(done.proof.peer.has_value()) << done.proof.message;
    EXPECT_TRUE(done.end.peer.has_value()) << done.end.message;
  }
  HelloInitiator stranger(self_of("a:1", ClusterKey::derive("other", "key")), "b:1");
  expect_refused(responder, stranger.start(), HelloCause::wrong_key);
  // The change is over: an exchange that was open is, too.
  HelloInitiator late(self_of("a:1", former), "b:1");
  const auto challenge = responder.answer(late.start(), at(0));
  ASSERT_EQ(challenge.http_status, 200);
  const auto proof = late.on_answer(200, challenge.body);
  responder.set_keys({kKey, {}});
  expect_refused(responder, proof.body, HelloCause::wrong_key);
  HelloInitiator again(self_of("a:1", former), "b:1");
  expect_refused(responder, again.start(), HelloCause::wrong_key);
  HelloInitiator current(self_of("a:1"), "b:1");
  EXPECT_TRUE(exchange(current, responder).end.peer.has_value());
}

TEST(Hello, BothSidesLearnEachOthersIdentity) {
  const HelloSelf a = self_of("a:1");
  const HelloSelf b = self_of("b:1");
  HelloInitiator initiator(a, "b:1");
  HelloResponder responder(b);
  const Exchange done = exchange(initiator, responder);
  ASSERT_TRUE(done.proof.peer.has_value()) << done.proof.message;
  ASSERT_TRUE(done.end.peer.has_value()) << done.end.message;
  EXPECT_EQ(done.proof.peer->identity, a.identity);
  EXPECT_EQ(done.end.peer->identity, b.identity);
  EXPECT_EQ(done.proof.peer->protocol, 2);
  EXPECT_EQ(done.end.peer->protocol, 2);
  EXPECT_EQ(responder.counters().accepted, 1U);
  EXPECT_EQ(responder.pending(), 0U);
}

TEST(Hello, OpenModeIsTheSameWithoutCodes) {
  HelloInitiator initiator(self_of("a:1", ClusterKey{}));
  HelloResponder responder(self_of("b:1", ClusterKey{}));
  const Exchange done = exchange(initiator, responder);
  ASSERT_TRUE(done.proof.peer.has_value()) << done.proof.message;
  ASSERT_TRUE(done.end.peer.has_value()) << done.end.message;
  EXPECT_EQ(Json::parse(done.proof_request).at("mac"), "");
}

TEST(Hello, ProtocolRanges) {
  struct Case {
    std::uint16_t min_a, max_a, min_b, max_b, agreed;
  };
  for (const Case& ranges : {Case{1, 1, 1, 1, 1}, Case{1, 3, 2, 5, 3}, Case{2, 5, 1, 3, 3}, Case{1, 2, 3, 4, 0},
                             Case{3, 4, 1, 2, 0}, Case{1, 9, 4, 4, 4}, Case{1, 65535, 65535, 65535, 65535}}) {
    HelloSelf a = self_of("a:1");
    HelloSelf b = self_of("b:1");
    a.identity.protocol_min = ranges.min_a;
    a.identity.protocol_max = ranges.max_a;
    b.identity.protocol_min = ranges.min_b;
    b.identity.protocol_max = ranges.max_b;
    HelloInitiator initiator(a);
    HelloResponder responder(b);
    const Exchange done = exchange(initiator, responder);
    // Incompatible nodes are known to each other, so that they can be shown, not silently absent.
    ASSERT_TRUE(done.end.peer.has_value());
    ASSERT_TRUE(done.proof.peer.has_value());
    EXPECT_EQ(done.end.peer->protocol, ranges.agreed);
    EXPECT_EQ(done.proof.peer->protocol, ranges.agreed);
  }
}

TEST(Hello, StrangersAreRefusedAtTheirFirstRequestAndTakeNoMemory) {
  HelloResponder responder(self_of("b:1"));
  const auto refused_at_once = [&responder](HelloSelf self, HelloCause cause) {
    HelloInitiator initiator(std::move(self));
    expect_refused(responder, initiator.start(), cause);
    EXPECT_EQ(responder.pending(), 0U);
    const auto step = initiator.on_answer(403, refusal_body());
    EXPECT_EQ(step.cause, HelloCause::refused);
    EXPECT_TRUE(step.body.empty());
  };
  refused_at_once(self_of("a:1", ClusterKey{}), HelloCause::no_key);
  refused_at_once(self_of("a:1", ClusterKey::generate()), HelloCause::wrong_key);
  refused_at_once(self_of("a:1", kKey, "test"), HelloCause::other_cluster);
  HelloResponder open(self_of("b:1", ClusterKey{}));
  HelloInitiator keyed(self_of("a:1"));
  expect_refused(open, keyed.start(), HelloCause::no_key);
}

TEST(Hello, TheInitiatorShowsItsIdentityOnlyToOneWhoKnowsTheKey) {
  HelloInitiator initiator(self_of("a:1"));
  HelloResponder impostor(self_of("b:1", ClusterKey::generate()));
  HelloMessage fake;
  fake.nonce = make_nonce();
  fake.mac = make_nonce();
  const std::string start = initiator.start();
  EXPECT_EQ(start.find("a:1"), std::string::npos);
  const auto step = initiator.on_answer(200, encode_hello(fake));
  EXPECT_EQ(step.cause, HelloCause::wrong_key);
  EXPECT_TRUE(step.body.empty());
  HelloInitiator second(self_of("a:1"));
  (void)second.start();
  fake.mac.clear();
  EXPECT_EQ(second.on_answer(200, encode_hello(fake)).cause, HelloCause::no_key);
}

TEST(Hello, AReplayedProofIsRefused) {
  HelloInitiator initiator(self_of("a:1"));
  HelloResponder responder(self_of("b:1"));
  const Exchange done = exchange(initiator, responder);
  ASSERT_TRUE(done.end.peer.has_value());
  expect_refused(responder, done.proof_request, HelloCause::replayed);
  expect_refused(responder, done.proof_request, HelloCause::replayed, at(1));
  // Another responder with the same key never made that challenge.
  HelloResponder other(self_of("c:1"));
  expect_refused(other, done.proof_request, HelloCause::replayed);
  EXPECT_EQ(responder.counters().accepted, 1U);
}

TEST(Hello, AReplayedChallengeLeadsNowhere) {
  HelloInitiator initiator(self_of("a:1"));
  HelloResponder responder(self_of("b:1"));
  const std::string start = initiator.start();
  const auto first = responder.answer(start, at(0));
  const auto second = responder.answer(start, at(1));
  EXPECT_EQ(first.body, second.body);  // one place in the table, however often it is said
  EXPECT_EQ(responder.pending(), 1U);
  const std::string proof = initiator.on_answer(200, first.body).body;
  ASSERT_TRUE(responder.answer(proof, at(2)).peer.has_value());
  // A later replay of the challenge makes a new nonce, which the recorded proof does not answer.
  EXPECT_EQ(responder.answer(start, at(3)).http_status, 200);
  expect_refused(responder, proof, HelloCause::replayed, at(3));
}

TEST(Hello, AChallengeExpires) {
  const std::int64_t age_ms = std::chrono::milliseconds(limits::hello_pending_age_max).count();
  for (const std::int64_t late_ms : {age_ms - 1, age_ms}) {
    HelloInitiator initiator(self_of("a:1"));
    HelloResponder responder(self_of("b:1"));
    const auto challenge = responder.answer(initiator.start(), at(0));
    const std::string proof = initiator.on_answer(200, challenge.body).body;
    if (late_ms < age_ms) {
      EXPECT_TRUE(responder.answer(proof, at(late_ms)).peer.has_value());
    } else {
      expect_refused(responder, proof, HelloCause::replayed, at(late_ms));
      EXPECT_EQ(responder.pending(), 0U);
    }
  }
}

TEST(Hello, PendingChallengesAreBoundedAndTheOldestGoes) {
  HelloResponder responder(self_of("b:1"));
  HelloInitiator first(self_of("a:1"));
  const auto challenge = responder.answer(first.start(), at(0));
  std::string last_proof;
  for (std::size_t i = 0; i < limits::hello_pending_max; ++i) {
    HelloInitiator other(self_of("c:1"));
    const auto answer = responder.answer(other.start(), at(1));
    last_proof = other.on_answer(200, answer.body).body;
  }
  EXPECT_EQ(responder.pending(), limits::hello_pending_max);
  expect_refused(responder, first.on_answer(200, challenge.body).body, HelloCause::replayed, at(2));
  EXPECT_TRUE(responder.answer(last_proof, at(2)).peer.has_value());
}

TEST(Hello, EveryFieldIsBoundByItsCode) {
  // Each field of the proof, and of the answer to it, changed by one who has no key.
  for (const char* field : {"identity", "nonce", "answer", "mac"}) {
    HelloInitiator initiator(self_of("a:1"));
    HelloResponder responder(self_of("b:1"));
    const auto challenge = responder.answer(initiator.start(), at(0));
    Json proof = Json::parse(initiator.on_answer(200, challenge.body).body);
    const std::string good = proof.dump();
    std::string text = proof.at(field);
    text.back() = text.back() == '0' ? '1' : '0';
    if (std::string_view(field) == "identity") {
      text = encode_identity(self_of("evil:1").identity);
    }
    proof[field] = text;
    expect_refused(responder, proof.dump(), HelloCause::wrong_key);
    // The honest proof still counts: a forged one does not use the challenge up.
    const auto answer = responder.answer(good, at(0));
    ASSERT_TRUE(answer.peer.has_value());
    Json reply = Json::parse(answer.body);
    if (reply.contains(field)) {
      reply[field] = std::string_view(field) == "identity" ? encode_identity(self_of("evil:1").identity) : text;
      const auto step = initiator.on_answer(200, reply.dump());
      EXPECT_EQ(step.cause, HelloCause::wrong_key);
      EXPECT_FALSE(step.peer.has_value());
    }
  }
}

TEST(Hello, NoMessagePassesForAnother) {
  HelloInitiator initiator(self_of("a:1"));
  HelloResponder responder(self_of("b:1"));
  const std::string start = initiator.start();
  const auto challenge = responder.answer(start, at(0));
  // The answer to a challenge sent back as a challenge, and a challenge dressed as a proof.
  Json reflected = Json::parse(challenge.body);
  reflected["cluster"] = "prod";
  expect_refused(responder, reflected.dump(), HelloCause::wrong_key);
  Json dressed = Json::parse(start);
  dressed["step"] = "proof";
  expect_refused(responder, dressed.dump(), HelloCause::wrong_key);
  // The initiator's own proof, reflected to it as the answer.
  const std::string proof = initiator.on_answer(200, challenge.body).body;
  EXPECT_EQ(initiator.on_answer(200, proof).cause, HelloCause::wrong_key);
}

TEST(Hello, SelfDuplicateAndUnexpectedAreTold) {
  const HelloSelf me = self_of("a:1");
  {
    HelloInitiator initiator(me);
    HelloResponder responder(me);
    const Exchange done = exchange(initiator, responder);
    EXPECT_EQ(done.end.cause, HelloCause::own_identity);
    EXPECT_EQ(done.proof.cause, HelloCause::own_identity);
    EXPECT_FALSE(done.proof.peer.has_value());
    EXPECT_EQ(responder.counters().accepted, 0U);
  }
  {
    HelloSelf twin = me;
    twin.identity.instance_uuid = "another life";
    HelloInitiator initiator(me);
    HelloResponder responder(twin);
    const Exchange done = exchange(initiator, responder);
    EXPECT_EQ(done.end.cause, HelloCause::duplicate_node);
    EXPECT_EQ(done.proof.cause, HelloCause::duplicate_node);
  }
  {
    HelloInitiator initiator(me, "b:1");
    HelloResponder responder(self_of("c:1"));
    EXPECT_EQ(exchange(initiator, responder).end.cause, HelloCause::unexpected);
  }
}

/// b:1 hears a:1 at one place; a HELLO of an a:1 that runs at `place` as `instance`, begun by a or by b.
HelloCause cause_of_second(const std::string& instance, const std::string& location, bool b_asks) {
  HelloSelf b = self_of("b:1");
  b.heard = [](std::string_view identifier) {
    return identifier == "a:1" ? HeardAgent{"first", "here"} : HeardAgent{};
  };
  HelloSelf a = self_of("a:1");
  a.identity.instance_uuid = instance;
  a.identity.runtime_location = location;
  HelloInitiator initiator(b_asks ? b : a, b_asks ? "a:1" : "b:1");
  HelloResponder responder(b_asks ? a : b);
  const Exchange done = exchange(initiator, responder);
  EXPECT_EQ(done.end.cause, done.proof.cause) << "both sides judge alike";
  EXPECT_EQ(done.end.peer.has_value(), !done.end.cause.has_value());
  EXPECT_EQ(done.proof.peer.has_value(), !done.proof.cause.has_value());
  return done.end.cause.value_or(HelloCause::garbage);  // garbage: admitted
}

TEST(Hello, ASecondAgentOfOneIdIsRefusedWhileTheFirstIsHeard) {
  for (const bool b_asks : {false, true}) {
    EXPECT_EQ(cause_of_second("second", "there", b_asks), HelloCause::duplicate_node);
    EXPECT_EQ(cause_of_second("second", "here", b_asks), HelloCause::garbage) << "it was started again";
    EXPECT_EQ(cause_of_second("first", "here", b_asks), HelloCause::garbage) << "it is itself";
    EXPECT_EQ(cause_of_second("second", "", b_asks), HelloCause::garbage) << "an agent that does not tell";
  }
}

TEST(Hello, AuthenticButWrongIdentitiesAreRefused) {
  const auto refused = [](void (*spoil)(NodeIdentity&)) {
    HelloSelf a = self_of("a:1");
    spoil(a.identity);
    HelloInitiator initiator(a);
    HelloResponder responder(self_of("b:1"));
    const auto challenge = responder.answer(initiator.start(), at(0));
    expect_refused(responder, initiator.on_answer(200, challenge.body).body, HelloCause::bad_identity);
  };
  refused([](NodeIdentity& identity) { identity.node_id = 0; });
  refused([](NodeIdentity& identity) { identity.node_id += 1; });  // not the hash of its identifier
  refused([](NodeIdentity& identity) { identity.identifier.clear(); });
  refused([](NodeIdentity& identity) { identity.identifier = std::string(300, 'x'); });
  refused([](NodeIdentity& identity) { identity.instance_uuid.clear(); });
  refused([](NodeIdentity& identity) { identity.curve_public = {}; });
  refused([](NodeIdentity& identity) { identity.ports.bulk = 0; });
  refused([](NodeIdentity& identity) { identity.protocol_min = 0; });
  refused([](NodeIdentity& identity) { identity.protocol_min = 3; });
  refused([](NodeIdentity& identity) { identity.nick = "line\nbreak"; });
  refused([](NodeIdentity& identity) { identity.version = "\x7f"; });
  refused([](NodeIdentity& identity) { identity.facts.assign(limits::hello_facts_max + 1, {"k", "v"}); });
  refused([](NodeIdentity& identity) { identity.facts = {{"", "v"}}; });
}

TEST(Hello, IdentityRoundTripAndInvalidUtf8) {
  NodeIdentity identity = self_of("nœud:65000").identity;
  const auto back = decode_identity(encode_identity(identity));
  ASSERT_TRUE(back.ok()) << back.error().message;
  EXPECT_EQ(back.value(), identity);
  identity.nick = "caf\xe9";
  const auto replaced = decode_identity(encode_identity(identity));
  ASSERT_TRUE(replaced.ok());
  EXPECT_EQ(replaced.value().nick, "caf\xEF\xBF\xBD");
}

TEST(Hello, HostileBodies) {
  HelloResponder responder(self_of("b:1"));
  const std::string nonce(64, 'a');
  const std::string bodies[] = {
      "",
      "null",
      "[]",
      "{}",
      "\"hello\"",
      R"({"hello":1})",
      R"({"hello":2,"step":"challenge","nonce":")" + nonce + R"("})",
      R"({"hello":-1,"step":"challenge"})",
      R"({"hello":1e400,"step":"challenge"})",
      R"({"hello":"1","step":"challenge"})",
      R"({"hello":1,"step":"dance","nonce":")" + nonce + R"("})",
      R"({"hello":1,"step":["challenge"],"nonce":")" + nonce + R"("})",
      R"({"hello":1,"step":"challenge","nonce":17})",
      R"({"hello":1,"step":"challenge","nonce":"short"})",
      R"({"hello":1,"step":"challenge","nonce":")" + std::string(64, 'G') + R"("})",
      R"({"hello":1,"step":"challenge"})",
      R"({"hello":1,"step":"challenge","nonce":")" + nonce + R"(","mac":"short"})",
      R"({"hello":1,"step":"challenge","nonce":")" + nonce + R"(","cluster":")" + std::string(300, 'c') + R"("})",
      R"({"hello":1,"step":"challenge","nonce":")" + nonce + "\"",
      std::string("{\"hello\":1,\0}", 13),
      "\xff\xfe{\"hello\":1}",
      std::string(10'000, '['),
      "{\"hello\":" + std::string(5000, '[') + std::string(5000, ']') + "}",
      R"({"a":{"a":{"a":{"a":{"a":1}}}},"hello":1})",
  };
  for (const std::string& body : bodies) {
    expect_refused(responder, body, HelloCause::garbage);
  }
  expect_refused(responder, std::string(limits::hello_bytes_max + 1, ' '), HelloCause::oversized);
  expect_refused(responder, std::string(5'000'000, '['), HelloCause::oversized);
  EXPECT_EQ(responder.pending(), 0U);
}

TEST(Hello, HostileAnswers) {
  for (const std::string& body : {std::string{}, std::string("[]"), refusal_body(), std::string(20'000, '{'),
                                  std::string(R"({"hello":1,"step":"challenge","mac":""})")}) {
    HelloInitiator initiator(self_of("a:1"));
    (void)initiator.start();
    const auto step = initiator.on_answer(200, body);
    EXPECT_TRUE(step.cause.has_value());
    EXPECT_TRUE(step.body.empty());
    EXPECT_FALSE(step.peer.has_value());
  }
  for (const int status : {0, 100, 204, 301, 401, 403, 404, 500}) {
    HelloInitiator initiator(self_of("a:1"));
    (void)initiator.start();
    EXPECT_EQ(initiator.on_answer(status, "").cause, HelloCause::refused);
  }
}

TEST(Hello, HostileIdentities) {
  const Json good = Json::parse(encode_identity(self_of("a:1").identity));
  for (const auto& [name, value] : good.items()) {
    for (const Json& wrong :
         {Json(nullptr), Json(-1), Json(1.5), Json(true), Json::array(), Json::object(), Json(std::string(300, 'x')),
          Json::array({Json::array({"only one"})}), Json::array({Json::array({"k", 1})})}) {
      Json spoiled = good;
      spoiled[name] = wrong;
      const bool harmless = name == "facts" && wrong == Json::array();
      EXPECT_EQ(decode_identity(spoiled.dump()).ok(), harmless) << name << " = " << wrong;
    }
    Json without = good;
    without.erase(name);
    const bool young = name == "knows" || name == "place" || name == "hears_instance" || name == "hears_place";
    EXPECT_EQ(decode_identity(without.dump()).ok(), young) << name;  // younger than the rest
  }
  Json newer = good;
  newer["of a later version"] = Json::array({1, 2});
  EXPECT_TRUE(decode_identity(newer.dump()).ok());
  EXPECT_FALSE(decode_identity(std::string(100'000, '[')).ok());
}

TEST(Hello, TenThousandMutationsOfValidMessagesNeverPass) {
  std::mt19937 random(2024);
  HelloResponder responder(self_of("b:1"));
  HelloInitiator initiator(self_of("a:1"));
  const std::string start = initiator.start();
  const auto challenge = responder.answer(start, at(0));
  const std::string proof = initiator.on_answer(200, challenge.body).body;
  const auto mutate = [&random](const std::string& text) {
    std::string mutated = text;
    while (mutated == text) {
      const std::size_t place = random() % text.size();
      switch (random() % 4) {
        case 0:
          mutated[place] = static_cast<char>(mutated[place] ^ (1 << (random() % 8)));
          break;
        case 1:
          mutated.erase(place, 1 + random() % 8);
          break;
        case 2:
          mutated.insert(place, text.substr(random() % text.size(), random() % 16));
          break;
        default:
          mutated.resize(place);
      }
    }
    return mutated;
  };
  // A mutation that leaves the meaning (an unknown member, white space) is the same message and may pass.
  int meant_the_same = 0;
  for (int i = 0; i < 10'000; ++i) {
    const std::string mutated = mutate(i % 2 == 0 ? proof : start);
    const auto answer = responder.answer(mutated, at(1));
    if (answer.http_status == 200) {
      ASSERT_EQ(encode_hello(parse_hello(mutated).value()), i % 2 == 0 ? proof : start) << mutated;
      ++meant_the_same;
      continue;
    }
    ASSERT_TRUE(answer.cause.has_value());
    ASSERT_FALSE(answer.peer.has_value());
    ASSERT_EQ(answer.body, refusal_body());
  }
  EXPECT_LT(meant_the_same, 100);
  EXPECT_LE(responder.pending(), 1U);
  if (responder.counters().accepted == 0) {
    EXPECT_TRUE(responder.answer(proof, at(1)).peer.has_value());  // ten thousand forgeries have not used it up
  }
}

TEST(Hello, NoncesAreNew) {
  std::set<std::string> nonces;
  for (int i = 0; i < 1000; ++i) {
    EXPECT_TRUE(nonces.insert(make_nonce()).second);
  }
}

}  // namespace
}  // namespace holdfast::transport

#include "transport/hello.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "base/limits.hpp"
#include "transport/hello_message.hpp"
#include "transport/private_file.hpp"

namespace holdfast::transport {
namespace {

/// What both sides do with an identity whose code was right.
struct Judgement {
  std::optional<HelloPeer> peer;
  std::string identifier;  // its word on who it is, also if it is refused
  std::string nick;
  std::optional<HelloCause> cause;
  std::string message;
};

/// The identity to say to `other`, whose own memory of this node may be shorter or longer than this node's file.
std::string identity_for(const HelloSelf& self, std::string_view other, std::string_view nick = {}) {
  NodeIdentity identity = self.identity;
  if (self.objection && !nick.empty()) {
    if (std::string why = self.objection(other, nick); !why.empty()) {
      why.resize(std::min(why.size(), limits::hello_text_max));
      identity.facts.emplace_back(fact_objection, std::move(why));
    }
  }
  if (!other.empty()) {
    const HeardAgent heard = self.heard ? self.heard(other) : HeardAgent{};
    identity.known_incarnation = self.known_incarnation ? self.known_incarnation(other) : 0;
    identity.hears_instance = heard.instance_uuid;
    identity.hears_runtime_location = heard.runtime_location;
  }
  return encode_identity(identity);
}

/// Another agent than the one that is heard, and it cannot be that one's successor: it runs elsewhere.
bool are_two(const HeardAgent& heard, const NodeIdentity& identity) {
  return !heard.instance_uuid.empty() && !heard.runtime_location.empty() && !identity.runtime_location.empty() &&
         heard.instance_uuid != identity.instance_uuid && heard.runtime_location != identity.runtime_location;
}

std::uint16_t common_protocol(const NodeIdentity& a, const NodeIdentity& b) {
  const std::uint16_t highest = std::min(a.protocol_max, b.protocol_max);
  return highest >= std::max(a.protocol_min, b.protocol_min) ? highest : std::uint16_t{0};
}

Judgement judge(const HelloSelf& self, std::string_view text) {
  const Result<NodeIdentity> decoded = decode_identity(text);
  if (!decoded.ok()) {
    return {{}, {}, {}, HelloCause::bad_identity, decoded.error().message};
  }
  const NodeIdentity& identity = decoded.value();
  if (self.key.open() != identity.curve_public.empty()) {
    return {{},
            {},
            {},
            HelloCause::bad_identity,
            identity.identifier + " has a CURVE key only with, and always with, a cluster key"};
  }
  if (identity.node_id == self.identity.node_id) {
    const bool myself = identity.instance_uuid == self.identity.instance_uuid;
    return {{},
            {},
            {},
            myself ? HelloCause::own_identity : HelloCause::duplicate_node,
            myself ? "it is this very agent"
                   : "another agent (machine " + identity.machine_id + ") also is " + identity.identifier};
  }
  if (are_two({identity.hears_instance, identity.hears_runtime_location}, self.identity)) {
    return {{},
            identity.identifier,
            {},
            HelloCause::duplicate_node,
            identity.identifier + " hears another agent under this node's id " + self.identity.identifier +
                ": this one is not admitted while that one lives; stop it, or give this node another address"};
  }
  if (self.heard && are_two(self.heard(identity.identifier), identity)) {
    return {{},
            identity.identifier,
            {},
            HelloCause::duplicate_node,
            "two agents say that they are " + identity.identifier +
                "; the one that is heard stays, the other (machine " + identity.machine_id + ") is not admitted"};
  }
  const std::string& nick = identity.nick.empty() ? identity.identifier : identity.nick;
  return {HelloPeer{identity, common_protocol(self.identity, identity)}, identity.identifier, nick, {}, {}};
}

/// Why `mac` does not fit, or nullopt.
std::optional<HelloCause> check_mac(const std::string& key, std::string_view mac, const std::string& expected) {
  if (key.empty() != mac.empty()) {
    return HelloCause::no_key;
  }
  return equal_macs(mac, expected) ? std::nullopt : std::optional(HelloCause::wrong_key);
}

std::string explain(HelloCause cause, bool open) {
  if (cause == HelloCause::no_key) {
    return open ? "it has a cluster key and this node has none" : "it has no cluster key";
  }
  return "its cluster key is another";
}

}  // namespace

// --- The answering side ---

HelloResponder::HelloResponder(HelloSelf self) : self_(std::move(self)) {
  make_mac_keys();
}

HelloResponder::~HelloResponder() {
  std::ranges::for_each(mac_keys_, wipe);
}

void HelloResponder::make_mac_keys() {
  std::ranges::for_each(mac_keys_, wipe);
  mac_keys_ = {hello_mac_key(self_.key)};
  if (self_.former_key) {
    mac_keys_.push_back(hello_mac_key(*self_.former_key));
  }
}

void HelloResponder::set_keys(const ClusterKeys& keys) {
  self_.key = keys.key;
  self_.former_key = keys.former;
  pending_.clear();
  make_mac_keys();
}

/// The key that `mac` is made with; null: none of ours.
const std::string* HelloResponder::key_of(std::string_view mac, HelloRole role,
                                          const HelloTranscript& transcript) const {
  const auto found = std::ranges::find_if(
      mac_keys_, [&](const std::string& key) { return !check_mac(key, mac, hello_mac(key, role, transcript)); });
  return found == mac_keys_.end() ? nullptr : &*found;
}

HelloResponder::Answer HelloResponder::refuse(HelloCause cause, std::string message) {
  ++counters_.refused[static_cast<std::size_t>(cause)];
  Answer answer;
  answer.body = refusal_body();
  answer.cause = cause;
  answer.message = std::move(message);
  return answer;
}

HelloResponder::Answer HelloResponder::refuse_mac(std::string_view mac) {
  const HelloCause cause = self_.key.open() != mac.empty() ? HelloCause::no_key : HelloCause::wrong_key;
  return refuse(cause, explain(cause, self_.key.open()));
}

void HelloResponder::expire(Instant now) {
  while (!pending_.empty() && pending_.front().expires <= now) {
    pending_.pop_front();
  }
}

HelloResponder::Answer HelloResponder::answer(std::string_view body, Instant now) {
  expire(now);
  Result<HelloMessage> parsed = parse_hello(body);
  if (!parsed.ok()) {
    const bool oversized = parsed.error().code == hello_error_oversized;
    return refuse(oversized ? HelloCause::oversized : HelloCause::garbage, "it sent " + parsed.error().message);
  }
  const HelloMessage& request = parsed.value();
  if (request.nonce.empty()) {
    return refuse(HelloCause::garbage, "it sent a HELLO without a nonce");
  }
  if (request.cluster != self_.cluster) {
    return refuse(HelloCause::other_cluster, "it is of another cluster");
  }
  switch (request.step) {
    case HelloStep::challenge:
      return challenge(request, now);
    case HelloStep::proof:
      return proof(request);
  }
  return refuse(HelloCause::garbage, "it sent an unknown step");
}

HelloResponder::Answer HelloResponder::challenge(const HelloMessage& request, Instant now) {
  HelloTranscript transcript{self_.cluster, request.nonce, {}, {}, {}};
  const std::string* const key = key_of(request.mac, HelloRole::challenge_request, transcript);
  if (key == nullptr) {
    return refuse_mac(request.mac);
  }
  // A challenge that is sent again, or replayed, gets the same answer and takes no second place.
  auto place = std::ranges::find(pending_, request.nonce, &Pending::theirs);
  if (place == pending_.end()) {
    if (pending_.size() >= limits::hello_pending_max) {
      pending_.pop_front();
    }
    pending_.push_back({request.nonce, make_nonce(), now + limits::hello_pending_age_max});
    place = std::prev(pending_.end());
  }
  transcript.responder_nonce = place->ours;
  HelloMessage reply;
  reply.step = HelloStep::challenge;
  reply.nonce = place->ours;
  reply.mac = hello_mac(*key, HelloRole::challenge_answer, transcript);
  Answer answer;
  answer.http_status = 200;
  answer.body = encode_hello(reply);
  return answer;
}

HelloResponder::Answer HelloResponder::proof(const HelloMessage& request) {
  HelloTranscript transcript{self_.cluster, request.nonce, request.answer, request.identity, {}};
  const std::string* const key = key_of(request.mac, HelloRole::proof_request, transcript);
  if (key == nullptr) {
    return refuse_mac(request.mac);
  }
  const auto place = std::ranges::find_if(pending_, [&request](const Pending& pending) {
    return pending.theirs == request.nonce && pending.ours == request.answer;
  });
  if (place == pending_.end()) {
    return refuse(HelloCause::replayed, "its proof answers no challenge that is open here");
  }
  pending_.erase(place);  // used up, whatever becomes of it: an identity is judged once
  Judgement judgement = judge(self_, request.identity);
  if (judgement.cause == HelloCause::bad_identity) {
    return refuse(HelloCause::bad_identity, std::move(judgement.message));
  }
  Answer answer;
  if (judgement.cause) {
    // It knows the key: it is told who is here, and sees the conflict itself.
    ++counters_.refused[static_cast<std::size_t>(*judgement.cause)];
  } else {
    ++counters_.accepted;
  }
  HelloMessage reply;
  reply.step = HelloStep::proof;
  reply.identity = identity_for(self_, judgement.identifier, judgement.nick);
  transcript.responder_identity = reply.identity;
  reply.mac = hello_mac(*key, HelloRole::proof_answer, transcript);
  answer.http_status = 200;
  answer.body = encode_hello(reply);
  answer.peer = std::move(judgement.peer);
  answer.cause = judgement.cause;
  answer.message = std::move(judgement.message);
  return answer;
}

// --- The asking side ---

HelloInitiator::HelloInitiator(HelloSelf self, std::string expected_identifier)
    : self_(std::move(self)), expected_(std::move(expected_identifier)), mac_key_(hello_mac_key(self_.key)) {}

HelloInitiator::~HelloInitiator() {
  wipe(mac_key_);
}

std::string HelloInitiator::start() {
  CHECK(phase_ == Phase::idle);
  phase_ = Phase::challenged;
  nonce_ = make_nonce();
  HelloMessage request;
  request.step = HelloStep::challenge;
  request.cluster = self_.cluster;
  request.nonce = nonce_;
  request.mac = hello_mac(mac_key_, HelloRole::challenge_request, {self_.cluster, nonce_, {}, {}, {}});
  return encode_hello(request);
}

HelloInitiator::Step HelloInitiator::fail(HelloCause cause, std::string message) {
  phase_ = Phase::over;
  Step step;
  step.cause = cause;
  step.message = std::move(message);
  return step;
}

HelloInitiator::Step HelloInitiator::on_answer(int http_status, std::string_view body) {
  constexpr int kOk = 200;
  CHECK(phase_ == Phase::challenged || phase_ == Phase::proving);
  if (http_status != kOk) {
    return fail(HelloCause::refused, "it refused (HTTP " + std::to_string(http_status) +
                                         "): another cluster key or name, or no Holdfast agent; its own log says why");
  }
  const Result<HelloMessage> parsed = parse_hello(body);
  if (!parsed.ok()) {
    const bool oversized = parsed.error().code == hello_error_oversized;
    return fail(oversized ? HelloCause::oversized : HelloCause::garbage, "it answered with " + parsed.error().message);
  }
  const HelloMessage& answer = parsed.value();
  const bool proving = phase_ == Phase::proving;
  if ((answer.step == HelloStep::proof) != proving) {
    return fail(HelloCause::garbage, "it answered with another step than it was asked for");
  }
  return proving ? on_proof(answer) : on_challenge(answer);
}

HelloInitiator::Step HelloInitiator::on_challenge(const HelloMessage& answer) {
  if (answer.nonce.empty()) {
    return fail(HelloCause::garbage, "it answered without a nonce");
  }
  HelloTranscript transcript{self_.cluster, nonce_, answer.nonce, {}, {}};
  const std::string expected = hello_mac(mac_key_, HelloRole::challenge_answer, transcript);
  if (const auto cause = check_mac(mac_key_, answer.mac, expected)) {
    return fail(*cause, explain(*cause, self_.key.open()));
  }
  phase_ = Phase::proving;
  answer_ = answer.nonce;
  identity_ = identity_for(self_, expected_);
  transcript.initiator_identity = identity_;
  HelloMessage proof;
  proof.step = HelloStep::proof;
  proof.cluster = self_.cluster;
  proof.nonce = nonce_;
  proof.answer = answer_;
  proof.identity = identity_;
  proof.mac = hello_mac(mac_key_, HelloRole::proof_request, transcript);
  Step step;
  step.body = encode_hello(proof);
  return step;
}

HelloInitiator::Step HelloInitiator::on_proof(const HelloMessage& answer) {
  const std::string expected =
      hello_mac(mac_key_, HelloRole::proof_answer, {self_.cluster, nonce_, answer_, identity_, answer.identity});
  if (const auto cause = check_mac(mac_key_, answer.mac, expected)) {
    return fail(*cause, explain(*cause, self_.key.open()));
  }
  Judgement judgement = judge(self_, answer.identity);
  if (judgement.cause) {
    return fail(*judgement.cause, std::move(judgement.message));
  }
  if (!expected_.empty() && judgement.peer->identity.identifier != expected_) {
    return fail(HelloCause::unexpected, "there is " + judgement.peer->identity.identifier + ", not " + expected_);
  }
  phase_ = Phase::over;
  Step step;
  step.peer = std::move(judgement.peer);
  return step;
}

}  // namespace holdfast::transport

// hello.hpp: the handshake by which two agents learn and prove who they are (DESIGN.md section 6), carried as
// two `POST /holdfast/hello` requests by the composition root. Bytes in, bytes out; the time is passed in;
// the only outside source is libsodium's random numbers. Not thread-safe: the loop's.
//
//   1  initiator -> {"hello":1,"step":"challenge","cluster":NAME,"nonce":A,"mac":M1}
//      responder -> {"hello":1,"step":"challenge","nonce":B,"mac":M2}
//   2  initiator -> {"hello":1,"step":"proof","cluster":NAME,"nonce":A,"answer":B,"identity":TEXT,"mac":M3}
//      responder -> {"hello":1,"step":"proof","identity":TEXT,"mac":M4}
//
// Each mac is HMAC-SHA256 under a subkey of the cluster key over the step's own label, the cluster's name,
// both nonces and the exact bytes of the identities said so far (each preceded by its length): no message
// passes for another step, direction, exchange or cluster. Who has no key therefore gets a refusal to its
// first request, costs no memory and sees no identity. An identity is JSON in a string and read only after
// its mac is right. A proof uses its challenge up, so a replayed one is refused. A refusal always has the
// same bytes; the cause is counted on this side only. Open mode (no cluster key): the same exchange with
// empty macs. A side with a key and one without refuse each other.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/enumeration.hpp"
#include "base/instant.hpp"
#include "base/result.hpp"
#include "transport/cluster_key.hpp"
#include "transport/curve_keys.hpp"
#include "transport/gossip.hpp"

namespace holdfast::transport {

/// The path that both sides use.
inline constexpr std::string_view hello_path = "/holdfast/hello";

/// The key of a fact that names one tag of the node.
inline constexpr std::string_view fact_stereotype = "stereotype";
/// Where the node listens, if that is one address (numeric).
inline constexpr std::string_view fact_address = "address";
/// In an answer: why the other side is not taken as a node of the cluster, though it has the key.
inline constexpr std::string_view fact_objection = "objection";
/// What a fact's key begins with that is one of the values that should be the same on every node.
inline constexpr std::string_view fact_common = "common ";

/// What a node says of itself in HELLO.
struct NodeIdentity {
  std::string identifier;  ///< Supvisors' identifier (host:port), contract supvisors.md ID-4
  std::string nick;
  std::uint64_t node_id = 0;
  std::string machine_id;  ///< the boot of its kernel; agents of one machine have the same
  std::uint64_t incarnation = 0;
  std::string instance_uuid;  ///< new at each start of the agent
  CurvePublicKey curve_public;
  Ports ports;
  std::uint16_t protocol_min = 0;
  std::uint16_t protocol_max = 0;
  /// Differs between any two agents that could run at the same time under one address: machine, boot and network
  /// namespace. An agent that is started again where it was has the same. Empty: not known.
  std::string runtime_location;
  std::uint64_t known_incarnation = 0;  ///< the highest incarnation of the other side that this one has seen; 0 = none
  /// The agent that this one hears right now under the other side's identifier; empty = none.
  std::string hears_instance;
  std::string hears_runtime_location;
  std::string config_hash;
  std::string rules_hash;
  std::string version;
  /// Short facts for synchronisation and for showing differences, in this order: cluster state, Master,
  /// epoch, core, options (key, value). Bounded by limits::hello_facts_max.
  std::vector<std::pair<std::string, std::string>> facts;

  friend bool operator==(const NodeIdentity&, const NodeIdentity&) = default;
};

/// Why a HELLO came to nothing.
enum class HelloCause : std::uint8_t {
  garbage,         ///< not the JSON that is expected here
  oversized,       ///< larger than limits::hello_bytes_max
  other_cluster,   ///< another cluster's name
  no_key,          ///< one side has a cluster key, the other has none
  wrong_key,       ///< the mac is not of our cluster key
  replayed,        ///< proof of a challenge that is used up, expired or was never made
  bad_identity,    ///< authentic, but a field is missing or out of bounds
  own_identity,    ///< it is this very agent
  duplicate_node,  ///< one of two agents with the same id that are alive at different places
  unexpected,      ///< not the node that was asked for
  refused,         ///< the other side refused
};

constexpr std::string_view name_of(HelloCause cause) {
  switch (cause) {
    case HelloCause::garbage:
      return "garbage";
    case HelloCause::oversized:
      return "oversized";
    case HelloCause::other_cluster:
      return "other_cluster";
    case HelloCause::no_key:
      return "no_key";
    case HelloCause::wrong_key:
      return "wrong_key";
    case HelloCause::replayed:
      return "replayed";
    case HelloCause::bad_identity:
      return "bad_identity";
    case HelloCause::own_identity:
      return "own_identity";
    case HelloCause::duplicate_node:
      return "duplicate_node";
    case HelloCause::unexpected:
      return "unexpected";
    case HelloCause::refused:
      return "refused";
  }
  return "";
}
inline constexpr std::size_t hello_causes = count_of<HelloCause>();

struct HelloCounters {
  std::uint64_t accepted = 0;
  std::uint64_t refused[hello_causes] = {};
  [[nodiscard]] std::uint64_t refused_by(HelloCause cause) const { return refused[static_cast<std::size_t>(cause)]; }
};

/// An authenticated peer, whose node_id is the hash of its identifier. `protocol` is the highest common
/// version; 0 = none: show it as INCOMPATIBLE, do not admit it.
struct HelloPeer {
  NodeIdentity identity;
  std::uint16_t protocol = 0;
};

/// An agent that is heard under some identifier right now; empty texts: nobody is.
struct HeardAgent {
  std::string instance_uuid;
  std::string runtime_location;
};

/// Who speaks for this node, and with which key. The identity may change between exchanges, not within one;
/// what it knows and hears of the other side is asked for each time.
struct HelloSelf {
  std::string cluster;
  ClusterKey key;
  std::optional<ClusterKey> former_key = std::nullopt;  ///< accepted from others, too, while the key is being changed
  NodeIdentity identity;
  std::function<std::uint64_t(std::string_view identifier)> known_incarnation = nullptr;
  std::function<HeardAgent(std::string_view identifier)> heard = nullptr;
  /// Why a node of that name cannot be taken, for its own log; empty: it can.
  std::function<std::string(std::string_view identifier, std::string_view nick)> objection = nullptr;
};

struct HelloMessage;  // hello_message.hpp
struct HelloTranscript;
enum class HelloRole : std::uint8_t;

/// The answering side: one per agent.
class HelloResponder {
 public:
  explicit HelloResponder(HelloSelf self);
  ~HelloResponder();
  HelloResponder(const HelloResponder&) = delete;
  HelloResponder& operator=(const HelloResponder&) = delete;

  struct Answer {
    int http_status = 403;
    std::string body;
    std::optional<HelloPeer> peer;    ///< set by the proof that completes an exchange
    std::optional<HelloCause> cause;  ///< set when refused
    std::string message;              ///< for the log, when refused
  };
  /// The answer to one request body. Never fails otherwise than by a refusal.
  Answer answer(std::string_view body, Instant now);

  /// Exchanges begin with these keys from here on; those that are open come to nothing and are tried again.
  void set_keys(const ClusterKeys& keys);
  /// New ports, hashes or facts.
  void set_identity(NodeIdentity identity) { self_.identity = std::move(identity); }
  [[nodiscard]] const HelloCounters& counters() const { return counters_; }
  /// Challenges waiting for their proof (bounded by limits::hello_pending_max).
  [[nodiscard]] std::size_t pending() const { return pending_.size(); }

 private:
  struct Pending {
    std::string theirs;
    std::string ours;
    Instant expires;
  };
  Answer refuse(HelloCause cause, std::string message);
  Answer refuse_mac(std::string_view mac);
  Answer challenge(const HelloMessage& request, Instant now);
  Answer proof(const HelloMessage& request);
  void expire(Instant now);
  void make_mac_keys();
  [[nodiscard]] const std::string* key_of(std::string_view mac, HelloRole role,
                                          const HelloTranscript& transcript) const;

  HelloSelf self_;
  std::vector<std::string> mac_keys_;  // one, or two while the key is being changed
  std::deque<Pending> pending_;        // oldest first
  HelloCounters counters_;
};

/// The asking side: one per exchange.
class HelloInitiator {
 public:
  /// `expected_identifier`: refuse any other node than this; empty = whoever answers there.
  explicit HelloInitiator(HelloSelf self, std::string expected_identifier = {});
  ~HelloInitiator();
  HelloInitiator(const HelloInitiator&) = delete;
  HelloInitiator& operator=(const HelloInitiator&) = delete;

  /// The body of the first request.
  std::string start();

  struct Step {
    std::string body;                 ///< to be sent next; empty = the exchange is over
    std::optional<HelloPeer> peer;    ///< set: done
    std::optional<HelloCause> cause;  ///< set: came to nothing
    std::string message;              ///< for the log, when it came to nothing
  };
  /// What follows from the answer to the last request.
  Step on_answer(int http_status, std::string_view body);

 private:
  enum class Phase : std::uint8_t { idle, challenged, proving, over };
  Step fail(HelloCause cause, std::string message);
  Step on_challenge(const HelloMessage& answer);
  Step on_proof(const HelloMessage& answer);

  HelloSelf self_;
  std::string expected_;
  std::string mac_key_;
  Phase phase_ = Phase::idle;
  std::string nonce_;
  std::string answer_;
  std::string identity_;
};

/// An identity as the JSON text that is sent, and back (bounded, every field checked).
std::string encode_identity(const NodeIdentity& identity);
Result<NodeIdentity> decode_identity(std::string_view text);

}  // namespace holdfast::transport

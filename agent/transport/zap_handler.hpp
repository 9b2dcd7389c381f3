// zap_handler.hpp: answers libzmq's question "may the owner of this key connect?" (ZAP, RFC 27) on inproc. It
// knows the keys that HELLO has taught and nothing else; the User-Id it gives to a connection is the key
// itself, so that a frame's owner is looked up when the frame comes: a key that was replaced or forgotten
// owns nothing any more, although libzmq cannot cut its old connections. Used on the gossip thread only,
// bound before the sockets that ask it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <zmq.hpp>

#include "transport/curve_keys.hpp"
#include "transport/gossip.hpp"

namespace holdfast::transport {

/// The owners of keys, both ways; kept by the gossip thread.
class KeyOwners {
 public:
  void set(const CurvePublicKey& key, std::uint64_t node_id) { owners_[key] = node_id; }
  void erase(const CurvePublicKey& key) { owners_.erase(key); }
  [[nodiscard]] std::optional<std::uint64_t> owner_of(const CurvePublicKey& key) const {
    const auto found = owners_.find(key);
    return found == owners_.end() ? std::nullopt : std::optional(found->second);
  }

 private:
  std::map<CurvePublicKey, std::uint64_t> owners_;
};

class ZapHandler {
 public:
  /// `open`: the sockets use no CURVE and everybody is let in. May throw zmq::error_t.
  ZapHandler(zmq::context_t& context, const KeyOwners& owners, bool open);

  [[nodiscard]] zmq::socket_t& socket() { return socket_; }

  /// Answers one waiting request. nullopt: none was waiting.
  struct Verdict {
    bool admitted = false;
    std::optional<std::uint64_t> owner;  ///< of the key that was admitted; none in open mode
    std::string_view address;            ///< of who asked; valid until the next call
  };
  std::optional<Verdict> answer_one();

 private:
  void judge(Verdict& verdict) const;

  zmq::socket_t socket_;
  const KeyOwners& owners_;
  const bool open_;
  std::array<zmq::message_t, 8> parts_;
  std::size_t count_ = 0;
};

}  // namespace holdfast::transport

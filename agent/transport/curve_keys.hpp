// curve_keys.hpp: one node's CURVE pair (Curve25519), with which ZeroMQ encrypts and authenticates every
// gossip connection. Each agent makes its own at its first start and keeps it in `curve.key` of its state
// directory; only the public half ever leaves the machine, in HELLO. The secret half is never logged and is
// wiped when its owner goes. Called by the composition root before the gossip thread starts; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace holdfast::transport {

/// The public half, as it is compared, sent in HELLO and given to ZAP. All zero = none (open mode).
struct CurvePublicKey {
  std::array<std::uint8_t, 32> bytes{};

  [[nodiscard]] bool empty() const;
  /// 64 lower-case hexadecimal digits.
  [[nodiscard]] std::string hex() const;
  /// True for the example keys of zmq_curve(7), whose secret halves are public.
  [[nodiscard]] bool published() const;
  /// From exactly 64 hexadecimal digits; nullopt for anything else.
  static std::optional<CurvePublicKey> from_hex(std::string_view text);

  friend auto operator<=>(const CurvePublicKey&, const CurvePublicKey&) = default;
};

/// Both halves. Copies are wiped one by one.
class CurveKeyPair {
 public:
  CurveKeyPair() = default;  // empty: open mode
  CurveKeyPair(const CurvePublicKey& public_key, const std::array<std::uint8_t, 32>& secret);
  CurveKeyPair(const CurveKeyPair&) = default;
  CurveKeyPair& operator=(const CurveKeyPair&) = default;
  ~CurveKeyPair();

  /// A new pair from the system's random source.
  static CurveKeyPair generate();

  [[nodiscard]] bool empty() const { return public_.empty(); }
  [[nodiscard]] const CurvePublicKey& public_key() const { return public_; }
  [[nodiscard]] const std::array<std::uint8_t, 32>& secret() const { return secret_; }

 private:
  CurvePublicKey public_;
  std::array<std::uint8_t, 32> secret_{};
};

/// The pair in `path`; made and written (mode 0600, synced, whole or not at all) if there is no such file. A
/// file that group or others may read, that is not a regular file, or whose content is no pair, is refused
/// and left as it is.
Result<CurveKeyPair> load_or_create_curve_keys(const std::string& path);

}  // namespace holdfast::transport

// cluster_key.hpp: the 32 bytes that every node of a cluster shares and with which HELLO is authenticated
// (DESIGN.md section 6). Read from `[cluster] key_file` (written by `holdfastctl keys new FILE`), else
// derived from the user name and password of [inet_http_server], else absent: open mode. Never logged, never
// sent, wiped when its owner goes.
//
// File: lines starting with '#' and empty lines are comment; one other line, 64 hexadecimal digits or 44 characters of
// base64, or two while the key is being changed: the first is used, the second still accepted. Mode 0600 or stricter.
// Derivation: HKDF-SHA256 (RFC 5869) built here from libsodium's HMAC-SHA256, because libsodium 1.0.18 has no HKDF of
// its own. Called by the composition root and holdfastctl.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace holdfast::transport {

class ClusterKey {
 public:
  using Bytes = std::array<std::uint8_t, 32>;

  /// Open mode: no key.
  ClusterKey() = default;
  explicit ClusterKey(const Bytes& bytes);
  ClusterKey(const ClusterKey&) = default;
  ClusterKey& operator=(const ClusterKey&) = default;
  ~ClusterKey();

  /// A new key from the system's random source.
  static ClusterKey generate();
  /// From the credentials that all nodes share (contract supvisors.md: equal on all); open if both are empty.
  static ClusterKey derive(std::string_view username, std::string_view password);

  /// True: there is no key; HELLO and gossip run unauthenticated and unencrypted.
  [[nodiscard]] bool open() const { return !present_; }
  [[nodiscard]] const Bytes& bytes() const { return bytes_; }

 private:
  bool present_ = false;
  Bytes bytes_{};
};

/// What is valid at one time.
struct ClusterKeys {
  ClusterKey key;
  std::optional<ClusterKey> former;  // while the key is being changed
};

/// The keys in `path`. Refused with a message for people: no such file, not a regular file, readable by group or
/// others, larger than a key file can be, no key or more than two in it.
Result<ClusterKeys> load_cluster_keys(const std::string& path);

/// The keys that `text`, the content of a key file, holds. `file` is its name for messages.
Result<ClusterKeys> parse_cluster_keys(std::string_view text, const std::string& file);

/// Writes a new key file for `key` (mode 0600, synced); an existing file is refused and stays as it is.
Status write_cluster_key(const std::string& path, const ClusterKey& key);

/// HKDF-SHA256 of RFC 5869. At most 255 * 32 bytes of output.
std::string hkdf_sha256(std::string_view salt, std::string_view key_material, std::string_view info, std::size_t size);

/// HMAC-SHA256 with a key of any length, 32 bytes.
std::array<std::uint8_t, 32> hmac_sha256(std::string_view key, std::string_view message);

}  // namespace holdfast::transport

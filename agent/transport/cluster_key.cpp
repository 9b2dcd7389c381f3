#include "transport/cluster_key.hpp"

#include <sodium.h>

#include <algorithm>
#include <span>
#include <vector>

#include "base/check.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"
#include "transport/hex.hpp"
#include "transport/private_file.hpp"

namespace holdfast::transport {
namespace {

constexpr std::size_t kBase64Letters = 44;
constexpr std::size_t kHashBytes = 32;
constexpr std::size_t kValidKeys = 2;

const unsigned char* raw(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());  // NOLINT: libsodium's type for bytes
}

std::string_view view(const ClusterKey::Bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};  // NOLINT: bytes as text for the MAC
}

/// The length before the text: (ab, c) and (a, bc) must not give the same key.
std::string framed(std::string_view text) {
  return std::to_string(text.size()) + ":" + std::string(text);
}

bool decode(std::string_view line, ClusterKey::Bytes& into) {
  std::size_t size = 0;
  if (line.size() == kHexDigits) {
    return sodium_hex2bin(into.data(), into.size(), line.data(), line.size(), nullptr, &size, nullptr) == 0 &&
           size == into.size();
  }
  if (line.size() == kBase64Letters) {
    return sodium_base642bin(into.data(), into.size(), line.data(), line.size(), nullptr, &size, nullptr,
                             sodium_base64_VARIANT_ORIGINAL) == 0 &&
           size == into.size();
  }
  return false;
}

Result<ClusterKey> parse_line(std::string_view line, const std::string& where) {
  ClusterKey::Bytes bytes{};
  if (!decode(line, bytes)) {
    sodium_memzero(bytes.data(), bytes.size());
    return Error{where + ": is no cluster key (64 hexadecimal digits, or 44 characters of base64)"};
  }
  if (std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; })) {
    return Error{where + ": the key is all zero, which everybody knows; not used"};
  }
  ClusterKey key(bytes);
  sodium_memzero(bytes.data(), bytes.size());
  return key;
}

}  // namespace

ClusterKey::ClusterKey(const Bytes& bytes) : present_(true), bytes_(bytes) {}

ClusterKey::~ClusterKey() {
  sodium_memzero(bytes_.data(), bytes_.size());
}

ClusterKey ClusterKey::generate() {
  CHECK(sodium_init() >= 0);
  Bytes bytes{};
  randombytes_buf(bytes.data(), bytes.size());
  ClusterKey key(bytes);
  sodium_memzero(bytes.data(), bytes.size());
  return key;
}

ClusterKey ClusterKey::derive(std::string_view username, std::string_view password) {
  if (username.empty() && password.empty()) {
    return {};
  }
  std::string material = framed(username) + framed(password);
  std::string derived = hkdf_sha256("holdfast cluster key", material, "from inet_http_server 1", kHashBytes);
  Bytes bytes{};
  std::copy(derived.begin(), derived.end(), bytes.begin());
  ClusterKey key(bytes);
  wipe(material);
  wipe(derived);
  sodium_memzero(bytes.data(), bytes.size());
  return key;
}

Result<ClusterKeys> parse_cluster_keys(std::string_view text, const std::string& file) {
  std::vector<ClusterKey> keys;
  int number = 0;
  for (std::string_view line : text::split(text, '\n')) {
    ++number;
    line = text::trim(line);
    if (line.empty() || line.front() == '#') {
      continue;
    }
    const std::string where = file + ":" + std::to_string(number);
    if (keys.size() == kValidKeys) {
      return Error{where +
                   ": a third key. A key file holds one, or two while the key is being changed; no key is used"};
    }
    auto key = parse_line(line, where);
    if (!key) {
      return key.error();
    }
    keys.push_back(std::move(key).value());
  }
  if (keys.empty()) {
    return Error{file + ": holds no key. Make one with: holdfastctl keys new FILE"};
  }
  return ClusterKeys{keys.front(), keys.size() == kValidKeys ? std::optional(keys.back()) : std::nullopt};
}

Result<ClusterKeys> load_cluster_keys(const std::string& path) {
  CHECK(sodium_init() >= 0);
  Result<std::string> content = read_private_file(path, limits::key_file_bytes_max, "cluster key");
  if (!content.ok()) {
    return content.error();
  }
  Result<ClusterKeys> keys = parse_cluster_keys(content.value(), path);
  wipe(content.value());
  return keys;
}

Status write_cluster_key(const std::string& path, const ClusterKey& key) {
  CHECK(!key.open());
  std::string digits = hex_of(key.bytes());
  std::string content =
      "# Holdfast cluster key: the same file on every node of the cluster, readable by its owner only.\n"
      "# Who has it can join the cluster and order programs to be run.\n" +
      digits + "\n";
  Status status = write_private_file(path, content, "cluster key");
  wipe(content);
  wipe(digits);
  return status;
}

std::array<std::uint8_t, 32> hmac_sha256(std::string_view key, std::string_view message) {
  std::array<std::uint8_t, kHashBytes> mac{};
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, raw(key), key.size());
  crypto_auth_hmacsha256_update(&state, raw(message), message.size());
  crypto_auth_hmacsha256_final(&state, mac.data());
  sodium_memzero(&state, sizeof state);
  return mac;
}

std::string hkdf_sha256(std::string_view salt, std::string_view key_material, std::string_view info, std::size_t size) {
  CHECK(size <= 255 * kHashBytes);
  ClusterKey::Bytes extracted = hmac_sha256(salt, key_material);
  std::string output;
  std::string block;
  for (std::uint8_t counter = 1; output.size() < size; ++counter) {
    std::string message = block + std::string(info) + static_cast<char>(counter);
    const ClusterKey::Bytes mac = hmac_sha256(view(extracted), message);
    block.assign(view(mac));
    output.append(block);
    wipe(message);
  }
  wipe(block);
  sodium_memzero(extracted.data(), extracted.size());
  output.resize(size);
  return output;
}

}  // namespace holdfast::transport

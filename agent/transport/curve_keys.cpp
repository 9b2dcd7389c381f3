#include "transport/curve_keys.hpp"

#include <sodium.h>
#include <zmq.h>

#include <algorithm>
#include <cerrno>

#include "base/check.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"
#include "transport/hex.hpp"
#include "transport/private_file.hpp"

namespace holdfast::transport {
namespace {

using Secret = std::array<std::uint8_t, 32>;

bool from_hex_digits(std::string_view text, Secret& into) {
  std::size_t size = 0;
  return text.size() == kHexDigits &&
         sodium_hex2bin(into.data(), into.size(), text.data(), text.size(), nullptr, &size, nullptr) == 0 &&
         size == into.size();
}

/// The one line that starts with `word`, without it; empty if there is none.
std::string_view line_after(std::string_view text, std::string_view word) {
  for (const std::string_view line : text::split(text, '\n')) {
    if (line.starts_with(word)) {
      return text::trim(line.substr(word.size()));
    }
  }
  return {};
}

Result<CurveKeyPair> parse_pair(std::string_view content, const std::string& path) {
  const Error damaged{"CURVE key " + path + ": is no key pair as this agent writes it; left as it is. Remove it to " +
                      "have a new one made; the other nodes learn the new key by themselves"};
  Secret secret{};
  Secret expected{};
  const std::optional<CurvePublicKey> public_key = CurvePublicKey::from_hex(line_after(content, "public "));
  if (!public_key || !from_hex_digits(line_after(content, "secret "), secret) ||
      crypto_scalarmult_base(expected.data(), secret.data()) != 0 || expected != public_key->bytes) {
    sodium_memzero(secret.data(), secret.size());
    return damaged;
  }
  CurveKeyPair pair(*public_key, secret);
  sodium_memzero(secret.data(), secret.size());
  if (public_key->published()) {
    return Error{"CURVE key " + path + ": is an example key from a manual, whose secret everybody has; not used"};
  }
  return pair;
}

}  // namespace

bool CurvePublicKey::empty() const {
  return std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; });
}

std::string CurvePublicKey::hex() const {
  return hex_of(bytes);
}

std::optional<CurvePublicKey> CurvePublicKey::from_hex(std::string_view text) {
  CurvePublicKey key;
  if (!from_hex_digits(text, key.bytes)) {
    return std::nullopt;
  }
  return key;
}

bool CurvePublicKey::published() const {
  // The server's and the client's public key of the example in zmq_curve(7), in Z85.
  for (const char* example : {"rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7", "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID"}) {
    Secret decoded{};
    if (zmq_z85_decode(decoded.data(), example) != nullptr && decoded == bytes) {
      return true;
    }
  }
  return false;
}

CurveKeyPair::CurveKeyPair(const CurvePublicKey& public_key, const Secret& secret)
    : public_(public_key), secret_(secret) {}

CurveKeyPair::~CurveKeyPair() {
  sodium_memzero(secret_.data(), secret_.size());
}

CurveKeyPair CurveKeyPair::generate() {
  CHECK(sodium_init() >= 0);
  CurvePublicKey public_key;
  Secret secret{};
  CHECK(crypto_box_keypair(public_key.bytes.data(), secret.data()) == 0);
  CurveKeyPair pair(public_key, secret);
  sodium_memzero(secret.data(), secret.size());
  return pair;
}

Result<CurveKeyPair> load_or_create_curve_keys(const std::string& path) {
  CHECK(sodium_init() >= 0);
  Result<std::string> content = read_private_file(path, limits::key_file_bytes_max, "CURVE key");
  if (content.ok()) {
    Result<CurveKeyPair> pair = parse_pair(content.value(), path);
    wipe(content.value());
    return pair;
  }
  if (content.error().code != ENOENT) {
    return content.error();
  }
  CurveKeyPair pair = CurveKeyPair::generate();
  std::string secret = hex_of(pair.secret());
  std::string text =
      "# Holdfast: this node's own CURVE key pair. Made at the first start; never copied to another "
      "node.\npublic " +
      pair.public_key().hex() + "\nsecret " + secret + "\n";
  const Status written = write_private_file(path, text, "CURVE key");
  wipe(text);
  wipe(secret);
  if (!written.ok()) {
    return written.error();
  }
  return pair;
}

}  // namespace holdfast::transport

#include "http/authentication.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

#include <array>
#include <optional>

#include "base/text.hpp"
#include "http/headers.hpp"

namespace holdfast::http {
namespace {

using Digest = std::array<unsigned char, SHA256_DIGEST_LENGTH>;

Digest digest_of(std::string_view text) {
  Digest digest{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return digest;
}

std::string sha1_hex(std::string_view text) {
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr);
  constexpr std::string_view hex = "0123456789abcdef";
  std::string out;
  for (const unsigned char byte : digest) {
    out.push_back(hex[byte >> 4U]);
    out.push_back(hex[byte & 15U]);
  }
  return out;
}

/// Strict: the alphabet and its padding only.
std::optional<std::string> decode_base64_value(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0) {
    return std::nullopt;
  }
  std::string out(text.size() / 4 * 3, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (size < 0) {
    return std::nullopt;
  }
  std::size_t padding = 0;
  while (padding < 2 && text[text.size() - 1 - padding] == '=') {
    ++padding;
  }
  return out.substr(0, static_cast<std::size_t>(size) - padding);
}

}  // namespace

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  // Digests have one size, so that not even a wrong length shows in the time of the comparison.
  const Digest left = digest_of(a);
  const Digest right = digest_of(b);
  return CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

AuthenticationResult authenticate(const Credentials& credentials, std::string_view authorization, std::string& user) {
  user.clear();
  if (!credentials.required()) {
    return AuthenticationResult::granted;
  }
  const auto blank = authorization.find(' ');
  const std::string_view scheme = authorization.substr(0, blank);
  if (!equals_ignoring_case(scheme, "basic")) {
    return AuthenticationResult::denied;
  }
  const std::string_view value =
      blank == std::string_view::npos ? std::string_view() : text::trim(authorization.substr(blank));
  const std::optional<std::string> decoded = decode_base64_value(value);
  if (!decoded) {
    return AuthenticationResult::malformed;
  }
  const std::string_view pair(*decoded);
  const auto colon = pair.find(':');
  if (colon == std::string_view::npos) {
    return AuthenticationResult::malformed;
  }
  const std::string_view name = pair.substr(0, colon);
  const std::string_view password = pair.substr(colon + 1);
  constexpr std::string_view sha_prefix = "{SHA}";
  const std::string_view expected = credentials.password;
  const bool hashed = expected.starts_with(sha_prefix);
  const bool password_right = hashed ? equal_in_constant_time(sha1_hex(password), expected.substr(sha_prefix.size()))
                                     : equal_in_constant_time(password, expected);
  const bool name_right = equal_in_constant_time(name, credentials.username);
  if (!(name_right & password_right)) {  // both are always computed
    return AuthenticationResult::denied;
  }
  user = name;
  return AuthenticationResult::granted;
}

std::string basic_authorization(std::string_view username, std::string_view password) {
  const std::string plain = std::string(username) + ":" + std::string(password);
  std::string encoded((plain.size() + 2) / 3 * 4 + 1, '\0');
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()),
                      reinterpret_cast<const unsigned char*>(plain.data()), static_cast<int>(plain.size()));
  encoded.resize(static_cast<std::size_t>(size));
  return "Basic " + encoded;
}

}  // namespace holdfast::http

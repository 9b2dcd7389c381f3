// hex.hpp: 32 bytes (a key, a nonce, a MAC) as the 64 lower-case hexadecimal digits that files and HELLO carry.
// Constant-time through libsodium, because what is written is often secret. Called by the files of transport alone.
#pragma once

#include <sodium.h>

#include <array>
#include <cstdint>
#include <string>

namespace holdfast::transport {

inline constexpr std::size_t kHexDigits = 64;

inline std::string hex_of(const std::array<std::uint8_t, 32>& bytes) {
  std::string digits(kHexDigits + 1, '\0');  // libsodium writes the final zero too
  sodium_bin2hex(digits.data(), digits.size(), bytes.data(), bytes.size());
  digits.resize(kHexDigits);
  return digits;
}

}  // namespace holdfast::transport

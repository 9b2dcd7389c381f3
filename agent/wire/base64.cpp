#include <array>
#include <cstdint>

#include "wire/xmlrpc_codec.hpp"

namespace holdfast::wire {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::size_t kBytesPerLine = 57;  // 76 characters

constexpr std::array<std::int8_t, 256> make_reverse() {
  std::array<std::int8_t, 256> table{};
  for (auto& entry : table) {
    entry = -1;
  }
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
    table[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::int8_t>(i);
  }
  return table;
}

constexpr std::array<std::int8_t, 256> kReverse = make_reverse();

void append_group(std::string& out, std::string_view group) {
  std::uint32_t bits = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    bits = (bits << 8U) | (i < group.size() ? static_cast<unsigned char>(group[i]) : 0U);
  }
  for (std::size_t i = 0; i < 4; ++i) {
    const std::size_t index = (bits >> (18U - 6U * i)) & 0x3FU;
    out.push_back(i <= group.size() ? kAlphabet[index] : '=');
  }
}

}  // namespace

std::string encode_base64_lines(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() * 4 / 3 + bytes.size() / kBytesPerLine + 8);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    append_group(out, bytes.substr(at, 3));
    if ((at + 3) % kBytesPerLine == 0 || at + 3 >= bytes.size()) {
      out.push_back('\n');
    }
  }
  return out;
}

Result<std::string> decode_base64(std::string_view text) {
  std::string out;
  out.reserve(text.size() * 3 / 4);
  std::uint32_t bits = 0;
  unsigned count = 0;  // characters in the open group
  unsigned padding = 0;
  for (const char c : text) {
    const std::int8_t value = kReverse[static_cast<unsigned char>(c)];
    if (c == '=' && count >= 2) {
      ++padding;
      if (count + padding == 4) {
        break;  // what follows a complete padding is ignored, as Python's binascii does
      }
      continue;
    }
    if (value < 0) {
      continue;
    }
    padding = 0;
    bits = (bits << 6U) | static_cast<std::uint32_t>(value);
    if (++count == 4) {
      out.push_back(static_cast<char>(bits >> 16U & 0xFFU));
      out.push_back(static_cast<char>(bits >> 8U & 0xFFU));
      out.push_back(static_cast<char>(bits & 0xFFU));
      count = 0;
      bits = 0;
    }
  }
  if (count != 0 && count + padding != 4) {
    return Error{"base64 text has a wrong padding", 400};
  }
  if (count == 3) {
    out.push_back(static_cast<char>(bits >> 10U & 0xFFU));
    out.push_back(static_cast<char>(bits >> 2U & 0xFFU));
  } else if (count == 2) {
    out.push_back(static_cast<char>(bits >> 4U & 0xFFU));
  }
  return out;
}

}  // namespace holdfast::wire

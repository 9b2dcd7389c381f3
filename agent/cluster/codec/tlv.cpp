#include "cluster/codec/tlv.hpp"

#include <array>

#include "base/limits.hpp"

namespace holdfast::cluster {
namespace {

constexpr std::size_t kValueMax = 0xFFFF;

std::uint16_t pair_at(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint16_t>(static_cast<unsigned char>(bytes[at]) |
                                    (static_cast<unsigned char>(bytes[at + 1]) << 8));
}

}  // namespace

void TlvWriter::text(std::uint16_t tag, std::string_view value) {
  if (value.size() > kValueMax) {
    ok_ = false;
    return;
  }
  const auto low = [](std::size_t word) { return static_cast<char>(word & 0xFFU); };
  const std::array<char, 4> head{low(tag), low(tag >> 8), low(value.size()), low(value.size() >> 8)};
  bytes_.append(head.data(), head.size());
  bytes_.append(value);
}

void TlvWriter::text_unless_empty(std::uint16_t tag, std::string_view value) {
  if (!value.empty()) {
    text(tag, value.substr(0, limits::cluster_text_bytes));
  }
}

void TlvWriter::number(std::uint16_t tag, std::uint64_t value) {
  std::array<char, 8> bytes{};
  std::size_t size = 0;
  for (; value != 0; value >>= 8) {
    bytes[size++] = static_cast<char>(value & 0xFFU);
  }
  text(tag, {bytes.data(), size});
}

void TlvWriter::number_unless_zero(std::uint16_t tag, std::uint64_t value) {
  if (value != 0) {
    number(tag, value);
  }
}

bool TlvReader::next() {
  if (malformed_ || rest_.empty()) {
    return false;
  }
  if (rest_.size() < 4 || rest_.size() - 4 < pair_at(rest_, 2)) {
    malformed_ = true;
    return false;
  }
  tag_ = pair_at(rest_, 0);
  const std::size_t size = pair_at(rest_, 2);
  value_ = rest_.substr(4, size);
  rest_.remove_prefix(4 + size);
  return true;
}

std::uint64_t TlvReader::number() {
  if (value_.size() > 8) {
    malformed_ = true;
    return 0;
  }
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < value_.size(); ++i) {
    value |= std::uint64_t{static_cast<unsigned char>(value_[i])} << (8 * i);
  }
  return value;
}

std::uint64_t TlvReader::number_up_to(std::uint64_t max) {
  const std::uint64_t value = number();
  if (value > max) {
    malformed_ = true;
    return 0;
  }
  return value;
}

}  // namespace holdfast::cluster

// tlv.hpp: payloads as a row of (u16 tag, u16 length, bytes), little-endian. The writer refuses to exceed its
// limits (a too long text is cut, the caller sees ok() == false); the reader stops at the first malformed
// item and never reads beyond its bytes. Unknown tags are skipped by the callers, so that minor versions mix.
// Values only; no allocation in the reader.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace holdfast::cluster {

class TlvWriter {
 public:
  /// Little-endian, without leading zero bytes (0 has length 0).
  void number(std::uint16_t tag, std::uint64_t value);
  /// As number, but nothing at all for 0: the reader's default.
  void number_unless_zero(std::uint16_t tag, std::uint64_t value);
  void text(std::uint16_t tag, std::string_view value);
  void text_unless_empty(std::uint16_t tag, std::string_view value);
  void nested(std::uint16_t tag, const TlvWriter& inner) { text(tag, inner.bytes_); }

  /// Room for so many bytes at once.
  void reserve(std::size_t bytes) { bytes_.reserve(bytes); }

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }
  [[nodiscard]] std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
  bool ok_ = true;
};

class TlvReader {
 public:
  explicit TlvReader(std::string_view bytes) : rest_(bytes) {}

  /// Moves to the next item; false at the end or at the first malformed item (then malformed()).
  bool next();
  [[nodiscard]] std::uint16_t tag() const { return tag_; }
  [[nodiscard]] std::string_view value() const { return value_; }
  /// The value as a number; a value of more than 8 bytes makes the reader malformed and answers 0.
  [[nodiscard]] std::uint64_t number();
  /// As number(), but above `max` it is malformed.
  [[nodiscard]] std::uint64_t number_up_to(std::uint64_t max);
  [[nodiscard]] bool malformed() const { return malformed_; }
  void set_malformed() { malformed_ = true; }

 private:
  std::string_view rest_;
  std::uint16_t tag_ = 0;
  std::string_view value_;
  bool malformed_ = false;
};

}  // namespace holdfast::cluster

// tlv_values.hpp: the values of items that several messages have: an item that holds anything else makes its reader
// malformed, and the value returned then means nothing. Used by what reads payloads (message_decode.cpp,
// row_codec.cpp).
#pragma once

#include <cstdint>
#include <limits>
#include <string>

#include "base/enumeration.hpp"
#include "base/limits.hpp"
#include "cluster/codec/tlv.hpp"

namespace holdfast::cluster {

/// A text of at most limits::cluster_text_bytes.
inline std::string read_text(TlvReader& in) {
  if (in.value().size() > limits::cluster_text_bytes) {
    in.set_malformed();
    return {};
  }
  return std::string(in.value());
}

inline std::int32_t read_int32(TlvReader& in) {
  const auto value = static_cast<std::int64_t>(in.number());
  if (value < std::numeric_limits<std::int32_t>::min() || value > std::numeric_limits<std::int32_t>::max()) {
    in.set_malformed();
    return 0;
  }
  return static_cast<std::int32_t>(value);
}

/// One of the codes from `low` to `high`.
template <typename Enum>
Enum read_enum(TlvReader& in, Enum low, Enum high) {
  const std::uint64_t value = in.number();
  if (value < static_cast<std::uint64_t>(low) || value > static_cast<std::uint64_t>(high)) {
    in.set_malformed();
    return low;
  }
  return static_cast<Enum>(value);
}

/// Any value of an enumeration that has names.
template <typename Enum>
Enum read_enum(TlvReader& in) {
  const auto value = value_at<Enum>(in.number());
  if (!value) {
    in.set_malformed();
  }
  return value.value_or(all_values<Enum>().front());
}

}  // namespace holdfast::cluster

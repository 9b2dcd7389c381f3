// enumeration.hpp: what is known of an enumeration once its names are: how many values it has, all of them, and the
// value of a name. The only thing to write is a constexpr `name_of` beside the enumeration, a switch without a default:
// the compiler names it when a value is added, and everything here follows. For enumerations whose values run from 0
// without a gap and all have a name. Pure; used by all layers.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace holdfast {

/// The number of values of `E`.
template <typename E>
consteval std::size_t count_of() {
  std::size_t count = 0;
  while (!name_of(static_cast<E>(count)).empty()) {
    ++count;
  }
  return count;
}

/// The values of `E` in the order of their declaration.
template <typename E>
consteval std::array<E, count_of<E>()> all_values() {
  std::array<E, count_of<E>()> values{};
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<E>(i);
  }
  return values;
}

/// The value with exactly this name; nullopt when there is none.
template <typename E>
constexpr std::optional<E> parse(std::string_view name) {
  for (const E value : all_values<E>()) {
    if (name_of(value) == name) {
      return value;
    }
  }
  return std::nullopt;
}

/// The value with this number, as a message of another node or a caller gives it; nullopt when there is none.
template <typename E, typename Number>
constexpr std::optional<E> value_at(Number number) {
  if (number < 0 || static_cast<std::size_t>(number) >= count_of<E>()) {
    return std::nullopt;
  }
  return static_cast<E>(number);
}

}  // namespace holdfast

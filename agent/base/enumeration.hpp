// enumeration.hpp: what is known of an enumeration once its names are: how many values it has, all of them, and the
// value of a name. The only thing to write is a constexpr `name_of` beside the enumeration, a switch without a default:
// the compiler names it when a value is added, and everything here follows. For enumerations whose values run from 0 or
// 1 without a gap and all have a name. Pure; used by all layers.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace holdfast {

/// The number of the first value of `E`: 0, or 1 where that has no name.
template <typename E>
consteval std::size_t first_of() {
  return name_of(static_cast<E>(0)).empty() ? 1 : 0;
}

/// The number of values of `E`.
template <typename E>
consteval std::size_t count_of() {
  std::size_t count = 0;
  while (!name_of(static_cast<E>(first_of<E>() + count)).empty()) {
    ++count;
  }
  return count;
}

/// The values of `E` in the order of their declaration.
template <typename E>
consteval std::array<E, count_of<E>()> all_values() {
  std::array<E, count_of<E>()> values{};
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<E>(first_of<E>() + i);
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
  if (std::cmp_less(number, first_of<E>()) || std::cmp_greater_equal(number, first_of<E>() + count_of<E>())) {
    return std::nullopt;
  }
  return static_cast<E>(number);
}

/// All names, for a message: `A, B, C`, or with " or " before the last `A, B or C`.
template <typename E>
std::string names_of(std::string_view before_last = ", ") {
  std::string names;
  std::size_t rest = count_of<E>();
  for (const E value : all_values<E>()) {
    names += name_of(value);
    --rest;
    names += rest == 0 ? std::string_view() : rest == 1 ? before_last : std::string_view(", ");
  }
  return names;
}

}  // namespace holdfast

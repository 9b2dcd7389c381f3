// headers.hpp: the header fields of one message in order, in one block of memory that is reused from message
// to message, so that a keep-alive connection allocates nothing for them. Names compare without regard to
// case. A plain value; it never joins or interprets fields.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::http {

/// ASCII comparison without regard to case.
bool equals_ignoring_case(std::string_view a, std::string_view b);

class Headers {
 public:
  struct Field {
    std::string_view name;
    std::string_view value;
  };

  void add(std::string_view name, std::string_view value);
  void clear();

  /// The value of the first field called `name`, or "".
  [[nodiscard]] std::string_view get(std::string_view name) const;
  [[nodiscard]] bool has(std::string_view name) const;
  /// How many fields are called `name`.
  [[nodiscard]] std::size_t count(std::string_view name) const;

  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  /// The views live until the next add() or clear().
  [[nodiscard]] Field at(std::size_t index) const;

 private:
  struct Entry {
    std::uint32_t name_at = 0;
    std::uint32_t name_size = 0;
    std::uint32_t value_size = 0;
  };

  std::string text_;  // name value name value …
  std::vector<Entry> entries_;
};

}  // namespace holdfast::http

// expansion.hpp: Python's %-formatting over a dictionary of names, as Supervisor applies it to every value
// (contract supervisor.md 1.4), with both of its error texts. Pure; called by section_reader and its users.
// Named difference: a conversion without a name (`%s`) is refused; Supervisor inserts a dump of all names.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.hpp"

namespace holdfast::config {

/// The names that a value may use, in layers: what is not here is looked for in the base, which must live
/// longer. Numbers stay numbers, so that %(process_num)02d works.
class Expansions {
 public:
  using Value = std::variant<std::string, std::int64_t>;

  Expansions() = default;
  explicit Expansions(const Expansions* base) : base_(base) {}

  void set(std::string name, Value value) { values_.insert_or_assign(std::move(name), std::move(value)); }
  /// nullptr if neither this nor a base has it.
  [[nodiscard]] const Value* find(std::string_view name) const;
  /// All names, sorted, each once.
  [[nodiscard]] std::vector<std::string> names() const;

 private:
  const Expansions* base_ = nullptr;
  std::map<std::string, Value, std::less<>> values_;
};

/// `format` with its %-conversions done. `label` (`section.key`) is what the error text calls the value.
Result<std::string> expand(std::string_view format, const Expansions& names, std::string_view label);

}  // namespace holdfast::config

#include "config/supvisors_values.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "base/limits.hpp"
#include "base/text.hpp"
#include "config/python_text.hpp"
#include "config/value_types.hpp"

namespace holdfast::config {
namespace {

Error no_such(std::string_view text, const std::string& what) {
  return Error{repr(text) + " is " + what};
}

std::optional<std::int64_t> whole_number(std::string_view text, std::int64_t least, std::int64_t most) {
  const auto number = python_int(text, 10);
  return number && *number >= least && *number <= most ? number : std::nullopt;
}

}  // namespace

Result<int> parse_inactivity_ticks(std::string_view text) {
  const auto ticks = whole_number(text, 2, 720);
  return ticks ? Result<int>(static_cast<int>(*ticks)) : no_such(text, "no number of ticks from 2 to 720");
}

Result<std::vector<std::string>> parse_stereotypes(std::string_view text) {
  std::vector<std::string> tags;
  for (std::string& part : text::split_list(text, ',')) {
    if (part.size() > limits::config_stereotype_bytes) {
      return no_such(part, "no stereotype: at most 64 bytes");
    }
    if (std::find(tags.begin(), tags.end(), part) == tags.end()) {
      tags.push_back(std::move(part));
    }
  }
  return tags.size() <= limits::config_stereotypes ? Result<std::vector<std::string>>(std::move(tags))
                                                   : no_such(text, "too many stereotypes: at most 16");
}

Result<int> parse_log_backups(std::string_view text) {
  const auto number = whole_number(text, 0, 1'000'000);
  return number ? Result<int>(static_cast<int>(*number)) : no_such(text, "no whole number from 0 to 1000000");
}

Result<std::int64_t> parse_page_bytes(std::string_view text) {
  const auto bytes = parse_byte_size(text);
  return bytes && bytes.value() >= 1 && bytes.value() <= limits::config_page_bytes
             ? bytes
             : Result<std::int64_t>(no_such(text, "no size from 1 byte to 1MB"));
}

}  // namespace holdfast::config

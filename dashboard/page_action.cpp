#include "dashboard/page_action.hpp"

#include <vector>

#include "base/text.hpp"
#include "dashboard/html.hpp"

namespace holdfast::dashboard {
namespace {

/// Undoes percent_encoded; nullopt for what it cannot have made.
std::optional<std::string> decoded(std::string_view value) {
  const auto digit = [](char c) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    return kDigits.find(c);
  };
  std::string out;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] != '%') {
      out += value[i];
      continue;
    }
    if (i + 2 >= value.size() || digit(value[i + 1]) == std::string_view::npos ||
        digit(value[i + 2]) == std::string_view::npos) {
      return std::nullopt;
    }
    out += static_cast<char>(digit(value[i + 1]) * 16 + digit(value[i + 2]));
    i += 2;
  }
  return out;
}

}  // namespace

std::string action_value(const PageAction& action) {
  std::string value(name_of(action.verb));
  value += ' ';
  value += name_of(action.target);
  return value + " " + html::percent_encoded(action.name) + " " + html::percent_encoded(action.node);
}

std::optional<PageAction> parse_action(std::string_view value) {
  const std::vector<std::string_view> parts = text::split(value, ' ');
  if (parts.size() != 4) {
    return std::nullopt;
  }
  const auto verb = parse<PageVerb>(parts[0]);
  const auto target = parse<PageTarget>(parts[1]);
  const auto name = decoded(parts[2]);
  const auto node = decoded(parts[3]);
  if (!verb || !target || !name || !node || name->empty() != (*target == PageTarget::all)) {
    return std::nullopt;
  }
  return PageAction{*verb, *target, *name, *node};
}

}  // namespace holdfast::dashboard

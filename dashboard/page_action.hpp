// page_action.hpp: what a pressed button asks for, and the one field of the page's form that says it. Pure; written by
// the pages, read by agent/api.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/enumeration.hpp"

namespace holdfast::dashboard {

enum class PageVerb { start, stop, restart, clear_log };
enum class PageTarget { process, application, all };

constexpr std::string_view name_of(PageVerb verb) {
  switch (verb) {
    case PageVerb::start:
      return "start";
    case PageVerb::stop:
      return "stop";
    case PageVerb::restart:
      return "restart";
    case PageVerb::clear_log:
      return "clearlog";
  }
  return {};
}

constexpr std::string_view name_of(PageTarget target) {
  switch (target) {
    case PageTarget::process:
      return "process";
    case PageTarget::application:
      return "application";
    case PageTarget::all:
      return "all";
  }
  return {};
}

struct PageAction {
  PageVerb verb = PageVerb::start;
  PageTarget target = PageTarget::process;
  std::string name;  // application:process or application; empty for all
  std::string node;  // identifier or nick; empty = where the cluster decides
  friend bool operator==(const PageAction&, const PageAction&) = default;
};

/// The value of the form field `do`, and back. nullopt: not made by action_value.
std::string action_value(const PageAction& action);
std::optional<PageAction> parse_action(std::string_view value);

}  // namespace holdfast::dashboard

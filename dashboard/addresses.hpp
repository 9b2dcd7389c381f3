// addresses.hpp: where the dashboard's pages are: one list for the links that pages make, the routes that answer them
// and the check of where a form may return to. All relative, one level, so that any sub-path works. Pure; used in this
// folder and by agent/api/pages.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/enumeration.hpp"
#include "dashboard/html.hpp"

namespace holdfast::dashboard {

/// The pages that a person goes to and returns to.
enum class Page : std::uint8_t { overview, application, process };

/// As the page's live stream is asked for.
constexpr std::string_view name_of(Page page) {
  switch (page) {
    case Page::overview:
      return "overview";
    case Page::application:
      return "application";
    case Page::process:
      return "process";
  }
  return {};
}

constexpr html::Literal address_of(Page page) {
  switch (page) {
    case Page::overview:
      return "./";
    case Page::application:
      return "application";
    case Page::process:
      return "process";
  }
  return "./";
}

/// What the form of every page POSTs to.
inline constexpr html::Literal kActionAddress = "action";
/// Supervisor's own: the overview, also with `action=`, and the end of a log.
inline constexpr html::Literal kIndexAddress = "index.html";
inline constexpr html::Literal kTailAddress = "tail.html";

/// Whether a request's path names that address.
constexpr bool is_at(std::string_view path, html::Literal address) {
  return path.starts_with('/') && path.substr(1) == address.value();
}

/// The page at a request's path; nullopt: none of them.
std::optional<Page> page_at(std::string_view path);

/// True when `back` is one of our own pages (so that a redirect never leaves them): a relative page with a query.
bool is_local_page(std::string_view back);

}  // namespace holdfast::dashboard

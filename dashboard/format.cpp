// The words of the pages: ages, times, and how a state is felt.
#include <algorithm>
#include <array>
#include <chrono>
#include <vector>

#include "base/text.hpp"
#include "dashboard/pages.hpp"

namespace holdfast::dashboard {

namespace {

std::string two_digits(std::int64_t value) {
  std::string digits(value < 10 ? 1 : 0, '0');
  digits += std::to_string(value);
  return digits;
}

}  // namespace

std::string age_text(Duration age) {
  const std::int64_t seconds =
      std::max<std::int64_t>(0, std::chrono::duration_cast<std::chrono::seconds>(age).count());
  if (seconds < 60) {
    return std::to_string(seconds) + " s";
  }
  if (seconds < 3600) {
    return std::to_string(seconds / 60) + " m " + two_digits(seconds % 60) + " s";
  }
  if (seconds < 86400) {
    return std::to_string(seconds / 3600) + " h " + two_digits(seconds / 60 % 60) + " m";
  }
  return std::to_string(seconds / 86400) + " d " + two_digits(seconds / 3600 % 24) + " h";
}

std::string time_text(WallTime at, int utc_offset_s) {
  using std::chrono::floor;
  const std::chrono::sys_seconds point{std::chrono::seconds(at.seconds() + utc_offset_s)};
  const auto day = floor<std::chrono::days>(point);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(point - day);
  return std::to_string(static_cast<int>(date.year())) + "-" +
         two_digits(static_cast<unsigned>(date.month())) + "-" +
         two_digits(static_cast<unsigned>(date.day())) + " " + two_digits(clock.hours().count()) + ":" +
         two_digits(clock.minutes().count()) + ":" + two_digits(clock.seconds().count());
}

Tone tone_of_process(std::string_view state) {
  if (state == "RUNNING") {
    return Tone::good;
  }
  if (state == "STARTING" || state == "STOPPING") {
    return Tone::busy;
  }
  if (state == "BACKOFF" || state == "UNKNOWN") {
    return Tone::warning;
  }
  return state == "FATAL" ? Tone::bad : Tone::idle;
}

Tone tone_of_application(std::string_view state) {
  if (state == "RUNNING") {
    return Tone::good;
  }
  return state == "STARTING" || state == "STOPPING" ? Tone::busy : Tone::idle;
}

Tone tone_of_node(std::string_view state) {
  if (state == "RUNNING") {
    return Tone::good;
  }
  if (state == "CHECKING" || state == "CHECKED" || state == "STARTING" || state == "JOINING" ||
      state == "LEAVING") {
    return Tone::busy;
  }
  if (state == "AWAY" || state == "SUSPECT") {
    return Tone::warning;
  }
  const bool lost = state == "SILENT" || state == "FAILED" || state == "DEAD" || state == "ISOLATED" || state == "STOPPED" ||
                    state == "INCOMPATIBLE" || state == "REFUSED";
  return lost ? Tone::bad : Tone::idle;
}

bool is_local_page(std::string_view back) {
  // Printable ASCII only: no line end for a header, no backslash that a browser takes for a slash.
  for (const char c : back) {
    if (c <= ' ' || c >= 0x7f || c == '\\') {
      return false;
    }
  }
  const std::string_view page = back.substr(0, back.find_first_of("?#"));
  return page == "./" || page == "application" || page == "process";
}

std::string action_value(const PageAction& action) {
  return action.action + " " + action.kind + " " + html::percent_encoded(action.name) + " " +
         html::percent_encoded(action.node);
}

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

template <std::size_t N>
bool one_of(std::string_view word, const std::array<std::string_view, N>& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

std::optional<PageAction> parse_action(std::string_view value) {
  constexpr std::array<std::string_view, 4> kActions = {"start", "stop", "restart", "clearlog"};
  constexpr std::array<std::string_view, 3> kKinds = {"process", "application", "all"};
  const std::vector<std::string_view> parts = text::split(value, ' ');
  if (parts.size() != 4 || !one_of(parts[0], kActions) || !one_of(parts[1], kKinds)) {
    return std::nullopt;
  }
  const auto name = decoded(parts[2]);
  const auto node = decoded(parts[3]);
  if (!name || !node || (name->empty() != (parts[1] == "all"))) {
    return std::nullopt;
  }
  return PageAction{std::string(parts[0]), std::string(parts[1]), *name, *node};
}

std::string_view content_security_policy() {
  return "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'";
}

}  // namespace holdfast::dashboard

// The words of the pages: ages, times, and how a state is felt.
#include <algorithm>
#include <chrono>

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
  const std::int64_t seconds = std::max<std::int64_t>(0, std::chrono::duration_cast<std::chrono::seconds>(age).count());
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
  return std::to_string(static_cast<int>(date.year())) + "-" + two_digits(static_cast<unsigned>(date.month())) + "-" +
         two_digits(static_cast<unsigned>(date.day())) + " " + two_digits(clock.hours().count()) + ":" +
         two_digits(clock.minutes().count()) + ":" + two_digits(clock.seconds().count());
}

Tone tone_of(ProcessState state) {
  switch (state) {
    case ProcessState::running:
      return Tone::good;
    case ProcessState::starting:
    case ProcessState::stopping:
      return Tone::busy;
    case ProcessState::backoff:
    case ProcessState::unknown:
      return Tone::warning;
    case ProcessState::fatal:
      return Tone::bad;
    case ProcessState::stopped:
    case ProcessState::exited:
      return Tone::idle;
  }
  return Tone::idle;
}

Tone tone_of(ApplicationState state) {
  switch (state) {
    case ApplicationState::running:
      return Tone::good;
    case ApplicationState::starting:
    case ApplicationState::stopping:
      return Tone::busy;
    case ApplicationState::stopped:
    case ApplicationState::deleted:
      return Tone::idle;
  }
  return Tone::idle;
}

Tone tone_of(MemberState state) {
  switch (state) {
    case MemberState::running:
      return Tone::good;
    case MemberState::checking:
      return Tone::busy;
    case MemberState::away:
      return Tone::warning;
    case MemberState::stopped:
    case MemberState::failed:
    case MemberState::isolated:
    case MemberState::incompatible:
      return Tone::bad;
  }
  return Tone::idle;
}

std::string_view content_security_policy() {
  return "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'";
}

}  // namespace holdfast::dashboard

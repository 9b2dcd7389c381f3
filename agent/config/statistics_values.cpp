#include "config/statistics_values.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/limits.hpp"
#include "base/text.hpp"
#include "config/python_text.hpp"
#include "config/value_types.hpp"

namespace holdfast::config {
namespace {

constexpr double kPeriodMinS = 1;
constexpr double kPeriodMaxS = 3600;

}  // namespace

Result<MeasuredKinds> parse_statistics_enabled(std::string_view text) {
  if (const auto truth = parse_boolean(strip(text))) {
    return MeasuredKinds{truth.value(), truth.value()};
  }
  MeasuredKinds kinds{false, false};
  bool off = false;
  const auto words = text::split_list(text, ',');
  for (const std::string& part : words) {
    const std::string word = text::upper(part);
    if (word != "OFF" && word != "HOST" && word != "PROCESS" && word != "ALL") {
      return Error{repr(text) + " is neither a boolean nor a list of OFF, HOST, PROCESS, ALL"};
    }
    off = off || word == "OFF";
    kinds.host = kinds.host || word == "HOST" || word == "ALL";
    kinds.processes = kinds.processes || word == "PROCESS" || word == "ALL";
  }
  if (words.empty()) {
    return Error{repr(text) + " is neither a boolean nor a list of OFF, HOST, PROCESS, ALL"};
  }
  return off ? MeasuredKinds{false, false} : kinds;
}

Result<Duration> parse_statistics_period(std::string_view text) {
  const std::string_view digits = strip(text);
  double number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  const bool whole = error == std::errc() && end == digits.data() + digits.size();
  if (!whole || !(number >= kPeriodMinS && number <= kPeriodMaxS)) {
    return Error{repr(text) + " is no number of seconds from 1 to 3600"};
  }
  return Duration{std::llround(number * 1e9)};
}

Result<std::vector<Duration>> parse_statistics_periods(std::string_view text) {
  const auto parts = text::split_list(text, ',');
  if (parts.empty() || parts.size() > limits::config_statistics_periods) {
    return Error{repr(text) + " is no list of 1 to 3 numbers of seconds"};
  }
  std::vector<Duration> periods;
  for (const std::string& part : parts) {
    const auto period = parse_statistics_period(part);
    if (!period) {
      return period.error();
    }
    periods.push_back(period.value());
  }
  std::sort(periods.begin(), periods.end());
  periods.erase(std::unique(periods.begin(), periods.end()), periods.end());
  return periods;
}

Result<std::size_t> parse_statistics_histo(std::string_view text) {
  const auto number = python_int(text, 10);
  if (!number || *number < limits::config_histo_min || *number > limits::config_histo_max) {
    return Error{repr(text) + " is no whole number from 10 to 1500"};
  }
  return static_cast<std::size_t>(*number);
}

}  // namespace holdfast::config

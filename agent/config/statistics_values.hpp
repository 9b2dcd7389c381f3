// statistics_values.hpp: parsers of single values, for the options that say what is measured and how often (contract
// supvisors.md CFG-21 to CFG-25). Pure; the errors carry the text only, the reader adds the place.
#pragma once

#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "base/result.hpp"

namespace holdfast::config {

/// Which of the two is measured.
struct MeasuredKinds {
  bool host = true;
  bool processes = true;
};
/// A boolean, or words of OFF, HOST, PROCESS, ALL; OFF among others is stronger.
Result<MeasuredKinds> parse_statistics_enabled(std::string_view text);
/// 1 to 3600 s, with a fraction.
Result<Duration> parse_statistics_period(std::string_view text);
/// One to three of them, each once, ascending.
Result<std::vector<Duration>> parse_statistics_periods(std::string_view text);
/// 10 to 1500 points.
Result<std::size_t> parse_statistics_histo(std::string_view text);

}  // namespace holdfast::config

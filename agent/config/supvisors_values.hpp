// supvisors_values.hpp: parsers of single values, for the options of Supvisors' section that [cluster] has no word for
// (contract supvisors.md 1.2). Pure; the errors carry the text only, the reader adds the place.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace holdfast::config {

/// 2 to 720 (CFG-15).
Result<int> parse_inactivity_ticks(std::string_view text);
/// Tags separated by commas; each at most 64 bytes, at most 16 of them (CFG-07).
Result<std::vector<std::string>> parse_stereotypes(std::string_view text);
/// Bytes, with KB, MB or GB, 1 to 1 MB: what a browser still shows (CFG-26, CFG-27).
Result<std::int64_t> parse_page_bytes(std::string_view text);

/// 0 and above (CFG-30).
Result<int> parse_log_backups(std::string_view text);

}  // namespace holdfast::config

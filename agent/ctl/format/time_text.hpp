// time_text.hpp: points in time as people write and read them, in this machine's time zone. Reads no clock. Used by
// history and by the tables of Supvisors' commands.
#pragma once

#include <string>
#include <string_view>

#include "base/instant.hpp"
#include "base/result.hpp"

namespace holdfast::ctl {

/// "2026-11-21 04:54:42".
std::string local_time_text(WallTime at);

/// "90s", "10m", "2h", "3d", "1w" before `now`; or "2026-11-21", "2026-11-21 04:54[:42]" (also with a T),
/// "04:54[:42]" of the day of `now`; or "@1700000000".
Result<WallTime> parse_since(std::string_view text, WallTime now);

}  // namespace holdfast::ctl

// discovery_values.hpp: parsers of single values, for what lets nodes find each other without being listed: the
// multicast options of Supvisors (contract supvisors.md CFG-04 to CFG-06) and the seeds of [cluster]. Pure; the errors
// carry the text only, the reader adds the place.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "config/settings.hpp"

namespace holdfast::config {

/// `a.b.c.d:port`: 224.0.0.1 to 239.255.255.255 but for the bases 232.0.0.0, 233.0.0.0, 239.0.0.0 (CFG-04).
Result<std::optional<MulticastGroup>> parse_multicast_group(std::string_view text);
/// An IPv4 address, or "" for ANY and INADDR_ANY (CFG-05).
Result<std::string> parse_multicast_interface(std::string_view text);
/// 0 to 255 (CFG-06).
Result<int> parse_multicast_ttl(std::string_view text);
/// `host[:port]` separated by commas, at most limits::config_seeds; names are resolved when they are used.
Result<std::vector<NodeItem>> parse_seeds(std::string_view text);

}  // namespace holdfast::config

// cluster_values.hpp: parsers of single values, from the text of a key of [cluster] or of Supvisors' section (contract
// supvisors.md 1.2) to what it means. Pure; the errors carry the text only, the readers add the place.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.hpp"
#include "config/settings.hpp"

namespace holdfast::config {

/// The cluster's name: 1 to 64 letters, digits, and _ - . only.
Result<std::string> parse_cluster_name(std::string_view text);

/// `ctl,bulk`, two ports, or one port P for P,P+1; the port after bulk takes requests.
Result<std::pair<std::uint16_t, std::uint16_t>> parse_gossip_ports(std::string_view text);

/// all, majority, core and a number of seconds, combined by commas; the wait ends when any is true, and after
/// 15 s at the latest if no number is given.
Result<SynchronisationSettings> parse_wait_for(std::string_view text);

/// STRICT, LIST, TIMEOUT, CORE, USER in any case, combined by commas.
Result<SynchronisationSettings> parse_synchro_options(std::string_view text, int timeout_s);
/// 15 to 1200 seconds.
Result<int> parse_synchro_timeout(std::string_view text);

Result<StartingStrategy> parse_starting_strategy(std::string_view text);
Result<ConciliationStrategy> parse_conciliation_strategy(std::string_view text);
Result<FailureStrategy> parse_failure_strategy(std::string_view text);
Result<DetectionProfile> parse_detection(std::string_view text);

/// NONE, ZMQ, WS in any case (contract CFG-11).
Result<EventLink> parse_event_link(std::string_view text);
/// 1 to 65535 (contract CFG-12).
Result<std::uint16_t> parse_event_port(std::string_view text);

/// Seconds, or milliseconds with the suffix ms; nullopt: it is no such time, or out of bounds.
std::optional<std::int64_t> time_ms_in(std::string_view text, std::int64_t low_ms, std::int64_t high_ms);
/// Such a time; 0 to 600 s.
Result<int> parse_away_grace_ms(std::string_view text);
/// Such a time; 0 to 1200 s.
Result<int> parse_core_hold_ms(std::string_view text);

}  // namespace holdfast::config

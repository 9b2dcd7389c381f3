// statistics_values.hpp: points of statistics as wire::Value, the form in which the API answers: the bodies of the
// events `hstats` and `pstats` (contract supvisors.md 7.5), which the methods that tell statistics use too. Pure
// functions; used by the methods and by the driver that publishes.
#pragma once

#include <string>

#include "api/ports.hpp"
#include "supervision/statistics.hpp"

namespace holdfast::api {

double to_seconds(Duration span);
/// Three digits say all that was measured.
double rounded(double number);

/// Body of `hstats`; `identifier`: of the node, `now`: on its clock.
wire::Value host_point_value(const std::string& identifier, Instant now, const supervision::HostPoint& point);
/// Body of `pstats`; CPU in percent of one core whatever stats_irix_mode says.
wire::Value process_point_value(const std::string& identifier, Instant now, const supervision::ProcessPoint& point);

}  // namespace holdfast::api

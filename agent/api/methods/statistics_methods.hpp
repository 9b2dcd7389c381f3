// statistics_methods.hpp: what this node measures of itself and its programs: the methods that tell and steer it (contract
// supvisors.md 5.2, 5.4) and the bodies of `hstats` and `pstats` (7.5). Another node is asked itself. Called once at start
// by add_inner_methods; the bodies by the composition root.
#pragma once

#include <string>

#include "api/methods/method_table.hpp"
#include "api/ports.hpp"
#include "supervision/statistics.hpp"

namespace holdfast::api {

void add_statistics_methods(MethodTable& table, Ports& ports);

/// Body of `hstats`; `identifier`: of the node, `now`: on its clock.
wire::Value host_point_value(const std::string& identifier, Instant now, const supervision::HostPoint& point);
/// Body of `pstats`; CPU in percent of one core whatever stats_irix_mode says.
wire::Value process_point_value(const std::string& identifier, Instant now, const supervision::ProcessPoint& point);

}  // namespace holdfast::api

// cluster_text.hpp: the answers of holdfast.getCluster and holdfast.getClusterProcesses as rows and lines for people.
// Pure; called by the commands nodes and status --cluster.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ctl/format/status_lines.hpp"
#include "wire/xmlrpc_value.hpp"

namespace holdfast::ctl {

/// The table of `nodes`, its head first.
std::vector<std::vector<std::string>> node_rows(const wire::Value& cluster);

/// The cluster's name, state, Master and epoch; its warnings; and the counters of what was refused or dropped, if any.
std::vector<std::string> cluster_lines(const wire::Value& cluster);

/// Age in milliseconds as "0.2 s", "42 s", "7 min", "3 h", "2 d".
std::string age_text(std::int64_t ms);

/// One process of getClusterProcesses as a row of `status --cluster`.
StatusRow process_row(const wire::Value& process);

}  // namespace holdfast::ctl

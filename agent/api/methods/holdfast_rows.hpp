// holdfast_rows.hpp: the methods of holdfast.* by subject. Used by holdfast_*.cpp only.
#pragma once

#include <vector>

#include "api/methods/method_rows.hpp"

namespace holdfast::api {

std::vector<MethodRow> holdfast_history_rows();
/// The agent and the keeper.
std::vector<MethodRow> holdfast_daemon_rows();
/// Where there is a cluster.
std::vector<MethodRow> holdfast_cluster_rows();
/// The rules of this node.
std::vector<MethodRow> holdfast_rules_rows();
/// The end of a process's log, of any node.
std::vector<MethodRow> holdfast_log_rows();

}  // namespace holdfast::api

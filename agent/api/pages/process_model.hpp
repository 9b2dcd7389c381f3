// process_model.hpp: the processes of this agent, or of the whole cluster, as the rows that the pages show. Pure
// functions of the ports' read models at one moment; the pages and their event stream both use them, so that they never
// disagree.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/ports.hpp"
#include "dashboard/views.hpp"

namespace holdfast::api {

/// A process with what each node that defines it has of it.
struct ProcessModel {
  dashboard::ProcessRowView row;
  std::vector<dashboard::CopyRowView> copies;
};

/// Every process, merged over the nodes when there is a cluster; sorted by application and name.
std::vector<dashboard::ProcessRowView> process_rows(const Ports& ports);
std::optional<dashboard::ProcessRowView> process_row(const Ports& ports, const std::string& application,
                                                     const std::string& process);
/// Where a process is defined, one row a node; alone: one row.
std::vector<dashboard::CopyRowView> copy_rows(const Ports& ports, const std::string& application,
                                              const std::string& process);
/// `rows`, each with its copies.
std::vector<ProcessModel> process_models(const Ports& ports, std::vector<dashboard::ProcessRowView> rows);

int running_of(const std::vector<dashboard::ProcessRowView>& rows);
/// Ended, and nothing is wrong with that.
int finished_of(const std::vector<dashboard::ProcessRowView>& rows);

}  // namespace holdfast::api

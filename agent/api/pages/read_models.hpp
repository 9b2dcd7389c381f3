// read_models.hpp: the state of this agent and its cluster as the dashboard's view structs: which rows there
// are, what they say, what needs a person. Pure functions of the ports' read models at one moment; the pages
// and the event stream both use them, so that they never disagree. No HTML here, no decisions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/ports.hpp"
#include "dashboard/views.hpp"

namespace holdfast::api {

dashboard::FrameView frame_view(const Ports& ports, const WebRequest& request);

/// Every process, merged over the nodes when there is a cluster; sorted by application and name.
std::vector<dashboard::ProcessRowView> process_rows(const Ports& ports);
std::optional<dashboard::ProcessRowView> process_row(const Ports& ports, const std::string& application,
                                                     const std::string& process);
/// Where a process is defined, one row a node; alone: one row.
std::vector<dashboard::CopyRowView> copy_rows(const Ports& ports, const std::string& application,
                                              const std::string& process);
std::vector<dashboard::ApplicationRowView> application_rows(
    const Ports& ports, const std::vector<dashboard::ProcessRowView>& processes);
std::vector<dashboard::NodeView> node_views(const Ports& ports);
std::vector<dashboard::AttentionItem> attention_items(const Ports& ports,
                                                      const std::vector<dashboard::ProcessRowView>& processes,
                                                      const std::vector<dashboard::NodeView>& nodes);

/// The application's page without its events; nullopt: no such application.
std::optional<dashboard::ApplicationView> application_view(const Ports& ports, const std::string& name,
                                                           std::vector<dashboard::ProcessRowView> processes,
                                                           const std::vector<dashboard::NodeView>& nodes);

/// A row of the history as the pages show it.
dashboard::EventView event_view(const Ports& ports, const HistoryLine& line);

}  // namespace holdfast::api

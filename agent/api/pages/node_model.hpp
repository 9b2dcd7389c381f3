// node_model.hpp: the nodes of the cluster as the pages show them, and what of nodes and processes needs a person. Pure
// functions of the ports' read models at one moment; used by the pages and their event stream.
#pragma once

#include <vector>

#include "api/ports.hpp"
#include "dashboard/views.hpp"

namespace holdfast::api {

/// None where this agent is alone.
std::vector<dashboard::NodeView> node_views(const Ports& ports);

/// What needs a person: nodes first, then processes.
std::vector<dashboard::AttentionItem> attention_items(const Ports& ports,
                                                      const std::vector<dashboard::ProcessRowView>& processes,
                                                      const std::vector<dashboard::NodeView>& nodes);

}  // namespace holdfast::api

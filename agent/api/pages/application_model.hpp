// application_model.hpp: the applications of this agent, or of the whole cluster, as the pages show them: in the
// overview a row each, on a page of its own with start sequence and matrix. Pure functions of the ports' read models at
// one moment.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/pages/process_model.hpp"
#include "api/ports.hpp"
#include "dashboard/views.hpp"

namespace holdfast::api {

/// `processes`: all there are, sorted by application.
std::vector<dashboard::ApplicationRowView> application_rows(const Ports& ports,
                                                            const std::vector<dashboard::ProcessRowView>& processes);

/// The application's page without frame and events. `processes`: the application's own; nullopt: it has none.
std::optional<dashboard::ApplicationView> application_view(const Ports& ports, const std::string& name,
                                                           const std::vector<ProcessModel>& processes,
                                                           const std::vector<dashboard::NodeView>& nodes);

}  // namespace holdfast::api

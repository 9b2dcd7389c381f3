// event_model.hpp: lines of the history as the pages show them. Pure functions; used by the pages and their event
// stream.
#pragma once

#include <vector>

#include "api/ports.hpp"
#include "dashboard/views.hpp"

namespace holdfast::api {

/// Those that say something to a reader of a page, in the same order; none when the history could not be read.
std::vector<dashboard::EventView> event_views(const Ports& ports, Result<std::vector<HistoryLine>> lines);

}  // namespace holdfast::api

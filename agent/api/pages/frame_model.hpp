// frame_model.hpp: what every page has around its content: who answers, in which cluster, what this node warns of. Pure
// functions of the ports' read models at one moment; used by the pages and their event stream.
#pragma once

#include "api/ports.hpp"
#include "dashboard/views.hpp"

namespace holdfast::api {

dashboard::FrameView frame_view(const Ports& ports, const WebRequest& request);

/// The part of it that shows the cluster, as the badge of the Master has it; nothing changes where there is no cluster.
void fill_cluster(const Ports& ports, dashboard::FrameView& frame);

}  // namespace holdfast::api

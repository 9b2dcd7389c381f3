#include "api/pages/frame_model.hpp"

#include <utility>

#include "api/node_notes.hpp"
#include "base/text.hpp"

namespace holdfast::api {

dashboard::FrameView frame_view(const Ports& ports, const WebRequest& request) {
  dashboard::FrameView frame;
  frame.version = HOLDFAST_VERSION;
  frame.node = ports.agent.settings().daemon.identifier;
  if (const auto& cluster = ports.agent.settings().cluster) {
    frame.name = cluster->branding.name;
    frame.has_icon = !cluster->branding.icon.empty();
    frame.has_style = !cluster->branding.css_files.empty();
  }
  frame.user = request.user;
  frame.warnings = ports.agent.warnings();
  frame.csrf_token = ports.tokens.issue(request.user);
  frame.now = ports.agent.wall();
  frame.utc_offset_s = static_cast<int>(ports.agent.utc_offset_s(frame.now.seconds()));
  const auto refresh = text::parse_int(request.query_value("refresh"));
  frame.refresh_s = refresh && *refresh > 0 && *refresh <= 3600 ? static_cast<int>(*refresh) : 0;
  if (ports.cluster != nullptr) {
    fill_cluster(ports, frame);
    const auto offset = [&ports](std::int64_t at) { return ports.agent.utc_offset_s(at); };
    for (std::string& warning : cluster_warnings(ports.cluster->node().view(), offset)) {
      frame.warnings.push_back(std::move(warning));
    }
  }
  return frame;
}

void fill_cluster(const Ports& ports, dashboard::FrameView& frame) {
  if (ports.cluster == nullptr) {
    return;
  }
  const cluster::View& view = ports.cluster->node().view();
  frame.cluster = ports.cluster->name();
  frame.node = view.me().nick;
  frame.node_identifier = view.me().identifier;
  const cluster::MemberView* master = view.master ? view.find(*view.master) : nullptr;
  frame.master = master == nullptr ? "" : master->nick;
  frame.cluster_state = cluster::name_of(view.state());
  frame.epoch = view.term().epoch;
}

}  // namespace holdfast::api

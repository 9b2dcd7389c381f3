#include "api/pages/live_model.hpp"

#include <utility>

#include "api/pages/application_model.hpp"
#include "api/pages/frame_model.hpp"
#include "api/pages/node_model.hpp"

namespace holdfast::api {
namespace {

/// `processes` are sorted by application.
std::vector<dashboard::ApplicationView> application_views(const Ports& ports,
                                                          const std::vector<ProcessModel>& processes,
                                                          const std::vector<dashboard::NodeView>& nodes) {
  std::vector<dashboard::ApplicationView> views;
  for (auto first = processes.begin(); first != processes.end();) {
    auto last = first;
    while (last != processes.end() && last->row.application == first->row.application) {
      ++last;
    }
    auto view = application_view(ports, first->row.application, std::vector<ProcessModel>(first, last), nodes);
    if (view) {
      views.push_back(std::move(*view));
    }
    first = last;
  }
  return views;
}

}  // namespace

LiveModel live_model(const Ports& ports) {
  LiveModel model;
  model.now = ports.agent.wall();
  std::vector<dashboard::ProcessRowView> rows = process_rows(ports);
  model.nodes = node_views(ports);
  model.attention = attention_items(ports, rows, model.nodes);
  model.health = {static_cast<int>(model.attention.size()), running_of(rows), finished_of(rows),
                  static_cast<int>(rows.size())};
  model.processes = process_models(ports, std::move(rows));
  model.applications = application_views(ports, model.processes, model.nodes);
  fill_cluster(ports, model.frame);
  return model;
}

}  // namespace holdfast::api

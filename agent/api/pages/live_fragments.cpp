#include "api/pages/live_fragments.hpp"

#include <utility>

#include "dashboard/pages.hpp"

namespace holdfast::api {
namespace {

/// Whether a piece is to be shown, and keeps that it is: it is new, or differs.
template <typename Value>
bool take(std::map<std::string, Value>& shown, const std::string& key, const Value& value) {
  const auto [at, is_new] = shown.try_emplace(key, value);
  if (is_new) {
    return true;
  }
  if (at->second == value) {
    return false;
  }
  at->second = value;
  return true;
}

template <typename Value>
bool take(std::optional<Value>& shown, Value value) {
  if (shown == value) {
    return false;
  }
  shown = std::move(value);
  return true;
}

/// Ages are shown in seconds; those of nodes are reckoned anew each time and differ by less.
WallTime whole_seconds(WallTime at) {
  return WallTime::from_seconds(at.seconds());
}

Fragment patch(std::string key, html::Safe markup) {
  return {"patch", std::move(key), std::move(markup).markup()};
}

}  // namespace

void LiveFragments::add_process(const ProcessModel& process, WallTime now, std::vector<Fragment>& into) {
  const dashboard::ProcessRowView& row = process.row;
  const std::string id = dashboard::process_row_id(row.application, row.process);
  if (take(processes_, id, row)) {
    into.push_back(patch(id, dashboard::process_row(row, now)));
  }
  for (const dashboard::CopyRowView& copy : process.copies) {
    const std::string key = id + "@" + copy.node;
    if (take(copies_, key, {row.managed, copy})) {
      into.push_back(patch(key, dashboard::copy_row(row, copy, now)));
    }
  }
}

void LiveFragments::add_application(const dashboard::ApplicationView& view, std::vector<Fragment>& into) {
  const std::string& name = view.row.name;
  const std::string id = dashboard::application_row_id(name);
  if (take(applications_, id, view.row)) {
    into.push_back(patch(id, dashboard::application_row(view.row)));
  }
  if (take(sequences_, name, view.ranks)) {
    into.push_back(patch("sequence of " + name, dashboard::sequence_list(view)));
  }
  for (const dashboard::MatrixRowView& row : view.matrix) {
    const std::string namespec = full_namespec({name, row.process.process});
    if (take(matrix_rows_, namespec, row.states)) {
      into.push_back(patch("matrix of " + namespec, dashboard::matrix_row(row)));
    }
  }
}

void LiveFragments::add_summary(const LiveModel& model, std::vector<Fragment>& into) {
  std::vector<dashboard::AttentionItem> attention = model.attention;
  for (dashboard::AttentionItem& item : attention) {
    item.since = whole_seconds(item.since);
  }
  if (take(attention_, std::move(attention))) {
    into.push_back(patch("attention", dashboard::attention_list(model.attention, model.now)));
  }
  if (take(health_, model.health)) {
    const HealthView& health = model.health;
    into.push_back(patch(
        "health", dashboard::health_sentence(health.needing_attention, health.running, health.finished, health.total)));
  }
  const dashboard::FrameView& frame = model.frame;
  if (take(master_, {frame.cluster, frame.master, frame.cluster_state, frame.epoch})) {
    into.push_back(patch("master", dashboard::master_badge(frame)));
  }
}

std::vector<Fragment> LiveFragments::changes(const LiveModel& model) {
  std::vector<Fragment> all;
  for (const ProcessModel& process : model.processes) {
    add_process(process, model.now, all);
  }
  for (const dashboard::ApplicationView& view : model.applications) {
    add_application(view, all);
  }
  for (const dashboard::NodeView& node : model.nodes) {
    dashboard::NodeView shown = node;
    shown.since = whole_seconds(node.since);
    const std::string id = dashboard::node_card_id(node.identifier);
    if (take(nodes_, id, shown)) {
      all.push_back(patch(id, dashboard::node_card(node, model.now)));
    }
  }
  add_summary(model, all);
  return all;
}

}  // namespace holdfast::api

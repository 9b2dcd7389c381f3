#include "api/pages/node_model.hpp"

#include <string>

#include "api/cluster_values.hpp"
#include "api/node_notes.hpp"
#include "base/text.hpp"

namespace holdfast::api {
namespace {

using dashboard::AttentionItem;
using dashboard::Condition;
using dashboard::Tone;

dashboard::NodeView node_view(const Ports& ports, const cluster::MemberView& member) {
  const cluster::View& view = ports.cluster->node().view();
  dashboard::NodeView node;
  node.nick = member.nick;
  node.identifier = member.identifier;
  node.state = member.state;
  node.master = view.master == member.identifier;
  node.local = member.local;
  node.load = load_of(view, ports.cluster->node().engine().matcher(), member.identifier);
  for (const auto& [namespec, fact] : member.table.rows()) {
    const bool counts = member.local || member.state == MemberState::running || member.state == MemberState::away;
    node.running += counts && fact.state == ProcessState::running ? 1 : 0;
    ++node.processes;
  }
  node.since = WallTime{ports.agent.wall().us - (ports.agent.now() - member.state_since).count() / 1000};
  node.note = note_of(member, [&ports](std::int64_t at) { return ports.agent.utc_offset_s(at); });
  node.on_same_machine = on_same_machine(view, member);
  return node;
}

AttentionItem attention_to(const dashboard::NodeView& node) {
  const bool may_come_back = cluster::in_sight(node.state) || node.state == MemberState::away;
  AttentionItem item;
  item.tone = may_come_back ? Tone::warning : Tone::bad;
  item.node = node.nick;
  item.what = "node " + std::string(name_of(node.state));
  item.text = node.note;
  item.since = node.since;
  return item;
}

AttentionItem attention_to(const dashboard::ProcessRowView& row) {
  AttentionItem item;
  item.application = row.application;
  item.process = row.process;
  item.since = row.since;
  if (row.conflict) {
    item.node = text::join(row.nodes, ", ");
    item.what = "conflict";
    item.text = "it runs on more than one node";
    return item;
  }
  item.tone = row.state == ProcessState::backoff ? Tone::warning : Tone::bad;
  item.node = row.nodes.empty() ? "" : row.nodes.front();
  item.what = name_of(row.state);
  item.text = row.description;
  return item;
}

AttentionItem attention_to_cluster(std::string what, std::string text) {
  AttentionItem item;
  item.tone = Tone::warning;
  item.what = std::move(what);
  item.text = std::move(text);
  return item;
}

}  // namespace

std::vector<dashboard::NodeView> node_views(const Ports& ports) {
  std::vector<dashboard::NodeView> nodes;
  if (ports.cluster != nullptr) {
    for (const cluster::MemberView& member : ports.cluster->node().view().members) {
      nodes.push_back(node_view(ports, member));
    }
  }
  return nodes;
}

std::vector<AttentionItem> attention_items(const Ports& ports, const std::vector<dashboard::ProcessRowView>& processes,
                                           const std::vector<dashboard::NodeView>& nodes) {
  std::vector<AttentionItem> items;
  for (const dashboard::NodeView& node : nodes) {
    if (node.state != MemberState::running) {
      items.push_back(attention_to(node));
    }
  }
  if (ports.cluster != nullptr && ports.agent.settings().cluster->wait_for.user &&
      ports.cluster->node().view().state() == cluster::ClusterState::synchronization) {
    items.push_back(attention_to_cluster(
        "waiting", "no Master and nothing is started until a person says so: holdfastctl end_sync [NODE]"));
  }
  const bool all_here = items.empty();  // else each that is not here is named already
  for (const dashboard::ProcessRowView& row : processes) {
    if (row.conflict || row.condition == Condition::failed) {
      items.push_back(attention_to(row));
    }
  }
  if (all_here && ports.cluster != nullptr && ports.cluster->node().view().degraded) {
    items.push_back(attention_to_cluster("degraded", "not every node that was waited for is here"));
  }
  return items;
}

}  // namespace holdfast::api

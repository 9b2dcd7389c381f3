#include "cluster/step_context.hpp"

#include <utility>

namespace holdfast::cluster {

void StepContext::note(HistoryRow row) {
  outcome.history.push_back(std::move(row));
  show_change();
}

void StepContext::note_member(const std::string& identifier, std::string what, std::string why) {
  note({HistoryRow::Kind::member, {}, {}, identifier, std::move(what), std::move(why)});
}

void StepContext::note_state(std::string what, std::string why) {
  note({HistoryRow::Kind::state, {}, {}, options.cluster_name, std::move(what), std::move(why)});
}

void StepContext::publish(const Message& message) {
  outcome.publish.push_back({Stream::ctl, frames.published(speaker(), now, message)});
}

void StepContext::send(NodeId node, const Message& message) {
  outcome.sends.push_back({node, frames.direct(speaker(), now, message)});
}

Speaker StepContext::speaker() const {
  const MemberView& me = view.me();
  return {me.node_id, me.incarnation, me.term.epoch, members.roster_hash()};
}

void StepContext::persist_identity() {
  outcome.persist = Identity{view.me().incarnation, view.term()};
}

}  // namespace holdfast::cluster

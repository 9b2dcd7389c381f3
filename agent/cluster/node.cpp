#include "cluster/node.hpp"

#include <utility>

#include "cluster/node_core.hpp"

namespace holdfast::cluster {

Node::Node(NodeOptions options, Random random) : core_(std::make_unique<NodeCore>(std::move(options), random)) {}
Node::~Node() = default;
Node::Node(Node&&) noexcept = default;
Node& Node::operator=(Node&&) noexcept = default;

void Node::step(Instant now, const Input& input) {
  core_->step(now, input);
}
Outcome Node::take_outcome() {
  return core_->take_outcome();
}
std::optional<Instant> Node::next_deadline() const {
  return core_->next_deadline();
}
const View& Node::view() const {
  return core_->view();
}
const rules::Engine& Node::engine() const {
  return core_->engine();
}
Identity Node::identity() const {
  return core_->identity();
}

std::uint64_t Node::known_incarnation(std::string_view identifier) const {
  return core_->known_incarnation(identifier);
}

std::string Node::objection_to(std::string_view identifier, std::string_view nick) const {
  return core_->objection_to(identifier, nick);
}

AgentId Node::heard_agent(std::string_view identifier, Instant now) const {
  constexpr Duration kMoment = 1s;  // five heartbeats
  const MemberView* member = view().find(identifier);
  const bool heard = member != nullptr && !member->local && member->heard_at && now - *member->heard_at <= kMoment;
  return heard ? member->agent : AgentId{};
}

}  // namespace holdfast::cluster

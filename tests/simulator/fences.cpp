// Who is fenced stays out, whatever the faults, until people let it in; then all is as after any fault.
#include "cluster/codec/message_codec.hpp"
#include "simulator/simulated_world.hpp"

namespace holdfast::simulator {
namespace {

constexpr Duration kPeopleNotice = 3s;  // after the last fault
constexpr Duration kAgreed = 9s;        // by then all must know the same

}  // namespace

/// A list of this life only loses a node by people's word, or because this side has yielded to the other.
bool SimulatedWorld::fences_cannot_vanish() const {
  return !people_let_in_ && !options_.partitions && !options_.pauses && !options_.stalls && !options_.drop_bursts &&
         !options_.dead_connections && !options_.leaves && options_.loss_per_million == 0 &&
         options_.tail_per_million == 0 && options_.failure == FailureStrategy::continue_;
}

void SimulatedWorld::check_fences(std::size_t i) {
  if (!options_.auto_fence) {
    return;
  }
  const cluster::View& view = machines_[i].node->view();
  const cluster::FenceList& list = view.me().table.fences();
  machines_[i].fences_before = machines_[i].fences;
  if (list != machines_[i].fences) {
    for (const cluster::FenceFact& fence : machines_[i].fences.fences) {
      if (list.find(fence.identifier) == nullptr && fences_cannot_vanish()) {
        fail(roster_[i].nick + " has forgotten that " + fence.identifier + " is fenced");
      }
    }
    if (machines_[i].fences.newer_than(list) && fences_cannot_vanish()) {
      fail(roster_[i].nick + " goes back to an older list of who is fenced");
    }
    machines_[i].fences = list;
  }
  for (const cluster::FenceFact& fence : list.fences) {
    const cluster::MemberView* known = view.find(fence.identifier);
    if (known == nullptr) {
      continue;  // it has heard of the fence before it has of the node
    }
    const cluster::MemberView& member = *known;
    if (!member.local && member.state != MemberState::isolated) {
      fail(roster_[i].nick + " shows " + member.nick + ", which is fenced, as " + std::string(name_of(member.state)));
    }
    if (view.master == member.identifier && !member.local) {
      fail(roster_[i].nick + " follows " + member.nick + ", which is fenced");
    }
    if (member.local && view.acting_master()) {
      fail(roster_[i].nick + " is Master though it knows that it is fenced");
    }
  }
}

/// What the node that gives the order knew when it began its step decides: it may lose the target later in it.
void SimulatedWorld::check_order_to_fenced(std::size_t i, const cluster::Send& item) {
  if (!options_.auto_fence || machines_[i].fences_before.fences.empty()) {
    return;
  }
  const auto decoded = cluster::decode_message(item.bytes);
  const std::string& target = machines_[index_of(item.node_id)].identifier;
  if (decoded && std::holds_alternative<cluster::Command>(decoded.value().message) &&
      machines_[i].fences_before.find(target) != nullptr && machines_[i].fences.find(target) != nullptr) {
    fail(roster_[i].nick + " gives an order to " + target + ", which is fenced");
  }
}

/// Every node shows the same list, and follows the same Master, the fenced ones too.
std::optional<std::string> SimulatedWorld::differing_fences() const {
  for (std::size_t i = 0; i < machines_.size(); ++i) {
    if (!machines_[i].node) {
      return roster_[i].nick + " is down";
    }
    const cluster::View& view = machines_[i].node->view();
    const cluster::View& first = machines_[0].node->view();
    if (view.me().table.fences() != first.me().table.fences()) {
      return roster_[i].nick + " and n1 have different lists of who is fenced";
    }
    if (view.master != first.master) {
      return roster_[i].nick + " and n1 follow different Masters";
    }
  }
  return std::nullopt;
}

bool SimulatedWorld::somebody_is_fenced() const {
  for (const Machine& machine : machines_) {
    if (!machine.fences.fences.empty() && machine.node) {
      return true;
    }
  }
  return false;
}

/// People let everybody in, at some node, once all have the same picture of who is out.
void SimulatedWorld::look_at_fences() {
  if (!options_.auto_fence || now_ - calm_since_ < kPeopleNotice || !somebody_is_fenced()) {
    return;
  }
  if (const auto difference = differing_fences()) {
    if (now_ - calm_since_ > kAgreed) {
      fail(std::to_string((now_ - calm_since_) / 1s) + " s after the last fault " + *difference);
    }
    return;
  }
  people_let_in_ = true;
  calm_since_ = now_;
  cluster::OperatorRequest request;
  request.handle = ++next_handle_;
  request.user = "admin";
  request.action = cluster::Action::unfence;
  request.target = "*";
  request.deadline = 5s;
  ask(static_cast<std::size_t>(random_.below(machines_.size())), std::move(request));
}

}  // namespace holdfast::simulator

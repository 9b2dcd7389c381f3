// members.hpp: the one owner of the list of members: their order in the view, the rules engine's instances beside
// them, and how a member is found. Each member gets a slot once, by which the parts keep what they know of it
// (PerMember); its place in the view may change when somebody joins, so that a reference to a member holds until the
// next insert. Nobody ever leaves the list (contract supvisors.md 7.4). Decides nothing about who joins
// (RosterExchange does). The parts that write facts of a member hold Members and `edit` it; the others see the view.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "cluster/node_options.hpp"
#include "cluster/view.hpp"

namespace holdfast::cluster {

/// The view at the start: the members of the list, with discovery in the order of their nicks.
View make_view(const NodeOptions& options);

class Members {
 public:
  explicit Members(View& view);

  /// In the order of the view.
  [[nodiscard]] std::vector<MemberView>& all() { return view_.members; }
  [[nodiscard]] MemberView& me() { return view_.members[view_.local]; }
  [[nodiscard]] MemberView& edit(const MemberView& member) { return view_.members[place_[member.slot]]; }
  [[nodiscard]] rules::InstanceView& instance_of(const MemberView& member) {
    return view_.cluster.instances[place_[member.slot]];
  }

  /// Looked for with every frame.
  [[nodiscard]] const MemberView* find(NodeId node) const;
  /// The one of that identifier, else all of that nick.
  [[nodiscard]] std::vector<const MemberView*> named(std::string_view identifier_or_nick) const;

  /// Slots in the order of identifiers, which is that of liveness vectors; and a member's place in it.
  [[nodiscard]] const std::vector<std::size_t>& by_identifier() const { return by_identifier_; }
  [[nodiscard]] std::size_t rank_of(const MemberView& member) const { return rank_[member.slot]; }
  [[nodiscard]] const MemberView& at(std::size_t slot) const { return view_.members[place_[slot]]; }
  [[nodiscard]] std::uint32_t roster_hash() const { return roster_hash_; }

  /// In the order of nicks, so that every node has the same order whoever came first. References to members end here.
  MemberView& insert(MemberView member);

 private:
  void index();

  View& view_;
  std::vector<std::size_t> place_;                       // in the view, by slot
  std::vector<std::size_t> by_identifier_;               // slots
  std::vector<std::size_t> rank_;                        // by slot
  std::vector<std::pair<NodeId, std::size_t>> by_node_;  // with slots, in order of the id
  std::uint32_t roster_hash_ = 0;
};

}  // namespace holdfast::cluster

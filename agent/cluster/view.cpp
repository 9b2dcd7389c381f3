#include "cluster/view.hpp"

#include <algorithm>

namespace holdfast::cluster {

std::string_view supvisors_name_of(MemberState state) {
  switch (state) {
    case MemberState::away:
      return "FAILED";
    case MemberState::incompatible:
      return "ISOLATED";
    case MemberState::stopped:
    case MemberState::checking:
    case MemberState::running:
    case MemberState::failed:
    case MemberState::isolated:
      return name_of(state);
  }
  return "STOPPED";
}

const MemberView* View::find(std::string_view identifier_or_nick) const {
  for (const MemberView& member : members) {
    if (member.identifier == identifier_or_nick) {
      return &member;
    }
  }
  for (const MemberView& member : members) {
    if (member.nick == identifier_or_nick) {
      return &member;
    }
  }
  return nullptr;
}

const MemberView* View::find(NodeId node_id) const {
  for (const MemberView& member : members) {
    if (member.node_id == node_id) {
      return &member;
    }
  }
  return nullptr;
}

std::vector<const MemberView*> View::named(std::string_view name) const {
  if (const MemberView* member = find(name)) {
    return {member};
  }
  std::vector<const MemberView*> carriers;
  for (std::size_t i = 0; i < members.size(); ++i) {
    const auto& tags = cluster.instances[i].stereotypes;
    if (std::find(tags.begin(), tags.end(), name) != tags.end()) {
      carriers.push_back(&members[i]);
    }
  }
  return carriers;
}

}  // namespace holdfast::cluster

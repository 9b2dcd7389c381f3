#include "api/node_notes.hpp"

#include "base/instant.hpp"
#include "dashboard/pages.hpp"

namespace holdfast::api {
namespace {

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) {
    text += (text.empty() ? "" : "; ") + part;
  }
  return text;
}

std::string fence_text(const cluster::MemberView& member, const UtcOffset& utc_offset) {
  const WallTime at{member.fence->at_us};
  return "fenced by " + member.fence->by + " since " +
         dashboard::time_text(at, static_cast<int>(utc_offset(at.seconds()))) + ": " + member.fence->reason +
         "; `holdfastctl unfence " + member.nick + "` lets it in";
}

}  // namespace

std::string note_of(const cluster::MemberView& member, const UtcOffset& utc_offset) {
  std::vector<std::string> parts;
  if (member.fence) {
    parts.push_back(fence_text(member, utc_offset));
  } else if (!member.remark.empty()) {
    parts.push_back(member.remark);
  }
  parts.insert(parts.end(), member.differences.begin(), member.differences.end());
  return joined(parts);
}

std::vector<std::string> on_same_machine(const cluster::View& view, const cluster::MemberView& member) {
  std::vector<std::string> nicks;
  for (const cluster::MemberView& other : view.members) {
    if (other.identifier != member.identifier && !member.machine_id.empty() && other.machine_id == member.machine_id) {
      nicks.push_back(other.nick);
    }
  }
  return nicks;
}

std::vector<std::string> cluster_warnings(const cluster::View& view, const UtcOffset& utc_offset) {
  std::vector<std::string> warnings;
  for (const cluster::MemberView& member : view.members) {
    if (member.fence && member.local) {
      warnings.insert(warnings.begin(), "This node is " + fence_text(member, utc_offset) +
                                            ". Until then nobody counts its programs or gives it orders.");
    } else if (member.fence) {
      warnings.push_back(member.nick + " is " + fence_text(member, utc_offset) + ".");
    }
    if (!member.objection.empty() && !view.me().synchronised) {
      warnings.push_back(member.nick + " does not take this node into the cluster (" + member.objection +
                         "). Until it does, this node starts nothing: name it in the list of every node.");
    }
    if (!member.differences.empty()) {
      warnings.push_back(member.nick + " and this node differ: " + joined(member.differences) + ".");
    }
  }
  return warnings;
}

}  // namespace holdfast::api

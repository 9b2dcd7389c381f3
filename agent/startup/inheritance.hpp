// inheritance.hpp: what an earlier agent left with the keeper and this one takes over: its children, the descriptors it
// had the keeper hold (listening sockets, log intents, what listeners wait for) and its blob. Filled by the keeper
// client while the agent starts, emptied by the parts of the agent as they are made. A plain store; loop thread only.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/unique_fd.hpp"
#include "system/keeper_client.hpp"

namespace holdfast {

struct Inheritance {
  std::vector<system::FoundChild> children;
  std::map<std::string, UniqueFd> held;  // by the name they were held under
  std::optional<std::string> agent_blob;

  /// What the keeper has held under that name; invalid when nothing.
  UniqueFd take(const std::string& name) {
    const auto found = held.find(name);
    return found == held.end() ? UniqueFd() : std::move(held.extract(found).mapped());
  }

  /// The file that the keeper spools this channel's output into; -1 when there is none. Stays the child's.
  [[nodiscard]] int spool_of(std::uint64_t start_id, keeper::Channel channel) const {
    for (const system::FoundChild& child : children) {
      if (child.child.start_id == start_id) {
        const system::ChildDescriptors& descriptors = child.child.descriptors;
        return channel == keeper::Channel::out ? descriptors.stdout_spool.get() : descriptors.stderr_spool.get();
      }
    }
    return -1;
  }
};

}  // namespace holdfast

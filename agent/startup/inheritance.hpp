// inheritance.hpp: what an earlier agent left with the keeper and this one takes over: its children, the descriptors it
// had the keeper hold (listening sockets, log intents, what listeners wait for) and its blob. Filled by the keeper
// client while the agent starts, emptied by the parts of the agent as they are made. A plain store; loop thread only.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/unique_fd.hpp"
#include "system/keeper_client.hpp"

namespace holdfast {

struct Inheritance {
  std::vector<system::FoundChild> children;
  std::map<std::string, UniqueFd> held;  // by the name they were held under
  std::optional<std::string> agent_blob;

  /// The handlers of the keeper's client that fill it.
  void fill_by(system::KeeperClient::Handlers& handlers);

  /// What the keeper has held under that name; invalid when nothing.
  UniqueFd take(const std::string& name);
  /// All that it has held under names that begin so.
  std::vector<std::pair<std::string, UniqueFd>> take_all(std::string_view prefix);

  /// The file that the keeper spools this channel's output into; -1 when there is none. Stays the child's.
  [[nodiscard]] int spool_of(std::uint64_t start_id, keeper::Channel channel) const;
};

}  // namespace holdfast

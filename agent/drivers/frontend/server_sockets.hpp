// server_sockets.hpp: the listening sockets of the configured HTTP servers: made, or taken over from the agent before,
// and left with the keeper, so that no client is refused while an agent is replaced. At the end of the daemon the files
// of its unix sockets go, but not what somebody else has put there since. Made by Frontend; loop thread only.
#pragma once

#include <sys/types.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "config/settings.hpp"
#include "drivers/frontend/web.hpp"
#include "storage/main_log.hpp"
#include "system/keeper.hpp"

namespace holdfast {

class ServerSockets {
 public:
  ServerSockets(system::Keeper& keeper, storage::MainLog& log) : keeper_(keeper), log_(log) {}

  /// Every server of the configuration, given to `web`. `held`: what the keeper has held, by name; what is of use is
  /// taken out of it, and sockets of servers that are gone are let go. The error is of a socket that cannot be bound.
  Status open(const config::Settings& settings, std::map<std::string, UniqueFd>& held, Web& web);
  /// The daemon ends.
  void remove_files();

 private:
  Result<UniqueFd> socket_of(const config::HttpServerSettings& server, std::map<std::string, UniqueFd>& held);

  system::Keeper& keeper_;
  storage::MainLog& log_;
  std::map<std::string, std::pair<dev_t, ino_t>> files_;  // of unix sockets, by path
};

}  // namespace holdfast

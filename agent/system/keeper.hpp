// keeper.hpp: what the drivers ask of the keeper while the agent runs: children to be started, signalled and forgotten,
// and what it is to hold for the next agent. KeeperClient is the real one; tests record the calls. Loop thread only. An
// error means that nothing was asked; what the keeper makes of a request comes back through KeeperClient::Handlers.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.hpp"
#include "keeper/protocol.hpp"
#include "keeper/spawn_request.hpp"

namespace holdfast::system {

class Keeper {
 public:
  virtual ~Keeper() = default;

  /// Starts a program. on_spawned or on_spawn_failed answers, in the order of the calls. `stdin_fd` (not
  /// owned) only with request.stdin_passed. Errors leave nothing started.
  virtual Status spawn(std::uint64_t start_id, const keeper::SpawnRequest& request, int stdin_fd) = 0;
  virtual Status signal(std::uint64_t start_id, int signo, keeper::SignalTo to) = 0;
  /// What the next agent is to know of the child, and of this agent.
  virtual Status set_blob(std::uint64_t start_id, std::string_view blob) = 0;
  virtual Status set_agent_blob(std::string_view blob) = 0;
  /// The exit is recorded and its output drained: the keeper forgets the child and lets its pipes go.
  virtual Status acknowledge(std::uint64_t start_id) = 0;
  /// The exit's output is drained, its record is still wanted: the keeper lets the pipes and spools go.
  virtual Status release_pipes(std::uint64_t start_id) = 0;
  virtual Status spool_taken(std::uint64_t start_id, keeper::Channel channel) = 0;
  /// Asks for a child's descriptors again; on_descriptors answers; a keeper older than this question does
  /// not.
  virtual Status fetch(std::uint64_t start_id) = 0;
  /// Leaves a copy of `fd` (not owned) with the keeper under `name`, replacing an older one. An error says why
  /// it will not outlive this agent: the keeper takes keeper::max_held and refuses more in silence, so we
  /// count with it.
  virtual Status hold(std::string_view name, int fd) = 0;
  virtual Status release(std::string_view name) = 0;
};

}  // namespace holdfast::system

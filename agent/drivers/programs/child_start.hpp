// child_start.hpp: what a program's child is started with: the file its command names, arguments, environment, ids,
// directory and pipes, as one request to the keeper (contract supervisor.md 2.3). Looks for the command on this
// machine's PATH and changes nothing. Used by ProgramDriver; loop thread only.
#pragma once

#include <optional>
#include <string>

#include "base/result.hpp"
#include "config/host.hpp"
#include "config/settings.hpp"
#include "keeper/spawn_request.hpp"
#include "supervision/effect.hpp"
#include "supervision/input.hpp"
#include "system/keeper_client.hpp"

namespace holdfast {

class ChildStart {
 public:
  /// `daemon_environment`: what every child inherits.
  ChildStart(const config::Settings& settings, config::Environment daemon_environment);

  /// The error has Supervisor's text for a command that cannot be run.
  [[nodiscard]] Result<keeper::SpawnRequest> request(const supervision::SpawnChild& effect) const;
  /// Whether the command could be run now.
  [[nodiscard]] static std::optional<supervision::SpawnProblem> probe(const config::ProcessSettings& settings);

 private:
  config::Environment daemon_environment_;
  std::optional<std::string> server_url_;
};

/// How many descriptors this agent holds for a child of these settings: its pipes and its logs.
std::size_t descriptors_of(const config::ProcessSettings& settings);
/// The same for one that runs or has ended already: its pipes may be gone, a spool may be there.
std::size_t descriptors_of(const system::SpawnedChild& child, const config::ProcessSettings& settings);

}  // namespace holdfast

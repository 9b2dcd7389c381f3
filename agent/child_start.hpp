// child_start.hpp: what a program's child is started with: the file its command names, arguments, environment, ids,
// directory and pipes, as one request to the keeper (contract supervisor.md 2.3). Looks for the command on this
// machine's PATH and changes nothing. Used by LocalPrograms; loop thread only.
#pragma once

#include <optional>
#include <string>

#include "base/result.hpp"
#include "config/host.hpp"
#include "config/settings.hpp"
#include "keeper/spawn_request.hpp"
#include "supervision/effect.hpp"
#include "supervision/input.hpp"

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

}  // namespace holdfast

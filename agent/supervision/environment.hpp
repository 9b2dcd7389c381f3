// environment.hpp: the environment a child gets (contract supervisor.md 2.4 step 4) and the server URL it is
// told. Pure. Used by drivers/programs/child_start.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/settings.hpp"

namespace holdfast::supervision {

/// The first unix server's `unix://path`, else the last inet server's `http://host:port`; nullopt without
/// servers.
std::optional<std::string> server_url_of(const std::vector<config::HttpServerSettings>& servers);

/// The daemon's environment, then the SUPERVISOR_ names, then the program's own, each overriding the former.
config::Environment child_environment(const config::Environment& daemon, const config::ProcessSettings& settings,
                                      const std::string& group, const std::optional<std::string>& server_url);

}  // namespace holdfast::supervision

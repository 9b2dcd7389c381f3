// own_log_level.hpp: a level of the agent's own log as the configuration names it, in the words of the log's writer:
// both have the same order. Called by the composition root.
#pragma once

#include "config/settings.hpp"
#include "storage/log_level.hpp"

namespace holdfast {

inline storage::Level level_of(config::LogLevel level) {
  return static_cast<storage::Level>(static_cast<int>(level));
}

}  // namespace holdfast

// log_recovery.hpp: the table of log intents (system/log_pipe.hpp) at an agent's start: made anew, or taken over
// from the agent before, whose unfinished writes are undone. Once, by the composition root, before any log is
// opened.
#pragma once

#include <cstdint>
#include <map>

#include "base/result.hpp"
#include "startup/inheritance.hpp"
#include "storage/main_log.hpp"
#include "system/keeper.hpp"
#include "system/log_pipe.hpp"

namespace holdfast {

struct LogRecovery {
  system::LogIntents intents;
  /// By start id: chunks of stdout that the agent before had begun to take and had not taken.
  std::map<std::uint64_t, std::uint64_t> uncommitted;
};

/// The keeper holds the table from here on. An error: there is none, so that nothing can be logged.
Result<LogRecovery> recover_log_intents(Inheritance& inheritance, system::Keeper& keeper, storage::MainLog& log);

}  // namespace holdfast

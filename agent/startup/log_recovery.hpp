// log_recovery.hpp: the table of log intents (system/log_pipe.hpp) at an agent's start: made anew, or taken over
// from the agent before, whose unfinished writes are undone. Once, by the composition root, before any log is
// opened.
#pragma once

#include <cstdint>
#include <functional>
#include <map>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "keeper/protocol.hpp"
#include "storage/main_log.hpp"
#include "system/log_pipe.hpp"

namespace holdfast {

struct LogTakeover {
  system::LogIntents intents;
  /// By start id: chunks of stdout that the agent before had begun to take and had not taken.
  std::map<std::uint64_t, std::uint64_t> untaken;
};

/// `held`: what the keeper holds, or invalid. `spool_of`: the spool of a child's channel, or -1. An error: there is
/// no table, so that nothing can be logged.
Result<LogTakeover> take_over_log_intents(
    UniqueFd held, const std::function<int(std::uint64_t start_id, keeper::Channel)>& spool_of,
    storage::MainLog& log);

}  // namespace holdfast

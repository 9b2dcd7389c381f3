#include "startup/log_recovery.hpp"

#include <utility>

namespace holdfast {

Result<LogTakeover> take_over_log_intents(
    UniqueFd held, const std::function<int(std::uint64_t start_id, keeper::Channel)>& spool_of,
    storage::MainLog& log) {
  auto intents =
      held.valid() ? system::LogIntents::adopt(std::move(held)) : system::LogIntents::create();
  if (!intents) {
    return intents.error();
  }
  std::map<std::uint64_t, std::uint64_t> untaken;
  for (const system::OpenIntent& intent : intents.value().open_intents(spool_of)) {
    if (intent.channel == keeper::Channel::out && intent.number != 0) {
      untaken[intent.start_id] = intent.number;
    }
    if (const Status undone = system::undo(intent); !undone) {
      log.error("a log write that the agent before had begun could not be undone: " + undone.error().message);
    }
  }
  intents.value().clear();
  return LogTakeover{std::move(intents).value(), std::move(untaken)};
}

}  // namespace holdfast

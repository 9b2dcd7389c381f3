#include "startup/log_recovery.hpp"

#include <utility>

namespace holdfast {

Result<LogRecovery> recover_log_intents(Inheritance& inheritance, system::Keeper& keeper, storage::MainLog& log) {
  UniqueFd held = inheritance.take(std::string(system::log_intents_name));
  auto intents = held.valid() ? system::LogIntents::adopt(std::move(held)) : system::LogIntents::create();
  if (!intents) {
    return intents.error();
  }
  const auto spool_of = [&](std::uint64_t start_id, keeper::Channel channel) {
    return inheritance.spool_of(start_id, channel);
  };
  std::map<std::uint64_t, std::uint64_t> uncommitted;
  for (const system::OpenIntent& intent : intents.value().open_intents(spool_of)) {
    if (intent.channel == keeper::Channel::out && intent.number != 0) {
      uncommitted[intent.start_id] = intent.number;
    }
    if (const Status undone = system::undo(intent); !undone) {
      log.error("a log write that the agent before had begun could not be undone: " + undone.error().message);
    }
  }
  intents.value().clear();
  (void)keeper.hold(system::log_intents_name, intents.value().descriptor());
  return LogRecovery{std::move(intents).value(), std::move(uncommitted)};
}

}  // namespace holdfast

#include "drivers/output/child_logs.hpp"

#include <utility>

#include "base/check.hpp"
#include "drivers/output/output_worker.hpp"

namespace holdfast {

ChildLogs::ChildLogs(Parts parts, system::LogIntents intents, const ChildLogsOptions& options)
    : disk_(parts.disk), worker_(std::make_shared<OutputWorker>(parts, std::move(intents), options)) {
  disk_.at_end([worker = worker_] { worker->close_all(); });
}

ChildLogs::~ChildLogs() = default;

void ChildLogs::set_observer(OutputObserver& observer) {
  worker_->set_observer(observer);
}

void ChildLogs::attach(ChildOutput child) {
  auto shared = std::make_shared<ChildOutput>(std::move(child));
  // Bounded by the number of children; a refusal would leave a program that nobody reads, so it must not
  // happen.
  CHECK(disk_.post([worker = worker_, shared] { worker->attach(*shared); }, 0));
}

void ChildLogs::finish(std::uint64_t start_id, Ended done) {
  CHECK(disk_.post([worker = worker_, start_id, done = std::move(done)] { worker->finish(start_id, done); }, 0));
}

void ChildLogs::reopen() {
  (void)disk_.post([worker = worker_] { worker->reopen(); }, 0);
}

void ChildLogs::clear(const ProcessId& key, std::function<void(Status)> done) {
  const bool asked =
      disk_.ask([worker = worker_, key,
                 done]() -> storage::DiskThread::Job { return [done, status = worker->clear(key)] { done(status); }; },
                0);
  if (!asked) {
    done(Error{"the disk does not keep up; nothing was cleared"});
  }
}

}  // namespace holdfast

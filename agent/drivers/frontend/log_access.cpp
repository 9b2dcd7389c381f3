#include "drivers/frontend/log_access.hpp"

#include <utility>

#include "base/fault.hpp"
#include "storage/log_reader.hpp"

namespace holdfast {

void LogAccess::read(const std::string& path, std::int64_t offset, std::int64_t length,
                     std::function<void(Result<std::string>)> answer) {
  const bool asked = disk_.ask(
      [path, offset, length, answer]() -> storage::DiskThread::Job {
        return [answer, bytes = storage::read_log(path, offset, length)] { answer(bytes); };
      },
      path.size());
  if (!asked) {
    answer(Error{"the disk does not keep up", code_of(Fault::failed)});
  }
}

void LogAccess::tail(const std::string& path, std::int64_t offset, std::int64_t length,
                     std::function<void(api::LogTail)> answer) {
  const bool asked = disk_.ask(
      [path, offset, length, answer]() -> storage::DiskThread::Job {
        storage::LogTail tail = storage::tail_log(path, offset, length);
        return [answer, tail = api::LogTail{std::move(tail.data), tail.offset, tail.overflow}] { answer(tail); };
      },
      path.size());
  if (!asked) {
    answer(api::LogTail{"", offset, false});
  }
}

void LogAccess::set_level(LogLevel level) {
  clusters_.set_level(level);
}

}  // namespace holdfast

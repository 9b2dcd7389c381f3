#include "storage/crash_outlet.hpp"

#include <time.h>

#include "storage/log_outlet.hpp"

namespace holdfast::storage {

void rest_at_crash() noexcept {
  constexpr std::chrono::nanoseconds kRest = limits::main_log_crash_look_every;
  static_assert(kRest < std::chrono::seconds(1));
  const timespec span{0, kRest.count()};
  ::nanosleep(&span, nullptr);
}

void CrashOutlet::set(const LogFile& file) {
  fd_ = file.fd();
  shared_ = file.inherited() && !file.seekable();
}

void CrashOutlet::write(std::string_view lines) noexcept {
  wait_at_crash([&] {
    if (fd_ < 0 || lines.empty()) {
      return true;
    }
    const AppendResult result = write_now(fd_, shared_, lines);
    lines.remove_prefix(result.written);
    return !result.full();
  });
}

}  // namespace holdfast::storage

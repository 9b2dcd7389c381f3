#include "storage/line_outlet.hpp"

#include <sys/epoll.h>

#include <algorithm>
#include <utility>

#include "base/limits.hpp"

namespace holdfast::storage {

namespace {

std::uint64_t lines_in(std::string_view text) {
  return static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

void LineOutlet::write(std::string_view lines) {
  keep(idle() ? try_write(lines) : lines);
}

std::string_view LineOutlet::try_write(std::string_view lines) {
  const AppendResult result = file_.write(lines);
  if (result.full()) {
    return lines.substr(result.written);
  }
  errors_ +=
      result.ok() ? 0 : 1;  // a full disk: these lines are given up, the log is tried again with the next
  return {};
}

void LineOutlet::keep(std::string_view lines) {
  if (lines.empty()) {
    return;
  }
  const std::size_t room =
      given_up_ ? 0
                : limits::main_log_buffer_bytes - std::min(limits::main_log_buffer_bytes, waiting_.size());
  const std::string_view fits =
      lines.substr(0, lines.size() <= room ? lines.size() : lines.substr(0, room).rfind('\n') + 1);
  dropped_ += lines_in(lines.substr(fits.size()));
  waiting_ += fits;
  wait_for_reader();
}

void LineOutlet::wait_for_reader() {
  if (watched_fd_ >= 0 || idle()) {
    return;
  }
  const int fd = file_.fd();
  if (disk_.on_disk_thread() && disk_.watch(fd, EPOLLOUT, [this](std::uint32_t) { go_on(); })) {
    watched_fd_ = fd;
    return;
  }
  dropped_ += lines_in(waiting_);  // it cannot be waited for
  waiting_.clear();
}

void LineOutlet::unwatch() {
  if (watched_fd_ >= 0) {
    disk_.unwatch(std::exchange(watched_fd_, -1));
  }
}

void LineOutlet::go_on() {
  unwatch();
  if (idle()) {
    return;
  }
  const std::string lines = std::exchange(waiting_, {});
  keep(try_write(lines));
  if (idle()) {
    on_idle_();
  }
}

Status LineOutlet::reopen() {
  unwatch();
  Status reopened = file_.reopen();
  go_on();
  return reopened;
}

Status LineOutlet::clear() {
  unwatch();
  Status cleared = file_.clear();
  go_on();
  return cleared;
}

void LineOutlet::give_up() {
  given_up_ = true;
  go_on();
}

}  // namespace holdfast::storage

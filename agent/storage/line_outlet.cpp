#include "storage/line_outlet.hpp"

#include <sys/epoll.h>

#include <algorithm>
#include <utility>

#include "base/clock.hpp"
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
  errors_ += result.ok() ? 0 : 1;  // a full disk: these lines are given up, the log is tried again with the next
  return {};
}

void LineOutlet::keep(std::string_view lines) {
  if (lines.empty()) {
    return;
  }
  const std::size_t room =
      given_up_ ? 0 : limits::main_log_buffer_bytes - std::min(limits::main_log_buffer_bytes, waiting_.size());
  const std::string_view fits =
      lines.substr(0, lines.size() <= room ? lines.size() : lines.substr(0, room).rfind('\n') + 1);
  dropped_ += lines_in(lines.substr(fits.size()));
  waiting_ += fits;
  wait_for_reader();
}

void LineOutlet::wait_for_reader() {
  if (watched_fd_ >= 0 || retry_ != 0 || idle()) {
    return;
  }
  if (!disk_.on_disk_thread()) {
    dropped_ += lines_in(waiting_);  // it cannot be waited for
    waiting_.clear();
    return;
  }
  const int fd = file_.fd();
  if (fd >= 0 && in_vain_ <= limits::log_full_wakes && disk_.watch(fd, EPOLLOUT, [this](std::uint32_t) { go_on(); })) {
    watched_fd_ = fd;
  } else {  // a FIFO without a reader, or readiness that says nothing
    retry_ = disk_.at(monotonic_now() + limits::log_full_retry_max, [this] { go_on(); });
  }
}

void LineOutlet::stop_waiting() {
  if (watched_fd_ >= 0) {
    disk_.unwatch(std::exchange(watched_fd_, -1));
  }
  if (retry_ != 0) {
    disk_.cancel(std::exchange(retry_, 0));
  }
}

void LineOutlet::go_on() {
  stop_waiting();
  if (idle()) {
    return;
  }
  const std::string lines = std::exchange(waiting_, {});
  const std::string_view left = try_write(lines);
  in_vain_ = left.size() == lines.size() ? in_vain_ + 1 : 0;
  keep(left);
  if (idle()) {
    on_idle_();
  }
}

Status LineOutlet::reopen() {
  stop_waiting();
  Status reopened = file_.reopen();
  go_on();
  return reopened;
}

Status LineOutlet::clear() {
  stop_waiting();
  Status cleared = file_.clear();
  go_on();
  return cleared;
}

void LineOutlet::give_up() {
  given_up_ = true;
  go_on();
}

}  // namespace holdfast::storage

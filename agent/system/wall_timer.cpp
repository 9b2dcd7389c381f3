#include "system/wall_timer.hpp"

#include <sys/timerfd.h>
#include <unistd.h>

#include <cstdint>
#include <utility>

#include "base/check.hpp"

namespace holdfast::system {

WallTimer::WallTimer(EventLoop& loop) : timer_(loop.context()) {
  const int fd = ::timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
  CHECK(fd >= 0);
  timer_.assign(fd);
}

WallTimer::~WallTimer() {
  *alive_ = false;
}

void WallTimer::set(WallTime at, std::function<void()> work) {
  at_ = at;
  work_ = std::move(work);
  itimerspec spec{};
  spec.it_value.tv_sec = at.us / 1'000'000;
  spec.it_value.tv_nsec = at.us % 1'000'000 * 1000 + 1;  // never zero, which would disarm it
  CHECK(::timerfd_settime(timer_.native_handle(), TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &spec, nullptr) == 0);
  if (!waiting_) {
    wait();
  }
}

void WallTimer::cancel() {
  work_ = nullptr;
  const itimerspec off{};
  (void)::timerfd_settime(timer_.native_handle(), 0, &off, nullptr);
}

void WallTimer::wait() {
  waiting_ = true;
  timer_.async_wait(
      boost::asio::posix::stream_descriptor::wait_read, [this, alive = alive_](const boost::system::error_code& error) {
        if (!*alive || error) {
          return;
        }
        waiting_ = false;
        std::uint64_t expired = 0;  // or ECANCELED: the clock was set
        const bool due = ::read(timer_.native_handle(), &expired, sizeof expired) > 0 || errno == ECANCELED;
        if (due && work_) {
          std::exchange(work_, nullptr)();
        }
        if (work_ && !waiting_) {
          wait();  // replaced in the meantime
        }
      });
}

}  // namespace holdfast::system

#include "ctl/shell/interrupt_watch.hpp"

#include <poll.h>
#include <sys/signalfd.h>

#include <array>
#include <cerrno>

namespace holdfast::ctl {

InterruptWatch::InterruptWatch() {
  sigset_t interrupt;
  sigemptyset(&interrupt);
  sigaddset(&interrupt, SIGINT);
  ::pthread_sigmask(SIG_BLOCK, &interrupt, &before_);
  fd_.reset(::signalfd(-1, &interrupt, SFD_CLOEXEC | SFD_NONBLOCK));
}

InterruptWatch::~InterruptWatch() {
  signalfd_siginfo seen{};
  while (fd_.valid() && ::read(fd_.get(), &seen, sizeof seen) > 0) {
  }
  ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

bool InterruptWatch::happened() const {
  pollfd poll{fd_.get(), POLLIN, 0};
  return ::poll(&poll, 1, 0) > 0;
}

bool InterruptWatch::wait_for(int other) const {
  std::array<pollfd, 2> polls{{{fd_.get(), POLLIN, 0}, {other, POLLIN, 0}}};
  while (::poll(polls.data(), polls.size(), -1) < 0 && errno == EINTR) {
  }
  return polls[0].revents != 0;
}

}  // namespace holdfast::ctl

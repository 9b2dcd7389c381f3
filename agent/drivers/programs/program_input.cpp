#include "drivers/programs/program_input.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <string>
#include <utility>

#include "base/limits.hpp"

namespace holdfast {

struct ProgramInput::State {
  State(boost::asio::io_context& on, UniqueFd end) : loop(on), pipe(std::move(end)) {}
  boost::asio::io_context& loop;
  UniqueFd pipe;  // given to `watched` with the first wait
  // Most programs are sent nothing: the loop does not watch their pipes, and is not woken when they end.
  std::optional<boost::asio::posix::stream_descriptor> watched;
  std::string waiting;
  std::function<void()> progress;
  bool in_wait = false;
  bool broken = false;
};

ProgramInput::ProgramInput(boost::asio::io_context& loop, UniqueFd pipe)
    : state_(std::make_shared<State>(loop, std::move(pipe))) {
  const int fd = state_->pipe.get();
  (void)::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
}

ProgramInput::~ProgramInput() {
  state_->progress = nullptr;
  state_->watched.reset();
  state_->pipe.reset();
}

Status ProgramInput::send(std::string_view bytes) {
  if (state_->waiting.size() + bytes.size() > limits::api_stdin_bytes) {
    return Error{std::to_string(state_->waiting.size()) +
                     " bytes wait for the program to read its standard input, and " +
                     std::to_string(limits::api_stdin_bytes) + " may; nothing was queued",
                 ENOBUFS};
  }
  return push(state_, bytes);
}

Status ProgramInput::send_event(std::string_view envelope) {
  return push(state_, envelope);
}

std::size_t ProgramInput::pending() const {
  return state_->waiting.size();
}

void ProgramInput::on_progress(std::function<void()> progress) {
  state_->progress = std::move(progress);
}

Status ProgramInput::push(const std::shared_ptr<State>& state, std::string_view bytes) {
  if (!state->broken) {
    state->waiting += bytes;
    write(state);
  }
  return state->broken ? Status(Error{"the program has closed its standard input", EPIPE}) : Status();
}

void ProgramInput::write(const std::shared_ptr<State>& state) {
  const int fd = state->watched ? state->watched->native_handle() : state->pipe.get();
  ssize_t wrote = 0;
  while (!state->waiting.empty() && wrote >= 0) {
    wrote = ::write(fd, state->waiting.data(), state->waiting.size());
    if (wrote < 0 && errno == EINTR) {
      wrote = 0;
    }
    state->waiting.erase(0, wrote > 0 ? static_cast<std::size_t>(wrote) : 0);
  }
  if (wrote < 0 && errno != EAGAIN) {
    state->broken = true;
    state->waiting.clear();
  } else if (!state->waiting.empty()) {
    wait(state);
  }
}

void ProgramInput::wait(const std::shared_ptr<State>& state) {
  if (state->in_wait) {
    return;
  }
  if (!state->watched) {
    boost::system::error_code error;
    state->watched.emplace(state->loop);
    state->watched->assign(state->pipe.get(), error);
    if (error) {  // the loop cannot watch one more: what waits is lost with the pipe
      state->watched.reset();
      state->broken = true;
      state->waiting.clear();
      return;
    }
    [[maybe_unused]] const int owned = state->pipe.release();
  }
  state->in_wait = true;
  state->watched->async_wait(boost::asio::posix::stream_descriptor::wait_write,
                             [state](const boost::system::error_code& error) {
                               state->in_wait = false;
                               if (error) {
                                 return;  // closed
                               }
                               write(state);
                               if (state->progress) {
                                 state->progress();
                               }
                             });
}

}  // namespace holdfast

#include "program_input.hpp"

#include <boost/asio/buffer.hpp>
#include <cerrno>

#include "base/limits.hpp"

namespace holdfast {

struct ProgramInput::State {
  State(boost::asio::io_context& loop, int fd) : pipe(loop, fd) {}
  boost::asio::posix::stream_descriptor pipe;
  std::string waiting;
  std::function<void()> progress;
  bool in_wait = false;
  bool broken = false;
};

ProgramInput::ProgramInput(boost::asio::io_context& loop, UniqueFd pipe)
    : state_(std::make_shared<State>(loop, pipe.release())) {
  boost::system::error_code ignored;
  state_->pipe.non_blocking(true, ignored);
}

ProgramInput::~ProgramInput() {
  boost::system::error_code ignored;
  state_->progress = nullptr;
  state_->pipe.close(ignored);
}

Status ProgramInput::send(std::string_view bytes) {
  if (state_->waiting.size() + bytes.size() > limits::api_stdin_bytes) {
    return Error{"the program does not read its standard input; nothing was queued", ENOBUFS};
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
  boost::system::error_code error;
  while (!state->waiting.empty() && !error) {
    state->waiting.erase(0, state->pipe.write_some(boost::asio::buffer(state->waiting), error));
  }
  if (error && error != boost::asio::error::would_block) {
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
  state->in_wait = true;
  state->pipe.async_wait(boost::asio::posix::stream_descriptor::wait_write,
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

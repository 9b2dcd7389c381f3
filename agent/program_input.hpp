// program_input.hpp: one program's stdin: text that a client sends goes to the pipe as it takes it; what it
// does not take waits in a bounded queue. Never blocks. Owned by LocalPrograms; loop thread only.
#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>
#include <memory>
#include <string>

#include "base/limits.hpp"
#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace holdfast {

class ProgramInput {
 public:
  ProgramInput(boost::asio::io_context& loop, UniqueFd pipe)
      : state_(std::make_shared<State>(loop, pipe.release())) {}
  ~ProgramInput() {
    boost::system::error_code ignored;
    state_->pipe.close(ignored);
  }
  ProgramInput(const ProgramInput&) = delete;
  ProgramInput& operator=(const ProgramInput&) = delete;

  /// Code EPIPE: the program has closed its stdin; ENOBUFS: it does not read, and the queue is full.
  Status send(std::string_view bytes) {
    if (state_->broken) {
      return Error{"the program has closed its standard input", EPIPE};
    }
    if (state_->waiting.size() + state_->writing.size() + bytes.size() > limits::api_stdin_bytes) {
      return Error{"the program does not read its standard input; nothing was queued", ENOBUFS};
    }
    state_->waiting += bytes;
    write(state_);
    return state_->broken ? Status(Error{"the program has closed its standard input", EPIPE}) : Status();
  }

 private:
  struct State {
    State(boost::asio::io_context& loop, int fd) : pipe(loop, fd) {}
    boost::asio::posix::stream_descriptor pipe;
    std::string waiting;
    std::string writing;
    bool broken = false;
  };

  static void write(const std::shared_ptr<State>& state) {
    if (!state->writing.empty() || state->waiting.empty()) {
      return;
    }
    state->writing.swap(state->waiting);
    boost::system::error_code error;
    state->pipe.non_blocking(true, error);
    const std::size_t now = state->pipe.write_some(boost::asio::buffer(state->writing), error);
    if (error && error != boost::asio::error::would_block) {
      state->broken = true;
      return;
    }
    state->writing.erase(0, now);
    if (state->writing.empty()) {
      return write(state);
    }
    boost::asio::async_write(state->pipe, boost::asio::buffer(state->writing),
                             [state](const boost::system::error_code& failed, std::size_t) {
                               state->writing.clear();
                               state->broken = static_cast<bool>(failed);
                               if (!failed) {
                                 write(state);
                               }
                             });
  }

  std::shared_ptr<State> state_;
};

}  // namespace holdfast

// program_input.hpp: one program's stdin: text that a client sends, or an event for a listener, goes to the pipe
// as it takes it; what it does not take waits in a bounded queue. Never blocks. Owned by ProgramDriver; loop
// thread only.
#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace holdfast {

class ProgramInput {
 public:
  ProgramInput(boost::asio::io_context& loop, UniqueFd pipe);
  ~ProgramInput();
  ProgramInput(const ProgramInput&) = delete;
  ProgramInput& operator=(const ProgramInput&) = delete;

  /// What a client sends. Code EPIPE: the program has closed its stdin; ENOBUFS: it does not read, and
  /// limits::api_stdin_bytes wait already.
  Status send(std::string_view bytes);

  /// An event, whatever waits: a listener is sent one at a time, when it has asked for it. Code EPIPE as above.
  Status send_event(std::string_view envelope);

  /// Bytes that the pipe has not taken.
  [[nodiscard]] std::size_t pending() const;
  /// Called when pending() has become less by itself.
  void on_progress(std::function<void()> progress);

 private:
  struct State;
  static Status push(const std::shared_ptr<State>& state, std::string_view bytes);
  static void write(const std::shared_ptr<State>& state);
  static void wait(const std::shared_ptr<State>& state);

  std::shared_ptr<State> state_;
};

}  // namespace holdfast

// program_trial.hpp: runs a program beside the agent to see whether it runs: a short one that answers by its
// exit status and a few words. The loop never waits for it; it has a time, after which it is killed. One at a
// time. posix_spawn, not fork: this process has threads. It judges nothing; used by InstalledPrograms.
// Loop thread only.
#pragma once

#include <sys/types.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <functional>
#include <string>
#include <vector>

#include "base/instant.hpp"
#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "system/event_loop.hpp"

namespace holdfast::system {

/// How a tried program ended.
struct TrialEnd {
  bool in_time = false;
  int wait_status = 0;  // as waitpid gives it
  std::string words;    // the first limits::program_trial_words_bytes of its standard output and error
};

class ProgramTrial {
 public:
  using Done = std::function<void(const TrialEnd&)>;

  explicit ProgramTrial(EventLoop& loop) : output_(loop.context()), timer_(loop) {}
  ~ProgramTrial();  // kills; nobody is called
  ProgramTrial(const ProgramTrial&) = delete;
  ProgramTrial& operator=(const ProgramTrial&) = delete;

  /// Starts `program` with `arguments` (without its name). `fd` (not owned; -1: none) is its descriptor 3. An
  /// error says why nothing was started; else `done` follows, from the loop, after `within` at the latest.
  Status start(const std::string& program, std::vector<std::string> arguments, int fd, Duration within, Done done);
  [[nodiscard]] bool running() const { return pid_ > 0; }

 private:
  void read();
  void wait_readable();
  void reap();
  void finish(bool in_time, int wait_status);

  boost::asio::posix::stream_descriptor output_;
  Deadline timer_;
  pid_t pid_ = -1;
  Instant until_;
  std::string words_;
  Done done_;
};

}  // namespace holdfast::system

// program_output.hpp: what the driver of programs asks of their output, and what it hears of it: a child's pipes are
// handed over to be read into its logs, and come to their end before its end is told. ChildLogs (drivers/output) is the
// real one. It knows nothing of processes and their states. Loop thread only.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/process_id.hpp"
#include "base/result.hpp"
#include "config/settings.hpp"
#include "keeper/protocol.hpp"
#include "supervision/event.hpp"
#include "system/keeper_client.hpp"

namespace holdfast {

/// Where the two channels of one child go. Empty path: nowhere.
struct ChildLogPaths {
  std::string out;
  std::string err;
};

/// A child whose output is to be read.
struct ChildOutput {
  std::uint64_t start_id = 0;
  ProcessId key;
  std::int64_t pid = 0;
  bool listener = false;
  ChildLogPaths paths;
  config::ChannelSettings out_settings;
  config::ChannelSettings err_settings;
  system::ChildDescriptors descriptors;  // the spools are read before the pipes
};

class ProgramOutput {
 public:
  virtual ~ProgramOutput() = default;

  virtual void attach(ChildOutput child) = 0;

  /// The child has ended: takes what is in its pipes now, also what was held back, closes, and calls `done`
  /// after the last events, with its last line on stderr (with redirect_stderr, on stdout); of what an earlier
  /// agent has taken nothing is known.
  using Ended = std::function<void(std::string last_line)>;
  virtual void finish(std::uint64_t start_id, Ended done) = 0;

  /// SIGUSR2: closes and opens every file.
  virtual void reopen() = 0;

  /// Removes and reopens the files of a process that are open (contract supervisor.md 3.4). An error: one could not be.
  virtual void clear(const ProcessId& key, std::function<void(Status)> done) = 0;
};

/// What the loop is told of a piece of output before it leaves the pipe.
struct OutputEvents {
  std::vector<std::pair<supervision::EventType, std::string>> events;  // type and payload, in order
  std::string printed;                                                 // by an event listener on its stdout
  std::uint64_t number = 0;                                            // of that piece, unique in this boot
  [[nodiscard]] bool empty() const { return events.empty() && printed.empty(); }
};

/// Hears of output. Every call on the loop.
class OutputObserver {
 public:
  virtual ~OutputObserver() = default;
  /// In order for a channel. The bytes leave their pipe when it returns.
  virtual void on_output(std::uint64_t start_id, const ProcessId& key, const OutputEvents& output) = 0;
  /// All of one of the child's spools, which the keeper has filled while there was no agent, is in its log.
  virtual void on_spool_taken(std::uint64_t start_id, keeper::Channel channel) = 0;
};

}  // namespace holdfast

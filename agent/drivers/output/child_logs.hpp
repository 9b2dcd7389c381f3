// child_logs.hpp: the output of every program of this node, from its pipes to its log files, on the disk
// thread: here the output streams are watched, moved in turn, and brought to their end. No byte is lost or
// doubled by a SIGKILL of the agent (plain files; DESIGN section 4): a byte leaves its pipe only when it is in the
// file, and when the loop has what it is to be told of it. It decides nothing about programs. Threading: every
// public function is called on the loop; the work happens on the disk thread; handlers run on the loop.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/instant.hpp"
#include "base/limits.hpp"
#include "base/result.hpp"
#include "base/warnings.hpp"
#include "drivers/ports/program_output.hpp"
#include "storage/disk_thread.hpp"
#include "storage/main_log.hpp"
#include "system/log_pipe.hpp"

namespace holdfast {

struct ChildLogsOptions {
  bool strip_ansi = false;
  /// Main log at debug or lower: copies of what is read go there (contract 3.1).
  bool copy_to_main_log = false;
  Duration reader_patience = limits::log_reader_patience;  // with a log (a pipe) that takes nothing
};

class OutputWorker;

class ChildLogs final : public ProgramOutput {
 public:
  /// They outlive this object. `warnings`: logs that cannot be written.
  struct Parts {
    storage::DiskThread& disk;
    storage::MainLog& log;
    Warnings& warnings;
  };
  /// `intents` has been cleared of what an earlier agent left open.
  ChildLogs(Parts parts, system::LogIntents intents, const ChildLogsOptions& options);
  ~ChildLogs() override;
  ChildLogs(const ChildLogs&) = delete;
  ChildLogs& operator=(const ChildLogs&) = delete;

  /// Before the first attach().
  void set_observer(OutputObserver& observer);

  // ProgramOutput
  void attach(ChildOutput child) override;
  void finish(std::uint64_t start_id, Ended done) override;
  void reopen() override;
  void clear(const ProcessId& key, std::function<void(Status)> done) override;

 private:
  storage::DiskThread& disk_;
  std::shared_ptr<OutputWorker> worker_;
};

}  // namespace holdfast

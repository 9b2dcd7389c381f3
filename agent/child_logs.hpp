// child_logs.hpp: the output of every program of this node, from its pipes to its log files, on the disk
// thread: here the log pipes of agent/system, the filter of agent/supervision and the log files of
// agent/storage meet. No byte is lost or doubled by a SIGKILL of the agent (plain files; DESIGN section 4): a
// byte leaves its pipe only when it is in the file. A log that cannot be written is said and counted, and the
// program goes on. It decides nothing about programs. Threading: every public function is called on the loop;
// the work happens on the disk thread; handlers run on the loop.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "config/settings.hpp"
#include "keeper/protocol.hpp"
#include "storage/disk_thread.hpp"
#include "storage/main_log.hpp"
#include "supervision/event.hpp"
#include "supervision/process_key.hpp"
#include "system/keeper_client.hpp"
#include "system/log_pipe.hpp"

namespace holdfast {

/// Where the two channels of one child go. Empty path: nowhere.
struct ChildLogPaths {
  std::string out;
  std::string err;
};

struct ChildLogsOptions {
  bool strip_ansi = false;
  /// Main log at debug or lower: copies of what is read go there (contract 3.1).
  bool copy_to_main_log = false;
};

class ChildLogs {
 public:
  struct Handlers {
    /// PROCESS_LOG_* and PROCESS_COMMUNICATION_* events, in order for a channel.
    std::function<void(supervision::EventType, std::string payload)> on_event;
    /// A spool of the keeper is in the log.
    std::function<void(std::uint64_t start_id, keeper::Channel)> on_spool_taken;
  };

  /// `disk` and `log` outlive this object; `intents` has been cleared of what an earlier agent left open.
  ChildLogs(storage::DiskThread& disk, storage::MainLog& log, system::LogIntents intents,
            ChildLogsOptions options, Handlers handlers);
  ~ChildLogs();
  ChildLogs(const ChildLogs&) = delete;
  ChildLogs& operator=(const ChildLogs&) = delete;

  /// Reads the pipes of a child from now on (its spools first) into the files.
  void attach(std::uint64_t start_id, const supervision::ProcessKey& key, std::int64_t pid,
              const config::ProcessSettings& settings, const ChildLogPaths& paths, UniqueFd out, UniqueFd err,
              UniqueFd out_spool, UniqueFd err_spool);

  /// The child has ended: takes what is left in its pipes, flushes what the filter held back, closes, and
  /// calls `done`.
  void finish(std::uint64_t start_id, std::function<void()> done);

  /// SIGUSR2: closes and opens every file.
  void reopen();

  /// Removes and reopens the files of a process that are open (contract 3.4). An error: one could not be.
  void clear(const supervision::ProcessKey& key, std::function<void(Status)> done);

  /// Bytes that could not be written to their log, of all programs since the agent began.
  [[nodiscard]] std::uint64_t bytes_refused() const;

 private:
  class Worker;
  storage::DiskThread& disk_;
  std::shared_ptr<Worker> worker_;
};

}  // namespace holdfast

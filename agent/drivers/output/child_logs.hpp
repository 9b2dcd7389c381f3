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
#include "base/unique_fd.hpp"
#include "config/settings.hpp"
#include "keeper/protocol.hpp"
#include "drivers/output/output_stream.hpp"
#include "storage/disk_thread.hpp"
#include "storage/main_log.hpp"
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
  Duration reader_patience = limits::log_reader_patience;  // with a log (a pipe) that takes nothing
};

class ChildLogs {
 public:
  struct Handlers {
    /// Events, or what a listener printed, in order for a channel. The bytes leave their pipe when it returns.
    std::function<void(std::uint64_t start_id, const supervision::ProcessKey&, const OutputNews&)> on_news;
    /// A log cannot be written, or can be again (empty text).
    std::function<void(const supervision::ProcessKey&, supervision::Channel, const std::string& trouble)>
        on_trouble;
    /// A spool of the keeper is in the log.
    std::function<void(std::uint64_t start_id, keeper::Channel)> on_spool_taken;
  };

  /// `disk` and `log` outlive this object; `intents` has been cleared of what an earlier agent left open.
  ChildLogs(storage::DiskThread& disk, storage::MainLog& log, system::LogIntents intents,
            const ChildLogsOptions& options, Handlers handlers);
  ~ChildLogs();
  ChildLogs(const ChildLogs&) = delete;
  ChildLogs& operator=(const ChildLogs&) = delete;

  /// A child whose output is to be read.
  struct Child {
    std::uint64_t start_id = 0;
    supervision::ProcessKey key;
    std::int64_t pid = 0;
    bool listener = false;
    ChildLogPaths paths;
    config::ChannelSettings out_settings;
    config::ChannelSettings err_settings;
    system::ChildDescriptors descriptors;  // the spools are read before the pipes
    bool has_stderr = false;               // of its own; set by attach()
  };
  void attach(Child child);

  /// The child has ended: takes what is in its pipes now, also what was held back, closes, and calls `done`
  /// after the last news, with its last line on stderr (with redirect_stderr, on stdout); of what an earlier
  /// agent has taken nothing is known.
  void finish(std::uint64_t start_id, std::function<void(std::string last_line)> done);

  /// SIGUSR2: closes and opens every file.
  void reopen();

  /// Removes and reopens the files of a process that are open (contract 3.4). An error: one could not be.
  void clear(const supervision::ProcessKey& key, std::function<void(Status)> done);

 private:
  class Worker;
  storage::DiskThread& disk_;
  std::shared_ptr<Worker> worker_;
};

}  // namespace holdfast

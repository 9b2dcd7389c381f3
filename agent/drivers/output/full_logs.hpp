// full_logs.hpp: the streams whose logs (pipes, FIFOs, terminals, sockets) take nothing now, because their
// reader is slow: waits until one takes bytes again, and tells when it has taken none for too long. It reads
// no program and writes no log; ChildLogs' worker does, which owns it. Disk thread only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <utility>

#include "base/instant.hpp"
#include "storage/disk_thread.hpp"
#include "storage/log_file.hpp"

namespace holdfast {

class FullLogs {
 public:
  using Stream = std::pair<std::uint64_t, std::size_t>;  // start id and channel
  using Log = storage::LogFile::FileIdentity;            // programs may share one
  struct Handlers {
    std::function<void(Stream)> on_room;
    /// For that long the log has taken nothing.
    std::function<void(Stream)> on_patience_over;
  };

  /// `disk` outlives it.
  FullLogs(storage::DiskThread& disk, Duration patience, Handlers handlers)
      : disk_(disk), patience_(patience), handlers_(std::move(handlers)) {}
  FullLogs(const FullLogs&) = delete;
  FullLogs& operator=(const FullLogs&) = delete;

  /// How long to wait for a log that seemed to have room `in_vain` times; zero: until it is ready, which it tells when
  /// it has a descriptor (`can_tell`).
  static Duration retry_after(int in_vain, bool can_tell);

  struct Wait {
    int descriptor = -1;
    Log log;
    Duration retry{};                      // not zero: does not wait for readiness, looks again after this
    std::optional<Instant> at_most_until;  // patience is over then, even if others get something into the log
  };
  void wait(Stream stream, const Wait& wait);
  [[nodiscard]] bool waits(Stream stream) const { return waiting_.contains(stream); }
  /// From here on `stream` waits until `at_most_until`.
  void limit(Stream stream, Instant at_most_until);
  /// To be called before the descriptor is closed.
  void forget(Stream stream);

  /// Whether every log has taken bytes since it was full.
  [[nodiscard]] bool calm() const { return full_since_.empty(); }
  /// The log has taken bytes.
  void took(const Log& log) {
    full_since_.erase(key_of(log));
    end_over_.erase(key_of(log));
  }

 private:
  using LogKey = std::pair<std::uint64_t, std::uint64_t>;
  struct Waiting {
    Wait wait;
    bool watched = false;
    storage::DiskThread::TimerId retry = 0;
    storage::DiskThread::TimerId patience = 0;
  };
  static LogKey key_of(const Log& log) { return {log.device, log.inode}; }
  /// Until when an end waits for a log: programs that end one after another, as when the daemon stops, wait once
  /// together, not each anew; for all logs together that have taken nothing for longer than the patience, if none
  /// waited for this one before. A later one, when the last was given up more than the patience ago, waits for itself.
  Instant end_over(const LogKey& log, Instant wanted);
  void arm_patience(Stream stream, Waiting& waiting);
  void room(Stream stream);

  storage::DiskThread& disk_;
  const Duration patience_;
  Handlers handlers_;
  std::map<Stream, Waiting> waiting_;
  std::map<LogKey, Instant> full_since_;
  std::map<LogKey, Instant> end_over_;
};

}  // namespace holdfast

// usage_reader.hpp: what this machine and its processes have used so far, read from /proc (contract supvisors.md
// section 9). It starts no process and keeps nothing but what it has read before. It never decides when or what is
// read, and makes no percentages of time: that is agent/supervision's. May block for as long as the kernel makes the
// texts, so that it is called on the disk thread, and a large family is read piece by piece. One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/usage.hpp"

namespace holdfast::system {

/// A process and its descendants while they are being read.
class FamilyRead {
 public:
  explicit FamilyRead(std::int32_t pid) : waiting_{pid} {}
  /// Some processes without descendants and without what they waited for: a daemon of several processes.
  explicit FamilyRead(std::vector<std::int32_t> alone) : alone_(true), waiting_(std::move(alone)) {}

  [[nodiscard]] bool done() const { return waiting_.empty(); }

 private:
  friend class UsageReader;
  bool alone_ = false;
  std::vector<std::int32_t> waiting_;  // pids, the next one last
  std::size_t read_ = 0;
  std::optional<Instant> began_at_;
  std::uint64_t ticks_ = 0;
  std::int64_t pages_ = 0;
};

class UsageReader {
 public:
  /// `proc`: where the process file system is mounted.
  explicit UsageReader(std::string proc = "/proc");

  /// Of the host. What cannot be read is left out.
  [[nodiscard]] HostUsage host();

  /// Goes on with a family until about `most` texts are read (two for a process of one thread); returns how many it
  /// was.
  std::size_t go_on(FamilyRead& family, std::size_t most);
  /// Of a family that is done; nullopt: its first process was not there.
  [[nodiscard]] std::optional<ProcessUsage> result_of(const FamilyRead& family) const;

  /// Whether this kernel tells children; without it, programs are read without their descendants.
  [[nodiscard]] bool tells_children() const { return tells_children_; }

 private:
  /// Valid until the next read(); empty: it cannot be read.
  [[nodiscard]] std::string_view read(const std::string& path);
  [[nodiscard]] std::vector<UsageCounter> networks_up();
  [[nodiscard]] std::vector<std::pair<std::string, double>> mounts();
  std::size_t find_children(std::int32_t pid, std::int32_t threads, FamilyRead& family);

  std::string proc_;
  std::vector<char> text_;
  bool tells_children_ = false;
  double ticks_per_s_ = 100;
  double memory_pages_ = 0;
};

}  // namespace holdfast::system

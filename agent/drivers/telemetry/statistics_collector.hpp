// statistics_collector.hpp: measures this node and its programs (contract supvisors.md section 9, CFG-21 to CFG-25): at
// each collecting period the disk thread reads /proc in pieces of a millisecond, the points that follow go to whoever
// observes. Which processes are read, and when a point is due, is decided in agent/supervision (sampling_plan,
// statistics); how much while nobody looks, in docs/decisions/0017. Nothing is armed while both kinds are off.
// Implements api::StatisticsPort. Made by the composition root for a node of a cluster; loop thread only.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "api/ports.hpp"
#include "base/limits.hpp"
#include "cluster/input.hpp"
#include "config/settings.hpp"
#include "storage/disk_thread.hpp"
#include "storage/main_log.hpp"
#include "supervision/sampling_plan.hpp"
#include "system/event_loop.hpp"
#include "system/usage_reader.hpp"

namespace holdfast {

/// Who is told of what was measured.
class StatisticsObserver {
 public:
  virtual ~StatisticsObserver() = default;
  /// Points of the node, or of some of its programs.
  virtual void on_points(const cluster::LocalSamples& samples) = 0;
  /// Whether anybody listens to points of programs.
  [[nodiscard]] virtual bool somebody_listens() const = 0;
};

class StatisticsCollector final : public api::StatisticsPort {
 public:
  struct Parts {
    system::EventLoop& loop;
    storage::DiskThread& disk;
    storage::MainLog& log;
    const api::SupervisionPort& programs;
    StatisticsObserver& observer;
  };
  StatisticsCollector(Parts parts, const config::StatisticsSettings& settings);

  /// From here on it measures. `daemon_pid`: the keeper's, whose children the programs are.
  void begin(std::int64_t daemon_pid);
  void stop() { timer_.cancel(); }
  /// A group was added or removed: what is gone is forgotten.
  void groups_changed();

  // api::StatisticsPort
  [[nodiscard]] Status status() const override { return status_; }
  void enable_host(bool on) override;
  void enable_processes(bool on) override;
  void set_period(Duration period) override;
  [[nodiscard]] const supervision::HostStatistics& host() const override { return host_; }
  [[nodiscard]] const supervision::ProcessStatistics& processes() const override { return processes_; }
  [[nodiscard]] std::size_t cores() const override { return cores_; }
  void looked_at() override;

 private:
  struct Target {
    std::uint64_t id = 0;  // the process's ordinal; 0: the daemon
    std::string namespec;
    std::int32_t pid = 0;
  };
  struct Reading {
    Target target;
    system::FamilyRead family;
    std::optional<ProcessUsage> usage;  // once the family is read
  };
  struct Piece {
    std::vector<Reading> readings;
    std::size_t texts = 0;
  };

  void arm(Instant at);
  void turn();
  void read_host();
  void begin_processes(Instant now);
  void read_piece();
  void take_piece(Piece& piece);
  [[nodiscard]] system::FamilyRead family_of(const Target& target) const;

  Parts parts_;
  std::shared_ptr<system::UsageReader> reader_;  // used on the disk thread, one job at a time
  Status status_;
  supervision::HostStatistics host_;
  supervision::ProcessStatistics processes_;
  supervision::SamplingPlan plan_;
  std::deque<Target> due_;           // in this turn, the next one first
  std::vector<Reading> unfinished_;  // of the last piece
  bool reading_host_ = false;
  bool reading_processes_ = false;
  std::size_t cores_ = 0;
  std::int64_t daemon_pid_ = 0;  // 0: not begun
  Instant watched_until_{};
  system::Deadline timer_;
};

}  // namespace holdfast

// agent_storage.hpp: everything of an agent that is kept on a disk, opened in order before anything else: the disk
// thread, the logs, the state directory with this node's identity, the history. What cannot be opened refuses the
// start; a state directory that cannot be written is said and lived without. Made by the composition root; loop thread
// only.
#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "config/settings.hpp"
#include "startup/cluster_log.hpp"
#include "storage/disk_thread.hpp"
#include "storage/history.hpp"
#include "storage/main_log.hpp"
#include "storage/state_dir.hpp"
#include "system/event_loop.hpp"

namespace holdfast {

class AgentStorage {
 public:
  explicit AgentStorage(system::EventLoop& loop) : results_(loop.context()) {}

  /// `state_dir`: empty when no place for one was found.
  Status open(const config::Settings& settings, const std::string& state_dir);
  /// From here on the answers of the disk thread are taken on the loop.
  void watch_results();
  /// SIGUSR2: the logs are opened anew.
  void reopen_logs();
  /// Everything is on the disk afterwards, and the disk thread is gone.
  void close();

  [[nodiscard]] bool opened() const { return history_ != nullptr; }
  [[nodiscard]] storage::DiskThread& disk() { return *disk_; }
  [[nodiscard]] storage::MainLog& log() { return *log_; }
  /// Where the cluster's layer writes.
  [[nodiscard]] storage::MainLog& cluster_log() { return cluster_log_->log(); }
  [[nodiscard]] storage::StateDir& state_dir() { return *state_dir_; }
  [[nodiscard]] storage::History& history() { return *history_; }
  /// Of this start: the incarnation is counted up, and saved where that is possible.
  [[nodiscard]] const storage::Identity& identity() const { return identity_; }

 private:
  Status open_logs(const config::Settings& settings);
  Status open_state(const std::string& state_dir);

  std::unique_ptr<storage::DiskThread> disk_;
  std::unique_ptr<storage::MainLog> log_;
  std::unique_ptr<ClusterLog> cluster_log_;
  std::unique_ptr<storage::StateDir> state_dir_;
  std::unique_ptr<storage::History> history_;
  storage::Identity identity_;
  boost::asio::posix::stream_descriptor results_;
};

}  // namespace holdfast

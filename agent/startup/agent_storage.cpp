#include "startup/agent_storage.hpp"

#include <chrono>
#include <utility>

#include "base/clock.hpp"
#include "base/limits.hpp"

namespace holdfast {

Status AgentStorage::open(const config::Settings& settings, const std::string& state_dir) {
  disk_ = std::make_unique<storage::DiskThread>(storage::default_disk_queue_limits());
  if (Status logs = open_logs(settings); !logs) {
    return logs;
  }
  if (Status state = open_state(state_dir); !state) {
    return state;
  }
  auto history = storage::history_options(state_dir_->writable() ? state_dir_->file("history.db") : "");
  history.retention.age = std::chrono::hours(24) * settings.holdfast.history_days;
  history.retention.bytes = settings.holdfast.history_size_bytes;
  history_ = std::make_unique<storage::History>(*disk_, std::move(history), log_->say());
  return {};
}

Status AgentStorage::open_logs(const config::Settings& settings) {
  storage::MainLogOptions options;
  options.path = settings.daemon.logfile;
  options.max_bytes = settings.daemon.logfile_max_bytes;
  options.backups = settings.daemon.logfile_backups;
  options.level = settings.daemon.loglevel;
  options.copy_to_stdout = settings.daemon.nodaemon && !settings.daemon.silent;
  options.to_syslog = settings.daemon.log_to_syslog;
  auto log = storage::MainLog::open(*disk_, std::move(options));
  if (!log) {
    return log.error();
  }
  log_ = std::move(log).value();
  storage::MainLog::install_crash_flush(*log_);
  auto cluster_log = ClusterLog::open(*disk_, *log_, settings);
  if (!cluster_log) {
    return cluster_log.error();
  }
  cluster_log_ = std::move(cluster_log).value();
  return {};
}

Status AgentStorage::open_state(const std::string& state_dir) {
  auto state = storage::StateDir::open(state_dir, log_->say());
  if (!state) {
    return state.error();
  }
  state_dir_ = std::make_unique<storage::StateDir>(std::move(state).value());
  identity_ = state_dir_->load_identity(log_->say());
  identity_.incarnation = storage::StateDir::next_incarnation(identity_, wall_now());
  if (state_dir_->writable()) {
    if (const Status saved = state_dir_->save_identity(identity_); !saved) {
      log_->error("the node's identity cannot be kept: " + saved.error().message);
    }
  }
  return {};
}

void AgentStorage::watch_results() {
  results_.assign(disk_->result_fd());
  results_.async_wait(boost::asio::posix::stream_descriptor::wait_read, [this](const boost::system::error_code& error) {
    if (!error) {
      (void)disk_->drain(limits::loop_disk_results);
      const int fd = results_.release();
      (void)fd;
      watch_results();
    }
  });
}

void AgentStorage::reopen_logs() {
  log_->reopen();
  cluster_log_->reopen();
}

void AgentStorage::close() {
  if (results_.is_open()) {
    const int fd = results_.release();
    (void)fd;  // the disk thread's
  }
  (void)log_->flush();
  cluster_log_->flush();
  disk_->stop();
  storage::MainLog::remove_crash_flush();
}

}  // namespace holdfast

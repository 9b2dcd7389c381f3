// api_adapters.hpp: the small ports of api/ports.hpp that are only a translation: log files read on the disk
// thread, history rows as lines, and who this agent is. They decide nothing. Loop thread only.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "api/ports.hpp"
#include "drivers/output/child_logs.hpp"
#include "storage/disk_thread.hpp"
#include "storage/history.hpp"
#include "storage/main_log.hpp"

namespace holdfast {

class LogAccess final : public api::LogPort {
 public:
  /// `clusters`: the log of the cluster's layer, which may be the same.
  LogAccess(storage::DiskThread& disk, storage::MainLog& log, storage::MainLog& clusters, ChildLogs& logs)
      : disk_(disk), log_(log), clusters_(clusters), logs_(logs) {}

  [[nodiscard]] std::string main_log_path() const override { return log_.path(); }
  void read(const std::string& path, std::int64_t offset, std::int64_t length,
            std::function<void(Result<std::string>)> answer) override;
  void tail(const std::string& path, std::int64_t offset, std::int64_t length,
            std::function<void(api::LogTail)> answer) override;
  void clear_main(std::function<void(Status)> answer) override { log_.clear(std::move(answer)); }
  void set_level(LogLevel level) override;
  void critical(const std::string& text) override { log_.critical(text); }
  void clear_process(const supervision::ProcessKey& key, std::function<void(Status)> answer) override {
    logs_.clear(key, std::move(answer));
  }

 private:
  storage::DiskThread& disk_;
  storage::MainLog& log_;
  storage::MainLog& clusters_;
  ChildLogs& logs_;
};

class HistoryAccess final : public api::HistoryPort {
 public:
  /// `node`: the identifier that this node's rows carry.
  HistoryAccess(storage::History& history, std::string node) : history_(history), node_(std::move(node)) {}
  void query(const std::string& name, WallTime since, std::size_t limit, bool causes_only,
             Answer answer) override;
  void record(const api::Caller& caller, const std::string& namespec, const std::string& action,
              const std::string& outcome) override;

 private:
  storage::History& history_;
  const std::string node_;
};

class AgentFacts final : public api::AgentPort {
 public:
  explicit AgentFacts(const config::Settings& settings) : settings_(settings) {}

  void set_daemon_pid(std::int64_t pid) { daemon_pid_ = pid; }
  void set_keeper_problem(std::string problem) { keeper_problem_ = std::move(problem); }
  void set_agent_problem(std::string problem) { agent_problem_ = std::move(problem); }
  /// Shown on every page as long as `text` is not empty; one for each `about`.
  void set_warning(const std::string& about, const std::string& text) {
    if (text.empty()) {
      warnings_.erase(about);
    } else {
      warnings_[about] = text;
    }
  }

  [[nodiscard]] const config::Settings& settings() const override { return settings_; }
  [[nodiscard]] std::int64_t daemon_pid() const override { return daemon_pid_; }
  [[nodiscard]] std::int64_t agent_pid() const override;
  [[nodiscard]] std::string keeper_problem() const override { return keeper_problem_; }
  [[nodiscard]] std::string agent_problem() const override { return agent_problem_; }
  [[nodiscard]] Instant now() const override;
  [[nodiscard]] WallTime wall() const override;
  [[nodiscard]] std::int64_t utc_offset_s(std::int64_t unix_seconds) const override;
  [[nodiscard]] std::vector<std::string> warnings() const override;
  [[nodiscard]] std::string host_name() const override;
  [[nodiscard]] std::vector<api::NetworkAddress> addresses() const override;

 private:
  const config::Settings& settings_;
  std::int64_t daemon_pid_ = 0;
  std::string keeper_problem_;
  std::string agent_problem_;
  std::map<std::string, std::string> warnings_;  // by what they are about
};

}  // namespace holdfast

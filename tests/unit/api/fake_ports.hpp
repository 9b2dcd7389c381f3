// fake_ports.hpp: the ports of an agent that is alone, for tests of methods and pages: a real supervision of made-up
// programs whose children exist as soon as they are asked for, a clock that stands still, an empty history.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "api/ports.hpp"

namespace holdfast::api {

class FakeAgent : public AgentPort {
 public:
  [[nodiscard]] const config::Settings& settings() const override { return settings_; }
  [[nodiscard]] std::int64_t daemon_pid() const override { return 11; }
  [[nodiscard]] std::int64_t agent_pid() const override { return 12; }
  [[nodiscard]] std::string keeper_problem() const override { return {}; }
  [[nodiscard]] std::string agent_problem() const override { return {}; }
  [[nodiscard]] Instant now() const override { return now_; }
  [[nodiscard]] WallTime wall() const override { return wall_; }
  [[nodiscard]] std::int64_t utc_offset_s(std::int64_t) const override { return 0; }
  [[nodiscard]] std::vector<std::string> warnings() const override { return {}; }
  [[nodiscard]] std::string host_name() const override { return "host"; }
  [[nodiscard]] std::vector<NetworkAddress> addresses() const override { return {}; }

  void pass(std::int64_t seconds) {
    now_ = now_ + seconds * 1s;
    wall_ = WallTime::from_seconds(wall_.seconds() + seconds);
  }

 private:
  config::Settings settings_;
  Instant now_ = Instant::from_ms(50'000);
  WallTime wall_ = WallTime::from_seconds(1'800'000'000);
};

class FakeSupervision : public SupervisionPort {
 public:
  FakeSupervision(const AgentPort& agent, std::vector<config::GroupSettings> groups)
      : agent_(agent), supervisor_(std::move(groups), {[](const config::ProcessSettings&) { return std::nullopt; }}) {
    step(supervision::Begin{});
  }
  [[nodiscard]] const supervision::Supervisor& supervisor() const override { return supervisor_; }
  void submit(supervision::Input request, const Caller&, Answer answer) override {
    answer_ = std::move(answer);
    step(request);
  }
  Result<std::vector<config::GroupSettings>> reread() override { return Error{"there is no file"}; }
  Status send_stdin(const ProcessId&, std::string) override { return {}; }
  void remote_event(std::string type, std::string) override { remote_events.push_back(std::move(type)); }

  void step(const supervision::Input& input) {
    supervisor_.step(agent_.now(), agent_.wall(), input);
    for (const supervision::Effect& effect : supervisor_.take_effects()) {
      if (const auto* spawn = std::get_if<supervision::SpawnChild>(&effect)) {
        step(supervision::ChildSpawned{spawn->key, spawn->start_id,
                                       static_cast<std::int64_t>(number_of(spawn->start_id)) + 1000});
      } else if (const auto* completed = std::get_if<supervision::Completed>(&effect);
                 completed != nullptr && answer_) {
        std::exchange(answer_, nullptr)(*completed);
      }
    }
  }
  /// The child of a program ends with this exit status.
  void end(const ProcessId& key, int status) {
    const supervision::Process* process = supervisor_.find(key.group, key.name);
    step(supervision::ChildExited{key, supervision::StartId{static_cast<std::uint64_t>(process->pid() - 1000)},
                                  status << 8, std::nullopt, std::nullopt});
  }

  std::vector<std::string> remote_events;

 private:
  const AgentPort& agent_;
  supervision::Supervisor supervisor_;
  Answer answer_;
};

class FakeLogs : public LogPort {
 public:
  [[nodiscard]] std::string main_log_path() const override { return {}; }
  void read(const std::string&, std::int64_t, std::int64_t, std::function<void(Result<std::string>)> answer) override {
    answer(Error{"no such file", code_of(Fault::no_file)});
  }
  void tail(const std::string&, std::int64_t, std::int64_t, std::function<void(LogTail)> answer) override {
    answer({});
  }
  void clear_main(std::function<void(Status)> answer) override { answer({}); }
  void set_level(LogLevel) override {}
  void critical(const std::string&) override {}
  void clear_process(const ProcessId&, std::function<void(Status)> answer) override { answer({}); }
};

class FakeHistory : public HistoryPort {
 public:
  void query(const std::string&, WallTime, std::size_t, bool, Answer answer) override {
    answer(std::vector<HistoryLine>{});
  }
  void record(const Caller&, const std::string& namespec, const std::string& action,
              const std::string& outcome) override {
    records.push_back(namespec + "|" + action + "|" + outcome);
  }
  std::vector<std::string> records;
};

class FakeTokens : public TokenPort {
 public:
  [[nodiscard]] std::string issue(std::string_view) const override { return "token"; }
  [[nodiscard]] bool valid(std::string_view token, std::string_view) const override { return token == "token"; }
};

/// A group for each name, with one program of that name that needs no time to be RUNNING and is not restarted.
inline std::vector<config::GroupSettings> lone_programs(const std::vector<std::string>& names) {
  std::vector<config::GroupSettings> groups;
  for (const std::string& name : names) {
    config::ProcessSettings settings;
    settings.name = name;
    settings.command = name;
    settings.lifecycle.startsecs = 0;
    settings.lifecycle.autorestart = config::AutoRestart::never;
    config::GroupSettings group;
    group.name = name;
    group.processes = {settings};
    groups.push_back(std::move(group));
  }
  return groups;
}

/// Ports and what stands behind them.
struct FakePorts {
  explicit FakePorts(const std::vector<std::string>& names) : supervision(agent, lone_programs(names)) {}

  FakeAgent agent;
  FakeSupervision supervision;
  FakeLogs logs;
  FakeHistory history;
  FakeTokens tokens;
  Ports ports{agent, supervision, logs, nullptr, history, tokens};
};

}  // namespace holdfast::api

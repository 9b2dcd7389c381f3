// fakes.hpp: what stands in for the neighbours of the programs' driver in its tests: they remember what they were
// asked, and answer when the test says so. Those of the cluster's driver are in cluster_fakes.hpp. Used by
// tests/unit/drivers only.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "base/warnings.hpp"
#include "drivers/ports/program_output.hpp"
#include "drivers/ports/restart_check.hpp"
#include "drivers/programs/program_observer.hpp"
#include "system/keeper.hpp"

namespace holdfast {

class FakeKeeper final : public system::Keeper {
 public:
  Status spawn(std::uint64_t start_id, const keeper::SpawnRequest& request, int stdin_fd) override {
    asked.push_back("spawn " + text::join(request.argv, "|") + (stdin_fd >= 0 ? " with stdin" : ""));
    started.push_back(start_id);
    blobs[start_id] = request.blob;
    return {};
  }
  Status signal(std::uint64_t, int signo, keeper::SignalTo) override { return note("signal " + std::to_string(signo)); }
  Status set_blob(std::uint64_t start_id, std::string_view bytes) override {
    blobs[start_id] = bytes;
    return {};
  }
  Status set_agent_blob(std::string_view) override { return {}; }
  Status acknowledge(std::uint64_t start_id) override { return note("acknowledge " + std::to_string(start_id)); }
  Status release_pipes(std::uint64_t start_id) override { return note("release pipes " + std::to_string(start_id)); }
  Status spool_taken(std::uint64_t start_id, keeper::Channel) override {
    return note("spool taken " + std::to_string(start_id));
  }
  Status fetch(std::uint64_t start_id) override { return note("fetch " + std::to_string(start_id)); }
  Status hold(std::string_view name, int) override { return note("hold " + std::string(name)); }
  Status release(std::string_view name) override { return note("release " + std::string(name)); }

  std::vector<std::string> asked;      // in order; blobs are not told
  std::vector<std::uint64_t> started;  // start ids
  std::map<std::uint64_t, std::string> blobs;

 private:
  Status note(std::string what) {
    asked.push_back(std::move(what));
    return {};
  }
};

class FakeOutput final : public ProgramOutput {
 public:
  void attach(ChildOutput child) override { attached.push_back(std::move(child)); }
  void finish(std::uint64_t start_id, Ended done) override { ending[start_id] = std::move(done); }
  void reopen() override { ++reopened; }
  void clear(const ProcessId&, std::function<void(Status)> done) override { done({}); }
  /// The last output of that child is in its logs.
  void end(std::uint64_t start_id, std::string last_line = {}) {
    const Ended done = std::move(ending.at(start_id));
    ending.erase(start_id);
    done(std::move(last_line));
  }

  std::vector<ChildOutput> attached;
  std::map<std::uint64_t, Ended> ending;  // by start id
  int reopened = 0;
};

class FakeRestartCheck final : public RestartCheck {
 public:
  Result<std::vector<config::GroupSettings>> read_groups() override { return groups; }
  Status configuration_starts() override { return configuration; }
  void try_installed(bool keeper_too, Answer answer) override {
    tried_keeper = keeper_too;
    waiting = std::move(answer);
  }

  std::vector<config::GroupSettings> groups;
  Status configuration;
  bool tried_keeper = false;
  Answer waiting;  // for the outcome of the trial
};

class FakeWarnings final : public Warnings {
 public:
  void set_warning(const std::string& about, const std::string& text) override {
    if (text.empty()) {
      shown.erase(about);
    } else {
      shown[about] = text;
    }
  }
  std::map<std::string, std::string> shown;
};

class FakeProgramObserver final : public ProgramObserver {
 public:
  void on_process_changed(const supervision::StateChanged& change) override {
    told.push_back(change.key.name + " " + std::string(name_of(change.to)));
  }
  void on_groups_changed() override { told.emplace_back("groups"); }
  void on_disabilities_changed() override { told.emplace_back("disabilities"); }
  void on_reopen_logs() override { told.emplace_back("reopen logs"); }
  void on_stopping() override { told.emplace_back("stopping"); }
  void on_exit(int status) override { told.push_back("exit " + std::to_string(status)); }
  std::vector<std::string> told;
};

}  // namespace holdfast

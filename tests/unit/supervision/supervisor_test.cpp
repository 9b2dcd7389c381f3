// The facade under chance: whatever arrives in whatever order, the promises of a supervisor hold; and size
// costs what it may. What each rule does stands in tests/transcripts.
#include "supervision/supervisor.hpp"
#include "group_of.hpp"

#include <gtest/gtest.h>

#include <map>

#include "base/random.hpp"

namespace holdfast::supervision {
namespace {

config::ProcessSettings process_settings(std::string name) {
  config::ProcessSettings settings;
  settings.name = std::move(name);
  settings.command = settings.name;
  return settings;
}

SupervisorOptions always_runnable() {
  return {[](const config::ProcessSettings&) { return std::nullopt; }, 1};
}

/// A keeper that chance answers for, and the promises that every effect is held against.
class World {
 public:
  explicit World(std::uint64_t seed) : random_(seed) {
    for (int g = 0; g < 4; ++g) {
      std::vector<config::ProcessSettings> processes;
      for (int p = 0; p < 3; ++p) {
        config::ProcessSettings settings = process_settings("p" + std::to_string(p));
        settings.lifecycle.priority = static_cast<int>(random_.below(5));
        settings.autostart = random_.below(3) != 0;
        settings.lifecycle.autorestart = static_cast<config::AutoRestart>(random_.below(3));
        settings.lifecycle.startsecs = static_cast<int>(random_.below(4));
        settings.lifecycle.startretries = static_cast<int>(random_.below(4));
        settings.lifecycle.stopwaitsecs = static_cast<int>(random_.below(4));
        processes.push_back(settings);
      }
      groups_.push_back(group_of("g" + std::to_string(g), processes));
    }
    make_supervisor();
    step(Begin{});
  }

  void run(int steps) {
    for (int i = 0; i < steps && !left_; ++i) {
      const std::uint64_t dice = random_.below(100);
      if (dice < 35) {
        answer_some_spawn();
      } else if (dice < 55) {
        end_some_child();
      } else if (dice < 80) {
        pass_time();
      } else if (dice < 97) {
        ask();
      } else {
        replace_agent();
      }
    }
  }

  /// Everything is told to stop, answers come promptly: it must end, and every request be answered.
  void wind_down() {
    step(DaemonSignal{15});
    for (int i = 0; i < 1000 && !left_; ++i) {
      if (!children_.empty()) {
        random_.below(2) == 0 ? answer_some_spawn() : end_some_child();
      }
      pass_time();
    }
    EXPECT_TRUE(left_);
    EXPECT_TRUE(children_.empty()) << "a child or a record was left behind";
    EXPECT_TRUE(open_.empty()) << "a request was never answered";
  }

 private:
  struct Child {
    ProcessId key;
    std::string blob;
    bool spawned = false;
    bool ended = false;
    int wait_status = 0;
    std::int64_t pid = 0;
  };

  void make_supervisor() {
    SupervisorOptions options = always_runnable();
    options.first_start_id = ++agents_ << 32U | 1U;
    supervisor_ = std::make_unique<Supervisor>(groups_, options);
  }

  void step(const Input& input) {
    supervisor_->step(now_, WallTime{now_.ns / 1000}, input);
    for (const Effect& effect : supervisor_->take_effects()) {
      hold_against(effect);
    }
    const auto next = supervisor_->next_deadline();
    ASSERT_TRUE(!next || *next > now_) << "a deadline that has passed";
  }

  void hold_against(const Effect& effect) {
    if (const auto* spawn = std::get_if<SpawnChild>(&effect)) {
      for (const auto& [id, child] : children_) {
        ASSERT_TRUE(child.ended || child.key != spawn->key) << "two children of one process";
      }
      const bool fresh = children_.emplace(number_of(spawn->start_id), Child{spawn->key, spawn->blob}).second;
      ASSERT_TRUE(fresh) << "a start id twice";
    } else if (const auto* save = std::get_if<SaveBlob>(&effect)) {
      ASSERT_TRUE(children_.contains(number_of(save->start_id)));
      children_[number_of(save->start_id)].blob = save->bytes;
    } else if (const auto* done = std::get_if<AcknowledgeExit>(&effect)) {
      ASSERT_TRUE(children_.contains(number_of(done->start_id))) << "acknowledged twice";
      ASSERT_TRUE(children_[number_of(done->start_id)].ended) << "a live child was forgotten";
      children_.erase(number_of(done->start_id));
    } else if (const auto* signal = std::get_if<SignalChild>(&effect)) {
      ASSERT_TRUE(children_.contains(number_of(signal->start_id)));
    } else if (const auto* agent = std::get_if<SaveAgentBlob>(&effect)) {
      agent_blob_ = agent->bytes;
    } else if (const auto* answer = std::get_if<Completed>(&effect)) {
      ASSERT_EQ(open_.erase(number_of(answer->id)), 1U) << "answered twice";
    } else if (const auto* change = std::get_if<StateChanged>(&effect)) {
      const bool adopted = change->cause == Cause::adopted;
      ASSERT_TRUE(adopted || states_[change->key] == change->from) << "a change that does not follow the last one";
      states_[change->key] = change->to;
    } else if (const auto* event = std::get_if<EmitEvent>(&effect);
               event != nullptr && event->type == EventType::process_group_removed) {
      std::erase_if(states_, [&](const auto& each) { return each.first.group == event->group; });
    } else if (std::holds_alternative<Exit>(effect)) {
      left_ = true;
    }
  }

  std::map<std::uint64_t, Child>::iterator some_child(bool spawned) {
    std::vector<std::map<std::uint64_t, Child>::iterator> found;
    for (auto it = children_.begin(); it != children_.end(); ++it) {
      if (it->second.spawned == spawned && !it->second.ended) {
        found.push_back(it);
      }
    }
    return found.empty() ? children_.end() : found[random_.below(found.size())];
  }

  void answer_some_spawn() {
    const auto it = some_child(false);
    if (it == children_.end()) {
      return;
    }
    const ProcessId key = it->second.key;
    const StartId id{it->first};
    if (random_.below(5) == 0) {
      children_.erase(it);
      step(SpawnFailed{key, id, {SpawnFailure::other, "no"}});
      return;
    }
    it->second.spawned = true;
    it->second.pid = ++pids_;
    step(ChildSpawned{key, id, it->second.pid});
  }

  void end_some_child() {
    const auto it = some_child(true);
    if (it == children_.end()) {
      return;
    }
    it->second.ended = true;
    it->second.wait_status = static_cast<int>(random_.below(3)) << 8;
    step(ChildExited{it->second.key, StartId{it->first}, it->second.wait_status, now_, std::nullopt});
  }

  void pass_time() {
    const Instant target = now_ + std::chrono::milliseconds(1 + random_.below(1500));
    while (!left_) {
      const auto next = supervisor_->next_deadline();
      if (!next || *next > target) {
        break;
      }
      now_ = *next;
      step(TimePassed{});
      if (testing::Test::HasFatalFailure()) {
        return;
      }
    }
    now_ = target;
  }

  void ask() {
    const RequestId id{++requests_};
    open_[number_of(id)] = true;
    const auto action = static_cast<Action>(random_.below(3));
    const bool wait = random_.below(2) == 0;
    const std::string group = "g" + std::to_string(random_.below(5));
    const std::string name = random_.below(4) == 0 ? "*" : "p" + std::to_string(random_.below(4));
    switch (random_.below(8)) {
      case 0:
        step(GroupRequest{id, action, group, wait, "HUP"});
        break;
      case 1:
        step(AllRequest{id, action, wait, "HUP"});
        break;
      case 2:
        step(RemoveGroup{id, group});
        break;
      case 3:
        step(AddGroup{id, group});
        break;
      default:
        step(ProcessRequest{id, action, group + ":" + name, wait, "HUP"});
        break;
    }
  }

  /// The agent dies; the keeper goes on; another agent takes over. Requests of the dead one are nobody's any
  /// more.
  void replace_agent() {
    open_.clear();
    for (auto it = children_.begin(); it != children_.end();) {
      if (it->second.spawned) {
        if (!it->second.ended && random_.below(4) == 0) {
          it->second.ended = true;
          it->second.wait_status = 0;
        }
        ++it;
      } else if (random_.below(2) == 0) {
        it->second.spawned = true;
        it->second.pid = ++pids_;
        ++it;
      } else {
        it = children_.erase(it);
      }
    }
    states_.clear();
    make_supervisor();
    if (!agent_blob_.empty()) {
      step(ResumeAgent{agent_blob_});
    }
    const std::map<std::uint64_t, Child> found = children_;
    for (const auto& [id, child] : found) {
      step(Adopt{child.blob, StartId{id}, child.pid, child.ended});
    }
    for (const auto& [id, child] : found) {
      if (child.ended && children_.contains(id)) {
        step(ChildExited{child.key, StartId{id}, child.wait_status, now_, std::nullopt});
      }
    }
    step(Begin{true});
  }

  Random random_;
  std::vector<config::GroupSettings> groups_;
  std::unique_ptr<Supervisor> supervisor_;
  std::map<std::uint64_t, Child> children_;
  std::map<ProcessId, ProcessState> states_;
  std::map<std::uint64_t, bool> open_;
  std::string agent_blob_;
  std::uint64_t agents_ = 0;
  std::uint64_t requests_ = 0;
  std::int64_t pids_ = 100;
  Instant now_ = Instant::from_ms(5'000'000);
  bool left_ = false;
};

TEST(Supervisor, PromisesHoldWhateverComes) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    World world(seed);
    world.run(300);
    world.wind_down();
    if (HasFatalFailure() || HasNonfatalFailure()) {
      return;
    }
  }
}

TEST(Supervisor, AdoptionOfWhatCannotBeReadLeavesTheChildAlone) {
  Supervisor supervisor({group_of("g", {process_settings("p")})}, always_runnable());
  supervisor.step(Instant{1}, WallTime{1}, Adopt{"garbage", StartId{7}, 100, false});
  std::vector<Effect> effects = supervisor.take_effects();
  ASSERT_EQ(effects.size(), 1U);
  ASSERT_TRUE(std::holds_alternative<LogLine>(effects[0]));
  EXPECT_EQ(std::get<LogLine>(effects[0]).level, LogLevel::critical);
  supervisor.step(Instant{1}, WallTime{1}, Adopt{"garbage", StartId{8}, 101, true});
  effects = supervisor.take_effects();
  ASSERT_EQ(effects.size(), 1U);
  EXPECT_TRUE(std::holds_alternative<AcknowledgeExit>(effects[0])) << "an ended one is let go";
  supervisor.step(Instant{1}, WallTime{1}, ResumeAgent{"garbage"});
  effects = supervisor.take_effects();
  ASSERT_EQ(effects.size(), 1U);
  EXPECT_EQ(std::get<LogLine>(effects[0]).level, LogLevel::error);
}

TEST(Supervisor, ADamagedButReadableBlobHoldsNoTimerBack) {
  ProcessRecord record;
  record.key = {"g", "p"};
  record.state = ProcessState::stopping;
  record.fingerprint = 1;
  record.timer = Instant{INT64_MAX / 2};
  record.last_run.started_at = Instant{INT64_MAX / 2};
  record.lifecycle.stopwaitsecs = 5;
  Supervisor supervisor({group_of("g", {process_settings("p")})}, always_runnable());
  const Instant now = Instant::from_ms(1000);
  supervisor.step(now, WallTime{1}, Adopt{encode(record), StartId{7}, 100, false});
  supervisor.step(now, WallTime{1}, Begin{true});
  ASSERT_TRUE(supervisor.next_deadline().has_value());
  EXPECT_EQ(*supervisor.next_deadline(), now + 5s);
}

TEST(Supervisor, SettingsOfASpawnAreThoseOfTheProcess) {
  Supervisor supervisor({group_of("g", {process_settings("p")})}, always_runnable());
  supervisor.step(Instant{1}, WallTime{1}, Begin{});
  for (const Effect& effect : supervisor.take_effects()) {
    if (const auto* spawn = std::get_if<SpawnChild>(&effect)) {
      EXPECT_EQ(spawn->settings->command, "p");
      EXPECT_EQ(decode_process_record(spawn->blob).value().state, ProcessState::starting);
      EXPECT_EQ(supervisor.find_namespec("g:p")->state(), ProcessState::starting);
      EXPECT_EQ(supervisor.find_namespec("g:*"), nullptr);
      EXPECT_EQ(supervisor.find_namespec("g"), nullptr);
      return;
    }
  }
  FAIL() << "nothing was spawned";
}

TEST(Supervisor, ThreeThousandProgramsStartAndStop) {
  constexpr int kPrograms = 3000;
  std::vector<config::GroupSettings> groups;
  for (int i = 0; i < kPrograms; ++i) {
    const std::string name = "program" + std::to_string(i);
    config::ProcessSettings settings = process_settings(name);
    settings.lifecycle.startsecs = 0;
    settings.autostart = false;
    groups.push_back(group_of(name, {settings}));
  }
  Supervisor supervisor(std::move(groups), always_runnable());
  const Instant now = Instant::from_ms(1000);
  supervisor.step(now, WallTime{1}, Begin{});
  (void)supervisor.take_effects();
  supervisor.step(now, WallTime{1}, AllRequest{RequestId{1}, Action::start, true, {}});
  std::size_t answered = 0;
  std::size_t effects = 0;
  std::vector<Effect> todo = supervisor.take_effects();
  std::vector<std::pair<ProcessId, StartId>> running;
  for (std::size_t i = 0; i < todo.size(); ++i) {
    if (const auto* spawn = std::get_if<SpawnChild>(&todo[i])) {
      running.emplace_back(spawn->key, spawn->start_id);
      supervisor.step(now, WallTime{1}, ChildSpawned{spawn->key, spawn->start_id, 100});
      for (const Effect& each : supervisor.take_effects()) {
        ++effects;
        if (const auto* done = std::get_if<Completed>(&each)) {
          answered += std::get<std::vector<ProcessResult>>(done->answer).size();
        }
      }
    }
  }
  EXPECT_EQ(answered, std::size_t{kPrograms});
  EXPECT_LT(effects, std::size_t{kPrograms} * 8);
  supervisor.step(now, WallTime{1}, DaemonSignal{15});
  for (auto it = running.rbegin(); it != running.rend(); ++it) {
    supervisor.step(now, WallTime{1}, ChildExited{it->first, it->second, 15, now, std::nullopt});
  }
  bool left = false;
  for (const Effect& each : supervisor.take_effects()) {
    left = left || std::holds_alternative<Exit>(each);
  }
  EXPECT_TRUE(left);
}

}  // namespace
}  // namespace holdfast::supervision

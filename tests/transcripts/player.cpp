#include "player.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "config/value_types.hpp"
#include "supervision/process_info.hpp"
#include "supervision/signal_names.hpp"
#include "words.hpp"

namespace holdfast::transcripts {

using namespace holdfast::supervision;  // NOLINT: the vocabulary of every line below

namespace {

std::string number(StartId id) {
  return "#" + std::to_string(number_of(id) & 0xFFFFFFFFU);
}

/// The words from `first` on, as one text.
std::string rest_of(const std::vector<std::string>& words, std::size_t first) {
  return text::join({words.begin() + static_cast<std::ptrdiff_t>(std::min(first, words.size())), words.end()}, " ");
}

bool flag_in(const std::string& text) {
  return text == "true";
}

void set_key(config::ProcessSettings& settings, const std::string& key, const std::string& value) {
  const auto integer = static_cast<int>(text::parse_int(value).value_or(0));
  if (key == "command") {
    settings.command = value;
  } else if (key == "priority") {
    settings.lifecycle.priority = integer;
  } else if (key == "autostart") {
    settings.autostart = flag_in(value);
  } else if (key == "autorestart") {
    settings.lifecycle.autorestart = config::parse_autorestart(value).value();
  } else if (key == "startsecs") {
    settings.lifecycle.startsecs = integer;
  } else if (key == "startretries") {
    settings.lifecycle.startretries = integer;
  } else if (key == "exitcodes") {
    settings.lifecycle.exitcodes = config::parse_exit_codes(value).value();
  } else if (key == "stopsignal") {
    settings.lifecycle.stopsignal = config::parse_signal(value).value();
  } else if (key == "stopwaitsecs") {
    settings.lifecycle.stopwaitsecs = integer;
  } else if (key == "stopasgroup") {
    settings.lifecycle.stopasgroup = flag_in(value);
  } else if (key == "killasgroup") {
    settings.lifecycle.killasgroup = flag_in(value);
  } else if (key == "log") {
    settings.stdout_channel.log.kind = config::LogTarget::Kind::automatic;
  }
}

}  // namespace

std::vector<std::string> Player::play(const std::string& command) {
  lines_.clear();
  const Words words = text::split_list(command, ' ');
  const bool known = !words.empty() && (define(words) || world(words, command) || news(words) ||
                                        (supervisor_ != nullptr && ask(words, command)));
  if (!known) {
    say("ERROR: cannot do: " + command);
  }
  return std::exchange(lines_, {});
}

// --- the configuration ---

bool Player::define(const Words& words) {
  if (words[0] == "program" && words.size() >= 2) {
    set_program(words);
  } else if (words[0] == "group" && words.size() >= 3) {
    group_named(words[1]).priority = static_cast<int>(number_in(words[2].substr(words[2].find('=') + 1)));
  } else if (words[0] == "clear-config") {
    config_.clear();
  } else if (words[0] == "command" && words.size() >= 3) {
    set_probe(words);
  } else {
    return false;
  }
  return true;
}

config::GroupSettings& Player::group_named(const std::string& name) {
  auto group = std::find_if(config_.begin(), config_.end(), [&](const auto& g) { return g.name == name; });
  if (group == config_.end()) {
    config_.push_back({});
    group = config_.end() - 1;
    group->name = name;
  }
  return *group;
}

void Player::set_program(const Words& words) {
  const Namespec spec = split_namespec(words[1]);
  config::GroupSettings& group = group_named(spec.group);
  const std::string name = spec.process.value_or("");
  auto process =
      std::find_if(group.processes.begin(), group.processes.end(), [&](const auto& p) { return p.name == name; });
  if (process == group.processes.end()) {
    group.processes.push_back({});
    process = group.processes.end() - 1;
  }
  *process = {};
  process->name = name;
  process->command = words[1];
  process->stdout_channel.log.kind = config::LogTarget::Kind::none;
  process->stderr_channel.log.kind = config::LogTarget::Kind::none;
  for (std::size_t i = 2; i < words.size(); ++i) {
    const auto equals = words[i].find('=');
    set_key(*process, words[i].substr(0, equals), words[i].substr(equals + 1));
  }
  if (spec.group == name) {
    group.priority = process->lifecycle.priority;
  }
}

void Player::set_probe(const Words& words) {
  const std::map<std::string, SpawnFailure> kinds{{"not_found", SpawnFailure::not_found},
                                                  {"not_executable", SpawnFailure::not_executable},
                                                  {"no_permission", SpawnFailure::no_permission},
                                                  {"parse", SpawnFailure::parse},
                                                  {"other", SpawnFailure::other}};
  if (words[2] == "ok") {
    probes_.erase(words[1]);
  } else if (const auto kind = kinds.find(words[2]); kind != kinds.end()) {
    probes_[words[1]] = {kind->second, rest_of(words, 3)};
  } else {
    say("ERROR: no such kind of problem: " + words[2]);
  }
}

std::unique_ptr<Supervisor> Player::make_supervisor() {
  std::vector<config::GroupSettings> groups = config_;
  std::stable_sort(groups.begin(), groups.end(), [](const auto& a, const auto& b) {
    return std::pair(a.priority, a.name) < std::pair(b.priority, b.name);
  });
  SupervisorOptions options;
  options.first_start_id = (++agents_ << 32U) + 1;
  if (agents_ > 1) {
    options.first_start_id += agents_ * 100 - 100;  // shown without the agent's number: 101, 201, ...
  }
  options.probe = [this](const config::ProcessSettings& settings) -> std::optional<SpawnProblem> {
    const auto found = probes_.find(settings.command);
    return found == probes_.end() ? std::nullopt : std::optional(found->second);
  };
  return std::make_unique<Supervisor>(std::move(groups), std::move(options));
}

// --- requests ---

RequestId Player::next_request(const std::string& command) {
  asked_[++requests_] = command;
  return RequestId{requests_};
}

bool Player::ask(const Words& words, const std::string& command) {
  const std::map<std::string, Action> actions{
      {"start", Action::start}, {"stop", Action::stop}, {"signal", Action::signal}};
  const auto dash = words[0].find('-');
  const auto action = actions.find(words[0].substr(0, dash));
  const std::string scope = dash == std::string::npos ? "" : words[0].substr(dash + 1);
  const bool wait = words.back() != "nowait";
  if (action != actions.end() && scope.empty() && words.size() >= 2) {
    step(ProcessRequest{next_request(command), action->second, words[1], wait, words.back()});
  } else if (action != actions.end() && scope == "group" && words.size() >= 2) {
    step(GroupRequest{next_request(command), action->second, words[1], wait, words.back()});
  } else if (action != actions.end() && scope == "all") {
    step(AllRequest{next_request(command), action->second, wait, words.back()});
  } else if (words[0] == "reload") {
    step(ReloadedConfig{next_request(command), config_});
  } else if (words[0] == "add" && words.size() == 2) {
    step(AddGroup{next_request(command), words[1]});
  } else if (words[0] == "remove" && words.size() == 2) {
    step(RemoveGroup{next_request(command), words[1]});
  } else if (words[0] == "shutdown") {
    step(ShutdownRequest{next_request(command)});
  } else if (words[0] == "restart") {
    step(RestartRequest{next_request(command)});
  } else if (words[0] == "daemon-signal" && words.size() == 2) {
    step(DaemonSignal{config::parse_signal(words[1]).value()});
  } else {
    return false;
  }
  return true;
}

// --- news of children ---

/// The start id of the youngest child of that name that has not ended.
std::optional<std::uint64_t> Player::child_named(const std::string& spec) {
  const Namespec name = split_namespec(spec);
  for (auto it = keeper_.rbegin(); it != keeper_.rend(); ++it) {
    if (it->second.key == ProcessId{name.group, name.process.value_or("")} && !it->second.wait_status) {
      return it->first;
    }
  }
  return std::nullopt;
}

bool Player::news(const Words& words) {
  if (words.size() < 3) {
    return false;
  }
  const auto id = child_named(words[1]);
  if (!id) {
    return false;
  }
  Child& child = keeper_.at(*id);
  if (words[0] == "spawned" && words.size() == 4) {
    child.spawned = true;
    child.pid = number_in(words[3]);
    tell(ChildSpawned{child.key, StartId{*id}, child.pid});
  } else if (words[0] == "spawn-failed") {
    const ProcessId key = child.key;
    keeper_.erase(*id);
    tell(SpawnFailed{key, StartId{*id}, {SpawnFailure::other, rest_of(words, 2)}});
  } else if (words[0] == "signal-failed") {
    tell(SignalFailed{child.key, StartId{*id}, rest_of(words, 2)});
  } else {
    return false;
  }
  return true;
}

void Player::child_ended(const Words& words) {
  const auto id = child_named(words[1]);
  if (!id || words.size() < 4) {
    say("ERROR: no child of that name");
    return;
  }
  Child& child = keeper_.at(*id);
  const auto value = static_cast<unsigned>(number_in(words[3]));
  const bool core = words.back() == "core";
  child.wait_status = static_cast<int>(words[2] == "status" ? value << 8U : value | (core ? 0x80U : 0U));
  child.ended_at = now_;
  if (words.size() == 6 && words[4] == "ago") {
    child.ended_at = now_ - std::chrono::milliseconds(number_in(words[5]));
  }
  child.ended_wall = WallTime{wall_.us - (now_ - child.ended_at).count() / 1000};
  tell(ChildExited{child.key, StartId{*id}, *child.wait_status, child.ended_at, child.ended_wall});
}

// --- the world ---

bool Player::world(const Words& words, const std::string& command) {
  if (words[0] == "begin" && supervisor_ == nullptr) {
    supervisor_ = make_supervisor();
    step(Begin{command.ends_with("resumed")});
  } else if (words[0] == "advance" && words.size() == 2) {
    advance(duration_in(words[1]));
  } else if (words[0] == "stall" && words.size() == 2) {
    const Duration by = duration_in(words[1]);
    now_ = now_ + by;
    wall_.us += by.count() / 1000;
  } else if (words[0] == "wall" && words.size() == 2) {
    wall_.us += number_in(words[1]) * 1'000'000;
  } else if (words[0] == "exit" && words.size() >= 4) {
    child_ended(words);
  } else if (words[0] == "crash" && supervisor_ != nullptr) {
    supervisor_.reset();
  } else if (words[0] == "resume" && supervisor_ == nullptr) {
    resume(false);
  } else if (words[0] == "resume-found" && supervisor_ == nullptr) {
    resume(true);
  } else if (words[0] == "status" && supervisor_ != nullptr) {
    status();
  } else if (words[0] == "show" && words.size() == 2) {
    show_changes_ = show_changes_ || words[1] == "changes";
    show_blobs_ = show_blobs_ || words[1] == "blobs";
    show_logs_ = show_logs_ || words[1] == "logs";
  } else {
    return false;
  }
  return true;
}

void Player::advance(Duration by) {
  const Instant end = now_ + by;
  while (supervisor_ != nullptr) {
    const auto deadline = supervisor_->next_deadline();
    if (!deadline || *deadline > end) {
      break;
    }
    const Instant at = std::max(*deadline, now_);
    wall_.us += (at - now_).count() / 1000;
    now_ = at;
    step(TimePassed{});
    if (supervisor_ != nullptr && supervisor_->next_deadline() == deadline) {
      say("ERROR: a deadline that stays");
      break;
    }
  }
  wall_.us += (end - now_).count() / 1000;
  now_ = end;
}

void Player::resume(bool keeper_was_lost) {
  supervisor_ = make_supervisor();
  if (!agent_blob_.empty() && !keeper_was_lost) {
    step(ResumeAgent{agent_blob_});
  }
  const std::map<std::uint64_t, Child> found = keeper_;
  for (const auto& [id, child] : found) {
    step(Adopt{child.blob, StartId{id}, child.pid, child.wait_status.has_value()});
  }
  for (const auto& [id, child] : found) {
    if (child.wait_status && keeper_.contains(id)) {
      step(ChildExited{child.key, StartId{id}, *child.wait_status, child.ended_at, child.ended_wall, keeper_was_lost});
    }
  }
  step(Begin{!keeper_was_lost});
}

void Player::status() {
  for (const ProcessGroup* group : supervisor_->groups()) {
    for (const auto& process : group->processes()) {
      const ProcessInfo info = info_of(*process, wall_, [](std::int64_t) { return 0; });
      say(make_namespec(process->key()) + " " + info.statename + " pid=" + std::to_string(info.pid) +
          " exitstatus=" + std::to_string(info.exitstatus) +
          " start=" + (info.start == 0 ? "never" : "+" + std::to_string(info.start - 1'767'225'600)) +
          " stop=" + (info.stop == 0 ? "never" : "+" + std::to_string(info.stop - 1'767'225'600)) + " spawnerr='" +
          info.spawnerr + "' '" + info.description + "'");
    }
  }
}

// --- effects ---

void Player::step(const Input& input) {
  supervisor_->step(now_, wall_, input);
  for (const Effect& each : supervisor_->take_effects()) {
    std::visit([this](const auto& it) { effect(it); }, each);
  }
}

/// News that reach the agent only when there is one.
void Player::tell(const Input& input) {
  if (supervisor_ != nullptr) {
    step(input);
  }
}

void Player::effect(const SpawnChild& it) {
  say("spawn " + make_namespec(it.key) + " " + number(it.start_id));
  keeper_[number_of(it.start_id)] = {it.key, it.blob, 0, false, std::nullopt, {}, {}};
}

void Player::effect(const SignalChild& it) {
  say("kill " + make_namespec(it.key) + " " + number(it.start_id) + " " + signal_name(it.signo) +
      (it.whole_group ? " to its group" : ""));
}

void Player::effect(const SaveBlob& it) {
  const auto child = keeper_.find(number_of(it.start_id));
  if (child == keeper_.end()) {
    say("ERROR: a blob for a child that the keeper does not have");
    return;
  }
  child->second.blob = it.bytes;
  if (show_blobs_) {
    say("blob " + make_namespec(it.key) + " " + number(it.start_id));
  }
}

void Player::effect(const SaveAgentBlob& it) {
  agent_blob_ = it.bytes;
  if (show_blobs_) {
    say("agent blob");
  }
}

void Player::effect(const AcknowledgeExit& it) {
  if (keeper_.erase(number_of(it.start_id)) == 0) {
    say("ERROR: acknowledged twice: " + number(it.start_id));
  }
  if (show_blobs_) {
    say("acknowledge " + number(it.start_id));
  }
}

void Player::effect(const LogLine& it) {
  say(std::string(level_name(it.level)) + " " + it.text);
}

void Player::effect(const EmitEvent& it) {
  say("event " + std::string(name_of(it.type)) + (it.payload.empty() ? "" : " " + visible(it.payload)));
}

void Player::effect(const StateChanged& it) {
  if (show_changes_) {
    say("change " + make_namespec(it.key) + " " + std::string(name_of(it.from)) + " -> " + std::string(name_of(it.to)) +
        " (" + std::string(name_of(it.cause)) + ")");
  }
}

void Player::effect(const OpenLogs& it) {
  if (show_logs_) {
    say("open logs of " + make_namespec(it.key));
  }
}

void Player::effect(const ReattachChild& it) {
  say("reattach " + make_namespec(it.key) + " " + number(it.start_id) + " pid " + std::to_string(it.pid));
}

void Player::effect(const DisabilitiesChanged&) {
  say("disabilities changed");
}

void Player::effect(const ReopenLogs&) {
  say("reopen logs");
}

void Player::effect(const Completed& it) {
  struct Show {
    std::string operator()(const Done&) const { return "true"; }
    std::string operator()(const FaultText& fault) const {
      return "fault " + std::to_string(code_of(fault.fault)) + " " + text_of(fault);
    }
    std::string operator()(const std::vector<ProcessResult>& rows) const {
      std::string text = "[";
      for (const ProcessResult& row : rows) {
        text += (text.size() > 1 ? ", " : "") + row.key.group + ":" + row.key.name + " " +
                std::to_string(code_of(row.status)) + " " + row.description;
      }
      return text + "]";
    }
    std::string operator()(const ConfigDiff& diff) const {
      return "added [" + text::join(diff.added, " ") + "] changed [" + text::join(diff.changed, " ") + "] removed [" +
             text::join(diff.removed, " ") + "]";
    }
  };
  const auto asked = asked_.find(number_of(it.id));
  if (asked == asked_.end()) {
    say("ERROR: an answer nobody waits for");
    return;
  }
  say("answer to '" + asked->second + "': " + std::visit(Show{}, it.answer));
  asked_.erase(asked);
}

void Player::effect(const Exit& it) {
  say("exit: " + std::string(name_of(it.reason)));
}

}  // namespace holdfast::transcripts

#include "local_programs.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <utility>

#include "base/clock.hpp"
#include "base/text.hpp"
#include "config/error_text.hpp"
#include "config/settings_reader.hpp"
#include "supervision/environment.hpp"
#include "system/command_search.hpp"

namespace holdfast {
namespace {

using supervision::ProcessKey;
using supervision::StartId;

storage::Level level_of(config::LogLevel level) {
  return static_cast<storage::Level>(static_cast<int>(level));
}

/// The errno's name, as Supervisor's texts have it (EAGAIN).
std::string errno_name(int error) {
  const char* name = ::strerrorname_np(error);
  return name == nullptr ? std::to_string(error) : name;
}

supervision::SpawnProblem problem_of(const std::string& text) {
  const auto begins = [&](std::string_view with) { return text.starts_with(with); };
  if (begins("can't find command")) {
    return {supervision::SpawnFailure::not_found, text};
  }
  if (begins("no permission")) {
    return {supervision::SpawnFailure::no_permission, text};
  }
  if (begins("command at")) {
    return {supervision::SpawnFailure::not_executable, text};
  }
  return {supervision::SpawnFailure::parse, text};
}

/// Contract 2.3's texts for failures that leave no process.
std::string spawn_failure_text(const std::string& name, keeper::Stage stage, int error) {
  if (error == EMFILE || error == ENFILE) {
    return "too many open files to spawn '" + name + "'";
  }
  if (stage == keeper::Stage::table || error == EAGAIN) {
    return "Too many processes in process table to spawn '" + name + "'";
  }
  if (stage == keeper::Stage::pipe) {
    return "unknown error making dispatchers for '" + name + "': " + errno_name(error);
  }
  return "unknown error during fork for '" + name + "': " + errno_name(error);
}

std::string exit_text(const supervision::StateChanged& change) {
  if (!change.spawnerr.empty()) {
    return change.spawnerr;
  }
  if (!change.exit_status || supervision::is_running(change.to)) {
    return {};
  }
  return *change.exit_status < 0 ? "terminated by a signal"
                                 : "exit status " + std::to_string(*change.exit_status);
}

/// Supervisor's automatic names have eight random characters (contract 3.2); six of them are mkstemps's.
std::string two_random_letters() {
  std::uint8_t bytes[2] = {};
  (void)::getentropy(bytes, sizeof bytes);
  return {static_cast<char>('a' + bytes[0] % 26), static_cast<char>('a' + bytes[1] % 26)};
}

template <typename Request>
concept HasId = requires(Request request) {
  request.id;
};

/// What a request is called in the history.
struct Asked {
  std::string action;
  std::string application;
  std::string process;
};

std::string_view verb_of(supervision::Action action) {
  switch (action) {
    case supervision::Action::start:
      return "start";
    case supervision::Action::stop:
      return "stop";
    case supervision::Action::signal:
      return "signal";
  }
  return "";
}

Asked asked_of(const supervision::Input& input) {
  if (const auto* one = std::get_if<supervision::ProcessRequest>(&input)) {
    const supervision::Namespec spec = supervision::split_namespec(one->namespec);
    return {std::string(verb_of(one->action)), spec.group, spec.process.value_or("")};
  }
  if (const auto* group = std::get_if<supervision::GroupRequest>(&input)) {
    return {std::string(verb_of(group->action)), group->group, ""};
  }
  if (const auto* all = std::get_if<supervision::AllRequest>(&input)) {
    return {std::string(verb_of(all->action)) + " all", "", ""};
  }
  if (const auto* add = std::get_if<supervision::AddGroup>(&input)) {
    return {"add group", add->group, ""};
  }
  if (const auto* remove = std::get_if<supervision::RemoveGroup>(&input)) {
    return {"remove group", remove->group, ""};
  }
  if (std::holds_alternative<supervision::ShutdownRequest>(input)) {
    return {"shutdown", "", ""};
  }
  if (std::holds_alternative<supervision::RestartRequest>(input)) {
    return {"restart", "", ""};
  }
  return {"reread", "", ""};
}

std::string outcome_of(const supervision::Completed& completed) {
  if (const auto* fault = std::get_if<supervision::FaultText>(&completed.answer)) {
    return supervision::text_of(*fault);
  }
  return "done";
}

}  // namespace

LocalPrograms::LocalPrograms(Parts parts, const config::Settings& settings, config::CommandLine command_line,
                             std::string node, std::uint64_t first_start_id, Observers observers)
    : parts_(parts),
      settings_(settings),
      command_line_(std::move(command_line)),
      node_(std::move(node)),
      first_start_id_(first_start_id),
      observers_(std::move(observers)),
      server_url_(supervision::server_url_of(settings.servers)),
      daemon_environment_(parts.host.environment()),
      timer_(parts.loop) {}

void LocalPrograms::resume(std::string agent_blob) {
  agent_blob_ = std::move(agent_blob);
}

void LocalPrograms::found(system::FoundChild child) {
  const std::uint64_t start_id = child.child.start_id;
  found_.emplace(start_id, std::move(child));
}

void LocalPrograms::begin(bool resumed, std::function<void()> done) {
  supervision::SupervisorOptions options;
  options.probe = [this](const config::ProcessSettings& settings) { return probe(settings); };
  options.first_start_id = first_start_id_;
  supervisor_ = std::make_unique<supervision::Supervisor>(settings_.groups, std::move(options));
  begin_ = [this, resumed, done = std::move(done)] {
    step(supervision::Begin{resumed});
    done();
  };
  if (agent_blob_) {
    step(supervision::ResumeAgent{*agent_blob_});
  }
  adopt_found();
  begin_if_settled();
}

void LocalPrograms::adopt_found() {
  for (auto& [start_id, child] : found_) {
    step(supervision::Adopt{child.blob, StartId{start_id}, child.child.pid, child.exit.has_value()});
    const auto reattached = running_.find(start_id);
    if (!child.exit || reattached == running_.end()) {
      continue;  // alive, or its end was dealt with by the agent before
    }
    const ProcessKey key = reattached->second.key;
    running_.erase(reattached);
    ++endings_;
    parts_.logs.finish(start_id, [this, key, exit = *child.exit] {
      --endings_;
      (void)parts_.keeper.let_go(exit.start_id);
      step(supervision::ChildExited{key, StartId{exit.start_id}, exit.wait_status, exit.at, exit.wall_at});
      begin_if_settled();
    });
  }
  found_.clear();
}

void LocalPrograms::begin_if_settled() {
  if (endings_ == 0 && begin_) {
    std::exchange(begin_, nullptr)();
  }
}

void LocalPrograms::step(const supervision::Input& input) {
  inputs_.push_back(input);
  if (stepping_) {
    return;  // an effect of the step in progress; its turn comes below
  }
  stepping_ = true;
  while (!inputs_.empty()) {
    const supervision::Input next = std::move(inputs_.front());
    inputs_.pop_front();
    supervisor_->step(monotonic_now(), wall_now(), next);
    for (const supervision::Effect& effect : supervisor_->take_effects()) {
      carry_out(effect);
    }
    if (!stopping_ && supervisor_->daemon_state() != supervision::DaemonState::running) {
      stopping_ = true;
      observers_.on_stopping();
    }
  }
  stepping_ = false;
  arm_timer();
}

void LocalPrograms::carry_out(const supervision::Effect& effect) {
  std::visit([this](const auto& each) { perform(each); }, effect);
}

void LocalPrograms::arm_timer() {
  const std::optional<Instant> due = supervisor_->next_deadline();
  if (!due) {
    timer_.cancel();
  } else if (!timer_.armed() || timer_.at() != *due) {
    timer_.set(*due, [this] { step(supervision::TimePassed{}); });
  }
}

// ---- effects
// ----------------------------------------------------------------------------------------------------------

void LocalPrograms::perform(const supervision::SpawnChild& effect) {
  const std::uint64_t start_id = supervision::number_of(effect.start_id);
  auto command = system::find_command(effect.settings->command, program_path(*effect.settings));
  if (!command) {
    return step(supervision::SpawnFailed{effect.key, effect.start_id, problem_of(command.error().message)});
  }
  keeper::SpawnRequest request =
      spawn_request(effect, command.value().filename, std::move(command.value().argv));
  spawning_[start_id] = effect.key;
  if (const Status status = parts_.keeper.spawn(start_id, request); !status) {
    spawning_.erase(start_id);
    step(supervision::SpawnFailed{
        effect.key,
        effect.start_id,
        {supervision::SpawnFailure::other,
         "unknown error during fork for '" + effect.key.name + "': " + status.error().message}});
  }
}

keeper::SpawnRequest LocalPrograms::spawn_request(const supervision::SpawnChild& effect,
                                                  const std::string& filename,
                                                  std::vector<std::string> argv) const {
  const config::ProcessSettings& settings = *effect.settings;
  keeper::SpawnRequest request;
  request.filename = filename;
  request.argv = std::move(argv);
  for (const auto& [key, value] :
       supervision::child_environment(daemon_environment_, settings, effect.key.group, server_url_)) {
    request.environment.push_back(key + "=" + value);
  }
  request.directory = settings.directory;
  request.umask = settings.umask;
  if (settings.user) {
    request.ids = keeper::Ids{settings.user->uid, settings.user->gid, settings.user->groups};
  }
  request.redirect_stderr = settings.redirect_stderr;
  request.blob = effect.blob;
  return request;
}

void LocalPrograms::perform(const supervision::SignalChild& effect) {
  const auto to = effect.whole_group ? keeper::SignalTo::group : keeper::SignalTo::process;
  if (const Status status = parts_.keeper.signal(supervision::number_of(effect.start_id), effect.signo, to);
      !status) {
    step(supervision::SignalFailed{effect.key, effect.start_id, status.error().message});
  }
}

void LocalPrograms::perform(const supervision::SaveBlob& effect) {
  (void)parts_.keeper.set_blob(supervision::number_of(effect.start_id), effect.bytes);
}

void LocalPrograms::perform(const supervision::SaveAgentBlob& effect) {
  (void)parts_.keeper.set_agent_blob(effect.bytes);
}

void LocalPrograms::perform(const supervision::AcknowledgeExit& effect) {
  (void)parts_.keeper.acknowledge(supervision::number_of(effect.start_id));
}

void LocalPrograms::perform(const supervision::LogLine& effect) {
  parts_.log.log(level_of(effect.level), effect.text);
}

void LocalPrograms::perform(const supervision::EmitEvent& effect) {
  // Listener pools come with a later step; until then an event is seen at debug level only.
  if (parts_.log.enabled(storage::Level::debug)) {
    parts_.log.debug("event " + std::string(supervision::name_of(effect.type)));
  }
  if (effect.type == supervision::EventType::process_group_added ||
      effect.type == supervision::EventType::process_group_removed) {
    observers_.on_groups_changed();
  }
}

void LocalPrograms::perform(const supervision::StateChanged& effect) {
  parts_.history.record(storage::StateChange{
      wall_now(), node_, effect.key.group, effect.key.name, std::string(supervision::name_of(effect.from)),
      std::string(supervision::name_of(effect.to)), effect.pid, exit_text(effect)});
  observers_.on_change(effect);
}

void LocalPrograms::perform(const supervision::OpenLogs& effect) {
  const config::ProcessSettings& settings = *effect.settings;
  const bool out = settings.stdout_channel.log.kind == config::LogTarget::Kind::automatic;
  const bool err =
      !settings.redirect_stderr && settings.stderr_channel.log.kind == config::LogTarget::Kind::automatic;
  if (out || err) {
    step(supervision::LogsAssigned{effect.key, out ? make_automatic_log(effect.key, "stdout") : "",
                                   err ? make_automatic_log(effect.key, "stderr") : ""});
  }
}

void LocalPrograms::perform(const supervision::CloseLogs&) {
  // A channel is closed with its child (ChildLogs::finish); between children nothing is open.
}

void LocalPrograms::perform(const supervision::ReattachChild& effect) {
  const std::uint64_t start_id = supervision::number_of(effect.start_id);
  const auto found = found_.find(start_id);
  if (found == found_.end()) {
    return;
  }
  ChildLogPaths paths = paths_of(effect.key, *effect.settings);
  if (!effect.stdout_path.empty()) {
    paths.out = effect.stdout_path;
  }
  if (!effect.stderr_path.empty()) {
    paths.err = effect.stderr_path;
  }
  attach(start_id, effect.key, effect.pid, *effect.settings, paths,
         std::move(found->second.child.descriptors));
}

void LocalPrograms::perform(const supervision::ReopenLogs&) {
  parts_.logs.reopen();
  observers_.on_reopen();
}

void LocalPrograms::perform(const supervision::Completed& effect) {
  const auto found = answers_.find(supervision::number_of(effect.id));
  if (found != answers_.end()) {
    const Answer answer = std::move(found->second);
    answers_.erase(found);
    answer(effect);
  }
}

void LocalPrograms::perform(const supervision::Exit& effect) {
  observers_.on_exit(effect.status);
}

// ---- the keeper's news
// ------------------------------------------------------------------------------------------------

void LocalPrograms::spawned(system::SpawnedChild child) {
  const auto pending = spawning_.find(child.start_id);
  if (pending == spawning_.end()) {
    return;
  }
  const ProcessKey key = pending->second;
  spawning_.erase(pending);
  if (const supervision::Process* process = supervisor_->find(key.group, key.name)) {
    attach(child.start_id, key, child.pid, process->settings(), paths_of(key, process->settings()),
           std::move(child.descriptors));
  }
  step(supervision::ChildSpawned{key, StartId{child.start_id}, child.pid});
}

void LocalPrograms::spawn_failed(std::uint64_t start_id, keeper::Stage stage, int error) {
  const auto pending = spawning_.find(start_id);
  if (pending == spawning_.end()) {
    return;
  }
  const ProcessKey key = pending->second;
  spawning_.erase(pending);
  step(supervision::SpawnFailed{
      key,
      StartId{start_id},
      {supervision::SpawnFailure::other, spawn_failure_text(key.name, stage, error)}});
}

void LocalPrograms::exited(const system::ChildExit& exit) {
  const auto found = running_.find(exit.start_id);
  if (found == running_.end()) {
    // Nobody's child any more (its group is gone): its record and pipes can go.
    (void)parts_.keeper.acknowledge(exit.start_id);
    return;
  }
  const ProcessKey key = found->second.key;
  running_.erase(found);
  parts_.logs.finish(exit.start_id, [this, key, exit] {
    (void)parts_.keeper.let_go(exit.start_id);  // a stopped program's record stays, its descriptors need not
    step(supervision::ChildExited{key, StartId{exit.start_id}, exit.wait_status, exit.at, exit.wall_at});
  });
}

void LocalPrograms::signal_failed(std::uint64_t start_id, int error) {
  if (const auto found = running_.find(start_id); found != running_.end()) {
    step(supervision::SignalFailed{found->second.key, StartId{start_id}, ::strerrordesc_np(error)});
  }
}

void LocalPrograms::daemon_signal(int signo) {
  if (signo == SIGHUP && supervisor_->daemon_state() == supervision::DaemonState::running) {
    if (const auto groups = reread(); !groups) {
      parts_.log.error("received SIGHUP, but the configuration does not load; nothing was changed: " +
                       config::supervisor_text(groups.error()));
      return;
    }
  }
  step(supervision::DaemonSignal{signo});
}

void LocalPrograms::attach(std::uint64_t start_id, const ProcessKey& key, std::int64_t pid,
                           const config::ProcessSettings& settings, const ChildLogPaths& paths,
                           system::ChildDescriptors descriptors) {
  Running& running = running_[start_id];
  running.key = key;
  if (descriptors.stdin_write.valid()) {
    running.input = std::make_unique<ProgramInput>(parts_.loop.context(), std::move(descriptors.stdin_write));
  }
  parts_.logs.attach(start_id, key, pid, settings, paths, std::move(descriptors.stdout_read),
                     std::move(descriptors.stderr_read), std::move(descriptors.stdout_spool),
                     std::move(descriptors.stderr_spool));
}

ChildLogPaths LocalPrograms::paths_of(const ProcessKey& key, const config::ProcessSettings& settings) const {
  const supervision::Process* process = supervisor_->find(key.group, key.name);
  const auto path = [&](const config::LogTarget& log, bool out) -> std::string {
    switch (log.kind) {
      case config::LogTarget::Kind::none:
        return {};
      case config::LogTarget::Kind::file:
        return log.path;
      case config::LogTarget::Kind::automatic:
        return process == nullptr ? ""
                                  : (out ? process->record().stdout_path : process->record().stderr_path);
    }
    return {};
  };
  return {path(settings.stdout_channel.log, true),
          settings.redirect_stderr ? "" : path(settings.stderr_channel.log, false)};
}

std::string LocalPrograms::make_automatic_log(const ProcessKey& key, std::string_view channel) const {
  constexpr int kSuffixBytes = 4;  // ".log"
  std::string path = settings_.daemon.childlogdir + "/" + key.name + "-" + std::string(channel) + "---" +
                     settings_.daemon.identifier + "-" + two_random_letters() + "XXXXXX.log";
  const UniqueFd made(::mkstemps(path.data(), kSuffixBytes));
  if (!made.valid()) {
    parts_.log.error("cannot make a log file for " + supervision::make_namespec(key) + " in " +
                     settings_.daemon.childlogdir + ": " + ::strerrordesc_np(errno) + "; its " +
                     std::string(channel) + " is not kept");
    return {};
  }
  return path;
}

std::optional<std::string> LocalPrograms::program_path(const config::ProcessSettings& settings) const {
  const auto found = settings.environment.find("PATH");
  return found == settings.environment.end() ? std::nullopt : std::optional(found->second);
}

std::optional<supervision::SpawnProblem> LocalPrograms::probe(const config::ProcessSettings& settings) const {
  const auto command = system::find_command(settings.command, program_path(settings));
  return command ? std::nullopt : std::optional(problem_of(command.error().message));
}

// ---- requests
// ---------------------------------------------------------------------------------------------------------

void LocalPrograms::submit(supervision::Input request, const api::Caller& caller, Answer answer) {
  const std::uint64_t number = next_request_++;
  std::visit(
      [number](auto& each) {
        if constexpr (HasId<std::remove_cvref_t<decltype(each)>>) {
          each.id = supervision::RequestId{number};
        }
      },
      request);
  const Asked asked = asked_of(request);
  answers_[number] = [this, asked, caller,
                      answer = std::move(answer)](const supervision::Completed& completed) {
    parts_.history.record(storage::Action{wall_now(), caller.operation, caller.user, caller.origin, node_,
                                          asked.application, asked.process, asked.action,
                                          outcome_of(completed)});
    answer(completed);
  };
  step(request);
}

Result<std::vector<config::GroupSettings>> LocalPrograms::reread() {
  auto settings = config::read_settings(settings_.file, command_line_, parts_.host);
  if (!settings) {
    return settings.error();
  }
  return std::move(settings).value().groups;
}

Status LocalPrograms::send_stdin(const ProcessKey& key, std::string bytes) {
  const supervision::Process* process = supervisor_->find(key.group, key.name);
  if (process == nullptr || process->pid() == 0 || process->state() == supervision::ProcessState::stopping) {
    return Error{"not running", supervision::code_of(supervision::Fault::not_running)};
  }
  for (const auto& [start_id, running] : running_) {
    if (running.key == key && running.input) {
      const Status sent = running.input->send(bytes);
      return sent ? Status()
                  : Status(Error{sent.error().message, supervision::code_of(supervision::Fault::no_file)});
    }
  }
  return Error{"the program has no standard input", supervision::code_of(supervision::Fault::no_file)};
}

void LocalPrograms::remote_event(std::string type, std::string data) {
  perform(supervision::EmitEvent{supervision::EventType::remote_communication,
                                 supervision::remote_payload(type, data)});
}

void clean_automatic_logs(const config::DaemonSettings& daemon) {
  DIR* folder = ::opendir(daemon.childlogdir.c_str());
  if (folder == nullptr) {
    return;
  }
  const std::string marker = "---" + daemon.identifier + "-";
  while (const dirent* entry = ::readdir(folder)) {
    const std::string_view name = entry->d_name;
    const auto at = name.find(marker);
    if (at == std::string_view::npos) {
      continue;
    }
    const auto log = name.find(".log", at);
    const std::string_view rest = log == std::string_view::npos ? "x" : name.substr(log + 4);
    const bool numbered = rest.size() > 1 && rest[0] == '.' && text::parse_int(rest.substr(1)).has_value();
    if (rest.empty() || numbered) {
      ::unlinkat(::dirfd(folder), entry->d_name, 0);
    }
  }
  ::closedir(folder);
}

}  // namespace holdfast

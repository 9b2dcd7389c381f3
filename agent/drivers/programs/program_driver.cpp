#include "drivers/programs/program_driver.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include "drivers/programs/automatic_logs.hpp"
#include "base/clock.hpp"
#include "base/limits.hpp"
#include "config/error_text.hpp"
#include "config/settings_reader.hpp"
#include "startup/config_check.hpp"
#include "keeper/free_descriptors.hpp"
#include "drivers/programs/program_texts.hpp"

namespace holdfast {
namespace {

using supervision::ProcessKey;
using supervision::StartId;

template <typename Request>
concept HasId = requires(Request request) {
  request.id;
};

}  // namespace

ProgramDriver::ProgramDriver(Parts parts, const config::Settings& settings, config::CommandLine command_line,
                             std::string node, std::uint64_t first_start_id, Observers observers)
    : parts_(parts),
      settings_(settings),
      command_line_(std::move(command_line)),
      node_(std::move(node)),
      first_start_id_(first_start_id),
      observers_(std::move(observers)),
      child_start_(settings, parts.host.environment()),
      automatic_logs_(settings.daemon),
      timer_(parts.loop),
      descriptors_(parts.descriptors),
      unread_(parts.loop, parts.keeper, parts.log, descriptors_,
              [this](const std::string& trouble) { observers_.on_trouble("descriptors", trouble); }) {
  ListenerDriver::Handlers handlers;
  handlers.input_of = [this](StartId child) -> ProgramInput* {
    const auto found = running_.find(supervision::number_of(child));
    return found == running_.end() ? nullptr : found->second.input.get();
  };
  handlers.on_trouble = [this](const ProcessKey& key, const std::string& trouble) {
    observers_.on_trouble("listener " + supervision::make_namespec(key), trouble);
  };
  parts_.listeners.set_handlers(std::move(handlers));
}

void ProgramDriver::resume(std::string agent_blob) {
  agent_blob_ = std::move(agent_blob);
}

void ProgramDriver::found(system::FoundChild child) {
  const std::uint64_t start_id = child.child.start_id;
  found_.emplace(start_id, std::move(child));
}

void ProgramDriver::begin(bool resumed, std::vector<config::GroupSettings> groups,
                          const supervision::UntakenOutput& untaken, std::function<void()> done) {
  if (resumed || !found_.empty()) {
    parts_.listeners.resume(groups, untaken);
  }
  supervision::SupervisorOptions options;
  options.probe = ChildStart::probe;
  options.first_start_id = first_start_id_;
  options.restart_interval = settings_.holdfast.restart_interval;
  options.tells_processes = settings_.cluster.has_value();
  supervisor_ = std::make_unique<supervision::Supervisor>(std::move(groups), std::move(options));
  begin_ = [this, resumed, done = std::move(done)] {
    parts_.listeners.all_reattached();
    parts_.fcgi.all_reattached();
    if (resumed) {
      automatic_logs_.look_for_left(owned_logs());
    } else if (!settings_.daemon.nocleanup) {
      automatic_logs_.clean(owned_logs());
    }
    step(supervision::Begin{resumed});
    automatic_logs_.forget_left();
    done();
  };
  if (agent_blob_) {
    step(supervision::ResumeAgent{*agent_blob_});
  }
  if (disabled_) {
    step(supervision::Disabilities{*disabled_});
  }
  adopt_found();
  begin_if_settled();
}

/// Who has ended comes first: what it has is soon given back.
void ProgramDriver::adopt_found() {
  for (const bool ended : {true, false}) {
    adopt_found(ended);
  }
  found_.clear();
  adopted_ = true;
}

void ProgramDriver::adopt_found(bool ended) {
  for (auto& [start_id, child] : found_) {
    if (child.exit.has_value() != ended) {
      continue;
    }
    step(supervision::Adopt{child.blob, StartId{start_id}, child.child.pid, child.exit.has_value()});
    const auto reattached = running_.find(start_id);
    if (!child.exit || reattached == running_.end()) {
      continue;  // alive, or its end was dealt with by the agent before
    }
    ++endings_;
    finish(*child.exit, reattached->second.key, [this] {
      --endings_;
      begin_if_settled();
    });
  }
}

/// Nothing starts while a child is not known yet: an ending that is told at once must not begin before the next
/// child is adopted.
void ProgramDriver::begin_if_settled() {
  if (adopted_ && endings_ == 0 && begin_) {
    std::exchange(begin_, nullptr)();
  }
}

void ProgramDriver::step(const supervision::Input& input) {
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

void ProgramDriver::carry_out(const supervision::Effect& effect) {
  std::visit([this](const auto& each) { perform(each); }, effect);
}

void ProgramDriver::arm_timer() {
  const std::optional<Instant> due = supervisor_->next_deadline();
  if (!due) {
    timer_.cancel();
  } else if (!timer_.armed() || timer_.at() != *due) {
    timer_.set(*due, [this] { step(supervision::TimePassed{}); });
  }
}

// ---- effects
// ----------------------------------------------------------------------------------------------------------

void ProgramDriver::perform(const supervision::SpawnChild& effect) {
  const std::uint64_t start_id = supervision::number_of(effect.start_id);
  auto request = child_start_.request(effect);
  if (!request) {
    return step(supervision::SpawnFailed{effect.key, effect.start_id, problem_of(request.error().message)});
  }
  const auto refuse = [&](const std::string& text) {
    descriptors_.release(start_id);
    step(supervision::SpawnFailed{effect.key, effect.start_id, {supervision::SpawnFailure::other, text}});
  };
  const std::size_t need = descriptors_of(*effect.settings);
  if (!descriptors_.take(start_id, need) || !keeper::descriptors_left(need + limits::descriptors_kept_free)) {
    return refuse(spawn_failure_text(effect.key.name, keeper::Stage::pipe, EMFILE));
  }
  int stdin_fd = -1;
  if (const config::FcgiSocketSettings* socket = fcgi_socket_of(effect.key.group)) {
    auto shared = parts_.fcgi.acquire(effect.key.group, *socket, start_id);
    if (!shared) {
      return refuse(shared.error().message);
    }
    stdin_fd = shared.value();
  }
  request.value().stdin_passed = stdin_fd >= 0;
  spawning_[start_id] = effect.key;
  if (const Status status = parts_.keeper.spawn(start_id, request.value(), stdin_fd); !status) {
    spawning_.erase(start_id);
    parts_.fcgi.release(start_id);
    refuse("unknown error during fork for '" + effect.key.name + "': " + status.error().message);
  }
}

/// The settings of the group's socket, when it has one.
const config::FcgiSocketSettings* ProgramDriver::fcgi_socket_of(const std::string& group) const {
  const supervision::ProcessGroup* found = supervisor_->find(group);
  return found != nullptr && found->settings().fcgi_socket ? &*found->settings().fcgi_socket : nullptr;
}

bool ProgramDriver::is_listener(const ProcessKey& key) const {
  const supervision::ProcessGroup* group = supervisor_->find(key.group);
  return group != nullptr && group->kind() == config::GroupKind::event_listener;
}

void ProgramDriver::perform(const supervision::SignalChild& effect) {
  const auto to = effect.whole_group ? keeper::SignalTo::group : keeper::SignalTo::process;
  if (const Status status = parts_.keeper.signal(supervision::number_of(effect.start_id), effect.signo, to);
      !status) {
    step(supervision::SignalFailed{effect.key, effect.start_id, status.error().message});
  }
}

void ProgramDriver::perform(const supervision::SaveBlob& effect) {
  (void)parts_.keeper.set_blob(supervision::number_of(effect.start_id), effect.bytes);
}

void ProgramDriver::perform(const supervision::SaveAgentBlob& effect) {
  (void)parts_.keeper.set_agent_blob(effect.bytes);
}

void ProgramDriver::perform(const supervision::AcknowledgeExit& effect) {
  (void)parts_.keeper.acknowledge(supervision::number_of(effect.start_id));
}

void ProgramDriver::perform(const supervision::LogLine& effect) {
  parts_.log.log(effect.level, effect.text);
}

void ProgramDriver::perform(const supervision::EmitEvent& effect) {
  const bool added = effect.type == supervision::EventType::process_group_added;
  const bool removed = effect.type == supervision::EventType::process_group_removed;
  const supervision::ProcessGroup* group = added ? supervisor_->find(effect.group) : nullptr;
  if (group != nullptr) {
    const bool in_use = std::ranges::any_of(group->processes(), [](const auto& each) { return each->pid() != 0; });
    if (group->settings().fcgi_socket && !in_use) {  // programs of a killed keeper still have theirs
      parts_.fcgi.try_out(*group->settings().fcgi_socket);
    }
    if (group->kind() == config::GroupKind::event_listener) {
      parts_.listeners.group_added(group->whole_settings());
    }
  }
  if (removed) {
    parts_.listeners.group_removed(effect.group);
  }
  parts_.listeners.happened(effect.type, effect.payload);
  if (added || removed) {
    observers_.on_groups_changed();
  }
}

void ProgramDriver::perform(const supervision::StateChanged& effect) {
  parts_.history.record(storage::StateChange{
      wall_now(), node_, effect.key.group, effect.key.name, std::string(supervision::name_of(effect.from)),
      std::string(supervision::name_of(effect.to)), effect.pid, exit_text(effect)});
  parts_.listeners.state_changed(effect.key, effect.to);
  observers_.on_change(effect);
}

void ProgramDriver::perform(const supervision::OpenLogs& effect) {
  const config::ProcessSettings& settings = *effect.settings;
  const bool out = settings.stdout_channel.log.kind == config::LogTarget::Kind::automatic;
  const bool err =
      !settings.redirect_stderr && settings.stderr_channel.log.kind == config::LogTarget::Kind::automatic;
  if (out || err) {
    step(supervision::LogsAssigned{effect.key, out ? automatic_log(effect.key, "stdout") : "",
                                   err ? automatic_log(effect.key, "stderr") : ""});
  }
}

void ProgramDriver::perform(const supervision::CloseLogs&) {
  // A channel is closed with its child (ChildLogs::finish); between children nothing is open.
}

void ProgramDriver::perform(const supervision::ReattachChild& effect) {
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
  system::SpawnedChild& child = found->second.child;
  if (auto output = take_over(child, effect.key, *effect.settings, paths, descriptors_of(child, *effect.settings))) {
    parts_.logs.attach(std::move(*output));
  }
  if (const config::FcgiSocketSettings* socket = fcgi_socket_of(effect.key.group)) {
    parts_.fcgi.reattached(effect.key.group, *socket, start_id);
  }
  parts_.listeners.reattached(effect.key, effect.start_id);
}

void ProgramDriver::perform(const supervision::DisabilitiesChanged&) {
  observers_.on_disabilities();
}

void ProgramDriver::perform(const supervision::ReopenLogs&) {
  parts_.logs.reopen();
  observers_.on_reopen();
}

void ProgramDriver::perform(const supervision::Completed& effect) {
  const auto found = answers_.find(supervision::number_of(effect.id));
  if (found != answers_.end()) {
    const Answer answer = std::move(found->second);
    answers_.erase(found);
    answer(effect);
  }
}

void ProgramDriver::perform(const supervision::Exit& effect) {
  observers_.on_exit(effect.status);
}

// ---- the keeper's news
// ------------------------------------------------------------------------------------------------

void ProgramDriver::spawned(system::SpawnedChild child) {
  const auto pending = spawning_.find(child.start_id);
  if (pending == spawning_.end()) {
    return;
  }
  const ProcessKey key = pending->second;
  spawning_.erase(pending);
  parts_.listeners.spawned(key, StartId{child.start_id});
  std::optional<ChildLogs::Child> output;
  if (const supervision::Process* process = supervisor_->find(key.group, key.name)) {
    output = take_over(child, key, process->settings(), paths_of(key, process->settings()), 0);
  }
  step(supervision::ChildSpawned{key, StartId{child.start_id}, child.pid});
  if (output) {
    parts_.logs.attach(std::move(*output));  // that it runs is said before what it says
  }
}

void ProgramDriver::spawn_failed(std::uint64_t start_id, keeper::Stage stage, int error) {
  const auto pending = spawning_.find(start_id);
  if (pending == spawning_.end()) {
    return;
  }
  const ProcessKey key = pending->second;
  spawning_.erase(pending);
  parts_.fcgi.release(start_id);
  give_back_descriptors(start_id);
  step(supervision::SpawnFailed{
      key,
      StartId{start_id},
      {supervision::SpawnFailure::other, spawn_failure_text(key.name, stage, error)}});
}

void ProgramDriver::exited(const system::ChildExit& exit) {
  const auto found = running_.find(exit.start_id);
  if (found == running_.end()) {
    // Nobody's child any more (its group is gone): its record and pipes can go.
    parts_.log.debug(supervision::kChildQuit);
    (void)parts_.keeper.acknowledge(exit.start_id);
    give_back_descriptors(exit.start_id);
    return;
  }
  finish(exit, found->second.key, [] {});
}

/// A child has ended: its last output first, then its end, then what it leaves behind.
void ProgramDriver::finish(const system::ChildExit& exit, ProcessKey key, std::function<void()> done) {
  if (unread_.contains(exit.start_id)) {
    unread_.ended(exit.start_id,
                  [this, exit, key = std::move(key), done = std::move(done)] { finish(exit, key, done); });
    return;
  }
  running_.at(exit.start_id).input.reset();
  parts_.logs.finish(exit.start_id, [this, key = std::move(key), exit,
                                     done = std::move(done)](std::string last_line) {
    running_.erase(exit.start_id);
    (void)parts_.keeper.let_go(exit.start_id);  // a stopped program's record stays, its descriptors need not
    give_back_descriptors(exit.start_id);
    step(supervision::ChildExited{key, StartId{exit.start_id}, exit.wait_status, exit.at, exit.wall_at,
                                  exit.status_unknown, std::move(last_line)});
    parts_.listeners.exited(key, StartId{exit.start_id});
    parts_.fcgi.release(exit.start_id);
    done();
  });
}

void ProgramDriver::signal_failed(std::uint64_t start_id, int error) {
  if (const auto found = running_.find(start_id); found != running_.end()) {
    step(supervision::SignalFailed{found->second.key, StartId{start_id}, ::strerrordesc_np(error)});
  }
}

void ProgramDriver::daemon_signal(int signo) {
  if (signo == SIGHUP && !restart_allowed()) {
    record_signal(signo, "the configuration would not start; nothing was changed");
    return;
  }
  const auto obey = [this, signo](const Status& good) {
    record_signal(signo, good ? "done" : good.error().message);
    if (good) {
      step(supervision::DaemonSignal{signo});
    }
  };
  const bool renews = signo == SIGHUP && supervisor_->daemon_state() == supervision::DaemonState::running;
  renews ? observers_.may_renew(false, obey) : obey({});
}

/// Who sent it is not known: the keeper passes it on.
void ProgramDriver::record_signal(int signo, const std::string& outcome) {
  const char* name = ::sigabbrev_np(signo);
  parts_.history.record(storage::Action{wall_now(), "", "", "signal", node_, "", "",
                                        "SIG" + std::string(name == nullptr ? std::to_string(signo) : name),
                                        outcome});
}

/// The child's descriptors, or a place among those that wait for theirs. One who came later never goes first.
std::optional<ChildLogs::Child> ProgramDriver::take_over(system::SpawnedChild& child, const ProcessKey& key,
                                                         const config::ProcessSettings& settings,
                                                         const ChildLogPaths& paths, std::size_t to_take) {
  const std::uint64_t start_id = child.start_id;
  if (!child.cut && (to_take == 0 || (unread_.empty() && descriptors_.take(start_id, to_take)))) {
    return hold(start_id, key, child.pid, settings, paths, std::move(child.descriptors));
  }
  const std::size_t need = child.cut ? descriptors_of(settings) : to_take;
  descriptors_.release(start_id);
  child.descriptors = {};
  running_[start_id].key = key;
  unread_.add(start_id, supervision::make_namespec(key), need,
              [this, start_id, key, pid = child.pid, settings, paths](system::ChildDescriptors descriptors) {
                parts_.logs.attach(hold(start_id, key, pid, settings, paths, std::move(descriptors)));
              });
  return std::nullopt;
}

void ProgramDriver::fetched(std::uint64_t start_id, system::ChildDescriptors descriptors, bool cut) {
  unread_.arrived(start_id, std::move(descriptors), cut);
}

void ProgramDriver::spool_taken(std::uint64_t start_id) {
  descriptors_.give_back(start_id, 1);
  unread_.look();
}

void ProgramDriver::give_back_descriptors(std::uint64_t start_id) {
  descriptors_.release(start_id);
  unread_.look();
}

ChildLogs::Child ProgramDriver::hold(std::uint64_t start_id, const ProcessKey& key, std::int64_t pid,
                                     const config::ProcessSettings& settings, const ChildLogPaths& paths,
                                     system::ChildDescriptors descriptors) {
  Running& running = running_[start_id];
  running.key = key;
  if (descriptors.stdin_write.valid()) {
    running.input = std::make_unique<ProgramInput>(parts_.loop.context(), std::move(descriptors.stdin_write));
  }
  return {start_id,  key, pid, is_listener(key), paths, settings.stdout_channel, settings.stderr_channel,
          std::move(descriptors)};
}

void ProgramDriver::output_news(std::uint64_t start_id, const ProcessKey& key, const OutputNews& news) {
  for (const auto& [type, payload] : news.events) {
    parts_.listeners.happened(type, payload);
  }
  if (!news.printed.empty()) {
    parts_.listeners.printed(key, StartId{start_id}, news.printed, news.number);
  }
}

ChildLogPaths ProgramDriver::paths_of(const ProcessKey& key, const config::ProcessSettings& settings) const {
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

std::string ProgramDriver::automatic_log(const ProcessKey& key, std::string_view channel) {
  auto made = automatic_logs_.make(key, channel);
  if (!made) {
    parts_.log.error(made.error().message);
    return {};
  }
  return std::move(made).value();
}

/// The automatic logs of programs that an earlier agent left.
std::set<std::string> ProgramDriver::owned_logs() const {
  std::set<std::string> paths;
  for (const supervision::ProcessGroup* group : supervisor_->groups()) {
    for (const auto& process : group->processes()) {
      paths.insert(process->record().stdout_path);
      paths.insert(process->record().stderr_path);
    }
  }
  return paths;
}

// ---- requests
// ---------------------------------------------------------------------------------------------------------

void ProgramDriver::submit(supervision::Input request, const api::Caller& caller, Answer answer) {
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
  const auto* hand_over = std::get_if<supervision::HandOver>(&request);
  if (hand_over != nullptr || std::holds_alternative<supervision::RestartRequest>(request)) {
    if (const Status allowed = restart_allowed(); !allowed) {
      return perform(supervision::Completed{supervision::RequestId{number},
                                            supervision::FaultText{supervision::Fault::cant_reread,
                                                                   config::supervisor_text(allowed.error())}});
    }
    if (supervisor_->daemon_state() == supervision::DaemonState::running) {
      const bool keeper_too = hand_over != nullptr && hand_over->keeper_too;
      return observers_.may_renew(keeper_too, [this, number, request](const Status& good) {
        if (good) {
          return step(request);
        }
        const supervision::FaultText fault{supervision::Fault::failed, good.error().message};
        perform(supervision::Completed{supervision::RequestId{number}, fault});
      });
    }
  }
  step(request);
}

Result<std::vector<config::GroupSettings>> ProgramDriver::reread() {
  auto settings = config::read_settings(settings_.file, command_line_, parts_.host);
  if (!settings) {
    parts_.log.error("the configuration does not load; nothing was changed: " + log_line_of(settings.error()));
    return settings.error();
  }
  if (const auto cluster = check_cluster(settings.value(), parts_.host); !cluster) {
    parts_.log.error("the configuration would not start; nothing was changed: " + log_line_of(cluster.error()));
    return cluster.error();
  }
  return std::move(settings).value().groups;
}

Status ProgramDriver::restart_allowed() const {
  if (supervisor_->daemon_state() != supervision::DaemonState::running) {
    return {};  // the request has its own answer then
  }
  Status good = check_configuration(settings_.file, command_line_, parts_.host);
  if (!good) {
    parts_.log.error("no restart, because it would fail with this configuration; everything goes on as it was: " +
                     log_line_of(good.error()));
  }
  return good;
}

Status ProgramDriver::send_stdin(const ProcessKey& key, std::string bytes) {
  const supervision::Process* process = supervisor_->find(key.group, key.name);
  if (process == nullptr || process->pid() == 0 || process->state() == supervision::ProcessState::stopping) {
    return Error{"not running", supervision::code_of(supervision::Fault::not_running)};
  }
  for (const auto& [start_id, running] : running_) {
    if (running.key == key && running.input) {
      const Status sent = running.input->send(bytes);
      const bool full = !sent && sent.error().code == ENOBUFS;
      return sent ? Status()
                  : Status(Error{sent.error().message,
                                 supervision::code_of(full ? supervision::Fault::failed : supervision::Fault::no_file)});
    }
  }
  return Error{"the program has no standard input", supervision::code_of(supervision::Fault::no_file)};
}

void ProgramDriver::remote_event(std::string type, std::string data) {
  parts_.listeners.happened(supervision::EventType::remote_communication,
                            supervision::remote_payload(type, data));
}

}  // namespace holdfast

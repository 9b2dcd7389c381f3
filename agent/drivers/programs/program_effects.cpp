// What each effect of the supervision does (ProgramDriver::execute).
#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/clock.hpp"
#include "drivers/programs/program_driver.hpp"
#include "drivers/programs/program_texts.hpp"
#include "supervision/log_path.hpp"

namespace holdfast {

namespace {

/// The agent's exit status, as the keeper reads it.
int status_of(supervision::ExitReason reason) {
  switch (reason) {
    case supervision::ExitReason::shutdown:
      return keeper::agent_done;
    case supervision::ExitReason::restart:
      return keeper::agent_restart;
    case supervision::ExitReason::hand_over:
      return keeper::agent_hand_over;
    case supervision::ExitReason::hand_over_keeper:
      return keeper::agent_hand_over_keeper;
  }
  return keeper::agent_done;
}

}  // namespace

void ProgramDriver::execute(const supervision::SpawnChild& effect) {
  const std::uint64_t start_id = supervision::number_of(effect.start_id);
  auto request = child_start_.request(effect);
  if (!request) {
    return step(supervision::SpawnFailed{effect.key, effect.start_id, problem_of(request.error().message)});
  }
  const auto refuse = [&](const std::string& text) {
    children_.cancel(start_id);
    step(supervision::SpawnFailed{effect.key, effect.start_id, {supervision::SpawnFailure::other, text}});
  };
  if (!children_.reserve(start_id, *effect.settings)) {
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

bool ProgramDriver::is_listener(const ProcessId& key) const {
  const supervision::ProcessGroup* group = supervisor_->find(key.group);
  return group != nullptr && group->kind() == config::GroupKind::event_listener;
}

void ProgramDriver::execute(const supervision::SignalChild& effect) {
  const auto to = effect.whole_group ? keeper::SignalTo::group : keeper::SignalTo::process;
  if (const Status status = parts_.keeper.signal(supervision::number_of(effect.start_id), effect.signo, to); !status) {
    step(supervision::SignalFailed{effect.key, effect.start_id, status.error().message});
  }
}

void ProgramDriver::execute(const supervision::SaveBlob& effect) {
  (void)parts_.keeper.set_blob(supervision::number_of(effect.start_id), effect.bytes);
}

void ProgramDriver::execute(const supervision::SaveAgentBlob& effect) {
  (void)parts_.keeper.set_agent_blob(effect.bytes);
}

void ProgramDriver::execute(const supervision::AcknowledgeExit& effect) {
  (void)parts_.keeper.acknowledge(supervision::number_of(effect.start_id));
}

void ProgramDriver::execute(const supervision::LogLine& effect) {
  parts_.log.log(effect.level, effect.text);
}

void ProgramDriver::execute(const supervision::EmitEvent& effect) {
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
    parts_.observer.on_groups_changed();
  }
}

void ProgramDriver::execute(const supervision::StateChanged& effect) {
  parts_.history.record(storage::StateChange{wall_now(), facts_.node, effect.key.group, effect.key.name,
                                             std::string(name_of(effect.from)), std::string(name_of(effect.to)),
                                             effect.pid, exit_text(effect)});
  parts_.listeners.state_changed(effect.key, effect.to);
  parts_.observer.on_process_changed(effect);
}

void ProgramDriver::execute(const supervision::OpenLogs& effect) {
  const config::ProcessSettings& settings = *effect.settings;
  const bool out = settings.stdout_channel.log.kind == config::LogTarget::Kind::automatic;
  const bool err = !settings.redirect_stderr && settings.stderr_channel.log.kind == config::LogTarget::Kind::automatic;
  if (out || err) {
    step(supervision::LogsAssigned{effect.key, out ? automatic_log(effect.key, "stdout") : "",
                                   err ? automatic_log(effect.key, "stderr") : ""});
  }
}

void ProgramDriver::execute(const supervision::ReattachChild& effect) {
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
  const LiveChildren::Owner owner{effect.key, *effect.settings, std::move(paths), is_listener(effect.key)};
  if (auto output = children_.adopt(found->second.child, owner)) {
    parts_.output.attach(std::move(*output));
  }
  if (const config::FcgiSocketSettings* socket = fcgi_socket_of(effect.key.group)) {
    parts_.fcgi.reattached(effect.key.group, *socket, start_id);
  }
  parts_.listeners.reattached(effect.key, effect.start_id);
}

void ProgramDriver::execute(const supervision::DisabilitiesChanged&) {
  parts_.observer.on_disabilities_changed();
}

void ProgramDriver::execute(const supervision::ReopenLogs&) {
  parts_.output.reopen();
  parts_.observer.on_reopen_logs();
}

void ProgramDriver::execute(const supervision::Completed& effect) {
  requests_.complete(effect);
}

void ProgramDriver::execute(const supervision::Exit& effect) {
  parts_.observer.on_exit(status_of(effect.reason));
}

ChildLogPaths ProgramDriver::paths_of(const ProcessId& key, const config::ProcessSettings& settings) const {
  const supervision::Process* process = supervisor_->find(key.group, key.name);
  const supervision::ProcessRecord* record = process == nullptr ? nullptr : &process->record();
  return {supervision::log_path_of(settings, record, supervision::Channel::out),
          supervision::log_path_of(settings, record, supervision::Channel::err)};
}

std::string ProgramDriver::automatic_log(const ProcessId& key, std::string_view channel) {
  auto made = automatic_logs_.make(key, channel);
  if (!made) {
    parts_.log.error(made.error().message);
    return {};
  }
  return std::move(made).value();
}

}  // namespace holdfast

#include "drivers/programs/program_driver.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include "base/clock.hpp"
#include "config/error_text.hpp"
#include "drivers/programs/program_texts.hpp"

namespace holdfast {
namespace {

using supervision::StartId;

}  // namespace

ProgramDriver::ProgramDriver(Parts parts, Facts facts)
    : parts_(parts),
      facts_(std::move(facts)),
      child_start_(facts_.settings, facts_.environment),
      automatic_logs_(facts_.settings.daemon),
      timer_(parts.loop),
      requests_(parts.history, facts_.node),
      children_({parts.loop, parts.keeper, parts.output, parts.log, parts.warnings}, facts_.descriptors) {
  parts_.listeners.set_inputs([this](StartId child) { return children_.input_of(supervision::number_of(child)); });
}

void ProgramDriver::found(system::FoundChild child) {
  const std::uint64_t start_id = child.child.start_id;
  found_.emplace(start_id, std::move(child));
}

void ProgramDriver::begin(bool resumed, std::vector<config::GroupSettings> groups,
                          const supervision::UncommittedOutput& uncommitted, std::function<void()> done) {
  if (resumed || !found_.empty()) {
    parts_.listeners.resume(groups, uncommitted);
  }
  supervision::SupervisorOptions options;
  options.probe = ChildStart::probe;
  options.first_start_id = facts_.first_start_id;
  options.restart_interval = facts_.settings.holdfast.restart_interval;
  options.restart_policy = restart_policy_;
  options.tells_processes = facts_.settings.cluster.has_value();
  supervisor_ = std::make_unique<supervision::Supervisor>(std::move(groups), std::move(options));
  begin_ = [this, resumed, done = std::move(done)] {
    parts_.listeners.all_reattached();
    parts_.fcgi.all_reattached();
    if (resumed) {
      automatic_logs_.look_for_left(owned_logs());
    } else if (!facts_.settings.daemon.nocleanup) {
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
  begin_if_adopted();
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
    const ProcessId* const reattached = children_.find(start_id);
    if (!child.exit || reattached == nullptr) {
      continue;  // alive, or its end was dealt with by the agent before
    }
    ++endings_;
    finish(*child.exit, *reattached, [this] {
      --endings_;
      begin_if_adopted();
    });
  }
}

/// Nothing starts while a child is not known yet: an ending that is told at once must not begin before the next
/// child is adopted.
void ProgramDriver::begin_if_adopted() {
  if (adopted_ && endings_ == 0 && begin_) {
    std::exchange(begin_, nullptr)();
  }
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
      std::visit([this](const auto& each) { execute(each); }, effect);
    }
    if (!stopping_ && !running()) {
      stopping_ = true;
      parts_.observer.on_stopping();
    }
  }
  stepping_ = false;
  arm_timer();
}

void ProgramDriver::arm_timer() {
  const std::optional<Instant> due = supervisor_->next_deadline();
  if (!due) {
    timer_.cancel();
  } else if (!timer_.armed() || timer_.at() != *due) {
    timer_.set(*due, [this] { step(supervision::TimePassed{}); });
  }
}

// ---- the keeper's news
// ------------------------------------------------------------------------------------------------

void ProgramDriver::spawned(system::SpawnedChild child) {
  const auto pending = spawning_.find(child.start_id);
  if (pending == spawning_.end()) {
    return;
  }
  const ProcessId key = pending->second;
  spawning_.erase(pending);
  parts_.listeners.spawned(key, StartId{child.start_id});
  std::optional<ChildOutput> output;
  if (const supervision::Process* process = supervisor_->find(key.group, key.name)) {
    output = children_.begin(child, {key, process->settings(), paths_of(key, process->settings()), is_listener(key)});
  }
  step(supervision::ChildSpawned{key, StartId{child.start_id}, child.pid});
  if (output) {
    parts_.output.attach(std::move(*output));  // that it runs is said before what it says
  }
}

void ProgramDriver::spawn_failed(std::uint64_t start_id, keeper::Stage stage, int error) {
  const auto pending = spawning_.find(start_id);
  if (pending == spawning_.end()) {
    return;
  }
  const ProcessId key = pending->second;
  spawning_.erase(pending);
  parts_.fcgi.release(start_id);
  children_.give_back(start_id);
  step(supervision::SpawnFailed{
      key, StartId{start_id}, {supervision::SpawnFailure::other, spawn_failure_text(key.name, stage, error)}});
}

void ProgramDriver::exited(const system::ChildExit& exit) {
  const ProcessId* const key = children_.find(exit.start_id);
  if (key == nullptr) {
    // Nobody's child any more (its group is gone): its record and pipes can go.
    parts_.log.debug(supervision::kChildQuit);
    (void)parts_.keeper.acknowledge(exit.start_id);
    children_.give_back(exit.start_id);
    return;
  }
  finish(exit, *key, [] {});
}

/// A child has ended: its last output first, then its end, then what it leaves behind.
void ProgramDriver::finish(const system::ChildExit& exit, ProcessId key, std::function<void()> done) {
  children_.finish(exit.start_id, [this, key = std::move(key), exit, done = std::move(done)](std::string last_line) {
    step(supervision::ChildExited{key, StartId{exit.start_id}, exit.wait_status, exit.at, exit.wall_at,
                                  exit.status_unknown, std::move(last_line)});
    parts_.listeners.exited(key, StartId{exit.start_id});
    parts_.fcgi.release(exit.start_id);
    done();
  });
}

void ProgramDriver::signal_failed(std::uint64_t start_id, int error) {
  if (const ProcessId* const key = children_.find(start_id)) {
    step(supervision::SignalFailed{*key, StartId{start_id}, ::strerrordesc_np(error)});
  }
}

void ProgramDriver::daemon_signal(int signo) {
  if (signo == SIGHUP && !restart_allowed()) {
    requests_.record_signal(signo, "the configuration would not start; nothing was changed");
    return;
  }
  const auto pass_on = [this, signo](const Status& good) {
    requests_.record_signal(signo, good ? "done" : good.error().message);
    if (good) {
      step(supervision::DaemonSignal{signo});
    }
  };
  if (signo == SIGHUP && running()) {
    parts_.restart_check.try_installed(false, pass_on);
  } else {
    pass_on({});
  }
}

void ProgramDriver::fetched(std::uint64_t start_id, system::ChildDescriptors descriptors, bool cut) {
  children_.arrived(start_id, std::move(descriptors), cut);
}

// ---- output
// -----------------------------------------------------------------------------------------------------------

void ProgramDriver::on_output(std::uint64_t start_id, const ProcessId& key, const OutputEvents& output) {
  for (const auto& [type, payload] : output.events) {
    parts_.listeners.happened(type, payload);
  }
  if (!output.printed.empty()) {
    parts_.listeners.printed(key, StartId{start_id}, output.printed, output.number);
  }
}

void ProgramDriver::on_spool_taken(std::uint64_t start_id, keeper::Channel channel) {
  (void)parts_.keeper.spool_taken(start_id, channel);
  children_.spool_taken(start_id);
}

// ---- requests
// ---------------------------------------------------------------------------------------------------------

void ProgramDriver::submit(supervision::Input request, const api::Caller& caller, Answer answer) {
  requests_.add(request, caller, std::move(answer));
  const auto* hand_over = std::get_if<supervision::HandOver>(&request);
  const bool ends_the_agent = hand_over != nullptr || std::holds_alternative<supervision::RestartRequest>(request);
  if (!ends_the_agent || !running()) {
    return step(request);
  }
  const auto refuse = [this, id = id_of(request)](Fault fault, const std::string& why) {
    requests_.complete(supervision::Completed{id, FaultText{fault, why}});
  };
  if (const Status allowed = restart_allowed(); !allowed) {
    return refuse(Fault::cant_reread, config::supervisor_text(allowed.error()));
  }
  parts_.restart_check.try_installed(hand_over != nullptr && hand_over->keeper_too,
                                     [this, request, refuse](const Status& good) {
                                       good ? step(request) : refuse(Fault::failed, good.error().message);
                                     });
}

bool ProgramDriver::running() const {
  return supervisor_->daemon_state() == supervision::DaemonState::running;
}

Status ProgramDriver::restart_allowed() const {
  return running() ? parts_.restart_check.configuration_starts() : Status();  // the request has its own answer then
}

Status ProgramDriver::send_stdin(const ProcessId& key, std::string bytes) {
  const supervision::Process* process = supervisor_->find(key.group, key.name);
  if (process == nullptr || process->pid() == 0 || process->state() == ProcessState::stopping) {
    return Error{"not running", code_of(Fault::not_running)};
  }
  if (ProgramInput* const input = children_.input_of(key)) {
    const Status sent = input->send(bytes);
    const bool full = !sent && sent.error().code == ENOBUFS;
    return sent ? Status() : Status(Error{sent.error().message, code_of(full ? Fault::failed : Fault::no_file)});
  }
  return Error{"the program has no standard input", code_of(Fault::no_file)};
}

void ProgramDriver::remote_event(std::string type, std::string data) {
  parts_.listeners.happened(supervision::EventType::remote_communication, supervision::remote_payload(type, data));
}

}  // namespace holdfast

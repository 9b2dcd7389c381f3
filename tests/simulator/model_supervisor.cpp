#include "simulator/model_supervisor.hpp"

#include <utility>

namespace holdfast::simulator {

using cluster::Action;
using cluster::OperationCode;

void ModelSupervisor::define(const std::string& group, const std::string& name, int startsecs,
                             const std::string& last_words) {
  Program program;
  program.fact.id.group = group;
  program.fact.id.name = name;
  program.fact.program_name = name;
  program.fact.startsecs = startsecs;
  program.fact.last_words = last_words;
  programs_.emplace(program.fact.namespec(), std::move(program));
}

void ModelSupervisor::enter(Program& program, Instant now, ProcessState state) {
  program.fact.awaits_restart = state == ProcessState::exited;  // nothing here exits but who is to be restarted
  program.fact.state = state;
  program.fact.since_mono_ms = static_cast<std::uint64_t>(now.ms());
  if (state == ProcessState::starting) {
    program.fact.pid = next_pid_++;
    program.fact.start_us = (now.ns + wall_offset_ns_) / 1000 + 1;
  }
  if (is_stopped(state)) {
    program.fact.pid = 0;
    program.fact.stop_us = (now.ns + wall_offset_ns_) / 1000 + 1;
  }
  changed_.push_back(program.fact);
}

void ModelSupervisor::done(Program& program, OperationCode code) {
  if (!program.operation.empty()) {
    done_.push_back({std::exchange(program.operation, {}), code});
  }
}

void ModelSupervisor::start(Program& program, Instant now) {
  enter(program, now, ProcessState::starting);
  program.fact.expected_exit = true;
  program.next = ProcessState::running;
  program.due = now + std::chrono::seconds(program.fact.startsecs) + std::chrono::milliseconds(random_.between(1, 40));
}

void ModelSupervisor::stop(Program& program, Instant now) {
  enter(program, now, ProcessState::stopping);
  program.next = ProcessState::stopped;
  program.due = now + std::chrono::milliseconds(random_.between(1, 300));
}

void ModelSupervisor::command(Instant now, const cluster::LocalCommand& command) {
  due_changes();
  const auto at = programs_.find(command.namespec);
  if (at == programs_.end()) {
    done_.push_back({command.operation, Fault::bad_name});
    return;
  }
  Program& program = at->second;
  const bool up = is_running(program.fact.state);
  done(program, Fault::failed);  // a new order supersedes what waits
  program.operation = command.operation;
  program.again = command.action == Action::restart_process;
  if (command.action == Action::start_process && !up && program.fact.state != ProcessState::stopping) {
    start(program, now);
  } else if (command.action == Action::start_process) {
    done(program, up ? Fault::already_started : Fault::failed);
  } else if (up) {
    stop(program, now);
  } else if (program.fact.awaits_restart && !program.again) {
    program.due.reset();
    enter(program, now, ProcessState::stopped);
    done(program, OperationCode());
  } else if (program.again && program.fact.state != ProcessState::stopping) {
    program.again = false;
    start(program, now);
  } else if (program.fact.state != ProcessState::stopping) {
    done(program, Fault::not_running);
  }
}

void ModelSupervisor::crash_one(Instant now) {
  due_changes();
  std::vector<Program*> running;
  for (auto& [namespec, program] : programs_) {
    if (program.fact.state == ProcessState::running) {
      running.push_back(&program);
    }
  }
  if (running.empty()) {
    return;
  }
  Program& program = *running[random_.below(running.size())];
  program.fact.expected_exit = false;
  enter(program, now, ProcessState::exited);
  program.next = ProcessState::starting;
  const bool again_so_soon = random_.below(3) == 0;  // the rest of its restart interval
  program.due = now + std::chrono::milliseconds(again_so_soon ? random_.between(20, 1000) : random_.between(0, 20));
}

void ModelSupervisor::stop_all(Instant now) {
  due_changes();
  for (auto& [namespec, program] : programs_) {
    program.again = false;
    if (is_running(program.fact.state)) {
      stop(program, now);
    } else if (program.fact.state == ProcessState::exited) {
      program.due.reset();  // no autorestart any more
      program.fact.awaits_restart = false;
      changed_.push_back(program.fact);
    }
  }
}

void ModelSupervisor::kill_all(Instant now) {
  due_changes();
  for (auto& [namespec, program] : programs_) {
    program.fact.state = ProcessState::stopped;
    program.fact.pid = 0;
    program.fact.start_us = 0;  // the next agent's supervisor has never started it
    program.fact.stop_us = 0;
    program.fact.expected_exit = true;
    program.fact.awaits_restart = false;
    program.fact.since_mono_ms = static_cast<std::uint64_t>(now.ms());
    program.due.reset();
    program.operation.clear();
    program.again = false;
  }
  changed_.clear();
  done_.clear();
}

std::optional<Instant> ModelSupervisor::due() const {
  if (std::exchange(due_known_, true)) {
    return due_;
  }
  due_.reset();
  for (const auto& [namespec, program] : programs_) {
    if (program.due && (!due_ || *program.due < *due_)) {
      due_ = program.due;
    }
  }
  return due_;
}

void ModelSupervisor::advance(Instant now) {
  due_changes();
  for (auto& [namespec, program] : programs_) {
    if (!program.due || *program.due > now) {
      continue;
    }
    program.due.reset();
    if (program.next == ProcessState::starting) {
      start(program, now);
      continue;
    }
    enter(program, now, program.next);
    if (program.next == ProcessState::stopped && std::exchange(program.again, false)) {
      start(program, now);
      continue;
    }
    done(program, OperationCode());
  }
}

std::vector<cluster::ProcessFact> ModelSupervisor::facts() const {
  std::vector<cluster::ProcessFact> facts;
  for (const auto& [namespec, program] : programs_) {
    facts.push_back(program.fact);
  }
  return facts;
}

std::vector<cluster::ProcessFact> ModelSupervisor::take_changed() {
  return std::exchange(changed_, {});
}
std::vector<ModelDone> ModelSupervisor::take_done() {
  return std::exchange(done_, {});
}

bool ModelSupervisor::runs(const std::string& namespec) const {
  const auto at = programs_.find(namespec);
  return at != programs_.end() && is_running(at->second.fact.state);
}

}  // namespace holdfast::simulator

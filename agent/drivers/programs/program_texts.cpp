#include "drivers/programs/program_texts.hpp"

#include <cerrno>
#include <cstring>
#include <variant>

#include "supervision/ending.hpp"
#include "supervision/process.hpp"

namespace holdfast {
namespace {

/// The errno's name, as Supervisor's texts have it (EAGAIN).
std::string errno_name(int error) {
  const char* name = ::strerrorname_np(error);
  return name == nullptr ? std::to_string(error) : name;
}

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

}  // namespace

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

std::string reaped_text(std::int64_t pid, int wait_status) {
  return "reaped unknown pid " + std::to_string(pid) + " (" + supervision::decode_wait_status(wait_status).text + ")";
}

std::string exit_text(const supervision::StateChanged& change) {
  const bool ended = is_stopped(change.to) || change.to == ProcessState::backoff;
  return supervision::failure_text(change.last_run.spawnerr, ended ? change.last_run.ending : "",
                                   change.last_run.last_words);
}

Asked asked_of(const supervision::Input& input) {
  if (const auto* one = std::get_if<supervision::ProcessRequest>(&input)) {
    const Namespec spec = split_namespec(one->namespec);
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
  if (const auto* program = std::get_if<supervision::SetDisabled>(&input)) {
    return {(program->disabled ? "disable " : "enable ") + program->program, program->program, ""};
  }
  if (std::holds_alternative<supervision::ShutdownRequest>(input)) {
    return {"shutdown", "", ""};
  }
  if (std::holds_alternative<supervision::RestartRequest>(input)) {
    return {"restart", "", ""};
  }
  if (const auto* anew = std::get_if<supervision::HandOver>(&input)) {
    return {anew->keeper_too ? "restart keeper" : "restart agent", "", ""};
  }
  return {"reread", "", ""};
}

std::string outcome_of(const supervision::Completed& completed) {
  if (const auto* fault = std::get_if<FaultText>(&completed.answer)) {
    return text_of(*fault);
  }
  return "done";
}

}  // namespace holdfast

// Methods of supervisor.* about processes: what is known of them, start, stop, signal, and their stdin.
#include <algorithm>
#include <utility>

#include "api/methods/supervisor_rows.hpp"
#include "supervision/process_info.hpp"

namespace holdfast::api {
namespace {

using ProgramAction = supervision::Action;

/// The argument after the name: the signal (a number is taken as its text), or whether to wait.
template <ProgramAction Act, typename Request>
void read_rest(Arguments& arguments, std::size_t index, Request& request) {
  if constexpr (Act == ProgramAction::signal) {
    const auto& params = arguments.params();
    const std::int64_t* number = index < params.size() ? params[index].as_int() : nullptr;
    request.signal = number != nullptr ? std::to_string(*number) : arguments.string(index);
  } else {
    request.wait = arguments.truth(index, true);
  }
}

template <typename Request>
void submit_unless_failed(const MethodCall& call, Request request) {
  call.arguments.failed() ? call.done(call.arguments.problem()) : submit(call, std::move(request));
}

template <ProgramAction Act>
void act_on_process(const MethodCall& call) {
  supervision::ProcessRequest request;
  request.action = Act;
  request.namespec = call.arguments.string(0);
  read_rest<Act>(call.arguments, 1, request);
  submit_unless_failed(call, std::move(request));
}

template <ProgramAction Act>
void act_on_group(const MethodCall& call) {
  supervision::GroupRequest request;
  request.action = Act;
  request.group = call.arguments.string(0);
  read_rest<Act>(call.arguments, 1, request);
  submit_unless_failed(call, std::move(request));
}

template <ProgramAction Act>
void act_on_all(const MethodCall& call) {
  supervision::AllRequest request;
  request.action = Act;
  read_rest<Act>(call.arguments, 0, request);
  submit_unless_failed(call, std::move(request));
}

/// The getProcessInfo struct, in the reference's order of members.
wire::Value process_info_value(const supervision::Process& process, const AgentPort& agent) {
  const supervision::ProcessInfo info =
      supervision::info_of(process, agent.wall(), [&agent](std::int64_t at) { return agent.utc_offset_s(at); });
  return wire::Struct{{"name", info.name},
                      {"group", info.group},
                      {"start", info.start},
                      {"stop", info.stop},
                      {"now", info.now},
                      {"state", info.state},
                      {"statename", info.statename},
                      {"spawnerr", info.spawnerr},
                      {"exitstatus", info.exitstatus},
                      {"logfile", info.logfile},
                      {"stdout_logfile", info.stdout_logfile},
                      {"stderr_logfile", info.stderr_logfile},
                      {"pid", info.pid},
                      {"description", info.description}};
}

void get_process_info(const MethodCall& call) {
  with_process(call, call.done,
               [&](const supervision::Process& process) { call.done(process_info_value(process, call.ports.agent)); });
}

void get_all_process_info(const MethodCall& call) {
  std::vector<const supervision::Process*> processes;
  for (const supervision::ProcessGroup* group : call.ports.supervision.supervisor().groups()) {
    for (const auto& process : group->processes()) {
      processes.push_back(process.get());
    }
  }
  std::ranges::sort(processes, {}, [](const auto* process) { return process->key(); });
  wire::Array infos;
  infos.reserve(processes.size());
  for (const supervision::Process* process : processes) {
    infos.push_back(process_info_value(*process, call.ports.agent));
  }
  call.done(wire::Value(std::move(infos)));
}

/// What is sent may be a secret: the history has only that something was.
void send_stdin(const MethodCall& call) {
  const wire::Value& chars = call.arguments.params()[1];
  if (chars.as_string() == nullptr) {
    const std::int64_t* number = chars.as_int();
    return call.done(make_fault(Fault::incorrect_parameters, number == nullptr ? "" : std::to_string(*number)));
  }
  const std::string name = call.arguments.string(0);
  const MethodDone done = recorded(call, name, "send stdin");
  with_process(call, done, [&](const supervision::Process& process) {
    const Status status = call.ports.supervision.send_stdin(process.key(), *chars.as_string());
    if (status) {
      return done(wire::Value(true));
    }
    const auto fault = fault_of(status.error());
    done(make_fault(fault, fault == Fault::failed ? name + ": " + status.error().message : name));
  });
}

std::vector<MethodRow> action_rows() {
  const MethodParameter name{"name", "string"};
  const MethodParameter wait{"wait", "boolean", true};
  const MethodParameter signal{"signal", "string"};
  return {
      {.name = "startProcess",
       .result = "boolean",
       .parameters = {name, wait},
       .help = "Starts a process, or with group:* its group.",
       .body = act_on_process<ProgramAction::start>},
      {.name = "stopProcess",
       .result = "boolean",
       .parameters = {name, wait},
       .help = "Stops a process, or with group:* its group.",
       .body = act_on_process<ProgramAction::stop>},
      {.name = "signalProcess",
       .result = "boolean",
       .parameters = {name, signal},
       .help = "Sends a signal to a process, or with group:* to its group.",
       .body = act_on_process<ProgramAction::signal>},
      {.name = "startProcessGroup",
       .result = "array",
       .parameters = {name, wait},
       .help = "Starts the processes of a group.",
       .body = act_on_group<ProgramAction::start>},
      {.name = "stopProcessGroup",
       .result = "array",
       .parameters = {name, wait},
       .help = "Stops the processes of a group.",
       .body = act_on_group<ProgramAction::stop>},
      {.name = "signalProcessGroup",
       .result = "array",
       .parameters = {name, signal},
       .help = "Sends a signal to the processes of a group.",
       .body = act_on_group<ProgramAction::signal>},
      {.name = "startAllProcesses",
       .result = "array",
       .parameters = {wait},
       .help = "Starts every process.",
       .body = act_on_all<ProgramAction::start>},
      {.name = "stopAllProcesses",
       .result = "array",
       .parameters = {wait},
       .help = "Stops every process.",
       .body = act_on_all<ProgramAction::stop>},
      {.name = "signalAllProcesses",
       .result = "array",
       .parameters = {signal},
       .help = "Sends a signal to every process.",
       .body = act_on_all<ProgramAction::signal>},
  };
}

}  // namespace

std::vector<MethodRow> supervisor_process_rows() {
  std::vector<MethodRow> rows = action_rows();
  rows.push_back({.name = "getProcessInfo",
                  .result = "struct",
                  .parameters = {{"name", "string"}},
                  .help = "What is known of a process.",
                  .reads_only = true,
                  .body = get_process_info});
  rows.push_back({.name = "getAllProcessInfo",
                  .result = "array",
                  .help = "What is known of every process.",
                  .reads_only = true,
                  .body = get_all_process_info});
  rows.push_back({.name = "sendProcessStdin",
                  .result = "boolean",
                  .parameters = {{"name", "string"}, {"chars", "string"}},
                  .help = "Sends text to a process's stdin.",
                  .body = send_stdin});
  return rows;
}

}  // namespace holdfast::api

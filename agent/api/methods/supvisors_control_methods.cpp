// Methods of supvisors.* that ask for something: each makes a request to the cluster node, or to this node's
// supervision.
#include <utility>

#include "api/methods/supvisors_requests.hpp"
#include "api/methods/supvisors_rows.hpp"
#include "base/process_id.hpp"
#include "base/text.hpp"

namespace holdfast::api {
namespace {

using cluster::Action;

// ---- applications ----

/// The application that argument `index` names is the target; the argument after it says whether to wait.
void submit_for_application(const MethodCall& call, std::size_t index, cluster::OperatorRequest request) {
  with_application(call, index, [&](const std::string& name) {
    if (!matcher_of(call).application(name).managed) {
      return call.done(make_fault(Fault::not_managed, name));
    }
    request.target = name;
    submit(call, std::move(request), answer_when(call.arguments.truth(index + 1, true)));
  });
}

template <Action Act>
void start_application(const MethodCall& call) {
  cluster::OperatorRequest request = request_for(Act);
  request.strategy = read_strategy(call);
  if (request.strategy) {
    submit_for_application(call, 1, std::move(request));
  }
}

void stop_application(const MethodCall& call) {
  submit_for_application(call, 0, request_for(Action::stop_application));
}

// ---- processes ----

void submit_for_process(const MethodCall& call, cluster::OperatorRequest request, bool wait) {
  if (call.arguments.failed()) {
    return call.done(call.arguments.problem());
  }
  if (processes_of(call, request.target).empty()) {
    return call.done(unknown_namespec(call, request.target));
  }
  const Namespec spec = split_namespec(request.target);
  request.target = spec.group + ":" + spec.process.value_or("*");
  submit(call, std::move(request), answer_when(wait));
}

template <Action Act>
void start_process(const MethodCall& call) {
  cluster::OperatorRequest request = request_for(Act);
  request.strategy = read_strategy(call);
  if (!request.strategy) {
    return;
  }
  request.target = call.arguments.string(1);
  request.argument = extra_args_of(call, 2);
  if (!fits_extra_args(call, request.argument)) {
    return;
  }
  submit_for_process(call, std::move(request), call.arguments.truth(3, true));
}

void stop_process(const MethodCall& call) {
  cluster::OperatorRequest request = request_for(Action::stop_process);
  request.target = call.arguments.string(0);
  submit_for_process(call, std::move(request), call.arguments.truth(1, true));
}

// ---- the cluster ----

/// Of this node's own supervisor (contract 5.3, CFG-E4). W15: in any state in which the cluster works.
template <bool Disabled>
void set_disabled(const MethodCall& call) {
  supervision::SetDisabled request;
  request.program = call.arguments.string(0);
  request.disabled = Disabled;
  request.wait = call.arguments.truth(1, true);
  if (call.arguments.failed()) {
    return call.done(call.arguments.problem());
  }
  const auto answer = [done = call.done, program = request.program](const supervision::Completed& completed) {
    if (const auto* fault = std::get_if<FaultText>(&completed.answer)) {
      return done(fault->fault == Fault::bad_name ? unknown_program(program) : make_fault(*fault));
    }
    std::vector<std::string> failed;
    if (const auto* rows = std::get_if<std::vector<supervision::ProcessResult>>(&completed.answer)) {
      for (const supervision::ProcessResult& row : *rows) {
        if (row.status != Fault::success) {
          failed.push_back(make_namespec(row.key));
        }
      }
    }
    if (!failed.empty()) {
      return done(make_fault(Disabled ? Fault::still_running : Fault::abnormal_termination,
                             "processes=" + text::quoted_list(failed)));
    }
    done(wire::Value(true));
  };
  call.ports.supervision.submit(std::move(request), call.caller, answer);
}

void conciliate(const MethodCall& call) {
  cluster::OperatorRequest request = request_for(Action::conciliate);
  request.conciliation = strategy_of<ConciliationStrategy>(call.arguments.params()[0]);
  if (!request.conciliation) {
    return call.done(invalid_enumeration<ConciliationStrategy>("ConciliationStrategies", call.arguments.params()[0]));
  }
  if (*request.conciliation == ConciliationStrategy::user) {
    return call.done(wire::Value(false));
  }
  submit(call, std::move(request), AnswerWhen::accepted);
}

void restart_sequence(const MethodCall& call) {
  submit(call, request_for(Action::restart_sequence), answer_when(call.arguments.truth(0, true)));
}

void end_sync(const MethodCall& call) {
  cluster::OperatorRequest request = request_for(Action::end_sync);
  if (!call.arguments.params().empty()) {
    request.target = call.arguments.string(0);
  }
  if (call.arguments.failed()) {
    return call.done(call.arguments.problem());
  }
  submit(call, std::move(request), AnswerWhen::ended);
}

template <Action Act>
void end_cluster(const MethodCall& call) {
  submit(call, request_for(Act), AnswerWhen::accepted);
}

constexpr cluster::StateSet states_for(Action action) {
  return cluster::state_gates_of(action).request;
}

}  // namespace

std::vector<MethodRow> supvisors_action_rows() {
  const MethodParameter strategy{"strategy", "string"};
  const MethodParameter application{"application_name", "string"};
  const MethodParameter process{"namespec", "string"};
  const MethodParameter arguments{"extra_args", "string", ""};
  const MethodParameter wait{"wait", "boolean", true};
  return {
      {.name = "start_application",
       .result = "boolean",
       .parameters = {strategy, application, wait},
       .help = "Starts an application by its rules.",
       .states = states_for(Action::start_application),
       .body = start_application<Action::start_application>},
      {.name = "restart_application",
       .result = "boolean",
       .parameters = {strategy, application, wait},
       .help = "Stops an application, then starts it.",
       .states = states_for(Action::restart_application),
       .body = start_application<Action::restart_application>},
      {.name = "stop_application",
       .result = "boolean",
       .parameters = {application, wait},
       .help = "Stops an application.",
       .states = states_for(Action::stop_application),
       .body = stop_application},
      {.name = "start_process",
       .result = "boolean",
       .parameters = {strategy, process, arguments, wait},
       .help = "Starts a process where its rules and the strategy say.",
       .states = states_for(Action::start_process),
       .body = start_process<Action::start_process>},
      {.name = "restart_process",
       .result = "boolean",
       .parameters = {strategy, process, arguments, wait},
       .help = "Stops a process, then starts it, maybe elsewhere.",
       .states = states_for(Action::restart_process),
       .body = start_process<Action::restart_process>},
      {.name = "stop_process",
       .result = "boolean",
       .parameters = {process, wait},
       .help = "Stops every copy of a process.",
       .states = states_for(Action::stop_process),
       .body = stop_process},
  };
}

std::vector<MethodRow> supvisors_control_rows() {
  const std::vector<MethodParameter> program{{"program_name", "string"}, {"wait", "boolean", true}};
  return {
      {.name = "enable",
       .result = "boolean",
       .parameters = program,
       .help = "A program of this node may start again; what is to start by itself starts.",
       .states = cluster::kStatesFromDistribution,
       .body = set_disabled<false>},
      {.name = "disable",
       .result = "boolean",
       .parameters = program,
       .help = "Stops a program of this node and keeps it from starting.",
       .states = cluster::kStatesFromDistribution,
       .body = set_disabled<true>},
      {.name = "conciliate",
       .result = "boolean",
       .parameters = {{"strategy", "string"}},
       .help = "Settles the conflicts by a strategy.",
       .states = states_for(Action::conciliate),
       .body = conciliate},
      {.name = "restart_sequence",
       .result = "boolean",
       .parameters = {{"wait", "boolean", true}},
       .help = "Starts what is to run and does not.",
       .states = states_for(Action::restart_sequence),
       .body = restart_sequence},
      {.name = "end_sync",
       .result = "boolean",
       .parameters = {{"master", "string", ""}},
       .help = "Ends the wait for other nodes and names the Master; without a name, the one that an election "
               "prefers.",
       .states = states_for(Action::end_sync),
       .body = end_sync},
      {.name = "restart",
       .result = "boolean",
       .help = "Stops every application in order and restarts every node.",
       .states = states_for(Action::restart_cluster),
       .body = end_cluster<Action::restart_cluster>},
      {.name = "shutdown",
       .result = "boolean",
       .help = "Stops every application in order and shuts every node down.",
       .states = states_for(Action::shutdown_cluster),
       .body = end_cluster<Action::shutdown_cluster>},
  };
}

}  // namespace holdfast::api

// Methods of supvisors.* that start a process here, or whichever has a place, and those that only tell what a start
// would do.
#include <utility>

#include "api/methods/supvisors_requests.hpp"
#include "api/methods/supvisors_rows.hpp"
#include "base/process_id.hpp"

namespace holdfast::api {
namespace {

/// Of this node's own supervisor, in any state of the cluster (contract 5.3).
void start_args(const MethodCall& call) {
  supervision::ProcessRequest request;
  request.namespec = call.arguments.string(0);
  request.extra_args = call.arguments.string(1);
  request.wait = call.arguments.truth(2, true);
  request.failure_shows = true;
  if (call.arguments.failed()) {
    return call.done(call.arguments.problem());
  }
  if (!fits_extra_args(call, *request.extra_args)) {
    return;
  }
  if (call.ports.supervision.supervisor().find_namespec(request.namespec) == nullptr) {
    return call.done(make_fault(Fault::bad_name, "namespec=" + request.namespec + " unknown to Supervisor"));
  }
  call.ports.supervision.submit(
      std::move(request), call.caller, [done = call.done](const supervision::Completed& completed) {
        const auto* fault = std::get_if<FaultText>(&completed.answer);
        done(fault == nullptr ? MethodResult(wire::Value(true)) : MethodResult(make_fault(*fault)));
      });
}

/// The Master chooses, and tells which.
void start_any_process(const MethodCall& call) {
  cluster::OperatorRequest request = request_for(cluster::Action::start_any_process);
  request.strategy = read_strategy(call);
  if (!request.strategy) {
    return;
  }
  request.target = call.arguments.string(1);
  request.argument = extra_args_of(call, 2);
  const bool wait = call.arguments.truth(3, true);
  if (call.arguments.failed()) {
    return call.done(call.arguments.problem());
  }
  if (!fits_extra_args(call, request.argument)) {
    return;
  }
  if (request.target.size() > limits::rules_pattern_max) {
    return call.done(make_fault(Fault::incorrect_parameters, "a regular expression has at most " +
                                                                 std::to_string(limits::rules_pattern_max) + " bytes"));
  }
  submit(call, std::move(request), answer_when(wait),
         [](const cluster::Reply& reply) { return wire::Value(reply.text); });
}

wire::Value planned_value(const rules::PlannedStart& planned) {
  wire::Array identifiers;
  if (!planned.identifier.empty()) {
    identifiers.emplace_back(planned.identifier);
  }
  return wire::Struct{{"application_name", planned.id.group},
                      {"process_name", planned.id.name},
                      {"state", name_of(planned.state)},
                      {"forced_reason", planned.identifier.empty() ? planned.reason : std::string()},
                      {"running_identifiers", std::move(identifiers)}};
}

/// The same engine, on copies (contract 4.8).
void answer_plan(const MethodCall& call, rules::Request request) {
  request.operation_id = "plan";
  request.requester = view_of(call).me().identifier;
  const auto plan = call.ports.cluster->node().engine().plan(call.ports.agent.now(), view_of(call).cluster, request);
  if (!plan) {
    return call.done(make_fault(fault_of(plan.error()), plan.error().message));
  }
  wire::Array values;
  for (const rules::PlannedStart& planned : plan.value()) {
    values.push_back(planned_value(planned));
  }
  call.done(wire::Value(std::move(values)));
}

void test_start_application(const MethodCall& call) {
  rules::Request request;
  request.kind = rules::RequestKind::start_application;
  request.strategy = read_strategy(call);
  if (request.strategy) {
    with_application(call, 1, [&](const std::string& name) {
      request.application = name;
      answer_plan(call, std::move(request));
    });
  }
}

void test_start_process(const MethodCall& call) {
  rules::Request request;
  request.kind = rules::RequestKind::start_process;
  request.strategy = read_strategy(call);
  if (!request.strategy) {
    return;
  }
  const std::string namespec = call.arguments.string(1);
  if (processes_of(call, namespec).empty()) {
    return call.done(unknown_namespec(call, namespec));
  }
  Namespec spec = split_namespec(namespec);
  request.application = std::move(spec.group);
  request.process = spec.process.value_or("*");
  answer_plan(call, std::move(request));
}

}  // namespace

std::vector<MethodRow> supvisors_start_rows() {
  const MethodParameter strategy{"strategy", "string"};
  const MethodParameter process{"namespec", "string"};
  const MethodParameter wait{"wait", "boolean", true};
  return {
      {.name = "start_args",
       .result = "boolean",
       .parameters = {process, {"extra_args", "string"}, wait},
       .help = "Starts a process on this node with further arguments behind its command. A command that cannot be run "
               "leaves it FATAL.",
       .body = start_args},
      {.name = "start_any_process",
       .result = "string",
       .parameters = {strategy, {"regex", "string"}, {"extra_args", "string", ""}, wait},
       .help = "Starts the first stopped process whose namespec matches and for which there is room; tells which.",
       .states = cluster::state_gates_of(cluster::Action::start_any_process).request,
       .body = start_any_process},
      {.name = "test_start_application",
       .result = "array",
       .parameters = {strategy, {"application_name", "string"}},
       .help = "Where the processes of an application would start, or why not; nothing is started.",
       .reads_only = true,
       .states = cluster::state_gates_of(cluster::Action::start_application).request,
       .body = test_start_application},
      {.name = "test_start_process",
       .result = "array",
       .parameters = {strategy, process},
       .help = "Where a process would start, or with group:* those of its application, or why not; nothing is started.",
       .reads_only = true,
       .states = cluster::state_gates_of(cluster::Action::start_process).request,
       .body = test_start_process},
  };
}

}  // namespace holdfast::api

#include "cluster/operations/master_plans.hpp"

#include <utility>

#include "cluster/fencing/fencing.hpp"
#include "cluster/mastery/mastery.hpp"
#include "cluster/mastery/rules_driver.hpp"
#include "cluster/mastery/synchronisation_wait.hpp"
#include "cluster/operations/action_gates.hpp"
#include "cluster/operations/asked_operations.hpp"
#include "cluster/operations/state_gates.hpp"

namespace holdfast::cluster {

bool MasterPlans::is_new(StepContext& step, const MemberView& sender, const std::string& operation, NodeId origin) {
  if (origin != sender.node_id) {
    ++step.counters.wrong_sender;
    return false;
  }
  if (const auto* known = received_.find(operation); known != nullptr) {
    ++step.counters.repeated_command;
    step.send(origin, OperatorAnswer{operation, known->phase, known->code, known->text});
    return false;
  }
  return true;
}

bool MasterPlans::may_plan(StepContext& step, const std::string& operation, NodeId origin, Term term) {
  const auto refuse = [&](OperationCode code, const std::string& text) {
    step.send(origin, OperatorAnswer{operation, AnswerPhase::refused, code, text});
    return false;
  };
  if (!step.view.acting_master()) {
    return refuse(Obstacle::no_master, step.view.me().nick + " is not the Master; nothing was changed");
  }
  if (check_term(term, step.view.term()) != TermCheck::current) {
    ++step.counters.stale_term;
    return refuse(Obstacle::stale_term, "asked under another term; nothing was changed");
  }
  return true;
}

void MasterPlans::receive(StepContext& step, const MemberView& from, const OperatorForward& request) {
  if (!is_new(step, from, request.operation, request.origin)) {
    return;
  }
  if (request.action == Action::end_sync || request.action == Action::unfence ||
      may_plan(step, request.operation, request.origin, request.term)) {
    take(step, request);
  }
}

void MasterPlans::take(StepContext& step, const OperatorForward& request) {
  if (request.action == Action::end_sync) {
    parts_.synchronisation.become_named_master(step, request);
  } else if (request.action == Action::unfence) {
    parts_.fencing.write_unfence(step, request);
  } else {
    plan(step, request);
  }
}

void MasterPlans::plan(StepContext& step, const OperatorForward& request) {
  add(request.operation, request.origin);
  const ClusterState state = step.view.state();
  if (const StateSet open_in = state_gates_of(request.action).plan; !open_in.contains(state)) {
    return answer(step, request.operation, AnswerPhase::refused,
                  {Fault::bad_supvisors_state, closed_gate_text(state, open_in)});
  }
  step.note({HistoryRow::Kind::operation, request.operation, request.user, request.target,
             std::string(name_of(request.action)), "taken by the Master"});
  plan_allowed(step, request);
}

void MasterPlans::plan_allowed(StepContext& step, const OperatorForward& request) {
  if (request.action == Action::conciliate) {
    parts_.rules.tell(step, rules::Conciliate{step.view.term().epoch, request.conciliation, request.operation});
    return answer(step, request.operation, AnswerPhase::completed,
                  {});  // that it is triggered; the view shows the rest
  }
  const auto kind = request_kind_of(request.action);
  if (!kind) {
    return answer(step, request.operation, AnswerPhase::refused,
                  {Fault::bad_name, std::string(name_of(request.action)) + " needs the name of a node"});
  }
  if (request.action == Action::restart_cluster || request.action == Action::shutdown_cluster) {
    const bool restart = request.action == Action::restart_cluster;
    parts_.mastery.set_state(step, restart ? ClusterState::restarting : ClusterState::shutting_down,
                             "asked by " + request.user);
  }
  const MemberView* origin = step.members.find(request.origin);
  rules::Request event;
  event.operation_id = request.operation;
  event.kind = *kind;
  if (request.action == Action::start_any_process) {
    event.process = request.target;
  } else {
    const auto colon = request.target.find(':');
    event.application = request.target.substr(0, colon);
    event.process = colon == std::string::npos ? std::string() : request.target.substr(colon + 1);
  }
  event.strategy = request.strategy;
  event.extra_args = request.argument;
  event.requester = origin == nullptr ? step.options.identifier : origin->identifier;
  event.user = request.user;
  parts_.rules.tell(step, event);
}

void MasterPlans::answer(StepContext& step, const std::string& operation, AnswerPhase phase,
                         const OperationResult& result) {
  const std::optional<NodeId> origin = received_.answer(operation, phase, result.code, result.text);
  if (!origin) {
    return;
  }
  if (*origin == step.view.me().node_id) {
    parts_.requests.answered(step, operation, *origin, phase, result);
  } else {
    step.send(*origin, OperatorAnswer{operation, phase, result.code, result.text});
  }
}

}  // namespace holdfast::cluster

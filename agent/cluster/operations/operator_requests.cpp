#include "cluster/operations/operator_requests.hpp"

#include <utility>

#include "cluster/fencing/fencing.hpp"
#include "cluster/mastery/synchronisation_wait.hpp"
#include "cluster/operations/action_gates.hpp"
#include "cluster/operations/asked_operations.hpp"
#include "cluster/operations/operation_ids.hpp"

namespace holdfast::cluster {
namespace {

/// From which minor version on a Master knows start_any_process.
constexpr std::uint8_t kMinorOfStartAny = 4;

/// What stands behind the command: what was asked for, else what it was started with last, so that a start or restart
/// by name changes nothing.
std::string argument_of(const OperatorRequest& input, const MemberView& member) {
  const bool starts = input.action == Action::start_process || input.action == Action::restart_process;
  const auto row = member.table.rows().find(input.target);
  return starts && input.argument.empty() && row != member.table.rows().end() ? row->second.extra_args : input.argument;
}

}  // namespace

void OperatorRequests::refuse(StepContext& step, const OperatorRequest& input, const std::string& operation,
                              OperationCode code, const std::string& text) {
  parts_.requests.reply(step, input.handle, operation, AnswerPhase::refused, {code, text});
}

void OperatorRequests::request_of_node(StepContext& step, const std::string& operation, const MemberView& member,
                                       const OperatorRequest& input) {
  if (!member.local && member.state != MemberState::running) {
    return refuse(step, input, operation, Fault::failed,
                  member.fence
                      ? Fencing::text_of(member)
                      : member.nick + " is " + std::string(name_of(member.state)) + "; nothing was asked of it");
  }
  Command command;
  command.operation = operation;
  command.term = step.view.term();
  command.origin = step.view.me().node_id;
  command.target_incarnation = member.incarnation;
  command.user = input.user;
  command.action = input.action;
  command.namespec = input.target;
  command.argument = argument_of(input, member);
  command.reason = "asked by " + input.user;
  PendingOperation pending;
  pending.target = member.node_id;
  pending.deadline = step.now + input.deadline;
  pending.handle = input.handle;
  pending.message = std::move(command);
  parts_.requests.ask(step, operation, std::move(pending));
}

void OperatorRequests::request_of_master(StepContext& step, const std::string& operation,
                                         const OperatorRequest& input) {
  const View& view = step.view;
  const MemberView* master = view.acting_master() ? &view.me() : view.master ? view.find(*view.master) : nullptr;
  if (master == nullptr) {
    return refuse(step, input, operation, Obstacle::no_master, "no Master in sight; nothing was changed");
  }
  if (input.action == Action::start_any_process && !master->local && master->proto_minor < kMinorOfStartAny) {
    return refuse(step, input, operation, Fault::failed,
                  "the Master " + master->nick + " is of an earlier version and cannot choose; nothing was started");
  }
  parts_.requests.forward(step, operation, input, master->node_id);
}

void OperatorRequests::take(StepContext& step, const OperatorRequest& input) {
  const std::string operation = parts_.ids.next(step);
  step.note({HistoryRow::Kind::operation,
             operation,
             input.user,
             input.target,
             std::string(name_of(input.action)) + (input.identifier.empty() ? "" : " on " + input.identifier),
             {}});
  const MemberView& me = step.view.me();
  if (parts_.requests.full()) {
    return refuse(step, input, operation, Fault::failed, "too many operations are under way");
  }
  if (input.action == Action::end_sync) {
    return parts_.synchronisation.request(step, operation, input);
  }
  if (input.action == Action::unfence) {
    return parts_.fencing.request_unfence(step, operation, input);
  }
  if (me.fence && input.identifier != me.identifier && input.identifier != me.nick) {
    return refuse(step, input, operation, Fault::failed, Fencing::text_of(me));
  }
  if (input.identifier.empty()) {
    return request_of_master(step, operation, input);
  }
  const MemberView* target = step.view.find(input.identifier);
  if (target == nullptr || !of_one_process(input.action)) {
    return refuse(step, input, operation, Fault::bad_name, input.identifier);
  }
  request_of_node(step, operation, *target, input);
}

}  // namespace holdfast::cluster

// Requests of people and orders of the Master: asked, forwarded, obeyed, answered; executed once per
// operation.
#include <algorithm>
#include <utility>

#include "base/limits.hpp"
#include "cluster/node_core.hpp"

namespace holdfast::cluster {
namespace {

std::uint32_t remaining(Instant deadline, Instant now) {
  const std::int64_t ms = deadline > now ? (deadline - now) / 1ms : 0;
  return static_cast<std::uint32_t>(std::min<std::int64_t>(ms, UINT32_MAX));
}

bool of_one_process(Action action) {
  return action == Action::start_process || action == Action::stop_process ||
         action == Action::restart_process || action == Action::signal_process;
}

std::optional<rules::RequestKind> request_kind_of(Action action) {
  switch (action) {
    case Action::start_process:
      return rules::RequestKind::start_process;
    case Action::stop_process:
      return rules::RequestKind::stop_process;
    case Action::restart_process:
      return rules::RequestKind::restart_process;
    case Action::start_application:
      return rules::RequestKind::start_application;
    case Action::stop_application:
      return rules::RequestKind::stop_application;
    case Action::restart_application:
      return rules::RequestKind::restart_application;
    case Action::restart_sequence:
      return rules::RequestKind::restart_sequence;
    case Action::restart_cluster:
    case Action::shutdown_cluster:
      return rules::RequestKind::stop_everything;
    case Action::signal_process:
    case Action::conciliate:
    case Action::end_sync:
    case Action::unfence:
      return std::nullopt;
  }
  return std::nullopt;
}

/// The gates of contract supvisors.md 5: OP, OP/CO, CO, DIST+.
bool state_allows(Action action, ClusterState state) {
  switch (action) {
    case Action::start_process:
    case Action::restart_process:
    case Action::start_application:
    case Action::restart_application:
    case Action::restart_sequence:
    case Action::signal_process:
      return state == ClusterState::operation;
    case Action::stop_process:
    case Action::stop_application:
      return state == ClusterState::operation || state == ClusterState::conciliation;
    case Action::conciliate:
      return state == ClusterState::conciliation;
    case Action::restart_cluster:
    case Action::shutdown_cluster:
      return state >= ClusterState::distribution && state < ClusterState::restarting;
    case Action::end_sync:
      return state == ClusterState::synchronization;
    case Action::unfence:
      return true;
  }
  return false;
}

}  // namespace

/// Unique in all lives, also when an identity file was lost: incarnation and a drawn number stand for this
/// one.
std::string NodeCore::operation_prefix() const {
  std::string prefix = view_.me().nick;
  prefix += '.';
  prefix += std::to_string(options_.incarnation);
  prefix += '-';
  prefix += std::to_string(life_);
  prefix += '.';
  return prefix;
}

std::string NodeCore::new_operation() {
  return operation_prefix() + std::to_string(++next_operation_);
}

void NodeCore::handle(const OperatorRequest& input) {
  const std::string operation = new_operation();
  note({HistoryRow::Kind::operation,
        operation,
        input.user,
        input.target,
        std::string(name_of(input.action)) + (input.identifier.empty() ? "" : " on " + input.identifier),
        {}});
  if (pending_.size() >= limits::cluster_pending_max) {
    reply(input.handle, operation, AnswerPhase::refused, ResultCode::failed,
          "too many operations are under way");
    return;
  }
  if (input.action == Action::end_sync) {
    request_end_sync(operation, input);
    return;
  }
  if (input.action == Action::unfence) {
    request_unfence(operation, input);
    return;
  }
  if (view_.me().fence && input.identifier != options_.identifier && input.identifier != view_.me().nick) {
    reply(input.handle, operation, AnswerPhase::refused, ResultCode::failed, fence_text(view_.local));
    return;
  }
  if (input.identifier.empty()) {
    request_of_master(operation, input);
    return;
  }
  const auto target = index_of(std::string_view(input.identifier));
  if (!target || !of_one_process(input.action)) {
    reply(input.handle, operation, AnswerPhase::refused, ResultCode::bad_name, input.identifier);
    return;
  }
  request_of_node(operation, *target, input);
}

void NodeCore::request_of_node(const std::string& operation, std::size_t target,
                               const OperatorRequest& input) {
  const MemberView& member = view_.members[target];
  if (!member.local && member.state != MemberState::running) {
    reply(input.handle, operation, AnswerPhase::refused, ResultCode::failed,
          member.fence ? fence_text(target)
                       : member.nick + " is " + std::string(name_of(member.state)) + "; nothing was asked of it");
    return;
  }
  Command command;
  command.operation = operation;
  command.term = view_.term;
  command.origin = view_.me().node_id;
  command.target_incarnation = member.local ? incarnation_ : member.incarnation;
  command.user = input.user;
  command.action = input.action;
  command.namespec = input.target;
  command.argument = input.argument;
  command.reason = "asked by " + input.user;
  PendingOperation pending;
  pending.target = member.node_id;
  pending.deadline = now_ + input.deadline;
  pending.handle = input.handle;
  pending.message = std::move(command);
  ask(operation, std::move(pending));
}

void NodeCore::request_of_master(const std::string& operation, const OperatorRequest& input) {
  const MemberView* master = view_.acting_master ? &view_.me()
                             : view_.master      ? view_.find(*view_.master)
                                                 : nullptr;
  if (master == nullptr) {
    reply(input.handle, operation, AnswerPhase::refused, ResultCode::no_master,
          "no Master in sight; nothing was changed");
    return;
  }
  forward(operation, input, master->node_id);
}

void NodeCore::forward(const std::string& operation, const OperatorRequest& input, NodeId to) {
  OperatorForward forwarded;
  forwarded.operation = operation;
  forwarded.term = view_.term;
  forwarded.origin = view_.me().node_id;
  forwarded.user = input.user;
  forwarded.action = input.action;
  forwarded.target = input.target;
  forwarded.strategy = input.strategy;
  forwarded.conciliation = input.conciliation;
  forwarded.argument = input.argument;
  PendingOperation pending;
  pending.target = to;
  pending.deadline = now_ + input.deadline;
  pending.handle = input.handle;
  pending.message = std::move(forwarded);
  ask(operation, std::move(pending));
}

void NodeCore::ask(const std::string& operation, PendingOperation pending) {
  if (pending_.size() >= limits::cluster_pending_max) {
    return;  // the engine's own deadline ends it
  }
  const auto [at, is_new] = pending_.insert_or_assign(operation, std::move(pending));
  if (at->second.target == view_.me().node_id) {
    at->second.next_send = at->second.deadline;
    const Message mine = at->second.message;
    if (const auto* command = std::get_if<Command>(&mine)) {
      obey(*command);
    } else {
      take(std::get<OperatorForward>(mine));
    }
    return;
  }
  send_pending(operation, at->second);
}

void NodeCore::send_pending(const std::string&, PendingOperation& pending) {
  pending.next_send = now_ + (pending.accepted ? 3 : 1) * limits::cluster_resend_period;
  if (auto* command = std::get_if<Command>(&pending.message)) {
    command->remaining_ms = remaining(pending.deadline, now_);
    if (const MemberView* target = view_.find(pending.target)) {
      command->cited_mono_ms = target->remote_mono_ms;
    }
  } else if (auto* forward = std::get_if<OperatorForward>(&pending.message)) {
    forward->remaining_ms = remaining(pending.deadline, now_);
  }
  send(pending.target, pending.message);
}

void NodeCore::resend_pending() {
  std::vector<std::string> over;
  for (auto& [operation, pending] : pending_) {
    if (now_ >= pending.deadline) {
      over.push_back(operation);
    } else if (now_ >= pending.next_send) {
      send_pending(operation, pending);
    }
  }
  for (const std::string& operation : over) {
    const PendingOperation pending = std::move(pending_.at(operation));
    pending_.erase(operation);
    if (pending.handle) {
      reply(*pending.handle, operation, AnswerPhase::completed, ResultCode::unknown,
            "no answer in time: it may or may not have been done");
    }
  }
}

void NodeCore::receive(std::size_t i, const FrameHeader&, const Command& command, Instant) {
  if (command.origin != view_.members[i].node_id) {
    ++view_.counters.wrong_sender;
    return;
  }
  // Judged on this node's own clock alone (reference 2.3, A4). If it matters still, it is sent again with a
  // new stamp.
  const std::uint64_t cited_ns = command.cited_mono_ms * 1'000'000;
  if (cited_ns + static_cast<std::uint64_t>(Duration(limits::cluster_command_age_max).count()) <
          static_cast<std::uint64_t>(now_.ns) &&
      !options_.mutations.execute_old_orders) {
    ++view_.counters.expired_command;
    return;
  }
  obey(command);
}

/// Checks in this order: repeated, term, incarnation. Only then is the order carried out, and remembered.
void NodeCore::obey(const Command& command) {
  const bool mine = command.origin == view_.me().node_id;
  const auto refuse = [&](ResultCode code, const std::string& text) {
    note({HistoryRow::Kind::operation, command.operation, command.user, command.namespec,
          "refused " + std::string(name_of(command.action)), text});
    if (mine) {
      answered(command.operation, command.origin, AnswerPhase::refused, code, text);
    } else {
      send(command.origin, CommandAnswer{command.operation, AnswerPhase::refused, code, text});
    }
  };
  const auto* known = commands_.find(command.operation);
  if (known != nullptr && !options_.mutations.execute_every_copy) {
    ++view_.counters.repeated_command;
    if (!mine) {
      send(command.origin, CommandAnswer{command.operation, known->phase, known->code, known->text});
    }
    return;
  }
  const TermCheck check = check_term(command.term, view_.term);
  if (check == TermCheck::stale && !options_.mutations.skip_term_check) {
    ++view_.counters.stale_term;
    refuse(ResultCode::stale_term, "ordered under term " + std::to_string(command.term.epoch) +
                                       ", here is term " + std::to_string(view_.term.epoch));
    return;
  }
  if (command.target_incarnation != incarnation_ && !options_.mutations.ignore_target_life) {
    ++view_.counters.wrong_target;
    refuse(ResultCode::wrong_incarnation, "meant for an earlier life of this node");
    return;
  }
  if (check == TermCheck::newer) {
    set_term(command.term, "an order came under a newer term");
  }
  if (leaving_ && command.action != Action::stop_process) {
    refuse(ResultCode::failed, "this node is stopping");
    return;
  }
  commands_.add(command.operation,
                {command.origin, AnswerPhase::accepted, ResultCode::success, {}});
  note({HistoryRow::Kind::operation, command.operation, command.user, command.namespec,
        std::string(name_of(command.action)), command.reason});
  outcome_.commands.push_back({command.operation, command.cause, command.term, command.user, command.action,
                               command.namespec, command.argument, command.reason});
  answer(command.operation, commands_, AnswerPhase::accepted, ResultCode::success, {});
}

void NodeCore::handle(const LocalCommandDone& input) {
  answer(input.operation, commands_, input.refused ? AnswerPhase::refused : AnswerPhase::completed,
         input.code, input.text);
}

/// Records the answer and tells who asked: this node's own ledger, or another node.
void NodeCore::answer(const std::string& operation, ReceivedOperations& ledger, AnswerPhase phase,
                      ResultCode code, const std::string& text) {
  ReceivedOperations::Entry* entry = ledger.find(operation);
  if (entry == nullptr || (entry->phase != AnswerPhase::accepted)) {
    return;  // automatic, forgotten, or answered for good
  }
  entry->phase = phase;
  entry->code = code;
  entry->text = text;
  if (entry->origin == view_.me().node_id) {
    answered(operation, view_.me().node_id, phase, code, text);
  } else if (&ledger == &commands_) {
    send(entry->origin, CommandAnswer{operation, phase, code, text});
  } else {
    send(entry->origin, OperatorAnswer{operation, phase, code, text});
  }
}

void NodeCore::receive(std::size_t i, const FrameHeader&, const CommandAnswer& answer, Instant) {
  answered(answer.operation, view_.members[i].node_id, answer.phase, answer.code, answer.text);
}

void NodeCore::receive(std::size_t i, const FrameHeader&, const OperatorAnswer& answer, Instant) {
  answered(answer.operation, view_.members[i].node_id, answer.phase, answer.code, answer.text);
}

void NodeCore::answered(const std::string& operation, NodeId by, AnswerPhase phase, ResultCode code,
                        const std::string& text) {
  const auto at = pending_.find(operation);
  if (at == pending_.end()) {
    accepted_order_ended(operation, by, phase, code, text);
    return;
  }
  if (at->second.target != by) {
    return;
  }
  PendingOperation& pending = at->second;
  if (phase == AnswerPhase::accepted) {
    const bool first = !std::exchange(pending.accepted, true);
    if (pending.order_id != 0) {
      accepted_orders_.add(operation, by,
                           pending.order_id);  // the view shows what becomes of it, unless it is refused
      pending_.erase(at);
    } else if (first && pending.handle) {
      reply(*pending.handle, operation, phase, code, text);
    }
    return;
  }
  const auto target = index_of(pending.target);
  if (code == ResultCode::wrong_incarnation && target && view_.members[*target].state != MemberState::running &&
      is_start_ordered_from(pending, *target)) {
    return;  // it has restarted: its first table tells what is to be started elsewhere
  }
  const PendingOperation over = std::move(pending);
  pending_.erase(at);
  if (over.order_id != 0 && phase == AnswerPhase::refused) {
    tell_engine(rules::OrderRefused{over.order_id, fault_of(code), text});
  }
  if (over.handle) {
    reply(*over.handle, operation, phase, code, text);
  }
}

/// What its target could not even begin shows in no table: the engine is told, so that it need not wait.
void NodeCore::accepted_order_ended(const std::string& operation, NodeId by, AnswerPhase phase,
                                    ResultCode code, const std::string& text) {
  if (phase == AnswerPhase::accepted) {
    return;
  }
  const std::uint64_t order_id = accepted_orders_.take(operation, by);
  if (order_id != 0 && phase == AnswerPhase::refused) {
    tell_engine(rules::OrderRefused{order_id, fault_of(code), text});
  }
}

void NodeCore::reply(std::uint64_t handle, const std::string& operation, AnswerPhase phase, ResultCode code,
                     const std::string& text) {
  outcome_.replies.push_back({handle, operation, phase, code, text});
  if (phase != AnswerPhase::accepted) {
    std::string end(phase == AnswerPhase::refused ? "refused" : "completed");
    if (code != ResultCode::success) {
      end += ' ';
      end += name_of(code);
    }
    note({HistoryRow::Kind::operation, operation, {}, {}, std::move(end), text});
  }
}

/// A request or report comes from who sent it, and for the first time; a repeated one gets its last answer.
bool NodeCore::is_new(const MemberView& sender, const std::string& operation, NodeId origin) {
  if (origin != sender.node_id) {
    ++view_.counters.wrong_sender;
    return false;
  }
  if (const auto* known = plans_.find(operation); known != nullptr) {
    ++view_.counters.repeated_command;
    send(origin, OperatorAnswer{operation, known->phase, known->code, known->text});
    return false;
  }
  return true;
}

/// This node is the Master that was asked, under its own term; answers if not.
bool NodeCore::may_plan(const std::string& operation, NodeId origin, Term term) {
  const auto refuse = [&](ResultCode code, const std::string& text) {
    send(origin, OperatorAnswer{operation, AnswerPhase::refused, code, text});
    return false;
  };
  if (!view_.acting_master) {
    return refuse(ResultCode::no_master, view_.me().nick + " is not the Master; nothing was changed");
  }
  if (check_term(term, view_.term) != TermCheck::current) {
    ++view_.counters.stale_term;
    return refuse(ResultCode::stale_term, "asked under another term; nothing was changed");
  }
  return true;
}

void NodeCore::receive(std::size_t i, const FrameHeader&, const OperatorForward& forward, Instant) {
  if (!is_new(view_.members[i], forward.operation, forward.origin)) {
    return;
  }
  if (forward.action == Action::end_sync || forward.action == Action::unfence || may_plan(forward.operation, forward.origin, forward.term)) {
    take(forward);
  }
}

void NodeCore::take(const OperatorForward& request) {
  if (request.action == Action::end_sync) {
    become_named_master(request);
  } else if (request.action == Action::unfence) {
    write_unfence(request);
  } else {
    plan(request);
  }
}

/// The Master takes a request into its own hands.
void NodeCore::plan(const OperatorForward& request) {
  plans_.add(request.operation, {request.origin, AnswerPhase::accepted, ResultCode::success, {}});
  if (!state_allows(request.action, view_.state)) {
    answer(request.operation, plans_, AnswerPhase::refused, ResultCode::bad_state,
           "the cluster is in state " + std::string(name_of(view_.state)));
    return;
  }
  note({HistoryRow::Kind::operation, request.operation, request.user, request.target,
        std::string(name_of(request.action)), "taken by the Master"});
  plan_accepted(request);
}

void NodeCore::plan_accepted(const OperatorForward& request) {
  if (request.action == Action::conciliate) {
    tell_engine(rules::Conciliate{view_.term.epoch, request.conciliation, request.operation});
    return;
  }
  const auto kind = request_kind_of(request.action);
  if (!kind) {
    answer(request.operation, plans_, AnswerPhase::refused, ResultCode::bad_name,
           std::string(name_of(request.action)) + " needs the name of a node");
    return;
  }
  if (request.action == Action::restart_cluster || request.action == Action::shutdown_cluster) {
    const bool restart = request.action == Action::restart_cluster;
    set_state(restart ? ClusterState::restarting : ClusterState::shutting_down, "asked by " + request.user);
  }
  const MemberView* origin = view_.find(request.origin);
  rules::Request event;
  event.operation_id = request.operation;
  event.kind = *kind;
  const auto colon = request.target.find(':');
  event.application = request.target.substr(0, colon);
  event.process = colon == std::string::npos ? std::string() : request.target.substr(colon + 1);
  event.strategy = request.strategy;
  event.extra_args = request.argument;
  event.requester = origin == nullptr ? options_.identifier : origin->identifier;
  event.user = request.user;
  tell_engine(event);
}

}  // namespace holdfast::cluster

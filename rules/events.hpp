// events.hpp: what the world tells the rules engine, one plain value each. The view handed to the same step
// already shows the event's effect. Made by agent/cluster on the Master and by the simulator; read by Engine
// only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/fault.hpp"
#include "base/process_id.hpp"
#include "base/strategies.hpp"

namespace holdfast::rules {

/// A copy has a new state (its CopyView::change has grown). One event per change that the viewer has seen.
struct CopyChanged {
  ProcessId id;
  std::string identifier;
};

/// An instance is dead (not AWAY: that is said only in the view). `processes` ran there at that time; after a
/// planned LEAVE the list is empty, because what was stopped on purpose is not moved. The view shows those
/// copies as FATAL (contract INS-1).
struct InstanceLost {
  std::string identifier;
  std::vector<ProcessId> processes;
  bool is_back = false;  // told late: it is here again, and orders under way to it are of its new life
};

enum class RequestKind {
  start_application,
  stop_application,
  restart_application,
  start_process,      // process "*" = every process of the application
  start_any_process,  // `process` is a pattern: the first stopped one whose namespec matches and that has a place
  stop_process,
  restart_process,
  restart_sequence,  // contract SEQ-1 on demand
  stop_everything    // contract STP-3: ordered stop of the whole cluster before restart or shutdown
};

/// An operation that a person, a program or the agent asked for. Answered by Accepted and then Completed, or by
/// Completed alone: it was refused, or had ended before anything was waited for.
struct Request {
  std::string operation_id;
  RequestKind kind = RequestKind::start_application;
  std::string application;
  std::string process;
  std::optional<StartingStrategy> strategy;  // absent: the application's own
  std::string extra_args;
  std::string requester;  // identifier of the instance that was asked: what LOCAL means
  std::string user;
};

/// Run the automatic start (or repair) of all applications, contract SEQ-1..3. Sent on entering DISTRIBUTION.
struct AutomaticStart {};

/// Decide the conflicts that the view shows (contract 4.6). Sent by the Master in CONCILIATION whenever the
/// engine is idle, or with a strategy when a user asked. The same conflict is decided once per epoch, with
/// bounded repetition.
struct Conciliate {
  std::uint64_t epoch = 0;
  std::optional<ConciliationStrategy> strategy;  // absent: the configured one
  std::string operation_id;                      // empty when automatic
};

/// The target refused an order, or it could not be delivered.
struct OrderRefused {
  std::uint64_t order_id = 0;
  Fault fault = Fault::failed;
  std::string text;
};

/// A deadline given by next_deadline() has passed, or anything in the view that has no event of its own
/// changed.
struct TimePassed {};

/// Forget every job (this node is no longer Master, or the cluster synchronises anew). Open operations are
/// completed with a fault that says so; nothing is ordered.
struct Abort {
  std::string reason;
};

using Event =
    std::variant<CopyChanged, InstanceLost, Request, AutomaticStart, Conciliate, OrderRefused, TimePassed, Abort>;

}  // namespace holdfast::rules

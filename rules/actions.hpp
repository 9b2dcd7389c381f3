// actions.hpp: what the rules engine wants done or known, one plain value each, in the order decided.
// Executed by agent/cluster (orders become commands with term and operation id; decisions go to the history).
// Nothing here acts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/instant.hpp"
#include "rules/events.hpp"
#include "rules/view.hpp"

namespace holdfast::rules {

enum class OrderKind { start, stop };

/// Start or stop one copy on one instance. Refusal comes back as OrderRefused{order_id}; success only by the
/// view.
struct Order {
  std::string operation_id;    // of the request behind it; empty for automatic ones
  std::uint64_t order_id = 0;  // unique in this engine's life, never 0
  OrderKind kind = OrderKind::start;
  ProcessId id;
  std::string identifier;
  std::string extra_args;
  std::string reason;
};

/// Something decided, or decided against, with its reason: stored, shown, queryable.
struct Decision {
  std::string operation_id;
  std::string application;
  std::optional<std::string> process;  // nullopt: the application, or the cluster if that is empty
  std::string what;                    // "start shop:web on n2"
  std::string why;                     // "n2: fits, first in order of declaration; n1 is not running"
};

/// The request is valid and its work has begun.
struct Accepted {
  std::string operation_id;
  std::string chosen = {};  // of start_any_process: the namespec of the process
};

/// The request's end. No fault: done (`detail` is what was chosen, of start_any_process); else the text of the fault is
/// `NAME: detail`; `why` is the longer reason for people. refused = nothing was begun.
struct Completed {
  std::string operation_id;
  std::optional<Fault> fault;
  std::string detail;
  std::string why;
  bool refused = false;
};

/// Show this state for the process instead of the real one (contract PRC-5), or, with cleared, no longer.
/// Copied by the cluster into ProcessView::forced.
struct ForcedState {
  ProcessId id;
  ProcessState state = ProcessState::fatal;
  std::string reason;
  bool cleared = false;
};

/// A running failure strategy SHUTDOWN or RESTART asks for the end of the whole cluster (contract 4.7).
struct ClusterOrder {
  bool restart = false;  // else shutdown
  std::string reason;
};

/// jobs() or busy() differ from before this step.
struct JobsChanged {};

using Action = std::variant<Order, Decision, Accepted, Completed, ForcedState, ClusterOrder, JobsChanged>;

// For display.
enum class CommandPhase { requested, starting, waiting_exit, stopping };

struct CommandView {
  ProcessId id;
  std::string identifier;
  CommandPhase phase = CommandPhase::requested;
  Instant since{};
  Instant deadline = Instant::max();
};

struct JobView {
  bool start = true;  // else stop
  std::string application;
  int rank = 0;  // of the commands in progress
  std::vector<CommandView> commands;
  std::size_t planned = 0;  // processes of later ranks
  std::string cause;        // "asked by admin", "automatic start", "n2 was lost"
};

}  // namespace holdfast::rules

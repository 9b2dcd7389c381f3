// commands.hpp: the ledgers behind "executed once per operation": what this node has been told to do,
// with its last answer, so that a repeated order is answered and not executed again; and what this node has
// asked of others and is still waiting for, with resending and deadline, or has had accepted. Also the term
// check that every order must pass. Pure; owned by CommandExecutor, MasterPlans and AskedOperations.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/instant.hpp"
#include "cluster/codec/message.hpp"

namespace holdfast::cluster {

/// An order under `ordered` reaches a node that follows `mine`.
enum class TermCheck { current, newer, stale };
/// Smaller, or an equal epoch with another Master, is stale.
TermCheck check_term(Term ordered, Term mine);

/// What became of an operation that was received here. Bounded: the oldest are forgotten.
class ReceivedOperations {
 public:
  struct Entry {
    NodeId origin = 0;  // who gets the answers
    AnswerPhase phase = AnswerPhase::accepted;
    OperationCode code;
    std::string text;
  };
  [[nodiscard]] Entry* find(const std::string& operation);
  Entry& add(const std::string& operation, Entry entry);
  /// Records the answer; who gets it, or nullopt: it is automatic, forgotten, or answered for good.
  std::optional<NodeId> answer(const std::string& operation, AnswerPhase phase, OperationCode code,
                               const std::string& text);

 private:
  std::map<std::string, Entry> entries_;
  std::deque<std::string> order_;
};

/// The orders of the rules engine that their targets have accepted, for the case that one is refused after
/// all. Bounded: the oldest are forgotten, and the engine's deadlines end them.
class AcceptedOrders {
 public:
  void add(const std::string& operation, NodeId target, std::uint64_t order_id);
  /// The order behind an answer of `target`, which ends it; 0: none.
  std::uint64_t take(const std::string& operation, NodeId target);
  void clear();

 private:
  struct Order {
    NodeId target = 0;
    std::uint64_t id = 0;
  };
  std::map<std::string, Order> orders_;
  std::deque<std::string> age_;
};

/// An order or a forwarded request that has not been answered for good.
struct PendingOperation {
  NodeId target = 0;
  Message message;  // Command, OperatorForward or LossReport, sent again until answered
  Instant deadline{};
  Instant next_send{};
  bool accepted = false;
  std::uint64_t order_id = 0;           // of the rules engine, 0 = none
  std::optional<std::uint64_t> handle;  // of the local request behind it
};

}  // namespace holdfast::cluster

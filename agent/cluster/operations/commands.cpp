#include "cluster/operations/commands.hpp"

#include <utility>

#include "base/limits.hpp"

namespace holdfast::cluster {

TermCheck check_term(Term ordered, Term mine) {
  if (ordered == mine) {
    return TermCheck::current;
  }
  return ordered.epoch > mine.epoch ? TermCheck::newer : TermCheck::stale;
}

ReceivedOperations::Entry* ReceivedOperations::find(const std::string& operation) {
  const auto at = entries_.find(operation);
  return at == entries_.end() ? nullptr : &at->second;
}

ReceivedOperations::Entry& ReceivedOperations::add(const std::string& operation, Entry entry) {
  const auto [at, is_new] = entries_.insert_or_assign(operation, std::move(entry));
  if (is_new) {
    order_.push_back(operation);
  }
  if (order_.size() > limits::cluster_executed_max) {
    entries_.erase(order_.front());
    order_.pop_front();
  }
  return at->second;
}

std::optional<NodeId> ReceivedOperations::answer(const std::string& operation, AnswerPhase phase, OperationCode code,
                                                 const std::string& text) {
  Entry* entry = find(operation);
  if (entry == nullptr || entry->phase != AnswerPhase::accepted) {
    return std::nullopt;
  }
  entry->phase = phase;
  entry->code = code;
  entry->text = text;
  return entry->origin;
}

void AcceptedOrders::add(const std::string& operation, NodeId target, std::uint64_t order_id) {
  if (orders_.insert_or_assign(operation, Order{target, order_id}).second) {
    age_.push_back(operation);
  }
  if (age_.size() > limits::cluster_executed_max) {
    orders_.erase(age_.front());
    age_.pop_front();
  }
}

std::uint64_t AcceptedOrders::take(const std::string& operation, NodeId target) {
  const auto at = orders_.find(operation);
  if (at == orders_.end() || at->second.target != target) {
    return 0;
  }
  const std::uint64_t id = at->second.id;
  orders_.erase(at);
  return id;
}

void AcceptedOrders::clear() {
  orders_.clear();
  age_.clear();
}

}  // namespace holdfast::cluster

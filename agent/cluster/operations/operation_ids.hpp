// operation_ids.hpp: names for operations that begin at this node: unique in all its incarnations, also when an
// identity file was lost, because the number of the incarnation and a drawn one stand for this one. Owned by
// NodeCore.
#pragma once

#include <cstdint>
#include <string>

#include "cluster/step_context.hpp"

namespace holdfast::cluster {

class OperationIds {
 public:
  explicit OperationIds(std::uint64_t nonce) : operation_nonce_(nonce) {}

  std::string next(const StepContext& step) { return prefix(step) + std::to_string(++last_); }
  /// Of an order of the rules engine, which has its own numbers.
  [[nodiscard]] std::string of_order(const StepContext& step, std::uint64_t order_id) const {
    return prefix(step) + "o" + std::to_string(order_id);
  }

 private:
  [[nodiscard]] std::string prefix(const StepContext& step) const;

  std::uint64_t operation_nonce_;  // drawn at the start
  std::uint64_t last_ = 0;
};

}  // namespace holdfast::cluster

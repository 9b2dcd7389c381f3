#include "cluster/operations/operation_ids.hpp"

namespace holdfast::cluster {

std::string OperationIds::prefix(const StepContext& step) const {
  std::string prefix = step.view.me().nick;
  prefix += '.';
  prefix += std::to_string(step.options.incarnation);
  prefix += '-';
  prefix += std::to_string(operation_nonce_);
  prefix += '.';
  return prefix;
}

}  // namespace holdfast::cluster

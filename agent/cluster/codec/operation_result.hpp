// operation_result.hpp: what became of something that was asked, or why it is not done: the code and the text of its
// answer. Plain values.
#pragma once

#include <string>

#include "cluster/codec/message.hpp"

namespace holdfast::cluster {

struct OperationResult {
  OperationCode code;
  std::string text;
};

}  // namespace holdfast::cluster

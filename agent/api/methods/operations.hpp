// operations.hpp: how a method asks the cluster for an operation, and what of its course is the answer. Used by the
// bodies of supvisors.* and holdfast.*.
#pragma once

#include "api/methods/method_rows.hpp"

namespace holdfast::api {

/// What a call is answered by: that the operation was accepted, or how it ended.
enum class AnswerWhen { accepted, ended };

/// What the answer is when all went well.
using DoneValue = wire::Value (*)(const cluster::Reply& reply);
inline wire::Value just_true(const cluster::Reply&) {
  return true;
}

/// Asks for the operation; a refusal is an answer at once.
void submit(const MethodCall& call, cluster::OperatorRequest request, AnswerWhen when, DoneValue value_of = just_true);

}  // namespace holdfast::api

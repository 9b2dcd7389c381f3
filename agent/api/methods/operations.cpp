#include "api/methods/operations.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "api/fault.hpp"

namespace holdfast::api {
namespace {

MethodResult result_of(const cluster::Reply& reply, DoneValue value_of) {
  const std::optional<Fault> fault = reply.code.fault();
  if (!fault) {
    return value_of(reply);
  }
  if (*fault >= Fault::conf_error && reply.text.empty()) {
    return wire::Fault{code_of(*fault), std::string(name_of(*fault))};  // of the cluster: no name that could be ""
  }
  return make_fault(*fault, reply.text);
}

}  // namespace

void submit(const MethodCall& call, cluster::OperatorRequest request, AnswerWhen when, DoneValue value_of) {
  auto answered = std::make_shared<bool>(false);
  call.ports.cluster->submit(std::move(request), call.caller,
                             [when, value_of, done = call.done, answered](const cluster::Reply& reply) {
                               const bool ended = reply.phase != cluster::AnswerPhase::accepted;
                               if (*answered || (when == AnswerWhen::ended && !ended)) {
                                 return;
                               }
                               *answered = true;
                               done(result_of(reply, value_of));
                             });
}

}  // namespace holdfast::api

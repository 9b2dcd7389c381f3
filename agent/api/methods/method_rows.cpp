#include "api/methods/method_rows.hpp"

#include <string>
#include <utility>

#include "api/fault.hpp"

namespace holdfast::api {
namespace {

/// The fault that answers a call before its function is asked.
std::optional<wire::Fault> refusal_of(const Ports& ports, Refusal refusal, cluster::StateSet states) {
  if (refusal != nullptr) {
    if (auto fault = refusal(ports)) {
      return fault;
    }
  }
  if (states == cluster::kAnyState) {
    return std::nullopt;
  }
  const cluster::ClusterState state = ports.cluster->node().view().state();
  if (states.contains(state)) {
    return std::nullopt;
  }
  return make_fault(Fault::bad_supvisors_state, cluster::closed_gate_text(state, states));
}

}  // namespace

void add_rows(MethodTable& table, std::string_view prefix, Ports& ports, const std::vector<MethodRow>& rows,
              Refusal refusal) {
  const std::string start = std::string(prefix) + ".";
  for (const MethodRow& row : rows) {
    table.add({.name = start + std::string(row.name),
               .result = std::string(row.result),
               .parameters = row.parameters,
               .help = std::string(row.help),
               .reads_only = row.reads_only,
               .body = [&ports, refusal, states = row.states, body = row.body](
                           const std::vector<wire::Value>& params, const Caller& caller, const MethodDone& done) {
                 if (auto fault = refusal_of(ports, refusal, states)) {
                   return done(*std::move(fault));
                 }
                 Arguments arguments(params);
                 body({ports, arguments, caller, done});
               }});
    if (!row.alias.empty()) {
      table.add_alias(start + std::string(row.alias), start + std::string(row.name));
    }
  }
}

}  // namespace holdfast::api

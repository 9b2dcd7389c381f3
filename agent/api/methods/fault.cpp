#include "api/methods/fault.hpp"

#include <algorithm>
#include <array>

namespace holdfast::api {
namespace {

using supervision::Fault;

struct FaultStatus {
  int code;
  int status;
  std::string_view name;
};

FaultStatus row(Fault fault, int status) {
  return {supervision::code_of(fault), status, supervision::name_of(fault)};
}
FaultStatus row(ClusterFault fault, int status) {
  return {static_cast<int>(fault), status, name_of(fault)};
}

/// Every fault that an answer can be; SUCCESS stands in results only.
std::array<FaultStatus, 23> fault_table() {
  return {row(Fault::unknown_method, 404),
          row(Fault::incorrect_parameters, 400),
          row(Fault::bad_arguments, 400),
          row(Fault::signature_unsupported, 404),
          row(Fault::shutdown_state, 503),
          row(Fault::bad_name, 404),
          row(Fault::bad_signal, 400),
          row(Fault::no_file, 404),
          row(Fault::not_executable, 409),
          row(Fault::failed, 500),
          row(Fault::abnormal_termination, 500),
          row(Fault::spawn_error, 500),
          row(Fault::already_started, 409),
          row(Fault::not_running, 409),
          row(Fault::already_added, 409),
          row(Fault::still_running, 409),
          row(Fault::cant_reread, 409),
          row(ClusterFault::conf_error, 409),
          row(ClusterFault::bad_supvisors_state, 409),
          row(ClusterFault::not_managed, 409),
          row(ClusterFault::disabled, 409),
          row(ClusterFault::not_applicable, 409),
          row(ClusterFault::not_installed, 409)};
}

}  // namespace

std::string_view name_of(ClusterFault code) {
  switch (code) {
    case ClusterFault::conf_error:
      return "SUPVISORS_CONF_ERROR";
    case ClusterFault::bad_supvisors_state:
      return "BAD_SUPVISORS_STATE";
    case ClusterFault::not_managed:
      return "NOT_MANAGED";
    case ClusterFault::disabled:
      return "DISABLED";
    case ClusterFault::not_applicable:
      return "NOT_APPLICABLE";
    case ClusterFault::not_installed:
      return "NOT_INSTALLED";
  }
  return "FAILED";
}

int http_status_of(int fault_code) {
  const auto table = fault_table();
  const auto* found = std::ranges::find(table, fault_code, &FaultStatus::code);
  return found == table.end() ? 500 : found->status;
}

std::vector<int> fault_statuses() {
  std::vector<int> statuses;
  for (const FaultStatus& fault : fault_table()) {
    statuses.push_back(fault.status);
  }
  std::ranges::sort(statuses);
  statuses.erase(std::unique(statuses.begin(), statuses.end()), statuses.end());
  return statuses;
}

std::vector<std::pair<int, std::string_view>> faults_of_status(int status) {
  std::vector<std::pair<int, std::string_view>> faults;
  for (const FaultStatus& fault : fault_table()) {
    if (fault.status == status) {
      faults.emplace_back(fault.code, fault.name);
    }
  }
  return faults;
}

wire::Fault make_fault(supervision::Fault code, std::string_view detail) {
  return {supervision::code_of(code), supervision::text_of({code, std::string(detail)})};
}

wire::Fault make_fault(ClusterFault code, std::string_view detail) {
  std::string text(name_of(code));
  if (!detail.empty()) {
    text += ": ";
    text += detail;
  }
  return {static_cast<int>(code), std::move(text)};
}

}  // namespace holdfast::api

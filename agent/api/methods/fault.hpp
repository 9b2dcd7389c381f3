// fault.hpp: how an XML-RPC fault is made from Supervisor's codes (supervision/fault.hpp, contract
// supervisor.md 4.3) and Supvisors' own (contract supvisors.md 5.1). Vocabulary only.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "supervision/fault.hpp"
#include "wire/xmlrpc_codec.hpp"

namespace holdfast::api {

/// The faults that Supvisors adds.
enum class ClusterFault {
  conf_error = 100,
  bad_supvisors_state = 101,
  not_managed = 102,
  disabled = 103,
  not_applicable = 104,
  not_installed = 105,
};

std::string_view name_of(ClusterFault code);

/// `NAME`, or `NAME: detail`.
wire::Fault make_fault(supervision::Fault code, std::string_view detail = {});
wire::Fault make_fault(ClusterFault code, std::string_view detail = {});
inline wire::Fault make_fault(const supervision::FaultText& fault) {
  return make_fault(fault.fault, fault.detail);
}

/// The HTTP status by which the JSON twin answers a fault: 400 what was asked makes no sense, 404 what it names
/// is not there, 409 not in this state, 500 it was tried and failed, 503 the daemon is stopping.
int http_status_of(int fault_code);
/// Those statuses, ascending, and the faults of each.
std::vector<int> fault_statuses();
std::vector<std::pair<int, std::string_view>> faults_of_status(int status);

}  // namespace holdfast::api

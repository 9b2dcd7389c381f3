// fault.hpp: how an XML-RPC fault is made from Supervisor's codes (supervision/fault.hpp, contract
// supervisor.md 4.3) and Supvisors' own (contract supvisors.md 5.1). Vocabulary only.
#pragma once

#include <string>
#include <string_view>

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

}  // namespace holdfast::api

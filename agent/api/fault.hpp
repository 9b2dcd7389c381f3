// fault.hpp: the faults (base/fault.hpp) as the API sends them: an XML-RPC fault, or an HTTP status of the JSON twin.
// Pure functions; used by everything that answers a call.
#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "base/fault.hpp"
#include "wire/xmlrpc_codec.hpp"

namespace holdfast::api {

/// `NAME`, or `NAME: detail`.
wire::Fault make_fault(const FaultText& fault);
wire::Fault make_fault(Fault code, std::string_view detail = {});

/// The HTTP status by which the JSON twin answers a fault; 500 for a code that is none.
int http_status_of(int fault_code);
/// Those statuses, ascending, and the faults of each.
std::vector<int> fault_statuses();
std::vector<std::pair<int, std::string_view>> faults_of_status(int status);

}  // namespace holdfast::api

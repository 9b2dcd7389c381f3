#include "api/fault.hpp"

#include <algorithm>
#include <string>

namespace holdfast::api {

wire::Fault make_fault(const FaultText& fault) {
  return {code_of(fault.fault), text_of(fault)};
}

wire::Fault make_fault(Fault code, std::string_view detail) {
  return make_fault(FaultText{code, std::string(detail)});
}

int http_status_of(int fault_code) {
  const FaultRow* row = find_fault(fault_code);
  return row == nullptr || row->http_status == 0 ? 500 : row->http_status;
}

std::vector<int> fault_statuses() {
  std::vector<int> statuses;
  for (const FaultRow& row : kFaults) {
    if (row.http_status != 0) {
      statuses.push_back(row.http_status);
    }
  }
  std::ranges::sort(statuses);
  statuses.erase(std::unique(statuses.begin(), statuses.end()), statuses.end());
  return statuses;
}

std::vector<std::pair<int, std::string_view>> faults_of_status(int status) {
  std::vector<std::pair<int, std::string_view>> faults;
  for (const FaultRow& row : kFaults) {
    if (row.http_status == status) {
      faults.emplace_back(code_of(row.fault), row.name);
    }
  }
  return faults;
}

}  // namespace holdfast::api

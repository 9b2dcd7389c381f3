#include "api/fault.hpp"

namespace holdfast::api {
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

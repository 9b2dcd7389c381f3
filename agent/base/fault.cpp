#include "base/fault.hpp"

namespace holdfast {

std::string text_of(const FaultText& fault) {
  const FaultRow* row = find_fault(code_of(fault.fault));
  std::string text(name_of(fault.fault));
  if (!fault.detail.empty() || (row != nullptr && row->detail == FaultDetail::always)) {
    text += ": " + fault.detail;
  }
  return text;
}

}  // namespace holdfast

#include "api/ports.hpp"

namespace holdfast::api {
namespace {

/// Of a field that is given twice, the last one counts; empty: there is none.
std::string value_named(const std::vector<WebField>& fields, std::string_view name) {
  std::string value;
  for (const WebField& field : fields) {
    if (field.name == name) {
      value = field.value;
    }
  }
  return value;
}

}  // namespace

std::string WebRequest::query_value(std::string_view name) const {
  return value_named(query, name);
}

std::string WebRequest::form_value(std::string_view name) const {
  return value_named(form, name);
}

}  // namespace holdfast::api

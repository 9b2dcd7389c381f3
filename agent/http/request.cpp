#include "http/request.hpp"

#include "base/text.hpp"

namespace holdfast::http {

std::vector<Parameter> Request::form_parameters() const {
  const std::string_view type = header("Content-Type");
  const std::string_view media = text::trim(type.substr(0, type.find(';')));
  if (!equals_ignoring_case(media, "application/x-www-form-urlencoded")) {
    return {};
  }
  return parse_form(body);
}

void Request::clear_message() {
  method = Method::get;
  method_text.clear();
  target.clear();
  path.clear();
  query = {};
  minor_version = 1;
  headers.clear();
  body.clear();
  user.clear();
}

}  // namespace holdfast::http

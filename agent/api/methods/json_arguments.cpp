#include "api/methods/json_arguments.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/limits.hpp"
#include "base/text.hpp"
#include "wire/json_value.hpp"

namespace holdfast::api {
namespace {

using nlohmann::json;

/// Parses without ever building more than limits::api_json_depth levels.
Result<json> parse_bounded(std::string_view body) {
  bool too_deep = false;
  const auto parsed = json::parse(
      body,
      [&too_deep](int depth, json::parse_event_t, json&) {
        too_deep = too_deep || depth > limits::api_json_depth;
        return !too_deep;
      },
      /*allow_exceptions=*/false);
  if (too_deep) {
    return Error{"the body is nested too deep"};
  }
  if (parsed.is_discarded()) {
    return Error{"the body is not JSON"};
  }
  return parsed;
}

Result<std::vector<wire::Value>> values_by_name(const Method& method, const json& object) {
  std::map<std::string, wire::Value> values;
  for (const auto& [name, item] : object.items()) {
    auto value = wire::value_of(item);
    if (!value) {
      return Error{"argument '" + text::printable_utf8(name) + "': " + value.error().message};
    }
    values.emplace(name, std::move(value).value());
  }
  return in_order(method, std::move(values));
}

Error unknown_argument(const Method& method, const std::string& name) {
  std::string known;
  for (const MethodParameter& parameter : method.parameters) {
    known += (known.empty() ? "it takes " : ", ") + parameter.name;
  }
  return Error{method.name + " takes no argument '" + text::printable_utf8(name) + "'; " +
               (known.empty() ? "it takes none" : known)};
}

}  // namespace

Result<std::vector<wire::Value>> in_order(const Method& method, std::map<std::string, wire::Value> by_name) {
  for (const auto& [name, value] : by_name) {
    if (std::ranges::find(method.parameters, name, &MethodParameter::name) == method.parameters.end()) {
      return unknown_argument(method, name);
    }
  }
  std::vector<wire::Value> values;
  std::size_t wanted = 0;  // up to the last one that is given
  for (const MethodParameter& parameter : method.parameters) {
    const auto found = by_name.find(parameter.name);
    const bool given = found != by_name.end();
    if (!given && !parameter.optional()) {
      return Error{"argument '" + parameter.name + "' is missing"};
    }
    values.push_back(given ? std::move(found->second) : *parameter.otherwise);
    wanted = given ? values.size() : wanted;
  }
  values.resize(wanted);
  return values;
}

Result<std::vector<wire::Value>> arguments_of(const Method& method, std::string_view body) {
  if (text::trim(body).empty()) {
    return in_order(method, {});
  }
  const auto parsed = parse_bounded(body);
  if (!parsed) {
    return parsed.error();
  }
  if (parsed.value().is_array()) {
    auto values = wire::value_of(parsed.value());
    return values ? Result<std::vector<wire::Value>>(std::move(*values.value().as_array())) : values.error();
  }
  if (parsed.value().is_object()) {
    return values_by_name(method, parsed.value());
  }
  return Error{"the arguments are neither an array nor an object"};
}

}  // namespace holdfast::api

#include "api/json_value.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/limits.hpp"
#include "base/text.hpp"

namespace holdfast::api {
namespace {

using nlohmann::json;

struct ToJson {
  json operator()(std::int64_t number) const { return number; }
  json operator()(bool truth) const { return truth; }
  json operator()(const std::string& text) const { return text::printable_utf8(text); }
  json operator()(double number) const { return number; }
  json operator()(const wire::DateTime& time) const { return time.text; }
  json operator()(const wire::Base64& bytes) const { return wire::encode_base64_lines(bytes.bytes); }
  json operator()(const wire::Array& items) const {
    json array = json::array();
    for (const wire::Value& item : items) {
      array.push_back(json_of(item));
    }
    return array;
  }
  json operator()(const wire::Struct& members) const {
    json object = json::object();
    for (const wire::Member& member : members) {
      object[text::printable_utf8(member.name)] = json_of(member.value);
    }
    return object;
  }
};

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

Result<std::vector<wire::Value>> by_position(const json& array) {
  std::vector<wire::Value> values;
  for (const json& item : array) {
    auto value = value_of(item);
    if (!value) {
      return value.error();
    }
    values.push_back(std::move(value).value());
  }
  return values;
}

Result<std::vector<wire::Value>> by_name(const Method& method, const json& object) {
  std::map<std::string, wire::Value> values;
  for (const auto& [name, item] : object.items()) {
    auto value = value_of(item);
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

json json_of(const wire::Value& value) {
  return std::visit(ToJson{}, value.data());
}

Result<wire::Value> value_of(const json& from) {
  if (from.is_boolean()) {
    return wire::Value(from.get<bool>());
  }
  if (from.is_number_unsigned() && from.get<std::uint64_t>() > INT64_MAX) {
    return Error{"a number is out of range"};
  }
  if (from.is_number_integer()) {
    return wire::Value(from.get<std::int64_t>());
  }
  if (from.is_number_float()) {
    return wire::Value(from.get<double>());
  }
  if (from.is_string()) {
    return wire::Value(from.get<std::string>());
  }
  if (from.is_array()) {
    auto items = by_position(from);
    return items ? Result<wire::Value>(wire::Value(std::move(items).value())) : items.error();
  }
  if (from.is_object()) {
    wire::Struct members;
    for (const auto& [name, item] : from.items()) {
      auto value = value_of(item);
      if (!value) {
        return value.error();
      }
      members.push_back({name, std::move(value).value()});
    }
    return wire::Value(std::move(members));
  }
  return Error{"null has no meaning here"};
}

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
    return by_position(parsed.value());
  }
  if (parsed.value().is_object()) {
    return by_name(method, parsed.value());
  }
  return Error{"the arguments are neither an array nor an object"};
}

}  // namespace holdfast::api

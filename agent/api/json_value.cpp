#include "api/json_value.hpp"

#include <nlohmann/json.hpp>
#include <utility>

#include "base/text.hpp"
#include "wire/xmlrpc_codec.hpp"

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

/// The items of an array, in order.
Result<std::vector<wire::Value>> values_of(const json& array) {
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
    auto items = values_of(from);
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

}  // namespace holdfast::api

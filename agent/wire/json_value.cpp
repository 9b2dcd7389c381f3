#include "wire/json_value.hpp"

#include <nlohmann/json.hpp>
#include <utility>

#include "base/text.hpp"
#include "wire/xmlrpc_codec.hpp"

namespace holdfast::wire {
namespace {

using nlohmann::json;

/// `Json` decides about the order of members.
template <typename Json>
struct ToJson {
  Json operator()(std::int64_t number) const { return number; }
  Json operator()(bool truth) const { return truth; }
  Json operator()(double number) const { return number; }
  Json operator()(const std::string& text) const { return text::printable_utf8(text); }
  Json operator()(const DateTime& time) const { return text::printable_utf8(time.text); }
  Json operator()(const Base64& bytes) const { return encode_base64_lines(bytes.bytes); }
  Json operator()(const Array& items) const {
    Json array = Json::array();
    for (const Value& item : items) {
      array.push_back(std::visit(*this, item.data()));
    }
    return array;
  }
  Json operator()(const Struct& members) const {
    Json object = Json::object();
    for (const Member& member : members) {
      object[text::printable_utf8(member.name)] = std::visit(*this, member.value.data());
    }
    return object;
  }
};

/// The items of an array, in order.
Result<std::vector<Value>> values_of(const json& array) {
  std::vector<Value> values;
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

json json_of(const Value& value) {
  return std::visit(ToJson<json>{}, value.data());
}

std::string indented_json(const Value& value) {
  return std::visit(ToJson<nlohmann::ordered_json>{}, value.data()).dump(2);
}

Result<Value> value_of(const json& from) {
  if (from.is_boolean()) {
    return Value(from.get<bool>());
  }
  if (from.is_number_unsigned() && from.get<std::uint64_t>() > INT64_MAX) {
    return Error{"a number is out of range"};
  }
  if (from.is_number_integer()) {
    return Value(from.get<std::int64_t>());
  }
  if (from.is_number_float()) {
    return Value(from.get<double>());
  }
  if (from.is_string()) {
    return Value(from.get<std::string>());
  }
  if (from.is_array()) {
    auto items = values_of(from);
    return items ? Result<Value>(Value(std::move(items).value())) : items.error();
  }
  if (from.is_object()) {
    Struct members;
    for (const auto& [name, item] : from.items()) {
      auto value = value_of(item);
      if (!value) {
        return value.error();
      }
      members.push_back({name, std::move(value).value()});
    }
    return Value(std::move(members));
  }
  return Error{"null has no meaning here"};
}

}  // namespace holdfast::wire

#include "api/arguments.hpp"

#include "base/text.hpp"

namespace holdfast::api {
namespace {

std::string type_name_of(const wire::Value& value) {
  struct Namer {
    std::string operator()(std::int64_t) const { return "int"; }
    std::string operator()(bool) const { return "bool"; }
    std::string operator()(const std::string&) const { return "string"; }
    std::string operator()(double) const { return "double"; }
    std::string operator()(const wire::DateTime&) const { return "dateTime"; }
    std::string operator()(const wire::Base64&) const { return "base64"; }
    std::string operator()(const wire::Array&) const { return "array"; }
    std::string operator()(const wire::Struct&) const { return "struct"; }
  };
  return std::visit(Namer{}, value.data());
}

}  // namespace

const wire::Value* Arguments::at(std::size_t index) {
  if (index < params_.size()) {
    return &params_[index];
  }
  return nullptr;
}

std::string Arguments::string(std::size_t index) {
  const wire::Value* value = at(index);
  if (value != nullptr && value->as_string() != nullptr) {
    return *value->as_string();
  }
  problem_ = "argument " + std::to_string(index + 1) + " is " + (value == nullptr ? "missing" : type_name_of(*value)) +
             ", a string is needed";
  return {};
}

std::string Arguments::text(std::size_t index) {
  if (const wire::Value* value = at(index)) {
    if (const auto* number = value->as_int()) {
      return std::to_string(*number);
    }
    if (const auto* truth = value->as_bool()) {
      return *truth ? "True" : "False";
    }
    if (const auto* real = value->as_double()) {
      return wire::text_of(*real);
    }
    if (const auto* time = value->as_date_time()) {
      return time->text;
    }
  }
  return string(index);
}

std::int64_t Arguments::integer(std::size_t index) {
  const wire::Value* value = at(index);
  if (value != nullptr) {
    if (const auto* number = value->as_int()) {
      return *number;
    }
    if (const auto* truth = value->as_bool()) {
      return *truth ? 1 : 0;
    }
    if (const auto* real = value->as_double(); real != nullptr && *real > -9e18 && *real < 9e18) {
      return static_cast<std::int64_t>(*real);
    }
    if (const auto* text = value->as_string()) {
      if (const auto number = text::parse_int(text::trim(*text))) {
        return *number;
      }
    }
  }
  problem_ = "argument " + std::to_string(index + 1) + " is not a number";
  return 0;
}

bool Arguments::truth(std::size_t index, bool otherwise) {
  const wire::Value* value = at(index);
  if (value == nullptr) {
    return otherwise;
  }
  struct Truth {
    bool operator()(std::int64_t number) const { return number != 0; }
    bool operator()(bool truth) const { return truth; }
    bool operator()(const std::string& text) const { return !text.empty(); }
    bool operator()(double number) const { return number != 0; }
    bool operator()(const wire::DateTime&) const { return true; }
    bool operator()(const wire::Base64& bytes) const { return !bytes.bytes.empty(); }
    bool operator()(const wire::Array& items) const { return !items.empty(); }
    bool operator()(const wire::Struct& members) const { return !members.empty(); }
  };
  return std::visit(Truth{}, value->data());
}

}  // namespace holdfast::api

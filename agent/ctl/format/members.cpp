#include "ctl/format/members.hpp"

namespace holdfast::ctl {

std::string text_member(const wire::Value& value, std::string_view name) {
  const wire::Value* member = value.find(name);
  const std::string* text = member == nullptr ? nullptr : member->as_string();
  return text == nullptr ? std::string() : *text;
}

std::int64_t int_member(const wire::Value& value, std::string_view name) {
  const wire::Value* member = value.find(name);
  const std::int64_t* number = member == nullptr ? nullptr : member->as_int();
  return number == nullptr ? 0 : *number;
}

bool truth_member(const wire::Value& value, std::string_view name) {
  const wire::Value* member = value.find(name);
  if (member == nullptr) {
    return false;
  }
  // supervisord 4.2.5 sends some truths as numbers.
  const bool* truth = member->as_bool();
  return truth != nullptr ? *truth : int_member(value, name) != 0;
}

const wire::Array& items_of(const wire::Value& value) {
  static const wire::Array none;
  const wire::Array* items = value.as_array();
  return items == nullptr ? none : *items;
}

const wire::Array& items_member(const wire::Value& value, std::string_view name) {
  static const wire::Value none;
  const wire::Value* member = value.find(name);
  return items_of(member == nullptr ? none : *member);
}

}  // namespace holdfast::ctl

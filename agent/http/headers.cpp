#include "http/headers.hpp"

namespace holdfast::http {

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) {
    return false;
  }
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; };
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (lower(a[i]) != lower(b[i])) {
      return false;
    }
  }
  return true;
}

void Headers::add(std::string_view name, std::string_view value) {
  entries_.push_back(Entry{static_cast<std::uint32_t>(text_.size()), static_cast<std::uint32_t>(name.size()),
                           static_cast<std::uint32_t>(value.size())});
  text_ += name;
  text_ += value;
}

void Headers::clear() {
  text_.clear();
  entries_.clear();
}

Headers::Field Headers::at(std::size_t index) const {
  const Entry& entry = entries_.at(index);
  const std::string_view text(text_);
  return Field{text.substr(entry.name_at, entry.name_size),
               text.substr(entry.name_at + entry.name_size, entry.value_size)};
}

std::string_view Headers::get(std::string_view name) const {
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const Field field = at(i);
    if (equals_ignoring_case(field.name, name)) {
      return field.value;
    }
  }
  return {};
}

std::size_t Headers::count(std::string_view name) const {
  std::size_t found = 0;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    found += equals_ignoring_case(at(i).name, name) ? 1U : 0U;
  }
  return found;
}

bool Headers::has(std::string_view name) const {
  return count(name) > 0;
}

}  // namespace holdfast::http

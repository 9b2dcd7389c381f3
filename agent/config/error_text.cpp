#include "config/error_text.hpp"

namespace holdfast::config {
namespace {

constexpr std::string_view kPlaceMark = "\n    at ";

}  // namespace

Error error_at(std::string text, const Tree* value, std::string_view section, std::string_view key) {
  if (value == nullptr || value->data().line == 0) {
    return Error{std::move(text)};
  }
  text += kPlaceMark;
  text += place_of(*value);
  text += ", section [" + std::string(section) + "]";
  if (!key.empty()) {
    text += ", key " + std::string(key);
  }
  return Error{std::move(text)};
}

Error error_at(std::string text, const std::string& place) {
  return Error{place.empty() ? std::move(text) : std::move(text) + std::string(kPlaceMark) + place};
}

Error with_suffix(const Error& error, std::string_view suffix) {
  std::string text = supervisor_text(error);
  const std::string place = error.message.substr(text.size());
  return Error{text + std::string(suffix) + place, error.code};
}

std::string supervisor_text(const Error& error) {
  return error.message.substr(0, error.message.rfind(kPlaceMark));
}

std::string place_text(const Error& error) {
  const std::size_t mark = error.message.rfind(kPlaceMark);
  return mark == std::string::npos ? "" : error.message.substr(mark + kPlaceMark.size());
}

}  // namespace holdfast::config

#include "base/process_id.hpp"

namespace holdfast {

Namespec split_namespec(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) {
    return {std::string(text), std::string(text)};
  }
  Namespec result{std::string(text.substr(0, colon)), std::nullopt};
  const std::string_view process = text.substr(colon + 1);
  if (!process.empty() && process != "*") {
    result.process = std::string(process);
  }
  return result;
}

ProcessId parse_process_id(std::string_view text) {
  const auto colon = text.find(':');
  return colon == std::string_view::npos
             ? ProcessId{std::string(text), std::string(text)}
             : ProcessId{std::string(text.substr(0, colon)), std::string(text.substr(colon + 1))};
}

std::string make_namespec(const ProcessId& id) {
  return id.group == id.name ? id.name : full_namespec(id);
}

std::string full_namespec(const ProcessId& id) {
  std::string text;
  text.reserve(id.group.size() + 1 + id.name.size());
  text.append(id.group).append(1, ':').append(id.name);
  return text;
}

}  // namespace holdfast

#include "supervision/process_key.hpp"

namespace holdfast::supervision {

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

std::string make_namespec(const ProcessKey& key) {
  return key.group == key.name ? key.name : key.group + ":" + key.name;
}

}  // namespace holdfast::supervision

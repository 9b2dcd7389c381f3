#include "ctl/format/namespec.hpp"

#include <algorithm>

#include "ctl/format/members.hpp"

namespace holdfast::ctl {

Namespec split_namespec(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) {
    return {std::string(text), std::string(text)};
  }
  const std::string_view process = text.substr(colon + 1);
  if (process.empty() || process == "*") {
    return {std::string(text.substr(0, colon)), std::nullopt};
  }
  return {std::string(text.substr(0, colon)), std::string(process)};
}

std::string make_namespec(std::string_view group, std::string_view process) {
  return group == process ? std::string(process) : std::string(group) + ":" + std::string(process);
}

std::string namespec_of(const wire::Value& info) {
  return make_namespec(text_member(info, "group"), text_member(info, "name"));
}

std::string cluster_namespec_of(const wire::Value& info) {
  return make_namespec(text_member(info, "application_name"), text_member(info, "process_name"));
}

bool has_all(const std::vector<std::string>& names) {
  return std::ranges::find(names, "all") != names.end();
}

bool means_all(const std::vector<std::string>& names) {
  return names.empty() || has_all(names);
}

}  // namespace holdfast::ctl

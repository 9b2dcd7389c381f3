#include "ctl/format/namespec.hpp"

#include <algorithm>

#include "base/process_id.hpp"
#include "ctl/format/members.hpp"

namespace holdfast::ctl {

std::string namespec_of(const wire::Value& info) {
  return make_namespec({text_member(info, "group"), text_member(info, "name")});
}

std::string cluster_namespec_of(const wire::Value& info) {
  return make_namespec({text_member(info, "application_name"), text_member(info, "process_name")});
}

bool has_all(const std::vector<std::string>& names) {
  return std::ranges::find(names, "all") != names.end();
}

bool means_all(const std::vector<std::string>& names) {
  return names.empty() || has_all(names);
}

}  // namespace holdfast::ctl

// namespec.hpp: the namespec (base/process_id.hpp) of a process that a method describes, and the names that a command
// is given. Pure; knows nothing of nodes (`NODE/namespec` is Session::target_of's).
#pragma once

#include <string>
#include <vector>

#include "wire/xmlrpc_value.hpp"

namespace holdfast::ctl {

/// Of a process as supervisor.* methods describe it (`group`, `name`).
std::string namespec_of(const wire::Value& info);
/// Of a process as supvisors.* and holdfast.* methods describe it (`application_name`, `process_name`).
std::string cluster_namespec_of(const wire::Value& info);

/// Whether `all` is one of the names.
bool has_all(const std::vector<std::string>& names);
/// Whether everything is meant: no name was given, or `all` is one of them.
bool means_all(const std::vector<std::string>& names);

}  // namespace holdfast::ctl

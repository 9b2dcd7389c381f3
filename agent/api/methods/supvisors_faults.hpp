// supvisors_faults.hpp: the faults of supvisors.* whose whole texts clients compare (contract supvisors.md 5.1), in
// Supvisors' words: each kind once. Pure; says nothing about when. Used by the bodies of supvisors.*.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "api/methods/method_rows.hpp"
#include "base/enumeration.hpp"
#include "base/process_id.hpp"

namespace holdfast::api {

wire::Fault unknown_identifier(const std::string& name);
wire::Fault unknown_application(const std::string& name);
wire::Fault unknown_program(const std::string& name);
/// No process is called so: its application, or the process in it. `name` of the view: what nodes define.
wire::Fault unknown_namespec(const MethodCall& call, const std::string& namespec);
/// `kind value=BAD`, and what was expected. `value` may be of any type; names and numbers are those of the kind.
wire::Fault invalid_value(std::string_view kind, const wire::Value& value, const std::vector<std::string>& names,
                          const std::vector<std::string>& numbers);

/// The fault for a value that is neither the exact name nor the number of an `E`, which Supvisors calls `kind`.
template <typename E>
wire::Fault invalid_enumeration(std::string_view kind, const wire::Value& value) {
  std::vector<std::string> names;
  std::vector<std::string> numbers;
  for (const E each : all_values<E>()) {
    names.emplace_back(name_of(each));
    numbers.push_back(std::to_string(static_cast<int>(each)));
  }
  return invalid_value("<enum '" + std::string(kind) + "'>", value, names, numbers);
}

}  // namespace holdfast::api

// method_table.hpp: every method of this agent by name. call() checks name and number of arguments and runs the body;
// it never looks anywhere but in this table (contract supervisor.md 4.2: no traversal of objects). Also the source of
// system.*, which it adds itself. Filled at start by Api; called for XML-RPC, for JSON and by Supervisor's own pages.
// Loop thread only.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "api/method.hpp"

namespace holdfast::api {

class MethodTable {
 public:
  /// With the four system.* methods in it.
  MethodTable();
  MethodTable(const MethodTable&) = delete;
  MethodTable& operator=(const MethodTable&) = delete;

  /// Adds a method; its name must be new and of the form `namespace.method`.
  void add(Method method);
  /// Adds `alias` with the same body, parameters and help as `name`.
  void add_alias(const std::string& alias, const std::string& name);

  /// nullptr: no such method.
  [[nodiscard]] const Method* find(std::string_view name) const;
  [[nodiscard]] const std::map<std::string, Method, std::less<>>& methods() const { return methods_; }

  /// Answers by `done`, exactly once, now or later.
  void call(std::string_view name, const std::vector<wire::Value>& params, const Caller& caller,
            const MethodDone& done) const;

 private:
  void add_system_methods();
  std::map<std::string, Method, std::less<>> methods_;
};

}  // namespace holdfast::api

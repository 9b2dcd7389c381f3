// method_table.hpp: every method of this agent by name. call() checks name and number of arguments and runs
// the body; it never looks anywhere but in this table (contract supervisor.md 4.2: no traversal of objects).
// Also the source of system.*, which it adds itself. Filled at start by the composition root; the loop thread
// only.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "api/methods/method.hpp"

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

/// The arguments of one call, with the reference's ideas of what fits (contract 4.1, 4.5). The first argument
/// that does not fit is remembered; a body asks failed() once, before it acts.
class Arguments {
 public:
  explicit Arguments(const std::vector<wire::Value>& params) : params_(params) {}

  [[nodiscard]] const std::vector<wire::Value>& params() const { return params_; }
  std::string string(std::size_t index);
  /// str(), as Python prints it: text, ints, booleans, doubles, times. Arrays and structs are a problem.
  std::string text(std::size_t index);
  /// int(), as Python converts: ints, booleans, doubles, decimal text.
  std::int64_t integer(std::size_t index);
  /// Truth, as Python has it; `otherwise` when the argument is absent.
  bool truth(std::size_t index, bool otherwise);

  [[nodiscard]] bool failed() const { return !problem_.empty(); }
  [[nodiscard]] Unexpected problem() const { return Unexpected{problem_}; }

 private:
  const wire::Value* at(std::size_t index);
  const std::vector<wire::Value>& params_;
  std::string problem_;
};

}  // namespace holdfast::api

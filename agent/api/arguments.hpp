// arguments.hpp: the arguments of one call of a method, read as the reference reads them (contract
// supervisor.md 4.1, 4.5). Used by the bodies of the methods, for the time of the call.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "api/method.hpp"

namespace holdfast::api {

/// The last argument that does not fit is remembered; a body asks failed() once, before it acts.
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

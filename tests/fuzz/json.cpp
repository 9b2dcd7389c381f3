// Bodies of the JSON twin of the methods: /api/v1/NAMESPACE.METHOD.
#include <nlohmann/json.hpp>

#include "api/methods/json_arguments.hpp"
#include "base/check.hpp"
#include "wire/json_value.hpp"

using namespace holdfast;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  api::Method method;
  method.parameters = {{"name", "string"}, {"wait", "boolean", true}};
  const auto arguments = api::arguments_of(method, body);
  if (!arguments.ok()) {
    CHECK(!arguments.error().message.empty());
    return 0;
  }
  for (const wire::Value& value : arguments.value()) {
    const auto again = wire::value_of(wire::json_of(value));
    CHECK(again.ok());
    CHECK(wire::json_of(again.value()) == wire::json_of(value));  // texts lose what cannot be printed, once
  }
  return 0;
}

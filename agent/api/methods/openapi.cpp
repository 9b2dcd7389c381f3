#include "api/methods/openapi.hpp"

#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "api/fault.hpp"
#include "wire/json_value.hpp"

namespace holdfast::api {
namespace {

using OrderedJson = nlohmann::ordered_json;  // parameters stay in their order, which an array of arguments follows

std::string_view json_type_of(std::string_view word) {
  if (word == "int") {
    return "integer";
  }
  if (word == "struct") {
    return "object";
  }
  return word == "double" ? "number" : word;  // string, boolean and array are called alike
}

OrderedJson schema_of(std::string_view word) {
  OrderedJson schema = {{"type", std::string(json_type_of(word))}};
  if (word == "array") {
    schema["items"] = OrderedJson::object();
  }
  return schema;
}

OrderedJson schema_of(const MethodParameter& parameter) {
  OrderedJson schema = schema_of(parameter.type);
  if (parameter.optional()) {
    schema["default"] = wire::json_of(*parameter.otherwise);
  }
  return schema;
}

OrderedJson content_of(OrderedJson schema) {
  return {{"application/json", {{"schema", std::move(schema)}}}};
}

OrderedJson request_body_of(const Method& method) {
  OrderedJson properties = OrderedJson::object();
  OrderedJson required = OrderedJson::array();
  for (const MethodParameter& parameter : method.parameters) {
    properties[parameter.name] = schema_of(parameter);
    if (!parameter.optional()) {
      required.push_back(parameter.name);
    }
  }
  OrderedJson by_name = {{"type", "object"}, {"properties", properties}, {"additionalProperties", false}};
  if (!required.empty()) {
    by_name["required"] = required;
  }
  const OrderedJson in_order = {{"type", "array"},
                                {"items", OrderedJson::object()},
                                {"minItems", required.size()},
                                {"maxItems", method.parameters.size()}};
  return {{"required", !required.empty()},
          {"content", content_of({{"oneOf", OrderedJson::array({std::move(by_name), in_order})}})}};
}

OrderedJson query_parameters_of(const Method& method) {
  OrderedJson parameters = OrderedJson::array();
  for (const MethodParameter& parameter : method.parameters) {
    parameters.push_back({{"name", parameter.name},
                          {"in", "query"},
                          {"required", !parameter.optional()},
                          {"schema", schema_of(parameter)}});
  }
  return parameters;
}

std::string response_name(int status) {
  return "Fault" + std::to_string(status);
}

OrderedJson operation_of(const Method& method, std::string_view verb) {
  OrderedJson operation = {{"tags", OrderedJson::array({method.name.substr(0, method.name.find('.'))})},
                           {"summary", method.help},
                           {"operationId", std::string(verb) + "_" + method.name}};
  if (verb == "get") {
    operation["parameters"] = query_parameters_of(method);
  } else {
    operation["requestBody"] = request_body_of(method);
  }
  const OrderedJson result = {{"type", "object"},
                              {"required", OrderedJson::array({"result"})},
                              {"properties", {{"result", schema_of(method.result)}}}};
  operation["responses"]["200"] = {{"description", "The result."}, {"content", content_of(result)}};
  for (const int status : fault_statuses()) {
    operation["responses"][std::to_string(status)] = {{"$ref", "#/components/responses/" + response_name(status)}};
  }
  return operation;
}

OrderedJson components() {
  const OrderedJson fault = {
      {"type", "object"},
      {"required", OrderedJson::array({"fault"})},
      {"properties",
       {{"fault",
         {{"type", "object"},
          {"required", OrderedJson::array({"code", "text"})},
          {"properties",
           {{"code",
             {{"type", "integer"},
              {"description", "The code of the XML-RPC fault, or the HTTP status when no method was called."}}},
            {"text", {{"type", "string"}}}}}}}}}};
  OrderedJson responses = OrderedJson::object();
  for (const int status : fault_statuses()) {
    std::string names;
    for (const auto& [code, name] : faults_of_status(status)) {
      names += (names.empty() ? "" : ", ") + std::string(name) + " (" + std::to_string(code) + ")";
    }
    responses[response_name(status)] = {{"description", names + "."},
                                        {"content", content_of({{"$ref", "#/components/schemas/Fault"}})}};
  }
  return {{"schemas", {{"Fault", fault}}},
          {"responses", std::move(responses)},
          {"securitySchemes", {{"basic", {{"type", "http"}, {"scheme", "basic"}}}}}};
}

OrderedJson events_path() {
  return {{"get",
           {{"tags", OrderedJson::array({"events"})},
            {"summary", "What changes, as server-sent events; the pages live on it."},
            {"operationId", "get_events"},
            {"responses",
             {{"200",
               {{"description", "The stream; it goes on until the client leaves."},
                {"content", {{"text/event-stream", {{"schema", {{"type", "string"}}}}}}}}}}}}}};
}

}  // namespace

nlohmann::ordered_json openapi_of(const MethodTable& table, std::string_view version) {
  OrderedJson paths = OrderedJson::object();
  for (const auto& [name, method] : table.methods()) {
    OrderedJson& path = paths[std::string(kJsonPrefix) + name];
    if (method.reads_only) {
      path["get"] = operation_of(method, "get");
    }
    path["post"] = operation_of(method, "post");
  }
  paths[std::string(kJsonPrefix) + "events"] = events_path();
  return {{"openapi", "3.0.3"},
          {"info", {{"title", "Holdfast"}, {"version", std::string(version)}}},
          {"security", OrderedJson::array({OrderedJson{{"basic", OrderedJson::array()}}, OrderedJson::object()})},
          {"paths", std::move(paths)},
          {"components", components()}};
}

}  // namespace holdfast::api

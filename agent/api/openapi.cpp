#include "api/openapi.hpp"

#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "api/fault.hpp"

namespace holdfast::api {
namespace {

using json = nlohmann::ordered_json;  // parameters stay in their order, which an array of arguments follows

std::string_view json_type_of(std::string_view word) {
  if (word == "int") {
    return "integer";
  }
  if (word == "struct") {
    return "object";
  }
  return word == "double" ? "number" : word;  // string, boolean and array are called alike
}

json schema_of(std::string_view word) {
  json schema = {{"type", std::string(json_type_of(word))}};
  if (word == "array") {
    schema["items"] = json::object();
  }
  return schema;
}

json content_of(json schema) {
  return {{"application/json", {{"schema", std::move(schema)}}}};
}

json request_body_of(const Method& method) {
  json properties = json::object();
  json required = json::array();
  for (const MethodParameter& parameter : method.parameters) {
    properties[parameter.name] = schema_of(parameter.type);
    if (!parameter.optional) {
      required.push_back(parameter.name);
    }
  }
  json by_name = {{"type", "object"}, {"properties", properties}, {"additionalProperties", false}};
  if (!required.empty()) {
    by_name["required"] = required;
  }
  const json in_order = {{"type", "array"},
                         {"items", json::object()},
                         {"minItems", required.size()},
                         {"maxItems", method.parameters.size()}};
  return {{"required", !required.empty()},
          {"content", content_of({{"oneOf", json::array({std::move(by_name), in_order})}})}};
}

json query_parameters_of(const Method& method) {
  json parameters = json::array();
  for (const MethodParameter& parameter : method.parameters) {
    parameters.push_back({{"name", parameter.name},
                          {"in", "query"},
                          {"required", !parameter.optional},
                          {"schema", schema_of(parameter.type)}});
  }
  return parameters;
}

std::string response_name(int status) {
  return "Fault" + std::to_string(status);
}

json operation_of(const Method& method, std::string_view verb) {
  json operation = {{"tags", json::array({method.name.substr(0, method.name.find('.'))})},
                    {"summary", method.help},
                    {"operationId", std::string(verb) + "_" + method.name}};
  if (verb == "get") {
    operation["parameters"] = query_parameters_of(method);
  } else {
    operation["requestBody"] = request_body_of(method);
  }
  const json result = {{"type", "object"},
                       {"required", json::array({"result"})},
                       {"properties", {{"result", schema_of(method.result)}}}};
  operation["responses"]["200"] = {{"description", "The result."}, {"content", content_of(result)}};
  for (const int status : fault_statuses()) {
    operation["responses"][std::to_string(status)] = {
        {"$ref", "#/components/responses/" + response_name(status)}};
  }
  return operation;
}

json components() {
  const json fault = {
      {"type", "object"},
      {"required", json::array({"fault"})},
      {"properties",
       {{"fault",
         {{"type", "object"},
          {"required", json::array({"code", "text"})},
          {"properties",
           {{"code",
             {{"type", "integer"},
              {"description",
               "The code of the XML-RPC fault, or the HTTP status when no method was called."}}},
            {"text", {{"type", "string"}}}}}}}}}};
  json responses = json::object();
  for (const int status : fault_statuses()) {
    std::string names;
    for (const auto& [code, name] : faults_of_status(status)) {
      names += (names.empty() ? "" : ", ") + std::string(name) + " (" + std::to_string(code) + ")";
    }
    responses[response_name(status)] = {
        {"description", names + "."}, {"content", content_of({{"$ref", "#/components/schemas/Fault"}})}};
  }
  return {{"schemas", {{"Fault", fault}}},
          {"responses", std::move(responses)},
          {"securitySchemes", {{"basic", {{"type", "http"}, {"scheme", "basic"}}}}}};
}

json events_path() {
  return {{"get",
           {{"tags", json::array({"events"})},
            {"summary", "What changes, as server-sent events; the pages live on it."},
            {"operationId", "get_events"},
            {"responses",
             {{"200",
               {{"description", "The stream; it goes on until the client leaves."},
                {"content", {{"text/event-stream", {{"schema", {{"type", "string"}}}}}}}}}}}}}};
}

}  // namespace

nlohmann::ordered_json openapi_of(const MethodTable& table, std::string_view version) {
  json paths = json::object();
  for (const auto& [name, method] : table.methods()) {
    json& path = paths[std::string(kJsonPrefix) + name];
    if (method.reads_only) {
      path["get"] = operation_of(method, "get");
    }
    path["post"] = operation_of(method, "post");
  }
  paths[std::string(kJsonPrefix) + "events"] = events_path();
  return {{"openapi", "3.0.3"},
          {"info", {{"title", "Holdfast"}, {"version", std::string(version)}}},
          {"security", json::array({json{{"basic", json::array()}}, json::object()})},
          {"paths", std::move(paths)},
          {"components", components()}};
}

}  // namespace holdfast::api

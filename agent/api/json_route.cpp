#include "api/json_route.hpp"

#include <nlohmann/json.hpp>
#include <utility>

#include "api/fault.hpp"
#include "api/json_value.hpp"
#include "base/text.hpp"

namespace holdfast::api {
namespace {

using nlohmann::json;

constexpr std::string_view kPrefix = "/api/v1/";

WebResponse json_response(int status, const json& body) {
  WebResponse response;
  response.status = status;
  response.content_type = "application/json";
  response.headers.emplace_back("Cache-Control", "no-store");
  response.headers.emplace_back("X-Content-Type-Options", "nosniff");
  response.body = body.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
  return response;
}

WebResponse problem(int status, std::string_view text) {
  return json_response(status, {{"fault", {{"code", status}, {"text", std::string(text)}}}});
}

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

json request_body_of(const Method& method) {
  json properties = json::object();
  json required = json::array();
  for (const MethodParameter& parameter : method.parameters) {
    properties[parameter.name] = schema_of(parameter.type);
    if (!parameter.optional) {
      required.push_back(parameter.name);
    }
  }
  json object = {{"type", "object"}, {"properties", properties}};
  if (!required.empty()) {
    object["required"] = required;
  }
  return {{"content", {{"application/json", {{"schema", object}}}}}};
}

json operation_of(const Method& method, std::string_view verb) {
  json operation = {{"summary", method.help}, {"operationId", std::string(verb) + "_" + method.name}};
  if (verb == "post") {
    operation["requestBody"] = request_body_of(method);
  }
  const json answer = {{"type", "object"}, {"properties", {{"result", schema_of(method.result)}}}};
  operation["responses"] = {{"200",
                             {{"description", "the result, or a fault"},
                              {"content", {{"application/json", {{"schema", answer}}}}}}}};
  return operation;
}

json openapi_of(const MethodTable& table) {
  json paths = json::object();
  for (const auto& [name, method] : table.methods()) {
    json& path = paths[std::string(kPrefix) + name];
    path["post"] = operation_of(method, "post");
    if (method.reads_only && method.parameters.empty()) {
      path["get"] = operation_of(method, "get");
    }
  }
  return {{"openapi", "3.0.3"},
          {"info", {{"title", "Holdfast"}, {"version", HOLDFAST_VERSION}}},
          {"paths", std::move(paths)}};
}

void answer_result(const WebReplyPtr& reply, const MethodResult& result) {
  if (const auto* value = std::get_if<wire::Value>(&result)) {
    return reply->respond(json_response(200, {{"result", json_of(*value)}}));
  }
  if (const auto* fault = std::get_if<wire::Fault>(&result)) {
    return reply->respond(json_response(200, {{"fault", {{"code", fault->code}, {"text", fault->text}}}}));
  }
  reply->respond(problem(400, std::get<Unexpected>(result).what));
}

/// Arguments of a GET: the query's fields by parameter name, as text (Arguments converts numbers).
Result<std::vector<wire::Value>> query_arguments(const Method& method, const WebRequest& request) {
  std::vector<wire::Value> values;
  for (const MethodParameter& parameter : method.parameters) {
    bool found = false;
    for (const WebField& field : request.query) {
      if (field.name == parameter.name) {
        values.emplace_back(field.value);
        found = true;
        break;
      }
    }
    if (!found && !parameter.optional) {
      return Error{"parameter '" + parameter.name + "' is missing"};
    }
    if (!found) {
      break;
    }
  }
  return values;
}

}  // namespace

void answer_json(const MethodTable& table, WebRequest request, const WebReplyPtr& reply) {
  if (!request.host_allowed) {
    return reply->respond(problem(403, "this server is not addressed by that name"));
  }
  if (!request.path.starts_with(kPrefix)) {
    return reply->respond(problem(404, "the API is below /api/v1/"));
  }
  const std::string name = request.path.substr(kPrefix.size());
  const bool get = request.method == "GET";
  if (name == "openapi.json" && get) {
    return reply->respond(json_response(200, openapi_of(table)));
  }
  if (name == "events" && get) {
    return reply->stream_events({});
  }
  const Method* method = table.find(name);
  if (method == nullptr) {
    return reply->respond(
        problem(404, "no method '" + text::printable_utf8(name) + "'; see /api/v1/openapi.json"));
  }
  if (!get && request.method != "POST") {
    return reply->respond(problem(405, "POST, or GET for methods that only read"));
  }
  if (get && !method->reads_only) {
    return reply->respond(problem(405, "this method changes something: POST"));
  }
  if (!get && (!request.same_origin || !request.content_type.starts_with("application/json"))) {
    return reply->respond(problem(415, "POST with Content-Type: application/json, from no foreign page"));
  }
  auto arguments = get ? query_arguments(*method, request) : arguments_of(*method, request.body);
  if (!arguments) {
    return reply->respond(problem(400, arguments.error().message));
  }
  table.call(name, arguments.value(), Caller{request.user, request.origin + " JSON"},
             [reply](const MethodResult& result) { answer_result(reply, result); });
}

}  // namespace holdfast::api

#include "api/methods/json_route.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "api/fault.hpp"
#include "api/methods/json_arguments.hpp"
#include "api/methods/openapi.hpp"
#include "base/text.hpp"
#include "wire/json_value.hpp"

namespace holdfast::api {
namespace {

using nlohmann::json;

template <typename Json>
WebResponse json_response(int status, const Json& body) {
  WebResponse response;
  response.status = status;
  response.content_type = "application/json";
  response.headers.emplace_back("Cache-Control", "no-store");
  response.headers.emplace_back("X-Content-Type-Options", "nosniff");
  response.body = body.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  return response;
}

WebResponse fault_response(const wire::Fault& fault) {
  return json_response(http_status_of(fault.code), json{{"fault", {{"code", fault.code}, {"text", fault.text}}}});
}

/// No method was called: the code is the status.
WebResponse problem(int status, std::string_view text) {
  return json_response(status, json{{"fault", {{"code", status}, {"text", std::string(text)}}}});
}

void answer_result(const WebReplyPtr& reply, const MethodResult& result) {
  if (const auto* value = std::get_if<wire::Value>(&result)) {
    return reply->respond(json_response(200, json{{"result", wire::json_of(*value)}}));
  }
  if (const auto* fault = std::get_if<wire::Fault>(&result)) {
    return reply->respond(fault_response(*fault));
  }
  reply->respond(fault_response(make_fault(Fault::incorrect_parameters, std::get<Unexpected>(result).what)));
}

/// Text of a query as a value of the parameter's type; numbers are converted by Arguments, as text anyhow.
Result<wire::Value> query_value(const MethodParameter& parameter, const std::string& text) {
  if (parameter.type != "boolean") {
    return wire::Value(text);
  }
  if (text != "true" && text != "1" && text != "false" && text != "0") {
    return Error{"argument '" + parameter.name + "' is true or false, not '" + text::printable_utf8(text) + "'"};
  }
  return wire::Value(text == "true" || text == "1");
}

/// Arguments of a GET: the query's fields by parameter name.
Result<std::vector<wire::Value>> query_arguments(const Method& method, const WebRequest& request) {
  std::map<std::string, wire::Value> values;
  for (const WebField& field : request.query) {
    const auto parameter = std::ranges::find(method.parameters, field.name, &MethodParameter::name);
    Result<wire::Value> value = parameter == method.parameters.end() ? Result<wire::Value>(wire::Value())  // said below
                                                                     : query_value(*parameter, field.value);
    if (!value) {
      return value.error();
    }
    if (!values.emplace(field.name, std::move(value).value()).second) {
      return Error{"argument '" + text::printable_utf8(field.name) + "' is given twice"};
    }
  }
  return in_order(method, std::move(values));
}

}  // namespace

void answer_json(const MethodTable& table, WebRequest request, const WebReplyPtr& reply) {
  if (!request.host_allowed) {
    return reply->respond(problem(403, "this server is not addressed by that name"));
  }
  if (!request.path.starts_with(kJsonPrefix)) {
    return reply->respond(problem(404, "the API is below /api/v1/"));
  }
  const std::string name = request.path.substr(kJsonPrefix.size());
  const bool get = request.method == "GET";
  if (name == "openapi.json" && get) {
    return reply->respond(json_response(200, openapi_of(table, HOLDFAST_VERSION)));
  }
  if (name == "events" && get) {
    return reply->stream_events({});
  }
  const Method* method = table.find(name);
  if (method == nullptr) {
    return reply->respond(
        fault_response(make_fault(Fault::unknown_method, text::printable_utf8(name) + "; see /api/v1/openapi.json")));
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
    return reply->respond(fault_response(make_fault(Fault::incorrect_parameters, arguments.error().message)));
  }
  table.call(name, arguments.value(), Caller{request.user, request.origin + " JSON"},
             [reply](const MethodResult& result) { answer_result(reply, result); });
}

}  // namespace holdfast::api

#include "api/api.hpp"

#include <utility>

#include "api/methods/holdfast_methods.hpp"
#include "api/methods/json_route.hpp"
#include "api/methods/supervisor_methods.hpp"
#include "api/methods/supvisors_methods.hpp"
#include "base/text.hpp"
#include "supervision/log_path.hpp"

namespace holdfast::api {
namespace {

constexpr std::int64_t kFollowTailBytes = 1024;  // contract 4.10

WebResponse xml_response(std::string body) {
  WebResponse response;
  response.content_type = "text/xml";
  response.body = std::move(body);
  return response;
}

}  // namespace

Api::Api(Ports& ports) : ports_(ports), pages_(ports, page_methods_) {
  add_supervisor_methods(page_methods_, "supervisor", ports);
  if (ports.agent.settings().supervisor_interface) {
    add_supervisor_methods(table_, "supervisor", ports);
  }
  if (ports.cluster != nullptr) {
    add_supvisors_methods(table_, ports);
  }
  add_holdfast_methods(table_, ports);
}

void Api::handle(WebRequest request, WebReplyPtr reply) {
  const std::string& path = request.path;
  if (path.starts_with("/RPC2")) {
    return xml_rpc(std::move(request), reply);
  }
  if (path.starts_with("/logtail") || path.starts_with("/mainlogtail")) {
    return log_stream(request, reply);
  }
  if (path.starts_with("/api/")) {
    return answer_json(table_, std::move(request), reply);
  }
  pages_.handle(std::move(request), reply);
}

void Api::xml_rpc(WebRequest request, const WebReplyPtr& reply) {
  if (request.method != "POST") {
    return reply->error(400);
  }
  auto call = wire::decode_call(request.body);
  if (!call) {
    return reply->error(400);
  }
  const Caller caller{request.user, request.origin + " XML-RPC"};
  const std::string method = text::printable_utf8(call.value().method);
  table_.call(call.value().method, call.value().params, caller, [this, reply, method](MethodResult result) {
    if (const auto* value = std::get_if<wire::Value>(&result)) {
      return reply->respond(xml_response(wire::encode_response(*value)));
    }
    if (const auto* fault = std::get_if<wire::Fault>(&result)) {
      return reply->respond(xml_response(wire::encode_fault(*fault)));
    }
    // The reference logs the whole request; arguments may be secrets, so ours names the method only.
    ports_.logs.critical("Handling XML-RPC request " + method +
                         " raised an unexpected exception: " + std::get<Unexpected>(result).what);
    reply->error(500);
  });
}

void Api::log_stream(const WebRequest& request, const WebReplyPtr& reply) {
  const auto& cluster = ports_.agent.settings().cluster;
  const std::int64_t before = cluster ? cluster->tailf_limit : kFollowTailBytes;  // contract supvisors.md CFG-27
  if (request.method != "GET" && request.method != "HEAD") {
    return reply->error(400);
  }
  if (request.path.starts_with("/mainlogtail")) {
    const std::string path = ports_.logs.main_log_path();
    return path.empty() ? reply->error(404) : reply->follow_log(path, before);
  }
  // /logtail/<name>[/stdout|/stderr]: the name comes percent-decoded and holds no slash.
  const auto parts = text::split(std::string_view(request.path).substr(1), '/');
  if (parts.size() < 2 || parts.size() > 3) {
    return reply->error(404);
  }
  const bool err = parts.size() == 3 && parts[2] == "stderr";
  if (parts.size() == 3 && !err && parts[2] != "stdout") {
    return reply->error(404);
  }
  const supervision::Process* process = ports_.supervision.supervisor().find_namespec(parts[1]);
  const std::string path = process == nullptr ? ""
                                              : supervision::log_path_of(*process, err ? supervision::Channel::err
                                                                                       : supervision::Channel::out);
  path.empty() ? reply->error(404) : reply->follow_log(path, before);
}

}  // namespace holdfast::api

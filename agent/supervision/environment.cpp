#include "supervision/environment.hpp"

namespace holdfast::supervision {

std::optional<std::string> server_url_of(const std::vector<config::HttpServerSettings>& servers) {
  std::optional<std::string> url;
  for (const config::HttpServerSettings& server : servers) {
    if (server.kind == config::HttpServerSettings::Kind::unix_socket) {
      return "unix://" + server.path;
    }
    std::string host = server.host.empty() ? "localhost" : server.host;
    if (host.find(':') != std::string::npos) {
      host = "[" + host + "]";  // IPv6, which Supervisor does not know
    }
    url = "http://" + host + ":" + std::to_string(server.port);
  }
  return url;
}

config::Environment child_environment(const config::Environment& daemon, const config::ProcessSettings& settings,
                                      const std::string& group, const std::optional<std::string>& server_url) {
  config::Environment result = daemon;
  result["SUPERVISOR_ENABLED"] = "1";
  const std::optional<std::string>& url = settings.serverurl ? settings.serverurl : server_url;
  if (url && !url->empty()) {
    result["SUPERVISOR_SERVER_URL"] = *url;
  }
  result["SUPERVISOR_PROCESS_NAME"] = settings.name;
  result["SUPERVISOR_GROUP_NAME"] = group;
  for (const auto& [key, value] : settings.environment) {
    result[key] = value;
  }
  return result;
}

}  // namespace holdfast::supervision

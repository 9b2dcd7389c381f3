#include "drivers/frontend/server_sockets.hpp"

#include <optional>

#include "base/socket_file.hpp"
#include "http/listener.hpp"

namespace holdfast {
namespace {

constexpr const char* kHeldServers = "http ";  // what the keeper holds them under, and the address

/// The name under which the keeper holds the server's socket.
std::string held_name_of(const config::HttpServerSettings& settings) {
  return kHeldServers + (settings.kind == config::HttpServerSettings::Kind::inet
                             ? settings.host + ":" + std::to_string(settings.port)
                             : "unix " + settings.path);
}

/// A listening socket as the section says (contract supervisor.md 1.7, 1.8).
Result<UniqueFd> listen_for(const config::HttpServerSettings& settings) {
  if (settings.kind == config::HttpServerSettings::Kind::inet) {
    return http::make_tcp_listener(settings.host, settings.port);
  }
  std::optional<http::SocketOwner> owner;
  if (settings.owner) {
    owner = http::SocketOwner{settings.owner->first, settings.owner->second};
  }
  return http::make_unix_listener(settings.path, settings.mode, owner);
}

}  // namespace

Status ServerSockets::open(const config::Settings& settings, std::map<std::string, UniqueFd>& held, Web& web) {
  for (const config::HttpServerSettings& server : settings.servers) {
    auto socket = socket_of(server, held);
    if (!socket) {
      return socket.error();
    }
    if (settings.supervisor_interface) {
      log_.info("RPC interface 'supervisor' initialized");  // once for each server, as there
    }
    if (server.kind == config::HttpServerSettings::Kind::unix_socket) {
      if (const auto own = socket_file(server.path)) {
        files_[server.path] = *own;
      }
    }
    web.add_server(server, std::move(socket).value());
    web.allow_host(server.host);
  }
  for (const auto& [name, fd] : held) {
    if (name.starts_with(kHeldServers)) {
      (void)keeper_.release(name);  // of a section that is gone
    }
  }
  return {};
}

Result<UniqueFd> ServerSockets::socket_of(const config::HttpServerSettings& server,
                                          std::map<std::string, UniqueFd>& held) {
  const std::string name = held_name_of(server);
  if (const auto found = held.find(name); found != held.end() && found->second.valid()) {
    return std::move(held.extract(found).mapped());
  }
  auto made = listen_for(server);
  if (!made) {
    return made;
  }
  if (const Status kept = keeper_.hold(name, made.value().get()); !kept) {
    log_.error("the socket of [" + server.section + "] would not outlive this agent: " + kept.error().message);
  }
  return made;
}

void ServerSockets::remove_files() {
  for (const auto& [path, own] : files_) {
    if (socket_file(path) == own) {
      (void)remove_socket_file(path);
    }
  }
}

}  // namespace holdfast

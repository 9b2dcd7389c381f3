// web.hpp: the HTTP face of the agent: here the server of agent/http and the routes of agent/api meet. It
// translates requests and answers, checks names and origins for browsers, streams logs and events, and passes
// HELLO on. It decides nothing. Loop thread only.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "api/api.hpp"
#include "base/descriptor_shares.hpp"
#include "base/unique_fd.hpp"
#include "config/settings.hpp"
#include "http/authentication.hpp"
#include "http/event_stream.hpp"
#include "http/security.hpp"
#include "http/server.hpp"
#include "drivers/frontend/log_follow.hpp"
#include "storage/disk_thread.hpp"
#include "storage/main_log.hpp"
#include "system/event_loop.hpp"

namespace holdfast {

class Web final : public api::TokenPort {
 public:
  /// Answers a HELLO request (path, body, address of the peer) at once.
  struct HelloAnswer {
    int status = 404;
    std::string body;
  };
  using HelloHandler = std::function<HelloAnswer(const std::string& body, const std::string& from)>;

  Web(system::EventLoop& loop, storage::DiskThread& disk, storage::MainLog& log,
      const DescriptorShares& shares);
  ~Web() override;

  /// From here on requests are answered; before it they wait in the sockets' backlog.
  /// `on_watcher`: a page has opened its event stream.
  void serve(api::Api& api, HelloHandler hello, std::function<void()> on_watcher);
  /// One of the configured servers, listening on `socket`.
  void add_server(const config::HttpServerSettings& settings, UniqueFd socket);
  /// The port of the external events, listening on `socket`: every request there that a page of another origin has not
  /// sent goes to `handler`.
  using EventPortHandler = std::function<void(http::Request&, http::Responder)>;
  void add_event_port(UniqueFd socket, http::Credentials credentials, EventPortHandler handler);
  void allow_host(const std::string& host) { hosts_.add(host); }

  [[nodiscard]] http::EventStream& events() { return events_; }
  [[nodiscard]] const http::ServerStatistics& statistics() const { return server_->statistics(); }
  void close();

  // api::TokenPort
  [[nodiscard]] std::string issue(std::string_view user) const override;
  [[nodiscard]] bool valid(std::string_view token, std::string_view user) const override;

 private:
  class Reply;
  void handle(http::Request& request, http::Responder responder);

  system::EventLoop& loop_;
  storage::DiskThread& disk_;
  storage::MainLog& log_;
  LogFollowers followers_;
  http::EventStream events_;
  http::HostAllowList hosts_;
  http::CsrfTokens tokens_;
  system::Deadline flood_over_{loop_};
  std::unique_ptr<http::Server> server_;
  struct Waiting {
    UniqueFd socket;
    std::string section;
    http::Credentials credentials;
  };
  std::vector<Waiting> waiting_;  // listening already; watched from serve() on
  api::Api* api_ = nullptr;
  HelloHandler hello_;
  EventPortHandler event_port_;
  std::function<void()> on_watcher_;
};

/// A listening socket as the section says (contract supervisor.md 1.7, 1.8).
Result<UniqueFd> listen_for(const config::HttpServerSettings& settings);

/// The name under which the keeper holds that socket.
std::string held_name_of(const config::HttpServerSettings& settings);

}  // namespace holdfast

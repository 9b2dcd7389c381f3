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
#include "drivers/frontend/log_follow.hpp"
#include "http/authentication.hpp"
#include "http/event_stream.hpp"
#include "http/request_port.hpp"
#include "http/security.hpp"
#include "http/server.hpp"
#include "storage/disk_thread.hpp"
#include "storage/main_log.hpp"
#include "system/event_loop.hpp"

namespace holdfast {

class Web final : public api::TokenPort, public http::RequestPort {
 public:
  Web(system::EventLoop& loop, storage::DiskThread& disk, storage::MainLog& log, const DescriptorShares& shares);
  ~Web() override;

  /// From here on requests are answered; before it they wait in the sockets' backlog.
  /// `hello`: nullptr when the agent is alone. `on_watcher`: a page has opened its event stream.
  void serve(api::Api& api, api::HelloPort* hello, std::function<void()> on_watcher);
  /// One of the configured servers, listening on `socket`.
  void add_server(const config::HttpServerSettings& settings, UniqueFd socket);
  void allow_host(const std::string& host) { hosts_.add(host); }

  [[nodiscard]] http::EventStream& events() { return events_; }
  [[nodiscard]] const http::ServerStatistics& statistics() const { return server_->statistics(); }
  void close();

  // http::RequestPort: requests of pages of another origin are refused here.
  void add_event_port(UniqueFd socket, http::Credentials credentials, Handler handler) override;

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
  system::Deadline pressure_end_{loop_};
  std::unique_ptr<http::Server> server_;
  struct Waiting {
    UniqueFd socket;
    std::string section;
    http::Credentials credentials;
  };
  std::vector<Waiting> waiting_;  // listening already; watched from serve() on
  api::Api* api_ = nullptr;
  api::HelloPort* hello_ = nullptr;
  Handler event_port_;
  std::function<void()> on_watcher_;
};

}  // namespace holdfast

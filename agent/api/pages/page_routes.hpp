// page_routes.hpp: the dashboard's addresses: overview, application, process, actions by POST with a token,
// and assets; Supervisor's own addresses are SupervisorPages'. Fills view structs from the read models
// (*_model.hpp) and lets dashboard/ make the HTML; also answers what the event stream sends. Decides nothing. Made by
// Api; loop thread only.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "api/method_table.hpp"
#include "api/pages/branding.hpp"
#include "api/pages/live_fragments.hpp"
#include "api/pages/supervisor_pages.hpp"
#include "api/ports.hpp"
#include "dashboard/addresses.hpp"
#include "dashboard/views.hpp"

namespace holdfast::api {

class PageRoutes {
 public:
  /// `supervisor_methods`: what Supervisor's own addresses act by.
  PageRoutes(Ports& ports, const MethodTable& supervisor_methods)
      : ports_(ports), supervisor_pages_(ports, supervisor_methods), branding_(ports) {}

  /// Any path that is no API path.
  void handle(WebRequest request, const WebReplyPtr& reply);

  /// What the pages show differently than what changes() answered before.
  [[nodiscard]] std::vector<Fragment> changes();
  /// The next changes() is everything: somebody opened a page.
  void forget_sent() {
    live_.forget();
    last_event_ = 0;
  }
  /// Lines of the history that were not answered before; without a key: each is sent on its own.
  void new_events(std::function<void(std::vector<Fragment>)> answer);

 private:
  void get(const WebRequest& request, const WebReplyPtr& reply);
  void show(dashboard::Page page, const WebRequest& request, const WebReplyPtr& reply);
  void overview(const WebRequest& request, const WebReplyPtr& reply);
  void application(const WebRequest& request, const WebReplyPtr& reply);
  void process(const WebRequest& request, const WebReplyPtr& reply);
  void asset(const WebRequest& request, const WebReplyPtr& reply);
  void act(const WebRequest& request, const WebReplyPtr& reply);
  void message(const WebRequest& request, const WebReplyPtr& reply, int status, const std::string& title,
               const std::string& text, const std::string& hint);
  [[nodiscard]] dashboard::FrameView frame(const WebRequest& request);
  /// Keeps a message for the page that follows the redirect; shown once.
  std::string keep(dashboard::FlashMessage flash);
  void log_of(const std::string& namespec, const std::string& channel, const std::string& node,
              std::function<void(dashboard::LogView)> done);

  Ports& ports_;
  SupervisorPages supervisor_pages_;
  Branding branding_;
  std::map<std::uint64_t, dashboard::FlashMessage> flashes_;  // bounded by limits::api_flashes
  std::uint64_t next_flash_ = 1;
  LiveFragments live_;
  std::int64_t last_event_ = 0;  // of the history, as last sent
};

}  // namespace holdfast::api

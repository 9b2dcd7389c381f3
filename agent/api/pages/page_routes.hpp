// page_routes.hpp: the dashboard's addresses: overview, application, process, actions by POST with a token,
// and assets; Supervisor's own addresses are SupervisorPages'. Fills view structs from the read
// models and lets dashboard/ make the HTML; also makes the fragments that the event stream sends. Decides
// nothing. Loop thread only.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "api/pages/branding.hpp"
#include "api/ports.hpp"
#include "api/pages/supervisor_pages.hpp"
#include "dashboard/views.hpp"

namespace holdfast::api {

/// A piece of page that changed: event and key (for coalescing) of the event stream, data.
struct Fragment {
  std::string event;
  std::string key;
  std::string data;
};

class PageRoutes {
 public:
  explicit PageRoutes(Ports& ports) : ports_(ports), supervisor_pages_(ports), branding_(ports) {}

  /// Any path that is no API path.
  void handle(WebRequest request, const WebReplyPtr& reply);

  /// What the pages show differently than what changes() answered before.
  [[nodiscard]] std::vector<Fragment> changes();
  /// The next changes() is everything: somebody opened a page.
  void forget_sent() {
    sent_.clear();
    last_event_ = 0;
  }
  /// Lines of the history that were not answered before; without a key: each is sent on its own.
  void new_events(std::function<void(std::vector<Fragment>)> answer);

 private:
  void get(const WebRequest& request, const WebReplyPtr& reply);
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

  void append_parts(std::vector<Fragment>& all, const std::string& application,
                    const std::vector<dashboard::ProcessRowView>& rows,
                    const std::vector<dashboard::NodeView>& nodes) const;

  Ports& ports_;
  SupervisorPages supervisor_pages_;
  Branding branding_;
  std::map<std::uint64_t, dashboard::FlashMessage> flashes_;  // bounded by limits::api_flashes
  std::uint64_t next_flash_ = 1;
  std::int64_t last_event_ = 0;              // of the history, as last sent
  std::map<std::string, std::string> sent_;  // fragments as last sent, by key, so that only changes travel
};

}  // namespace holdfast::api

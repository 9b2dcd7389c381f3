// supervisor_pages.hpp: the addresses of Supervisor's own web page (contract supervisor.md 4.11), so that
// scripts and bookmarks go on working: `/` and `/index.html` with `action=`, and `/tail.html`. They act on
// this node's programs, by the methods of supervisor.*, and say what became of it in Supervisor's words. An
// action is carried out by POST; a GET shows a form that asks first, unless [holdfast] legacy_get_actions
// says otherwise. Used by PageRoutes. Loop thread only.
#pragma once

#include <functional>
#include <string>

#include "api/method_table.hpp"
#include "api/ports.hpp"
#include "dashboard/views.hpp"

namespace holdfast::api {

class SupervisorPages {
 public:
  /// Keeps a message for the page after the redirect; answers its number.
  using Keep = std::function<std::string(dashboard::FlashMessage)>;

  /// `supervisor_methods`: supervisor.* of this node.
  SupervisorPages(Ports& ports, const MethodTable& supervisor_methods) : ports_(ports), methods_(supervisor_methods) {}

  /// Whether `request` is for one of these addresses.
  [[nodiscard]] static bool wants(const WebRequest& request);

  /// `frame`: what the answered page has around its content. `keep` may be called later, while the pages live.
  void handle(const WebRequest& request, dashboard::FrameView frame, const WebReplyPtr& reply, const Keep& keep);

 private:
  void tail(const WebRequest& request, dashboard::FrameView frame, const WebReplyPtr& reply) const;
  void action(const WebRequest& request, dashboard::FrameView frame, const WebReplyPtr& reply, const Keep& keep) const;
  /// Answers by what Supervisor's page says; empty: the reference answers 500.
  void perform(const std::string& action, const std::string& name, const Caller& caller,
               const std::function<void(const std::string&)>& said) const;
  void start(const std::string& name, const Caller& caller, const std::function<void(const std::string&)>& said) const;
  void stop_then_start(const std::string& what, const std::vector<wire::Value>& params, const Caller& caller,
                       const std::function<void()>& done) const;
  [[nodiscard]] std::string time_text() const;

  Ports& ports_;
  const MethodTable& methods_;
};

}  // namespace holdfast::api

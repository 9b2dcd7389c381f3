#include "api/pages/supervisor_pages.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <memory>
#include <utility>

#include "api/fault.hpp"
#include "base/text.hpp"
#include "dashboard/addresses.hpp"
#include "dashboard/html.hpp"
#include "dashboard/pages.hpp"

namespace holdfast::api {
namespace {

constexpr std::int64_t kTailBytes = 1024;            // contract 4.11
constexpr std::int64_t kTailBytesMax = 1024 * 1024;  // what a browser still shows; the reference has no limit
constexpr std::array<std::string_view, 3> kActionsOnAll = {"refresh", "stopall", "restartall"};
constexpr std::array<std::string_view, 4> kActionsOnOne = {"start", "stop", "restart", "clearlog"};

using Said = std::function<void(const std::string&)>;

/// The body wins over the query (supervisor/web.py: continue_request).
std::string field(const WebRequest& request, std::string_view name) {
  std::string value = request.form_value(name);
  return value.empty() ? request.query_value(name) : value;
}

WebResponse page(html::Safe markup) {
  WebResponse response;
  response.page = true;
  response.body = std::move(markup).markup();
  return response;
}

std::string unexpected(const wire::Fault& fault) {
  return "unexpected rpc fault [" + std::to_string(fault.code) + "] " + fault.text;
}

/// Faults of a start in words (supervisor/web.py: make_callback).
std::string start_problem(const wire::Fault& fault) {
  static constexpr std::array<std::pair<Fault, const char*>, 5> kWords{{
      {Fault::no_file, "no such file"},
      {Fault::not_executable, "file not executable"},
      {Fault::already_started, "already started"},
      {Fault::spawn_error, "spawn error"},
      {Fault::abnormal_termination, "abnormal termination"},
  }};
  for (const auto& [known, words] : kWords) {
    if (code_of(known) == fault.code) {
      return words;
    }
  }
  return unexpected(fault);
}

}  // namespace

bool SupervisorPages::wants(const WebRequest& request) {
  if (request.method != "GET" && request.method != "POST") {
    return false;
  }
  const bool overview = dashboard::page_at(request.path) == dashboard::Page::overview;
  return dashboard::is_at(request.path, dashboard::kTailAddress) || (overview && !field(request, "action").empty());
}

void SupervisorPages::handle(const WebRequest& request, dashboard::FrameView frame, const WebReplyPtr& reply,
                             const Keep& keep) {
  dashboard::is_at(request.path, dashboard::kTailAddress) ? tail(request, std::move(frame), reply)
                                                          : action(request, std::move(frame), reply, keep);
}

void SupervisorPages::tail(const WebRequest& request, dashboard::FrameView frame, const WebReplyPtr& reply) const {
  auto view = std::make_shared<dashboard::TailView>();
  view->frame = std::move(frame);
  view->process = field(request, "processname");
  const auto wanted = text::parse_int(field(request, "limit"));
  const auto& cluster = ports_.agent.settings().cluster;
  const std::int64_t usual = cluster ? cluster->tail_limit : kTailBytes;  // contract supvisors.md CFG-26
  view->limit = std::clamp(wanted.value_or(usual), std::min(usual, kTailBytes), kTailBytesMax);
  if (view->process.empty()) {
    view->tail = "No process name found";
    return reply->respond(page(dashboard::tail_page(*view)));
  }
  methods_.call("supervisor.readProcessStdoutLog", {view->process, -view->limit, 0}, Caller{},
                [view, reply](const MethodResult& result) {
                  if (const auto* fault = std::get_if<wire::Fault>(&result)) {
                    view->tail = fault->code == code_of(Fault::no_file) ? "No file for " + view->process
                                                                        : "ERROR: " + unexpected(*fault);
                  } else if (const auto* value = std::get_if<wire::Value>(&result)) {
                    const std::string* bytes = value->as_string();
                    view->tail = bytes == nullptr ? "" : *bytes;
                  }
                  reply->respond(page(dashboard::tail_page(*view)));
                });
}

void SupervisorPages::action(const WebRequest& request, dashboard::FrameView frame, const WebReplyPtr& reply,
                             const Keep& keep) const {
  const std::string asked = field(request, "action");
  const std::string name = field(request, "processname");
  const bool known = std::ranges::find(kActionsOnAll, asked) != kActionsOnAll.end() ||
                     (!name.empty() && std::ranges::find(kActionsOnOne, asked) != kActionsOnOne.end());
  const bool by_get = request.method == "GET";
  if (by_get && known && asked != "refresh" && !ports_.agent.settings().holdfast.legacy_get_actions) {
    dashboard::ConfirmView view;
    view.frame = std::move(frame);
    view.question = asked + (name.empty() ? "" : " " + name) + "?";
    view.effect = "The action came by a link; it is carried out only when you confirm it.";
    view.action = asked;
    view.name = name;
    view.dangerous = asked != "start";
    return reply->respond(page(dashboard::confirm_page(view)));
  }
  // A browser says where a form comes from; a script that says nothing is as good as one with XML-RPC.
  const std::string token = request.form_value("csrf");
  if (!by_get && (!request.same_origin || (!token.empty() && !ports_.tokens.valid(token, request.user)))) {
    return reply->error(403);
  }
  perform(asked, name, Caller{request.user, request.origin + " page"}, [reply, keep](const std::string& said) {
    if (said.empty()) {
      return reply->error(500);
    }
    // Scripts read the text in the address, as there; people see the kept one, which no link can forge.
    WebResponse response;
    response.status = 301;
    response.page = true;
    const bool bad = said.starts_with("ERROR") || said.starts_with("unexpected") || said.starts_with("No such");
    html::Url to(address_of(dashboard::Page::overview));
    to.query("message", said);
    to.query("flash", keep({bad ? dashboard::Tone::bad : dashboard::Tone::good, said, {}}));
    response.headers.emplace_back("Location", to.value());
    reply->respond(std::move(response));
  });
}

void SupervisorPages::perform(const std::string& action, const std::string& name, const Caller& caller,
                              const Said& said) const {
  if (action == "refresh") {
    return said("Page refreshed at " + time_text());
  }
  if (action == "stopall") {
    return methods_.call("supervisor.stopAllProcesses", {}, caller, [this, said](const MethodResult& result) {
      said(std::holds_alternative<wire::Value>(result) ? "All stopped at " + time_text() : std::string());
    });
  }
  if (action == "restartall") {
    return stop_then_start("AllProcesses", {}, caller, [this, said] { said("All restarted at " + time_text()); });
  }
  if (name.empty()) {
    return said("");
  }
  if (ports_.supervision.supervisor().find_namespec(name) == nullptr) {
    return said("No such process named " + name);
  }
  if (action == "start") {
    return start(name, caller, said);
  }
  if (action == "restart") {
    return stop_then_start("Process", {name}, caller, [name, said] { said("Process " + name + " restarted"); });
  }
  if (action == "stop" || action == "clearlog") {
    const bool stop = action == "stop";
    return methods_.call(stop ? "supervisor.stopProcess" : "supervisor.clearProcessLogs", {name}, caller,
                         [stop, name, said](const MethodResult& result) {
                           if (const auto* fault = std::get_if<wire::Fault>(&result)) {
                             return said(unexpected(*fault));
                           }
                           said(stop ? "Process " + name + " stopped" : "Log for " + name + " cleared");
                         });
  }
  said("");
}

void SupervisorPages::start(const std::string& name, const Caller& caller, const Said& said) const {
  methods_.call("supervisor.startProcess", {name}, caller, [name, said](const MethodResult& result) {
    const auto* fault = std::get_if<wire::Fault>(&result);
    said(fault == nullptr ? "Process " + name + " started" : "ERROR: Process " + name + ": " + start_problem(*fault));
  });
}

/// What either of the two answers is not told there either.
void SupervisorPages::stop_then_start(const std::string& what, const std::vector<wire::Value>& params,
                                      const Caller& caller, const std::function<void()>& done) const {
  methods_.call("supervisor.stop" + what, params, caller, [this, what, params, caller, done](const MethodResult&) {
    methods_.call("supervisor.start" + what, params, caller, [done](const MethodResult&) { done(); });
  });
}

/// As Python's time.ctime().
std::string SupervisorPages::time_text() const {
  const std::int64_t utc = ports_.agent.wall().seconds();
  const std::time_t local = utc + ports_.agent.utc_offset_s(utc);
  std::tm parts{};
  ::gmtime_r(&local, &parts);
  std::array<char, 32> out{};
  return {out.data(), std::strftime(out.data(), out.size(), "%a %b %e %H:%M:%S %Y", &parts)};
}

}  // namespace holdfast::api

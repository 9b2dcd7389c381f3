#include "api/pages/page_routes.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "api/pages/application_model.hpp"
#include "api/pages/event_model.hpp"
#include "api/pages/frame_model.hpp"
#include "api/pages/node_model.hpp"
#include "api/pages/page_actions.hpp"
#include "api/pages/process_model.hpp"
#include "api/process_log.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"
#include "dashboard/assets.hpp"
#include "dashboard/filter.hpp"
#include "dashboard/pages.hpp"

namespace holdfast::api {
namespace {

constexpr std::size_t kEventsShown = 20;

WebResponse page_response(html::Safe page, int status) {
  WebResponse response;
  response.status = status;
  response.page = true;
  response.body = std::move(page).markup();
  return response;
}

void redirect(const WebReplyPtr& reply, const std::string& to) {
  WebResponse response;
  response.status = 303;
  response.page = true;
  response.headers.emplace_back("Location", to);
  reply->respond(std::move(response));
}

/// The nick of the node whose log is shown: the one asked for, else where it runs or ran last, else this one
/// if it has the program, else the first that has it.
std::string log_node(const dashboard::ProcessView& view, const std::string& wanted) {
  const auto has = [&](const std::string& nick) {
    return std::ranges::find(view.copies, nick, &dashboard::CopyRowView::node) != view.copies.end();
  };
  if (has(wanted)) {
    return wanted;
  }
  if (!view.row.nodes.empty() && has(view.row.nodes.front())) {
    return view.row.nodes.front();
  }
  return view.copies.empty() || has(view.frame.node) ? view.frame.node : view.copies.front().node;
}

}  // namespace

void PageRoutes::handle(WebRequest request, const WebReplyPtr& reply) {
  if (request.path == "/ok.html") {
    WebResponse response;
    if (request.method != "GET" && request.method != "HEAD" && request.method != "POST") {
      response.status = 400;  // as Supervisor's handlers of pages answer
      return reply->respond(std::move(response));
    }
    response.content_type = "text/plain";
    response.body = "OK";
    return reply->respond(std::move(response));
  }
  if (!request.host_allowed) {
    return message(request, reply, 403, "Not by this name",
                   "This server is not addressed by the name that your browser sent.",
                   "Use the address or the host name of the node.");
  }
  if (SupervisorPages::wants(request)) {
    return supervisor_pages_.handle(request, frame(request), reply,
                                    [this](dashboard::FlashMessage flash) { return keep(std::move(flash)); });
  }
  const auto page = dashboard::page_at(request.path);
  if (request.method == "GET" || request.method == "HEAD" ||
      (request.method == "POST" && page == dashboard::Page::overview)) {
    return get(request, reply);
  }
  if (request.method == "POST" && dashboard::is_at(request.path, dashboard::kActionAddress)) {
    return act(request, reply);
  }
  reply->error(request.method == "POST" ? 404 : 400);
}

void PageRoutes::get(const WebRequest& request, const WebReplyPtr& reply) {
  const std::string& path = request.path;
  if (const auto page = dashboard::page_at(path)) {
    return show(*page, request, reply);
  }
  if (path.starts_with("/assets/")) {
    return asset(request, reply);
  }
  if (path.starts_with("/branding/")) {
    return branding_.handle(request, reply);
  }
  message(request, reply, 404, "Nothing here", "There is no page " + text::printable_utf8(path) + ".",
          "The overview lists everything there is.");
}

void PageRoutes::show(dashboard::Page page, const WebRequest& request, const WebReplyPtr& reply) {
  switch (page) {
    case dashboard::Page::overview:
      return overview(request, reply);
    case dashboard::Page::application:
      return application(request, reply);
    case dashboard::Page::process:
      return process(request, reply);
  }
}

dashboard::FrameView PageRoutes::frame(const WebRequest& request) {
  dashboard::FrameView view = frame_view(ports_, request);
  if (const auto id = text::parse_int(request.query_value("flash"))) {
    if (const auto found = flashes_.find(static_cast<std::uint64_t>(*id)); found != flashes_.end()) {
      view.flash = std::move(found->second);
      flashes_.erase(found);
    }
  }
  return view;
}

std::string PageRoutes::keep(dashboard::FlashMessage flash) {
  if (flashes_.size() >= limits::api_flashes) {
    flashes_.erase(flashes_.begin());
  }
  flashes_[next_flash_] = std::move(flash);
  return std::to_string(next_flash_++);
}

void PageRoutes::overview(const WebRequest& request, const WebReplyPtr& reply) {
  auto view = std::make_shared<dashboard::OverviewView>();
  view->frame = frame(request);
  std::vector<dashboard::ProcessRowView> rows = process_rows(ports_);
  view->nodes = node_views(ports_);
  view->applications = application_rows(ports_, rows);
  view->attention = attention_items(ports_, rows, view->nodes);
  view->processes_total = static_cast<int>(rows.size());
  view->processes_running = running_of(rows);
  view->processes_finished = finished_of(rows);
  view->filter.query = request.query_value("filter").substr(0, limits::api_filter_bytes);
  std::erase_if(rows, [&](const auto& row) { return !dashboard::matches_filter(view->filter.query, row); });
  const std::size_t pages = std::max<std::size_t>(1, (rows.size() + limits::api_page_rows - 1) / limits::api_page_rows);
  const std::size_t page = std::clamp<std::size_t>(
      static_cast<std::size_t>(std::max<std::int64_t>(1, text::parse_int(request.query_value("page")).value_or(1))), 1,
      pages);
  const std::size_t first = (page - 1) * limits::api_page_rows;
  const std::size_t last = std::min(rows.size(), first + limits::api_page_rows);
  view->filter.shown = static_cast<int>(rows.size());
  view->filter.total = view->processes_total;
  view->filter.page = static_cast<int>(page);
  view->filter.pages = static_cast<int>(pages);
  view->processes.assign(rows.begin() + static_cast<std::ptrdiff_t>(first),
                         rows.begin() + static_cast<std::ptrdiff_t>(last));
  ports_.history.query("", WallTime{}, kEventsShown, false, [this, view, reply](const auto& lines) {
    view->events = event_views(ports_, lines);
    reply->respond(page_response(dashboard::overview_page(*view), 200));
  });
}

void PageRoutes::application(const WebRequest& request, const WebReplyPtr& reply) {
  const std::string name = request.query_value("name");
  std::vector<dashboard::ProcessRowView> rows = process_rows(ports_);
  std::erase_if(rows, [&](const dashboard::ProcessRowView& row) { return row.application != name; });
  auto found = application_view(ports_, name, process_models(ports_, std::move(rows)), node_views(ports_));
  if (!found) {
    return message(request, reply, 404, "No such application", "There is no application " + name + ".",
                   "The overview lists every application.");
  }
  auto view = std::make_shared<dashboard::ApplicationView>(std::move(*found));
  view->frame = frame(request);
  ports_.history.query(name, WallTime{}, kEventsShown, true, [this, view, reply](const auto& lines) {
    view->why = event_views(ports_, lines);
    reply->respond(page_response(dashboard::application_page(*view), 200));
  });
}

void PageRoutes::process(const WebRequest& request, const WebReplyPtr& reply) {
  const std::string name = request.query_value("name");
  const auto [application, process] = parse_process_id(name);
  auto row = process_row(ports_, application, process);
  if (!row) {
    return message(request, reply, 404, "No such process", "There is no process " + name + ".",
                   "The overview lists every process.");
  }
  auto view = std::make_shared<dashboard::ProcessView>();
  view->frame = frame(request);
  view->row = std::move(*row);
  view->copies = copy_rows(ports_, application, process);
  if (const supervision::Process* local = ports_.supervision.supervisor().find(application, process)) {
    view->command = local->settings().command;
  }
  const std::string channel = request.query_value("channel") == "stderr" ? "stderr" : "stdout";
  const std::string namespec = full_namespec({application, process});
  const std::string node = log_node(*view, request.query_value("node"));
  const std::string named = make_namespec({application, process});  // as for readLog: also one called ""
  log_of(named, channel, node, [this, view, reply, namespec](dashboard::LogView log) {
    view->log = std::move(log);
    ports_.history.query(namespec, WallTime{}, kEventsShown, false, [this, view, reply, namespec](const auto& lines) {
      view->events = event_views(ports_, lines);
      ports_.history.query(namespec, WallTime{}, kEventsShown, true, [this, view, reply](const auto& causes) {
        view->why = event_views(ports_, causes);
        reply->respond(page_response(dashboard::process_page(*view), 200));
      });
    });
  });
}

/// `node`: whose file; this node's also when the agent is alone.
void PageRoutes::log_of(const std::string& namespec, const std::string& channel, const std::string& node,
                        std::function<void(dashboard::LogView)> done) {
  dashboard::LogView log;
  log.channel = channel;
  log.node = node;
  const bool here = ports_.cluster == nullptr || node == ports_.cluster->node().view().me().nick;
  if (here) {
    log.follow_url = "logtail/" + namespec + "/" + channel;
  }
  const auto length = static_cast<std::int64_t>(limits::api_log_tail_bytes);
  read_process_log(ports_, {namespec, channel, length, here ? std::string() : node},
                   [log, done = std::move(done)](const Result<ProcessLogEnd>& end) mutable {
                     if (end) {
                       log.file = end.value().file;
                       log.tail = end.value().data;
                       log.size = end.value().size;
                       log.cut = end.value().cut;
                     } else {
                       log.error = end.error().message + ".";
                     }
                     done(std::move(log));
                   });
}

void PageRoutes::asset(const WebRequest& request, const WebReplyPtr& reply) {
  const dashboard::Asset* asset = dashboard::find_asset(request.path.substr(std::string_view("/assets/").size()));
  if (asset == nullptr) {
    return reply->error(404);
  }
  WebResponse response;
  response.page = true;
  response.content_type = asset->content_type;
  response.headers.emplace_back("ETag", std::string(asset->etag));
  if (request.if_none_match == asset->etag) {
    response.status = 304;
    return reply->respond(std::move(response));
  }
  response.body = asset->bytes;
  reply->respond(std::move(response));
}

void PageRoutes::act(const WebRequest& request, const WebReplyPtr& reply) {
  if (!request.same_origin || !ports_.tokens.valid(request.form_value("csrf"), request.user)) {
    return message(request, reply, 403, "Not accepted",
                   "The form was too old or came from another site; nothing was done.",
                   "Go back, load the page again and press the button once more.");
  }
  const auto action = dashboard::parse_action(request.form_value("do"));
  if (!action) {
    return message(request, reply, 400, "Not understood", "The form named no action; nothing was done.", "");
  }
  const std::string wanted = request.form_value("back");
  const std::string back =
      dashboard::is_local_page(wanted) ? wanted : std::string(address_of(dashboard::Page::overview).value());
  perform_action(ports_, *action, Caller{request.user, request.origin + " page"},
                 [this, reply, back](dashboard::FlashMessage flash) {
                   const char join = back.find('?') == std::string::npos ? '?' : '&';
                   redirect(reply, back + join + "flash=" + keep(std::move(flash)));
                 });
}

void PageRoutes::message(const WebRequest& request, const WebReplyPtr& reply, int status, const std::string& title,
                         const std::string& text, const std::string& hint) {
  dashboard::MessageView view;
  view.frame = frame(request);
  view.status = status;
  view.title = title;
  view.text = text;
  view.hint = hint;
  reply->respond(page_response(dashboard::message_page(view), status));
}

// ---- live ----

/// The history's new lines, oldest first; the first answer after forget_sent() is the newest page of them.
void PageRoutes::new_events(std::function<void(std::vector<Fragment>)> answer) {
  ports_.history.query("", WallTime{}, kEventsShown, false, [this, answer](const auto& lines) {
    std::vector<Fragment> fragments;
    std::vector<dashboard::EventView> events = event_views(ports_, lines);
    std::ranges::reverse(events);
    const int utc_offset_s = static_cast<int>(ports_.agent.utc_offset_s(ports_.agent.wall().seconds()));
    for (const dashboard::EventView& event : events) {
      if (event.id > last_event_) {
        last_event_ = event.id;
        fragments.push_back({"patch", "", dashboard::event_row(event, utc_offset_s).markup()});
      }
    }
    answer(std::move(fragments));
  });
}

std::vector<Fragment> PageRoutes::changes() {
  return live_.changes(live_model(ports_));
}

}  // namespace holdfast::api

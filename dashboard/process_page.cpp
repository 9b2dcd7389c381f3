#include <algorithm>

#include "dashboard/layout.hpp"

namespace holdfast::dashboard {

using html::attribute;
using html::element;
using html::Safe;
using html::text;
using html::url;
using html::Url;

namespace {

Url log_url(const ProcessView& view, const std::string& node, std::string_view channel) {
  Url address = process_url(view.row.application, view.row.process);
  if (!node.empty()) {
    address.query("node", node);
  }
  return address.query("channel", channel);
}

/// Each node that has the program keeps a log of its own.
Safe node_tabs(const ProcessView& view) {
  Safe tabs;
  if (view.copies.size() < 2) {
    return tabs;
  }
  for (const CopyRowView& copy : view.copies) {
    const bool here = view.log.node == copy.node;
    tabs += element("a",
                    {url("href", log_url(view, copy.node, view.log.channel)),
                     here ? attribute("aria-current", "true") : html::Attribute{}},
                    text(copy.node));
  }
  return element("span", {attribute("class", "tabs")}, tabs);
}

Safe channel_tabs(const ProcessView& view) {
  const auto tab = [&](html::Literal channel) {
    const bool here = view.log.channel == channel.value();
    return element("a",
                   {url("href", log_url(view, view.log.node, channel.value())),
                    here ? attribute("aria-current", "true") : html::Attribute{}},
                   text(channel.value()));
  };
  Safe about = node_tabs(view);
  about += element("span", {attribute("class", "tabs")}, tab("stdout") + tab("stderr"));
  if (!view.log.file.empty()) {
    about += element("span", {attribute("class", "quiet num")},
                     text(view.log.node + " " + view.log.file + " · " + std::to_string(view.log.size) + " bytes" +
                          (view.log.cut ? ", the end of it" : "")));
  }
  if (!view.log.file.empty() && view.log.node == view.frame.node) {  // a node clears its own logs only
    const std::string name = view.row.application + ":" + view.row.process;
    about += action_button("Clear", {PageVerb::clear_log, PageTarget::process, name, view.log.node},
                           "Clear the log of " + name, "Clear the log of " + name + "?");
  }
  return about;
}

/// Said when the program runs, or ran last, elsewhere, and when the file is another node's.
Safe whose_log(const ProcessView& view) {
  const std::vector<std::string>& nodes = view.row.nodes;
  std::string said;
  if (view.log.file.empty()) {
    return {};
  }
  if (!nodes.empty() && std::ranges::find(nodes, view.log.node) == nodes.end()) {
    said = "This is what it wrote on " + view.log.node + "; the newest log is on " + nodes.front() + ".";
  }
  if (view.log.node != view.frame.node) {
    said += std::string(said.empty() ? "" : " ") + "Read from " + view.log.node +
            " when this page was made; load it again for more.";
  }
  return said.empty() ? Safe() : element("p", {attribute("class", "quiet")}, text(said));
}

Safe log(const ProcessView& view) {
  Safe content;
  if (!view.log.error.empty()) {
    content = element("p", {attribute("class", "quiet")}, text(view.log.error));
  } else if (view.log.file.empty()) {
    content = element("p", {attribute("class", "quiet")}, "This channel keeps no log.");
  } else {
    content = element("pre",
                      {attribute("id", "log"), attribute("class", "log"), attribute("tabindex", "0"),
                       attribute("aria-label", "End of the log"), attribute("data-follow", view.log.follow_url)},
                      text(view.log.tail));
  }
  return section("log-section", "Log", channel_tabs(view), whose_log(view) + content);
}

Safe copies(const ProcessView& view) {
  const std::string name = view.row.application + ":" + view.row.process;
  Safe rows;
  for (const CopyRowView& copy : view.copies) {
    rows += copy_row(view.row, copy, view.frame.now);
  }
  const Safe table = element("table", {attribute("class", "grid copies")},
                             head_row({"State", "Node", "PID", "Since", "What happened", "Actions"}) +
                                 element("tbody", {attribute("id", "copies"), attribute("data-of", name)}, rows));
  return section("copies-section", "On the nodes", {}, table);
}

/// What happened, without what "Why" shows already: an id stands once in a page.
std::vector<EventView> without(const std::vector<EventView>& events, const std::vector<EventView>& shown) {
  std::vector<EventView> rest;
  for (const EventView& event : events) {
    const bool twice =
        std::any_of(shown.begin(), shown.end(), [&](const EventView& other) { return other.id == event.id; });
    if (!twice) {
      rest.push_back(event);
    }
  }
  return rest;
}

}  // namespace

Safe process_page(const ProcessView& view) {
  Safe crumbs = element("a", {url("href", Url(address_of(Page::overview)))}, "Overview");
  crumbs += Safe(" › ") + application_link(view.row.application);
  Safe title = element("nav", {attribute("class", "crumbs"), attribute("aria-label", "Where you are")}, crumbs);
  title += element("h1", {}, text(view.row.process));
  Safe content = element("div", {attribute("class", "title")}, title);
  content += element("table", {attribute("class", "grid processes lone")},
                     element("tbody", {attribute("id", "processes")}, process_row(view.row, view.frame.now)));
  if (!view.command.empty()) {
    content += element("p", {attribute("class", "command")}, element("code", {}, text(view.command)));
  }
  const Safe left = element("div", {attribute("class", "wide")}, copies(view) + log(view));
  const std::string name = view.row.application + ":" + view.row.process;
  const Safe why = section("why-section", "Why", {},
                           event_list("why", {name, true}, view.why, view.frame.utc_offset_s,
                                      "No decision has been taken about this program."));
  const Safe happened = section("events-section", "What happened", {},
                                event_list("events", {name, false}, without(view.events, view.why),
                                           view.frame.utc_offset_s, "Nothing has happened yet."));
  content += element("div", {attribute("class", "columns")},
                     left + element("aside", {attribute("class", "narrow")}, why + happened));
  const Url events = Url("api/v1/events").query("page", name_of(Page::process)).query("name", name);
  Url self = process_url(view.row.application, view.row.process);
  if (!view.log.node.empty()) {
    self = log_url(view, view.log.node, view.log.channel);
  }
  return document(view.frame, {name, events.value(), self, "process"}, content);
}

}  // namespace holdfast::dashboard

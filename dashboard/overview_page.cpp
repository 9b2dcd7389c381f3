#include "dashboard/layout.hpp"

namespace holdfast::dashboard {

using html::attribute;
using html::element;
using html::empty_element;
using html::Safe;
using html::text;
using html::url;
using html::Url;

namespace {

Safe filter_form(const FilterView& filter) {
  Safe inside = empty_element(
      "input", {attribute("type", "search"), attribute("name", "filter"), attribute("id", "filter"),
                attribute("value", filter.query), attribute("placeholder", "name, state:fatal, node:n2, app:web"),
                attribute("aria-label", "Filter the programs"), attribute("autocomplete", "off"),
                attribute("spellcheck", "false"), attribute("data-pages", std::to_string(filter.pages))});
  inside += element("button", {attribute("type", "submit")}, "Filter");
  inside += element("span", {attribute("id", "shown"), attribute("class", "quiet num")},
                    text(std::to_string(filter.shown) + " of " + std::to_string(filter.total)));
  return element("form",
                 {attribute("method", "get"), attribute("action", address_of(Page::overview).value()),
                  attribute("role", "search"), attribute("class", "filter")},
                 inside);
}

Safe pager(const FilterView& filter) {
  if (filter.pages <= 1) {
    return {};
  }
  const auto link = [&](html::Literal label, int page) {
    const Url address =
        Url(address_of(Page::overview)).query("filter", filter.query).query("page", std::to_string(page));
    return element("a", {url("href", address)}, label);
  };
  Safe inside;
  if (filter.page > 1) {
    inside += link("‹ previous", filter.page - 1);
  }
  inside += text(" page " + std::to_string(filter.page) + " of " + std::to_string(filter.pages) + " ");
  if (filter.page < filter.pages) {
    inside += link("next ›", filter.page + 1);
  }
  return element("nav", {attribute("class", "pager"), attribute("aria-label", "Pages of programs")}, inside);
}

Safe nodes(const OverviewView& view) {
  if (view.nodes.size() < 2 && view.frame.cluster.empty()) {
    return {};
  }
  Safe cards;
  for (const NodeView& node : view.nodes) {
    cards += node_card(node, view.frame.now);
  }
  return section("nodes-section", "Nodes", {},
                 element("ul", {attribute("class", "cards"), attribute("id", "nodes")}, cards));
}

Safe applications(const OverviewView& view) {
  if (view.applications.empty()) {
    return {};
  }
  Safe rows;
  for (const ApplicationRowView& row : view.applications) {
    rows += application_row(row);
  }
  const Safe table = element("table", {attribute("class", "grid applications")},
                             head_row({"State", "Application", "Programs", "Nodes", "Under way", "Actions"}) +
                                 element("tbody", {attribute("id", "applications")}, rows));
  return section("applications-section", "Applications", {}, table);
}

/// As on Supervisor's page: the programs of the node that serves it, not of the whole cluster.
Safe all_actions(const FrameView& frame) {
  const std::string whose = frame.cluster.empty() ? "all programs" : "all programs of " + frame.node;
  return action_button("Restart all", {PageVerb::restart, PageTarget::all, "", ""}, "Restart " + whose,
                       "Restart " + whose + "?") +
         action_button("Stop all", {PageVerb::stop, PageTarget::all, "", ""}, "Stop " + whose, "Stop " + whose + "?");
}

Safe processes(const OverviewView& view) {
  Safe rows;
  for (const ProcessRowView& row : view.processes) {
    rows += process_row(row, view.frame.now);
  }
  const Safe table = element("table", {attribute("class", "grid processes")},
                             head_row({"State", "Program", "Nodes", "PID", "Since", "What happened", "Actions"}) +
                                 element("tbody", {attribute("id", "processes")}, rows));
  Safe none;
  if (view.processes.empty()) {
    none = view.filter.query.empty()
               ? element("p", {attribute("class", "quiet")}, "No programs to manage.")
               : element("p", {attribute("class", "quiet")},
                         Safe("Nothing matches this filter. ") +
                             element("a", {url("href", Url(address_of(Page::overview)))}, "Show all"));
  }
  return section("processes-section", "Programs", filter_form(view.filter) + all_actions(view.frame),
                 table + none + pager(view.filter));
}

}  // namespace

Safe overview_page(const OverviewView& view) {
  Safe content = health_sentence(static_cast<int>(view.attention.size()), view.processes_running,
                                 view.processes_finished, view.processes_total);
  content += attention_list(view.attention, view.frame.now);
  content += nodes(view);
  const Safe left = element("div", {attribute("class", "wide")}, applications(view) + processes(view));
  const Safe right =
      element("aside", {attribute("class", "narrow")},
              section("events-section", "What happened", {},
                      event_list("events", {}, view.events, view.frame.utc_offset_s, "Nothing has happened yet.")));
  content += element("div", {attribute("class", "columns")}, left + right);
  Url self(address_of(Page::overview));
  if (!view.filter.query.empty()) {
    self.query("filter", view.filter.query);
  }
  if (view.filter.page > 1) {
    self.query("page", std::to_string(view.filter.page));
  }
  return document(view.frame,
                  {"Overview", Url("api/v1/events").query("page", name_of(Page::overview)).value(), self, "overview"},
                  content);
}

}  // namespace holdfast::dashboard

#include "dashboard/layout.hpp"

namespace holdfast::dashboard {

using html::attribute;
using html::element;
using html::Safe;
using html::text;
using html::url;
using html::Url;

namespace {

Tone tone_of(StepState state) {
  switch (state) {
    case StepState::done:
      return Tone::good;
    case StepState::starting:
      return Tone::busy;
    case StepState::failed:
      return Tone::bad;
    case StepState::stopped:
      return Tone::idle;
  }
  return Tone::idle;
}

std::string_view word_of(StepState state) {
  switch (state) {
    case StepState::done:
      return "done";
    case StepState::starting:
      return "starting";
    case StepState::failed:
      return "failed";
    case StepState::stopped:
      return "stopped";
  }
  return "";
}

Safe fact(html::Literal name, std::string_view value) {
  return value.empty() ? Safe() : element("div", {}, element("dt", {}, name) + element("dd", {}, text(value)));
}

/// On its application's page a program needs no application's name.
Safe short_link(const ProcessRowView& row) {
  return element("a", {url("href", process_url(row.application, row.process))}, text(row.process));
}

Safe facts(const ApplicationView& view) {
  return element("dl", {attribute("class", "facts-list")},
                 fact("starting strategy", view.starting_strategy) + fact("distribution", view.distribution) +
                     fact("if a start fails", view.starting_failure) +
                     fact("if a program fails", view.running_failure));
}

Safe sequence(const ApplicationView& view) {
  return view.ranks.empty() ? Safe() : section("sequence-section", "Start sequence", {}, sequence_list(view));
}

Safe matrix(const ApplicationView& view) {
  if (view.matrix.empty() || view.columns.size() < 2) {
    return {};
  }
  Safe titles = element("th", {attribute("scope", "col")}, "Program");
  for (const std::string& column : view.columns) {
    titles += element("th", {attribute("scope", "col")}, text(column));
  }
  Safe rows;
  for (const MatrixRowView& row : view.matrix) {
    rows += matrix_row(row);
  }
  const Safe table =
      element("table", {attribute("class", "grid matrix")},
              element("thead", {}, element("tr", {}, titles)) +
                  element("tbody", {attribute("id", "matrix"), attribute("data-of", view.row.name)}, rows));
  return section("matrix-section", "Where it may run", {}, table);
}

Safe processes(const ApplicationView& view) {
  Safe rows;
  for (const RankView& rank : view.ranks) {
    for (const ProcessRowView& row : rank.processes) {
      rows += process_row(row, view.frame.now);
    }
  }
  for (const ProcessRowView& row : view.unranked) {
    rows += process_row(row, view.frame.now);
  }
  const Safe table =
      element("table", {attribute("class", "grid processes")},
              head_row({"State", "Program", "Nodes", "PID", "Since", "What happened", "Actions"}) +
                  element("tbody", {attribute("id", "processes"), attribute("data-of", view.row.name)}, rows));
  return section("processes-section", "Programs", {}, table);
}

}  // namespace

Safe sequence_list(const ApplicationView& view) {
  Safe steps;
  for (const RankView& rank : view.ranks) {
    Safe members;
    for (const ProcessRowView& row : rank.processes) {
      members += element("li", {},
                         badge(dashboard::tone_of(row.state), name_of(row.state)) + short_link(row) + chips(row.nodes));
    }
    Safe head = element("span", {attribute("class", "rank")}, html::number(rank.rank));
    head += badge(tone_of(rank.state), word_of(rank.state));
    steps += element("li", {attribute("class", "step " + std::string(name_of(tone_of(rank.state))))},
                     element("div", {attribute("class", "step-head")}, head) + element("ul", {}, members));
  }
  return element("ol", {attribute("class", "sequence"), attribute("id", html::id_of("sequence", {view.row.name}))},
                 steps);
}

Safe matrix_row(const MatrixRowView& row) {
  const ProcessRowView& process = row.process;
  Safe cells = element("th", {attribute("scope", "row"), attribute("class", "name")}, short_link(process));
  for (const std::optional<ProcessState>& state : row.states) {
    cells +=
        element("td", {},
                state ? badge(dashboard::tone_of(*state), name_of(*state))
                      : element("span", {attribute("class", "none"), attribute("title", "not defined there")}, "–"));
  }
  const std::string name = process.application + ":" + process.process;
  return element("tr",
                 {attribute("id", html::id_of("matrix", {process.application, process.process})),
                  attribute("data-table", "matrix"), attribute("data-key", name), attribute("data-about", name)},
                 cells);
}

Safe application_page(const ApplicationView& view) {
  Safe title = element("nav", {attribute("class", "crumbs"), attribute("aria-label", "Where you are")},
                       element("a", {url("href", Url(address_of(Page::overview)))}, "Overview"));
  title += element("h1", {}, text(view.row.name));
  Safe content = element("div", {attribute("class", "title")}, title);
  // The row of the overview, alone: the same fragment keeps it up to date.
  content += element("table", {attribute("class", "grid applications lone")},
                     element("tbody", {attribute("id", "applications")}, application_row(view.row)));
  if (!view.operation.empty()) {
    content +=
        element("p", {attribute("class", "notice busy"), attribute("id", "operation"), attribute("role", "status")},
                badge(Tone::busy, view.operation));
  }
  content += facts(view);
  const Safe left = element("div", {attribute("class", "wide")}, sequence(view) + processes(view) + matrix(view));
  const Safe right = element("aside", {attribute("class", "narrow")},
                             section("events-section", "Why", {},
                                     event_list("events", {view.row.name, true}, view.why, view.frame.utc_offset_s,
                                                "No decision has been taken about this application.")));
  content += element("div", {attribute("class", "columns")}, left + right);
  const Url self = application_url(view.row.name);
  const Url events = Url("api/v1/events").query("page", name_of(Page::application)).query("name", view.row.name);
  return document(view.frame, {view.row.name, events.value(), self, "application"}, content);
}

}  // namespace holdfast::dashboard

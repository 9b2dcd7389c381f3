// The pieces of the pages that are also sent alone, by SSE: each is one element with a stable id.
#include "base/text.hpp"
#include "dashboard/layout.hpp"

namespace holdfast::dashboard {

using html::attribute;
using html::element;
using html::number;
using html::Safe;
using html::text;

namespace {

/// The buttons that make sense in a state.
struct Offers {
  bool start = false;
  bool restart = false;
  bool stop = false;
};

Offers offers_of(ProcessState state) {
  const bool waits = state == ProcessState::backoff;
  return {is_stopped(state) || waits, is_running(state) && !waits, is_running(state)};
}

Offers offers_of(ApplicationState state) {
  const bool runs = state == ApplicationState::running || state == ApplicationState::starting;
  return {state == ApplicationState::stopped, runs, runs};
}

/// `whom` is for those who hear the page.
Safe action_buttons(Offers offers, const PageAction& target, const std::string& whom, bool ask) {
  const auto with = [&](PageVerb verb) {
    PageAction result = target;
    result.verb = verb;
    return result;
  };
  Safe all;
  if (offers.start) {
    all += action_button("Start", with(PageVerb::start), "Start " + whom, "");
  }
  if (offers.restart) {
    all += action_button("Restart", with(PageVerb::restart), "Restart " + whom, ask ? "Restart " + whom + "?" : "");
  }
  if (offers.stop) {
    all += action_button("Stop", with(PageVerb::stop), "Stop " + whom, ask ? "Stop " + whom + "?" : "");
  }
  return all;
}

std::string_view words_of(Health health) {
  switch (health) {
    case Health::good:
      return "";
    case Health::minor_failure:
      return "minor failure";
    case Health::major_failure:
      return "major failure";
  }
  return "";
}

/// What failed is felt before the state.
Tone tone_of(const ApplicationRowView& row) {
  switch (row.health) {
    case Health::major_failure:
      return Tone::bad;
    case Health::minor_failure:
      return Tone::warning;
    case Health::good:
      return dashboard::tone_of(row.state);
  }
  return dashboard::tone_of(row.state);
}

/// What a row says that its other cells do not.
Safe detail(std::string_view description, bool conflict) {
  Safe all;
  if (conflict) {
    all += badge(Tone::bad, "conflict");
  }
  all += text(description);
  return all;
}

Safe bar_part(html::Literal tone, int count, html::Literal word) {
  if (count <= 0) {
    return {};
  }
  // The count is the length: the policy forbids the inline style that a drawn length would need.
  return element("span",
                 {attribute("class", "part " + std::string(tone.value())),
                  attribute("title", std::to_string(count) + " " + std::string(word.value()))},
                 number(count));
}

}  // namespace

std::string process_row_id(std::string_view application, std::string_view process) {
  return html::id_of("process", {application, process});
}
std::string application_row_id(std::string_view application) {
  return html::id_of("application", {application});
}
std::string node_card_id(std::string_view identifier) {
  return html::id_of("node", {identifier});
}

Safe process_row(const ProcessRowView& row, WallTime now) {
  const std::string name = row.application + ":" + row.process;
  Safe cells = element("td", {attribute("class", "state")}, badge(dashboard::tone_of(row.state), name_of(row.state)));
  cells +=
      element("th", {attribute("scope", "row"), attribute("class", "name")},
              process_link(row.application, row.process) +
                  (row.required ? element("abbr", {attribute("title", "required by its application")}, "!") : Safe()));
  cells += element("td", {attribute("class", "nodes")}, chips(row.nodes));
  cells += element("td", {attribute("class", "pid num")}, row.pid > 0 ? number(row.pid) : Safe());
  cells += element("td", {attribute("class", "since num")}, age(row.since, now));
  const bool finished = row.condition == Condition::finished;
  cells += element("td", {attribute("class", "detail")},
                   detail(finished ? "ended as expected" : row.description, row.conflict));
  cells +=
      element("td", {attribute("class", "actions")},
              row.managed ? action_buttons(offers_of(row.state), {.name = name, .node = {}}, name, false) : Safe());
  std::string nodes;
  for (const std::string& node : row.nodes) {
    nodes += (nodes.empty() ? "" : " ") + node;
  }
  return element(
      "tr",
      {attribute("id", process_row_id(row.application, row.process)), attribute("data-table", "processes"),
       attribute("data-key", name), attribute("data-about", name), attribute("data-state", name_of(row.state)),
       attribute("data-app", row.application), attribute("data-nodes", nodes)},
      cells);
}

Safe application_row(const ApplicationRowView& row) {
  Safe state = badge(tone_of(row), name_of(row.state));
  if (row.health != Health::good) {
    state += element("span", {attribute("class", "health")}, text(words_of(row.health)));
  }
  Safe bar = bar_part("good", row.running, "running");
  bar += bar_part("busy", row.starting, "starting or stopping");
  bar += bar_part("bad", row.failed, "failed");
  bar += bar_part("idle", row.stopped, "stopped");
  Safe cells = element("td", {attribute("class", "state")}, state);
  cells += element("th", {attribute("scope", "row"), attribute("class", "name")}, application_link(row.name));
  cells += element("td", {attribute("class", "bar")}, bar);
  cells += element("td", {attribute("class", "nodes")}, chips(row.nodes));
  cells += element("td", {attribute("class", "detail")}, text(row.waiting));
  cells +=
      element("td", {attribute("class", "actions")},
              action_buttons(offers_of(row.state), {.target = PageTarget::application, .name = row.name, .node = {}},
                             "application " + row.name, true));
  return element("tr",
                 {attribute("id", application_row_id(row.name)), attribute("data-table", "applications"),
                  attribute("data-key", row.name)},
                 cells);
}

Safe node_card(const NodeView& node, WallTime now) {
  Safe name =
      element("strong", {attribute("title", node.identifier)}, text(node.nick.empty() ? node.identifier : node.nick));
  if (node.master) {
    name += element("span", {attribute("class", "chip master-chip")}, "Master");
  }
  if (node.local) {
    name += element("span", {attribute("class", "chip")}, "this node");
  }
  Safe facts = element("span", {attribute("class", "num")},
                       text(std::to_string(node.running) + " of " + std::to_string(node.processes) + " running"));
  facts += element("span", {attribute("class", "num")}, text("load " + std::to_string(node.load) + " %"));
  Safe inside = element("div", {attribute("class", "card-head")},
                        name + badge(dashboard::tone_of(node.state), name_of(node.state)));
  inside += element("div", {attribute("class", "facts")}, facts);
  Safe foot = text(node.identifier);
  if (node.since.us > 0) {
    foot += Safe(" · ") + age(node.since, now);
  }
  inside += element("div", {attribute("class", "quiet")}, foot);
  if (!node.on_same_machine.empty()) {
    inside += element("div", {attribute("class", "quiet")},
                      text("on one machine with " + text::join(node.on_same_machine, ", ")));
  }
  if (!node.note.empty()) {
    inside += element("div", {attribute("class", "note")}, text(node.note));
  }
  return element("li",
                 {attribute("id", node_card_id(node.identifier)), attribute("data-table", "nodes"),
                  attribute("data-key", node.nick.empty() ? node.identifier : node.nick),
                  attribute("class", "card " + std::string(name_of(dashboard::tone_of(node.state))))},
                 inside);
}

Safe copy_row(const ProcessRowView& process, const CopyRowView& copy, WallTime now) {
  const std::string name = process.application + ":" + process.process;
  Safe cells = element("td", {attribute("class", "state")}, badge(dashboard::tone_of(copy.state), name_of(copy.state)));
  cells +=
      element("th", {attribute("scope", "row"), attribute("class", "name"), attribute("title", copy.node_identifier)},
              text(copy.node) + (copy.disabled ? element("span", {attribute("class", "chip")}, "disabled") : Safe()));
  cells += element("td", {attribute("class", "pid num")}, copy.pid > 0 ? number(copy.pid) : Safe());
  cells += element("td", {attribute("class", "since num")}, age(copy.since, now));
  cells += element("td", {attribute("class", "detail")}, text(copy.description));
  cells += element("td", {attribute("class", "actions")},
                   process.managed ? action_buttons(offers_of(copy.state), {.name = name, .node = copy.node_identifier},
                                                    name + " on " + copy.node, false)
                                   : Safe());
  return element("tr",
                 {attribute("id", html::id_of("copy", {process.application, process.process, copy.node_identifier})),
                  attribute("data-table", "copies"), attribute("data-key", copy.node), attribute("data-about", name)},
                 cells);
}

Safe event_row(const EventView& event, int utc_offset_s) {
  const std::string stamp = time_text(event.at, utc_offset_s);
  constexpr std::size_t kYear = 5;  // "2026-": the full stamp is on hover
  Safe inside = badge(event.tone, event.word);
  if (!event.process.empty()) {
    inside += process_link(event.application, event.process);
  } else if (!event.application.empty()) {
    inside += application_link(event.application);
  }
  inside += chips(event.node.empty() ? std::vector<std::string>{} : std::vector{event.node});
  inside += element("time", {attribute("title", stamp)}, text(std::string_view(stamp).substr(kYear)));
  if (!event.detail.empty()) {
    const html::Attribute operation =
        event.operation.empty() ? html::Attribute{} : attribute("title", "operation " + event.operation);
    inside += element("span", {attribute("class", "what"), operation}, text(event.detail));
  }
  const std::string about = event.process.empty() ? event.application : event.application + ":" + event.process;
  return element("li",
                 {attribute("id", html::id_of("event", {std::to_string(event.id)})), attribute("data-table", "events"),
                  attribute("data-about", about), event.cause ? html::flag("data-cause", true) : html::Attribute{}},
                 inside);
}

Safe health_sentence(int needing_attention, int running, int finished, int total) {
  Safe inside;
  if (total == 0) {
    inside = badge(Tone::idle, "No programs to manage");
  } else if (needing_attention == 0) {
    inside = badge(Tone::good, "All is well");
  } else {
    inside = badge(Tone::bad, std::to_string(needing_attention) +
                                  (needing_attention == 1 ? " thing needs attention" : " things need attention"));
  }
  if (total > 0) {
    inside += element("span", {attribute("class", "quiet num")},
                      text(std::to_string(running) + " of " + std::to_string(total) + " programs running" +
                           (finished > 0 ? ", " + std::to_string(finished) + " ended as expected" : "")));
  }
  return element("h1", {attribute("id", "health")}, inside);
}

Safe attention_list(const std::vector<AttentionItem>& items, WallTime now) {
  Safe all;
  for (const AttentionItem& item : items) {
    Safe inside = badge(item.tone, item.what);
    Safe who;
    if (item.application && item.process) {
      who = process_link(*item.application, *item.process);
    } else if (item.application) {
      who = application_link(*item.application);
    } else {
      who = element("strong", {}, text(item.node));
    }
    if (!item.node.empty() && item.application) {
      who += Safe(" on ") + text(item.node);
    }
    inside += element("span", {attribute("class", "who")}, who);
    inside += element("span", {attribute("class", "why")}, text(item.text));
    inside += age(item.since, now);
    all += element("li", {attribute("class", std::string(name_of(item.tone)))}, inside);
  }
  return element("ul", {attribute("id", "attention"), attribute("class", "attention")}, all);
}

}  // namespace holdfast::dashboard

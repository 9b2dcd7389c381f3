#include "api/pages/event_model.hpp"

#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "dashboard/pages.hpp"

namespace holdfast::api {
namespace {

using dashboard::Tone;

/// The history keeps words: what they say is read here.
Tone tone_of(const HistoryLine& line) {
  if (line.kind == "state") {
    const auto state = process_state_named(line.word);
    return state ? dashboard::tone_of(*state) : Tone::idle;
  }
  if (line.kind == "node" && line.word != "cluster") {
    const auto state = parse<MemberState>(line.word);
    return state ? dashboard::tone_of(*state) : Tone::idle;
  }
  const bool refused = line.word.starts_with("refused") || line.word.starts_with("completed ");
  return line.kind == "gap" || refused ? Tone::warning : Tone::idle;
}

dashboard::EventView event_view(const Ports& ports, const HistoryLine& line) {
  dashboard::EventView event;
  event.id = line.id;
  event.at = line.at;
  event.word = line.word;
  event.tone = tone_of(line);
  event.detail = line.detail;
  event.application = line.application;
  event.process = line.process;
  event.node = line.node;
  if (ports.cluster != nullptr) {
    const cluster::MemberView* member = ports.cluster->node().view().find(line.node);
    event.node = member == nullptr ? line.node : member->nick;
  }
  event.operation = line.operation;
  event.cause = line.kind != "state";
  return event;
}

/// Once a fact, once a page: that an order of the cluster went well says nothing beside the order and the
/// changes of state it led to, and on the Master the decision has said already what the order says.
std::vector<HistoryLine> worth_showing(std::vector<HistoryLine> lines) {
  std::set<std::tuple<std::string, std::string, std::string>> decided;
  for (const HistoryLine& line : lines) {
    if (line.kind == "decision") {
      decided.emplace(line.application, line.process, line.reason);
    }
  }
  std::erase_if(lines, [&](const HistoryLine& line) {
    return line.kind == "action" && !line.operation.empty() &&
           (line.reason == "done" || line.word == "completed" ||
            decided.contains({line.application, line.process, line.reason}));
  });
  return lines;
}

}  // namespace

std::vector<dashboard::EventView> event_views(const Ports& ports, Result<std::vector<HistoryLine>> lines) {
  std::vector<dashboard::EventView> events;
  if (lines) {
    for (const HistoryLine& line : worth_showing(std::move(lines.value()))) {
      events.push_back(event_view(ports, line));
    }
  }
  return events;
}

}  // namespace holdfast::api

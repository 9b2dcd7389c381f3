#include "storage/history_entry.hpp"

namespace holdfast::storage {

namespace {

/// "radar:web@n2", as far as it is given.
std::string subject(const std::string& application, const std::string& process, const std::string& node) {
  std::string text = application;
  if (!process.empty()) {
    text += text.empty() ? process : ":" + process;
  }
  if (!node.empty()) {
    text += text.empty() ? node : "@" + node;
  }
  return text;
}

std::string in_brackets(const std::string& text) {
  return text.empty() ? text : " (" + text + ")";
}

std::string spaced(const std::string& text) {
  return text.empty() ? text : text + " ";
}

struct Describer {
  std::string operator()(const StateChange& e) const {
    return spaced(subject(e.application, e.process, e.node)) + e.from + " -> " + e.to +
           (e.pid > 0 && e.exit.empty() ? " (pid " + std::to_string(e.pid) + ")" : in_brackets(e.exit));
  }
  std::string operator()(const Action& e) const {
    const std::string object = subject(e.application, e.process, e.node);
    return e.action + (object.empty() ? "" : " " + object) + (e.user.empty() ? "" : " by " + e.user) +
           (e.origin.empty() ? "" : " from " + e.origin) + (e.outcome.empty() ? "" : ": " + e.outcome);
  }
  std::string operator()(const Decision& e) const {
    std::string object = subject(e.application, e.process, e.node);
    if (e.what.find(object) != std::string::npos) {
      object.clear();  // "start radar:web on n2" names it already
    }
    return e.what + (object.empty() ? "" : " " + object) + (e.reason.empty() ? "" : ": " + e.reason);
  }
  std::string operator()(const NodeEvent& e) const {
    return e.node + " " + (e.aspect == "state" ? "" : spaced(e.aspect)) + e.from + " -> " + e.to +
           in_brackets(e.reason);
  }
  std::string operator()(const RestartEvent& e) const {
    return e.part + " of " + e.node + " started, incarnation " + std::to_string(e.incarnation) + in_brackets(e.reason);
  }
  std::string operator()(const Gap& e) const {
    return std::to_string(e.lost) + (e.lost == 1 ? " row" : " rows") + " lost" + in_brackets(e.reason);
  }
};

struct KindOf {
  std::string_view operator()(const StateChange&) const { return "state"; }
  std::string_view operator()(const Action&) const { return "action"; }
  std::string_view operator()(const Decision&) const { return "decision"; }
  std::string_view operator()(const NodeEvent&) const { return "node"; }
  std::string_view operator()(const RestartEvent&) const { return "restart"; }
  std::string_view operator()(const Gap&) const { return "gap"; }
};

}  // namespace

WallTime time_of(const HistoryEntry& entry) {
  return std::visit([](const auto& e) { return e.at; }, entry);
}

std::string_view kind_of(const HistoryEntry& entry) {
  return std::visit(KindOf{}, entry);
}

std::string describe(const HistoryEntry& entry) {
  return std::visit(Describer{}, entry);
}

}  // namespace holdfast::storage

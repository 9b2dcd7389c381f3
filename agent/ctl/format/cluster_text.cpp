#include "ctl/format/cluster_text.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "ctl/format/members.hpp"
#include "ctl/format/text_layout.hpp"

namespace holdfast::ctl {
namespace {

std::string heard_text(const wire::Value& node) {
  if (truth_member(node, "local")) {
    return "here";
  }
  return truth_member(node, "heard") ? age_text(int_member(node, "age_ms")) + " ago" : "never";
}

/// Running of all; "-" for a node that is gone: what it sent last tells what ran then.
std::string running_text(const wire::Value& node) {
  const std::string state = text_member(node, "state");
  if (state != "RUNNING" && state != "AWAY" && state != "CHECKED") {
    return "-";
  }
  return std::to_string(int_member(node, "running")) + "/" + std::to_string(int_member(node, "processes"));
}

std::string or_dash(std::string text) {
  return text.empty() ? "-" : text;
}

std::string master_text(const wire::Value& cluster) {
  const std::string identifier = text_member(cluster, "master");
  for (const wire::Value& node : items_member(cluster, "nodes")) {
    const std::string nick = text_member(node, "nick");
    if (text_member(node, "identifier") == identifier && nick != identifier && !nick.empty()) {
      return one_line(nick) + " (" + one_line(identifier) + ")";
    }
  }
  return or_dash(one_line(identifier));
}

/// Whether a counter counts what was refused, and not traffic.
bool counts_refusals(const std::string& name) {
  return name.find("refused") != std::string::npos || name.find("dropped") != std::string::npos;
}

bool runs_on(const wire::Value& process, const std::string& identifier) {
  const wire::Array& running = items_member(process, "identifiers");
  return std::ranges::any_of(running, [&identifier](const wire::Value& item) {
    return item.as_string() != nullptr && *item.as_string() == identifier;
  });
}

std::string node_of(const wire::Value& copy) {
  const std::string nick = text_member(copy, "node");
  return one_line(nick.empty() ? text_member(copy, "identifier") : nick);
}

/// What its node says of a copy that does not run, with all that is known of a failure: the description alone has the
/// text of the contract, which is shorter.
std::string ended_description(const wire::Value& copy) {
  const std::string description = text_member(copy, "description");
  const std::string failure = text_member(copy, "failure");
  if (failure.empty() || failure.starts_with(description)) {
    return failure.empty() ? description : failure;
  }
  return description + "; " + failure;
}

/// Of a process that runs nowhere: why, else what the copy says that gives it its state; among equals the one
/// that ran last.
std::string idle_description(const wire::Value& process) {
  if (const std::string reason = text_member(process, "reason"); !reason.empty()) {
    return reason;
  }
  const wire::Value* last = nullptr;
  for (const wire::Value& copy : items_member(process, "copies")) {
    if (text_member(copy, "statename") == text_member(process, "statename") &&
        (last == nullptr || int_member(copy, "start") > int_member(*last, "start"))) {
      last = &copy;
    }
  }
  return last == nullptr ? "" : ended_description(*last);
}

}  // namespace

std::string age_text(std::int64_t ms) {
  constexpr std::int64_t second = 1000;
  constexpr std::int64_t minute = 60 * second;
  constexpr std::int64_t hour = 60 * minute;
  constexpr std::int64_t day = 24 * hour;
  if (ms < 10 * second) {
    return std::to_string(ms / second) + "." + std::to_string(ms % second / 100) + " s";
  }
  if (ms < 2 * minute) {
    return std::to_string(ms / second) + " s";
  }
  if (ms < 2 * hour) {
    return std::to_string(ms / minute) + " min";
  }
  return ms < 2 * day ? std::to_string(ms / hour) + " h" : std::to_string(ms / day) + " d";
}

std::vector<std::vector<std::string>> node_rows(const wire::Value& cluster) {
  std::vector<std::vector<std::string>> rows{
      {"NODE", "IDENTIFIER", "STATE", "MASTER", "LOAD", "RUNNING", "HEARD", "REMARK"}};
  for (const wire::Value& node : items_member(cluster, "nodes")) {
    rows.push_back({or_dash(one_line(text_member(node, "nick"))), one_line(text_member(node, "identifier")),
                    one_line(text_member(node, "state")), truth_member(node, "master") ? "Master" : "",
                    std::to_string(int_member(node, "load")) + "%", running_text(node), heard_text(node),
                    one_line(text_member(node, "remark"))});
  }
  return rows;
}

std::vector<std::string> cluster_lines(const wire::Value& cluster) {
  std::vector<std::string> lines{"cluster " + one_line(text_member(cluster, "name")) + ": " +
                                 one_line(text_member(cluster, "state")) +
                                 (truth_member(cluster, "degraded") ? " (degraded)" : "") + ", Master " +
                                 master_text(cluster) + ", epoch " + std::to_string(int_member(cluster, "epoch"))};
  for (const wire::Value& warning : items_member(cluster, "warnings")) {
    if (warning.as_string() != nullptr) {
      lines.push_back("warning: " + one_line(*warning.as_string()));
    }
  }
  const wire::Value* counters = cluster.find("counters");
  const wire::Struct* members = counters == nullptr ? nullptr : counters->as_struct();
  if (members != nullptr) {
    for (const wire::Member& counter : *members) {
      const std::int64_t count = int_member(*counters, counter.name);
      if (count != 0 && counts_refusals(counter.name)) {
        lines.push_back(one_line(counter.name) + ": " + std::to_string(count));
      }
    }
  }
  return lines;
}

StatusRow process_row(const wire::Value& process) {
  std::vector<std::string> nodes;
  std::vector<std::pair<std::string, std::string>> descriptions;  // node, description
  for (const wire::Value& copy : items_member(process, "copies")) {
    if (runs_on(process, text_member(copy, "identifier"))) {
      nodes.push_back(node_of(copy));
      descriptions.emplace_back(node_of(copy), one_line(text_member(copy, "description")));
    }
  }
  std::string description = descriptions.empty() ? one_line(idle_description(process)) : descriptions.front().second;
  if (descriptions.size() > 1) {
    description.clear();
    for (const auto& [node, text] : descriptions) {
      description += (description.empty() ? "" : "; ") + node + ": " + text;
    }
  }
  return {one_line(text_member(process, "application")) + ":" + one_line(text_member(process, "process")),
          one_line(text_member(process, "statename")), or_dash(text::join(nodes, ",")), description};
}

}  // namespace holdfast::ctl

#include "api/node_process_values.hpp"

#include <algorithm>
#include <optional>

#include "base/process_state.hpp"
#include "rules/candidates.hpp"

namespace holdfast::api {
namespace {

double seconds_of_us(std::int64_t us) {
  return static_cast<double>(us) / 1e6;
}
double mono_seconds_of(Instant at) {
  return static_cast<double>(at.ms()) / 1e3;
}

/// The node's monotonic clock now, as far as its last heartbeat tells.
double monotonic_of(const cluster::MemberView& member, Instant now) {
  if (member.local) {
    return mono_seconds_of(now);
  }
  const std::int64_t since_ms = member.heard_at ? (now - *member.heard_at) / std::chrono::milliseconds(1) : 0;
  return static_cast<double>(static_cast<std::int64_t>(member.remote_mono_ms) + since_ms) / 1e3;
}

/// On the node's monotonic clock; 0 = never.
double started_at(const cluster::ProcessFact& fact) {
  return fact.start_us == 0 ? 0.0 : static_cast<double>(fact.since_mono_ms) / 1e3;
}
double stopped_at(const cluster::ProcessFact& fact) {
  return fact.stop_us == 0 ? 0.0 : std::max(0.0, started_at(fact) + seconds_of_us(fact.stop_us - fact.start_us));
}

/// Supervisor's: of what is not there it is 0.
std::int32_t pid_of(const cluster::ProcessFact& fact) {
  return is_signallable(fact.state) ? fact.pid : 0;
}

const rules::CopyView* copy_of(const cluster::View& view, const std::string& identifier,
                               const cluster::ProcessFact& fact) {
  const rules::ProcessView* process = rules::find_process(view.cluster, {fact.id.group, fact.id.name});
  if (process == nullptr) {
    return nullptr;
  }
  const auto copy = process->copies.find(identifier);
  return copy == process->copies.end() ? nullptr : &copy->second;
}

/// What has been lost with its node is FATAL, whatever the node said last (contract INS-1).
cluster::ProcessFact as_shown(const cluster::MemberView& member, const cluster::ProcessFact& fact,
                              const rules::CopyView* copy) {
  cluster::ProcessFact shown = fact;
  if (copy != nullptr && copy->state != fact.state) {
    shown.state = copy->state;
    shown.expected_exit = copy->expected_exit;
    shown.spawn_error = copy->expected_exit ? "" : "Supervisor " + member.identifier + " lost";
  }
  return shown;
}

}  // namespace

wire::Value local_process_value(const cluster::MemberView& member, const cluster::ProcessFact& fact, Instant now,
                                WallTime wall, const supervision::UtcOffset& utc_offset) {
  const std::int64_t start = fact.start_us / 1'000'000;
  const std::int64_t stop = fact.stop_us / 1'000'000;
  return wire::Struct{{"name", fact.id.name},
                      {"group", fact.id.group},
                      {"state", code_of(fact.state)},
                      {"statename", name_of(fact.state)},
                      {"start", start},
                      {"stop", stop},
                      {"now", wall.seconds()},
                      {"pid", pid_of(fact)},
                      {"description", supervision::describe({fact.id.name, fact.state, start, stop, wall.seconds(),
                                                             pid_of(fact), fact.spawn_error},
                                                            utc_offset)},
                      {"spawnerr", fact.spawn_error},
                      {"expected", fact.spawn_error.empty()},
                      {"start_monotonic", started_at(fact)},
                      {"stop_monotonic", stopped_at(fact)},
                      {"now_monotonic", monotonic_of(member, now)},
                      {"extra_args", fact.extra_args},
                      {"startsecs", fact.startsecs},
                      {"stopwaitsecs", fact.stopwaitsecs},
                      {"process_index", fact.process_index},
                      {"program_name", fact.program_name},
                      {"disabled", fact.disabled},
                      {"has_stdout", fact.has_stdout},
                      {"has_stderr", fact.has_stderr}};
}

wire::Value inner_process_value(const cluster::View& view, const cluster::MemberView& member,
                                const cluster::ProcessFact& fact, Instant now, WallTime wall,
                                const supervision::UtcOffset& utc_offset) {
  const rules::CopyView* copy = copy_of(view, member.identifier, fact);
  const cluster::ProcessFact shown = as_shown(member, fact, copy);
  wire::Value value = local_process_value(member, shown, now, wall, utc_offset);
  const double now_monotonic = monotonic_of(member, now);
  const double told_at = copy == nullptr ? 0.0 : mono_seconds_of(copy->told_at);
  const bool is_up = shown.state == ProcessState::running || shown.state == ProcessState::stopping;
  const bool has_event = shown.event_us != 0;
  wire::Struct& members = *value.as_struct();
  for (wire::Member& one : members) {
    if (has_event && one.name == "expected") {
      one.value = shown.expected_exit;
    } else if (has_event && one.name == "pid") {
      one.value = shown.pid;  // of the last event: of an end, the child that was
    }
  }
  members.push_back({"local_mtime", told_at});
  members.push_back({"event_time", has_event ? static_cast<double>(shown.event_mono_ms) / 1e3
                                             : std::max(0.0, now_monotonic - (mono_seconds_of(now) - told_at))});
  members.push_back({"uptime", is_up ? std::max(0.0, now_monotonic - started_at(shown)) : 0.0});
  members.push_back({"has_crashed", copy != nullptr && copy->has_crashed});
  if (has_event) {  // what an event brings
    members.push_back({"identifier", member.identifier});
    members.push_back({"nick_identifier", member.nick});
    members.push_back({"event_mtime", told_at});
  }
  return value;
}

}  // namespace holdfast::api

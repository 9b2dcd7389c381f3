#include "api/node_process_values.hpp"

#include <algorithm>

#include "base/process_state.hpp"
#include "rules/candidates.hpp"

namespace holdfast::api {
namespace {

double seconds_of_us(std::int64_t us) {
  return static_cast<double>(us) / 1e6;
}

/// The node's monotonic clock now, as far as its last heartbeat tells.
double monotonic_of(const cluster::MemberView& member, Instant now) {
  if (member.local) {
    return static_cast<double>(now.ms()) / 1e3;
  }
  const std::int64_t since_ms = member.heard_at ? (now - *member.heard_at) / std::chrono::milliseconds(1) : 0;
  return static_cast<double>(static_cast<std::int64_t>(member.remote_mono_ms) + since_ms) / 1e3;
}

/// A moment of the wall clock on the node's monotonic one; 0 = never.
double monotonic_at(std::int64_t at_us, double now_monotonic, WallTime wall) {
  return at_us == 0 ? 0.0 : now_monotonic - seconds_of_us(wall.us - at_us);
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

}  // namespace

wire::Value local_process_value(const cluster::MemberView& member, const cluster::ProcessFact& fact, Instant now,
                                WallTime wall) {
  const double now_monotonic = monotonic_of(member, now);
  return wire::Struct{{"name", fact.id.name},
                      {"group", fact.id.group},
                      {"state", code_of(fact.state)},
                      {"statename", name_of(fact.state)},
                      {"start", fact.start_us / 1'000'000},
                      {"stop", fact.stop_us / 1'000'000},
                      {"now", wall.seconds()},
                      {"pid", fact.pid},
                      {"description", ""},
                      {"spawnerr", fact.spawn_error},
                      {"expected", fact.spawn_error.empty()},
                      {"start_monotonic", monotonic_at(fact.start_us, now_monotonic, wall)},
                      {"stop_monotonic", monotonic_at(fact.stop_us, now_monotonic, wall)},
                      {"now_monotonic", now_monotonic},
                      {"extra_args", ""},
                      {"startsecs", fact.startsecs},
                      {"stopwaitsecs", fact.stopwaitsecs},
                      {"process_index", fact.process_index},
                      {"program_name", fact.program_name},
                      {"disabled", fact.disabled},
                      {"has_stdout", fact.has_stdout},
                      {"has_stderr", fact.has_stderr}};
}

wire::Value inner_process_value(const cluster::View& view, const cluster::MemberView& member,
                                const cluster::ProcessFact& fact, Instant now, WallTime wall) {
  wire::Value value = local_process_value(member, fact, now, wall);
  const rules::CopyView* copy = copy_of(view, member.identifier, fact);
  const bool is_up = fact.state == ProcessState::running || fact.state == ProcessState::stopping;
  const double uptime = is_up && fact.start_us != 0 ? std::max(0.0, seconds_of_us(wall.us - fact.start_us)) : 0.0;
  wire::Struct& members = *value.as_struct();
  members.push_back({"identifier", member.identifier});
  members.push_back({"nick_identifier", member.nick});
  members.push_back({"local_mtime", copy == nullptr ? 0.0 : static_cast<double>(copy->since.ms()) / 1e3});
  members.push_back({"event_time", static_cast<double>(fact.since_mono_ms) / 1e3});
  members.push_back({"uptime", uptime});
  members.push_back({"has_crashed", copy != nullptr && copy->has_crashed});
  return value;
}

}  // namespace holdfast::api

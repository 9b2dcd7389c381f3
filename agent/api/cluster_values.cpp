#include "api/cluster_values.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "base/limits.hpp"
#include "base/process_state.hpp"
#include "rules/candidates.hpp"
#include "rules/placement.hpp"

namespace holdfast::api {
namespace {

double seconds_of(Instant at) {
  return static_cast<double>(at.ms()) / 1000.0;
}

constexpr int kDeletedCode = -1;  // contract supvisors.md 7.5

std::string master_of(const cluster::View& view) {
  return view.master.value_or("");
}

wire::Value names_of(const std::vector<std::string>& names) {
  return wire::Array(names.begin(), names.end());
}

wire::Struct instance_states(const cluster::View& view) {
  wire::Struct states;
  for (const cluster::MemberView& member : view.members) {
    states.push_back({member.identifier, cluster::supvisors_name_of(member.state)});
  }
  return states;
}

wire::Array members_where(const cluster::View& view, bool cluster::MemberView::*flag) {
  wire::Array names;
  for (const cluster::MemberView& member : view.members) {
    if (member.*flag) {
      names.emplace_back(member.identifier);
    }
  }
  return names;
}

/// A process event that no copy stands behind.
wire::Struct general_event(const ProcessId& id, int state, Instant now, WallTime wall) {
  return {{"name", id.name},
          {"group", id.group},
          {"state", state},
          {"now", static_cast<double>(wall.us) / 1e6},
          {"now_monotonic", seconds_of(now)},
          {"pid", 0},
          {"extra_args", ""},
          {"event_mtime", seconds_of(now)}};
}

/// Ticks of Supvisors since a node began, on its own clock.
std::int64_t ticks_between(std::uint64_t began_mono_ms, std::uint64_t at_mono_ms) {
  const auto tick_ms = static_cast<std::uint64_t>(limits::event_tick / std::chrono::milliseconds(1));
  return at_mono_ms > began_mono_ms ? static_cast<std::int64_t>((at_mono_ms - began_mono_ms) / tick_ms) : 0;
}
std::uint64_t mono_ms_of(Instant at) {
  return static_cast<std::uint64_t>(at.ms());
}

wire::Value identifiers_value(const rules::IdentifierRule& rule) {
  return names_of(rules::items_of(rule));
}

}  // namespace

ProcessState process_state_of(ProcessState state) {
  return holdfast::state_of(static_cast<int>(state)).value_or(ProcessState::unknown);
}

wire::Value state_modes_value(const cluster::View& view, const cluster::MemberView& member, Instant now) {
  const cluster::ClusterState state = member.cluster_state;
  const bool degraded = member.local ? view.degraded : member.degraded;
  return wire::Struct{{"identifier", member.identifier},          {"nick_identifier", member.nick},
                      {"now_monotonic", seconds_of(now)},         {"fsm_statecode", cluster::code_of(state)},
                      {"fsm_statename", cluster::name_of(state)}, {"degraded_mode", degraded},
                      {"discovery_mode", member.discovery},       {"master_identifier", master_of(view)},
                      {"starting_jobs", member.starting_jobs},    {"stopping_jobs", member.stopping_jobs},
                      {"instance_states", instance_states(view)}};
}

wire::Value supvisors_state_value(const cluster::View& view, Instant now) {
  wire::Value value = state_modes_value(view, view.me(), now);
  for (wire::Member& member : *value.as_struct()) {
    if (member.name == "starting_jobs") {
      member.value = members_where(view, &cluster::MemberView::starting_jobs);
    } else if (member.name == "stopping_jobs") {
      member.value = members_where(view, &cluster::MemberView::stopping_jobs);
    }
  }
  return value;
}

int load_of(const cluster::View& view, const rules::Matcher& matcher, const std::string& identifier) {
  int load = 0;
  for (const auto& [application, processes] : view.cluster.applications) {
    for (const auto& [name, process] : processes) {
      const auto copy = process.copies.find(identifier);
      if (copy != process.copies.end() && rules::is_active(copy->second)) {
        load += matcher.program({application, name}).expected_loading;
      }
    }
  }
  return load;
}

wire::Value instance_value(const cluster::View& view, const cluster::MemberView& member, const rules::Matcher& matcher,
                           Instant now, WallTime wall) {
  const auto colon = member.identifier.rfind(':');
  bool failure = false;
  for (const auto& [namespec, fact] : member.table.rows()) {
    failure =
        failure || fact.state == ProcessState::fatal || (fact.state == ProcessState::exited && !fact.expected_exit);
  }
  const std::optional<Instant> heard = member.local ? now : member.heard_at;
  const std::uint64_t remote_ms = member.local ? mono_ms_of(now) : member.remote_mono_ms;
  const std::int64_t heard_wall =
      heard ? wall.seconds() - std::chrono::duration_cast<std::chrono::seconds>(now - *heard).count() : 0;
  return wire::Struct{
      {"identifier", member.identifier},
      {"nick_identifier", member.nick},
      {"node_name", member.identifier.substr(0, colon)},
      {"port", std::stoi("0" + member.identifier.substr(colon + 1))},
      {"statecode", cluster::code_of(member.state)},
      {"statename", cluster::supvisors_name_of(member.state)},
      {"loading", load_of(view, matcher, member.identifier)},
      {"process_failure", failure && member.state == MemberState::running},
      {"remote_sequence_counter", heard ? ticks_between(member.began_mono_ms, remote_ms) : 0},
      {"remote_time", heard_wall},
      {"remote_mtime", static_cast<double>(remote_ms) / 1000.0},
      {"local_sequence_counter", heard ? ticks_between(view.me().began_mono_ms, mono_ms_of(*heard)) : 0},
      {"local_time", heard_wall},
      {"local_mtime", heard ? seconds_of(*heard) : 0.0}};
}

wire::Value application_value(const rules::ClusterView& cluster, const rules::Matcher& matcher, const std::string& name,
                              Instant now) {
  const rules::ApplicationStatus status = rules::application_status(cluster, matcher, name);
  return wire::Struct{{"application_name", name},
                      {"managed", status.managed},
                      {"now_monotonic", seconds_of(now)},
                      {"statecode", static_cast<int>(status.state)},
                      {"statename", name_of(status.state)},
                      {"major_failure", status.major_failure},
                      {"minor_failure", status.minor_failure}};
}

wire::Value process_value(const rules::ClusterView& cluster, const ProcessId& id, Instant now) {
  const rules::ProcessView& process = cluster.applications.at(id.group).at(id.name);
  const rules::ProcessStatus status = rules::process_status(process);
  Instant last = process.forced ? process.forced->told_at : Instant{};
  for (const auto& [identifier, copy] : process.copies) {
    last = std::max(last, copy.told_at);
  }
  return wire::Struct{{"application_name", id.group},
                      {"process_name", id.name},
                      {"now_monotonic", seconds_of(now)},
                      {"statecode", static_cast<int>(status.state)},
                      {"statename", name_of(process_state_of(status.state))},
                      {"expected_exit", status.expected_exit},
                      {"last_event_mtime", seconds_of(last)},
                      {"identifiers", names_of(status.running_on)},
                      {"extra_args", rules::extra_args_of(process)}};
}

wire::Value deleted_process_value(const ProcessId& id, Instant now) {
  return wire::Struct{
      {"application_name", id.group},        {"process_name", id.name},      {"now_monotonic", seconds_of(now)},
      {"statecode", kDeletedCode},           {"statename", "DELETED"},       {"expected_exit", true},
      {"last_event_mtime", seconds_of(now)}, {"identifiers", wire::Array{}}, {"extra_args", ""}};
}

wire::Value process_event_value(const cluster::MemberView& member, const cluster::ProcessFact& fact,
                                const rules::CopyView& copy, Instant now, WallTime wall) {
  const double age_s = static_cast<double>((now - copy.told_at).count()) / 1e9;
  const bool is_told = fact.event_us != 0;  // else its node is of an earlier version
  return wire::Struct{
      {"identifier", member.identifier},
      {"nick_identifier", member.nick},
      {"name", fact.id.name},
      {"group", fact.id.group},
      {"state", code_of(fact.state)},
      {"now", static_cast<double>(is_told ? fact.event_us : wall.us) / 1e6 - (is_told ? 0.0 : age_s)},
      {"now_monotonic", static_cast<double>(is_told ? fact.event_mono_ms : fact.since_mono_ms) / 1000.0},
      {"pid", fact.pid},
      {"expected", fact.expected_exit},
      {"spawnerr", fact.spawn_error},
      {"extra_args", fact.extra_args},
      {"disabled", fact.disabled},
      {"event_mtime", seconds_of(copy.told_at)}};
}

wire::Value forced_event_value(const ProcessId& id, const rules::ForcedView& forced, Instant now, WallTime wall) {
  wire::Struct event = general_event(id, code_of(forced.state), now, wall);
  event.push_back({"identifier", ""});
  event.push_back({"nick_identifier", ""});
  event.push_back({"expected", false});
  // Supvisors names no cause: its clients compare the whole text.
  event.push_back(
      {"spawnerr", forced.reason.starts_with(rules::kNoResource) ? "No resource available" : forced.reason});
  return event;
}

wire::Value removal_event_value(const cluster::MemberView& member, const ProcessId& id, Instant now, WallTime wall) {
  wire::Struct event = general_event(id, kDeletedCode, now, wall);
  event.push_back({"identifier", member.identifier});
  event.push_back({"nick_identifier", member.nick});
  event.push_back({"expected", true});
  event.push_back({"spawnerr", ""});
  event.push_back({"disabled", false});
  return event;
}

wire::Value application_rules_value(const rules::Matcher& matcher, const std::string& name) {
  const rules::ApplicationRules& rules = matcher.application(name);
  wire::Struct value{{"application_name", name}, {"managed", rules.managed}};
  if (rules.managed) {
    value.push_back({"distribution", name_of(rules.distribution)});
    value.push_back({"identifiers", identifiers_value(rules.identifiers)});
    value.push_back({"start_sequence", rules.start_sequence});
    value.push_back({"stop_sequence", rules.stop_sequence});
    value.push_back({"starting_strategy", holdfast::name_of(rules.starting_strategy)});
    value.push_back({"starting_failure_strategy", name_of(rules.starting_failure_strategy)});
    value.push_back({"running_failure_strategy", name_of(rules.running_failure_strategy)});
    value.push_back({"status_formula", rules.operational_status});
  }
  return value;
}

wire::Value process_rules_value(const rules::ClusterView& cluster, const rules::Matcher& matcher, const ProcessId& id) {
  const rules::ProgramRules& rules = matcher.program(id);
  const bool is_assigned = rules.identifiers.spread || rules.identifiers.pair;
  return wire::Struct{{"application_name", id.group},
                      {"process_name", id.name},
                      {"identifiers", is_assigned ? names_of(rules::assigned_instances(cluster, matcher, id))
                                                  : identifiers_value(rules.identifiers)},
                      {"start_sequence", rules.start_sequence},
                      {"stop_sequence", rules.stop_sequence},
                      {"required", rules.required},
                      {"wait_exit", rules.wait_exit},
                      {"expected_loading", rules.expected_loading},
                      {"starting_failure_strategy", name_of(rules.starting_failure_strategy)},
                      {"running_failure_strategy", name_of(rules.running_failure_strategy)}};
}

}  // namespace holdfast::api

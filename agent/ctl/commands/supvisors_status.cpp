// Supvisors' commands that only look: sversion sstate master strategies instance_status application_info
// application_rules sstatus local_status process_rules conflicts stats_status (contract supvisors.md 6).
#include <algorithm>

#include "base/text.hpp"
#include "ctl/commands/command.hpp"
#include "ctl/format/names.hpp"
#include "ctl/commands/supvisors_check.hpp"
#include "ctl/format/time_text.hpp"

namespace holdfast::ctl {
namespace {

using Column = SupvisorsColumn;
using Rows = std::vector<std::vector<std::string>>;

constexpr std::int64_t kExited = 100;

bool all_meant(const std::vector<std::string>& names) {
  return names.empty() || std::ranges::find(names, "all") != names.end();
}

bool names_one_of(const std::vector<std::string>& names, const wire::Value& value,
                  std::initializer_list<std::string_view> members) {
  return all_meant(names) || std::ranges::any_of(members, [&](std::string_view member) {
           return std::ranges::find(names, text_member(value, member)) != names.end();
         });
}

std::string cell(const wire::Value& value, std::string_view name) {
  const wire::Value* member = value.find(name);
  return member == nullptr ? "n/a" : python_str(*member);
}

std::vector<std::string> cells(const wire::Value& value, std::initializer_list<std::string_view> names) {
  std::vector<std::string> row;
  for (const std::string_view name : names) {
    row.push_back(cell(value, name));
  }
  return row;
}

std::string clock_text(const wire::Value& value, std::string_view name) {
  const std::int64_t seconds = int_member(value, name);
  constexpr std::size_t date_width = 11;  // "2026-11-21 "
  return seconds == 0 ? "0" : local_time_text(WallTime::from_seconds(seconds)).substr(date_width);
}

void show(Session& session, std::vector<Column> columns, const Rows& rows, const wire::Array& values) {
  for (const std::string& line : supvisors_table(std::move(columns), rows)) {
    session.console().say(line);
  }
  session.console().result(values);
}

/// Those of everything that the words name, or each by a question of its own. What failed was said.
std::optional<wire::Array> ask_each(Session& session, const std::vector<std::string>& names,
                                    const std::string& method) {
  wire::Array values;
  for (const std::string& name : names) {
    const Reply reply = session.call("supvisors." + method, {name});
    if (!reply && reply.failure().kind != Failure::Kind::fault) {
      session.unexpected(reply.failure());
      return std::nullopt;
    }
    if (!reply) {
      supvisors_failed(session, name, reply.failure());
    } else if (const wire::Array* several = reply.value().as_array()) {
      values.insert(values.end(), several->begin(), several->end());
    } else {
      values.push_back(reply.value());
    }
  }
  return values;
}

/// The names that were given, or those of everything that `method` lists, made by `name_of_item`.
template <typename NameOfItem>
std::vector<std::string> names_or_all(Session& session, std::vector<std::string> names,
                                      const std::string& method, NameOfItem name_of_item) {
  if (!all_meant(names)) {
    return names;
  }
  names.clear();
  if (const auto all = supvisors_ask(session, method)) {
    for (const wire::Value& item : items_of(*all)) {
      names.push_back(name_of_item(item));
    }
  }
  return names;
}

void show_lines(Session& session, const wire::Value& value,
                std::initializer_list<std::pair<std::string_view, std::string_view>> lines) {
  for (const auto& [title, member] : lines) {
    session.console().say(std::string(title) + cell(value, member));
  }
  session.console().result(value);
}

}  // namespace

void run_sversion(Session& session, const Arguments&) {
  if (!supvisors_up(session)) {
    return;
  }
  if (const auto version = supvisors_ask(session, "get_api_version")) {
    session.console().say(python_str(*version));
    session.console().result(*version);
  }
}

void run_sstate(Session& session, const Arguments& arguments) {
  if (!supvisors_up(session)) {
    return;
  }
  const std::vector<std::string> names = split_words(arguments.text);
  const auto answer =
      supvisors_ask(session, names.empty() ? "get_supvisors_state" : "get_all_instances_state_modes");
  if (!answer) {
    return;
  }
  const wire::Array states = names.empty() ? wire::Array{*answer} : items_of(*answer);
  Rows rows;
  wire::Array chosen;
  for (const wire::Value& state : states) {
    if (names_one_of(names, state, {"identifier", "nick_identifier"})) {
      rows.push_back(cells(state, {"nick_identifier", "identifier", "fsm_statename", "degraded_mode",
                                   "discovery_mode", "master_identifier", "starting_jobs", "stopping_jobs"}));
      chosen.push_back(state);
    }
  }
  show(session,
       {{"Nickname"},
        {"Supvisors identifier"},
        {"State", 16},
        {"Degraded", 10},
        {"Discovery", 11},
        {"Master"},
        {"Starting"},
        {"Stopping"}},
       rows, chosen);
}

void run_master(Session& session, const Arguments&) {
  if (!supvisors_up(session)) {
    return;
  }
  const auto master = supvisors_ask(session, "get_master_identifier");
  if (!master) {
    return;
  }
  if (text_member(*master, "identifier").empty()) {
    session.console().say("No Supvisors Master");
    return session.console().result(*master);
  }
  show_lines(session, *master, {{"Nick identifier: ", "nick_identifier"}, {"Identifier:      ", "identifier"}});
}

void run_strategies(Session& session, const Arguments&) {
  if (!supvisors_up(session)) {
    return;
  }
  if (const auto strategies = supvisors_ask(session, "get_strategies")) {
    show_lines(session, *strategies,
               {{"Auto-fencing: ", "auto-fencing"},
                {"Failure:      ", "supvisors_failure"},
                {"Conciliation: ", "conciliation"},
                {"Starting:     ", "starting"}});
  }
}

void run_instance_status(Session& session, const Arguments& arguments) {
  if (!supvisors_up(session)) {
    return;
  }
  const auto answer = supvisors_ask(session, "get_all_instances_info");
  if (!answer) {
    return;
  }
  const std::vector<std::string> names = split_words(arguments.text);
  Rows rows;
  wire::Array chosen;
  for (const wire::Value& info : items_of(*answer)) {
    if (!names_one_of(names, info, {"identifier", "nick_identifier"})) {
      continue;
    }
    auto row = cells(info, {"nick_identifier", "identifier", "node_name", "port", "statename"});
    row.push_back(cell(info, "loading") + "%");
    row.push_back(clock_text(info, "local_time"));
    row.push_back(cell(info, "remote_sequence_counter"));
    row.push_back(truth_member(info, "process_failure") ? "error" : "ok");
    rows.push_back(std::move(row));
    chosen.push_back(info);
  }
  show(session,
       {{"Nickname"},
        {"Supvisors identifier"},
        {"Host"},
        {"Port", 7},
        {"State", 11},
        {"Load", 6},
        {"Time", 10},
        {"Counter", 9},
        {"Processes", 11}},
       rows, chosen);
}

void run_application_info(Session& session, const Arguments& arguments) {
  if (!supvisors_up(session)) {
    return;
  }
  const auto answer = supvisors_ask(session, "get_all_applications_info");
  if (!answer) {
    return;
  }
  const std::vector<std::string> names = split_words(arguments.text);
  Rows rows;
  wire::Array chosen;
  for (const wire::Value& info : items_of(*answer)) {
    if (names_one_of(names, info, {"application_name"})) {
      rows.push_back(cells(info, {"application_name", "statename", "major_failure", "minor_failure"}));
      chosen.push_back(info);
    }
  }
  show(session, {{"Application"}, {"State", 10}, {"Major", 7}, {"Minor", 7}}, rows, chosen);
}

void run_application_rules(Session& session, const Arguments& arguments) {
  if (!supvisors_up(session)) {
    return;
  }
  const auto names =
      names_or_all(session, split_words(arguments.text), "get_all_applications_info",
                   [](const wire::Value& info) { return text_member(info, "application_name"); });
  const auto rules = ask_each(session, names, "get_application_rules");
  if (!rules || rules->empty()) {
    return;
  }
  Rows rows;
  for (const wire::Value& rule : *rules) {  // what an unmanaged one has not is n/a
    rows.push_back(cells(rule, {"application_name", "managed", "distribution", "identifiers",
                                "start_sequence", "stop_sequence", "starting_strategy",
                                "starting_failure_strategy", "running_failure_strategy"}));
  }
  show(session,
       {{"Application"},
        {"Managed", 9},
        {"Distribution", 17},
        {"Supervisor"},
        {"Start", 7},
        {"Stop", 7},
        {"Starting", 18},
        {"Starting_Failure", 18},
        {"Running_Failure", Column::kFree}},
       rows, *rules);
}

void run_sstatus(Session& session, const Arguments& arguments) {
  if (!supvisors_up(session)) {
    return;
  }
  const std::vector<std::string> names = split_words(arguments.text);
  std::optional<wire::Array> infos;
  if (!all_meant(names)) {
    infos = ask_each(session, names, "get_process_info");
  } else if (const auto all = supvisors_ask(session, "get_all_process_info")) {
    infos = items_of(*all);
  }
  if (!infos || infos->empty()) {
    return;
  }
  Rows rows;
  for (const wire::Value& info : *infos) {
    const bool exited = int_member(info, "statecode") == kExited;
    auto row = cells(info, {"application_name", "process_name", "statename"});
    row.push_back(exited ? cell(info, "expected_exit") : "n/a");
    row.push_back(cell(info, "identifiers"));
    rows.push_back(std::move(row));
  }
  show(session,
       {{"Application"}, {"Process"}, {"State", 12}, {"Expected", 10}, {"Supervisor", Column::kFree}}, rows,
       *infos);
}

void run_local_status(Session& session, const Arguments& arguments) {
  if (!supvisors_up(session)) {
    return;
  }
  const auto all = supvisors_ask(session, "get_all_local_process_info");
  if (!all) {
    return;
  }
  const std::vector<std::string> names = split_words(arguments.text);
  Rows rows;
  wire::Array chosen;
  for (const wire::Value& info : items_of(*all)) {
    const bool meant = all_meant(names) || std::ranges::any_of(names, [&info](const std::string& name) {
                         const Namespec spec = split_namespec(name);
                         return text_member(info, "group") == spec.group &&
                                (!spec.process || text_member(info, "name") == *spec.process);
                       });
    if (!meant) {
      continue;
    }
    auto row = cells(info, {"group", "name", "disabled", "statename"});
    row.push_back(clock_text(info, "start"));
    row.push_back(clock_text(info, "now"));
    row.push_back(cell(info, "pid"));
    row.push_back(cell(info, "extra_args"));
    rows.push_back(std::move(row));
    chosen.push_back(info);
  }
  if (!rows.empty()) {
    show(session,
         {{"Application"},
          {"Process"},
          {"Disabled", 10},
          {"State", 12},
          {"Start", 12},
          {"Now", 12},
          {"PID", 8},
          {"Extra args", Column::kFree}},
         rows, chosen);
  }
}

void run_process_rules(Session& session, const Arguments& arguments) {
  if (!supvisors_up(session)) {
    return;
  }
  auto names = names_or_all(session, split_words(arguments.text), "get_all_process_info",
                            [](const wire::Value& info) {
                              return make_namespec(text_member(info, "application_name"),
                                                   text_member(info, "process_name"));
                            });
  std::ranges::sort(names);
  const auto rules = ask_each(session, names, "get_process_rules");
  if (!rules || rules->empty()) {
    return;
  }
  Rows rows;
  for (const wire::Value& rule : *rules) {
    auto row = cells(rule, {"application_name", "process_name", "start_sequence", "stop_sequence", "required",
                            "wait_exit"});
    row.push_back(cell(rule, "expected_loading") + "%");
    row.push_back(cell(rule, "running_failure_strategy"));
    row.push_back(cell(rule, "identifiers"));
    rows.push_back(std::move(row));
  }
  show(session,
       {{"Application"},
        {"Process"},
        {"Start", 7},
        {"Stop", 7},
        {"Required", 12},
        {"WaitExit", 12},
        {"Loading", 12},
        {"Strategy", 22},
        {"Supervisor", Column::kFree}},
       rows, *rules);
}

void run_conflicts(Session& session, const Arguments&) {
  if (!supvisors_up(session)) {
    return;
  }
  const auto conflicts = supvisors_ask(session, "get_conflicts");
  if (!conflicts) {
    return;
  }
  if (items_of(*conflicts).empty()) {
    return session.console().result(*conflicts);
  }
  Rows rows;
  for (const wire::Value& conflict : items_of(*conflicts)) {
    rows.push_back(cells(conflict, {"application_name", "process_name", "statename", "identifiers"}));
  }
  show(session, {{"Application"}, {"Process"}, {"State", 12}, {"Supervisor", Column::kFree}}, rows,
       items_of(*conflicts));
}

void run_stats_status(Session& session, const Arguments&) {
  if (!supvisors_up(session)) {
    return;
  }
  if (const auto status = supvisors_ask(session, "get_statistics_status")) {
    show_lines(session, *status,
               {{"Collecting Host statistics:    ", "host_stats"},
                {"Collecting Process statistics: ", "process_stats"},
                {"Collecting statistics period:  ", "collecting_period"}});
  }
}

}  // namespace holdfast::ctl

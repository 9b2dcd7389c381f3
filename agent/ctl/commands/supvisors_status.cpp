// application_info application_rules sstatus local_status process_rules: applications and processes, only looked at
// (contract supvisors.md 6).
#include <algorithm>

#include "base/process_id.hpp"
#include "ctl/client/process_state.hpp"
#include "ctl/commands/supvisors_calls.hpp"
#include "ctl/commands/supvisors_commands.hpp"
#include "ctl/format/members.hpp"
#include "ctl/format/namespec.hpp"

namespace holdfast::ctl {
namespace {

using Column = SupvisorsColumn;
using Rows = std::vector<std::vector<std::string>>;

/// The names that were given, or those of everything that `method` lists, made by `name_of_item`.
template <typename NameOfItem>
std::vector<std::string> names_or_all(Session& session, std::vector<std::string> names, const std::string& method,
                                      NameOfItem name_of_item) {
  if (!means_all(names)) {
    return names;
  }
  names.clear();
  if (const auto all = ask_supvisors(session, method)) {
    for (const wire::Value& item : items_of(*all)) {
      names.push_back(name_of_item(item));
    }
  }
  return names;
}

std::string application_of(const wire::Value& info) {
  return text_member(info, "application_name");
}

/// Whether `names` mean this process of the node: by a namespec, or as one of all.
bool is_process_meant(const std::vector<std::string>& names, const wire::Value& info) {
  return means_all(names) || std::ranges::any_of(names, [&info](const std::string& name) {
           return split_namespec(name).matches(text_member(info, "group"), text_member(info, "name"));
         });
}

}  // namespace

void run_application_info(Session& session, const Arguments& arguments) {
  const auto answer = ask_supvisors(session, "get_all_applications_info");
  if (!answer) {
    return;
  }
  const std::vector<std::string>& names = arguments.words;
  Rows rows;
  wire::Array chosen;
  for (const wire::Value& info : items_of(*answer)) {
    if (means_all(names) || std::ranges::find(names, application_of(info)) != names.end()) {
      rows.push_back(cells(info, {"application_name", "statename", "major_failure", "minor_failure"}));
      chosen.push_back(info);
    }
  }
  print_supvisors_table(session, {{"Application"}, {"State", 10}, {"Major", 7}, {"Minor", 7}}, rows, chosen);
}

void run_application_rules(Session& session, const Arguments& arguments) {
  const auto names = names_or_all(session, arguments.words, "get_all_applications_info", application_of);
  const auto rules = ask_supvisors_for_each(session, names, "get_application_rules");
  if (!rules || rules->empty()) {
    return;
  }
  Rows rows;
  for (const wire::Value& rule : *rules) {  // an unmanaged application has but two of these
    rows.push_back(
        cells(rule, {"application_name", "managed", "distribution", "identifiers", "start_sequence", "stop_sequence",
                     "starting_strategy", "starting_failure_strategy", "running_failure_strategy"}));
  }
  const std::vector<Column> columns{{"Application"},
                                    {"Managed", 9},
                                    {"Distribution", 17},
                                    {"Supervisor"},
                                    {"Start", 7},
                                    {"Stop", 7},
                                    {"Starting", 18},
                                    {"Starting_Failure", 18},
                                    {"Running_Failure", Column::kFree}};
  print_supvisors_table(session, columns, rows, *rules);
}

void run_sstatus(Session& session, const Arguments& arguments) {
  std::optional<wire::Array> infos;
  if (!means_all(arguments.words)) {
    infos = ask_supvisors_for_each(session, arguments.words, "get_process_info");
  } else if (const auto all = ask_supvisors(session, "get_all_process_info")) {
    infos = items_of(*all);
  }
  if (!infos || infos->empty()) {
    return;
  }
  Rows rows;
  for (const wire::Value& info : *infos) {
    const bool exited = int_member(info, "statecode") == process_state::exited;
    auto row = cells(info, {"application_name", "process_name", "statename"});
    row.push_back(exited ? cell(info, "expected_exit") : "n/a");
    row.push_back(cell(info, "identifiers"));
    rows.push_back(std::move(row));
  }
  const std::vector<Column> columns{
      {"Application"}, {"Process"}, {"State", 12}, {"Expected", 10}, {"Supervisor", Column::kFree}};
  print_supvisors_table(session, columns, rows, *infos);
}

void run_local_status(Session& session, const Arguments& arguments) {
  const auto all = ask_supvisors(session, "get_all_local_process_info");
  if (!all) {
    return;
  }
  Rows rows;
  wire::Array chosen;
  for (const wire::Value& info : items_of(*all)) {
    if (!is_process_meant(arguments.words, info)) {
      continue;
    }
    auto row = cells(info, {"group", "name", "disabled", "statename"});
    row.push_back(clock_cell(info, "start"));
    row.push_back(clock_cell(info, "now"));
    row.push_back(cell(info, "pid"));
    row.push_back(cell(info, "extra_args"));
    rows.push_back(std::move(row));
    chosen.push_back(info);
  }
  if (rows.empty()) {
    return;
  }
  const std::vector<Column> columns{{"Application"}, {"Process"}, {"Disabled", 10}, {"State", 12},
                                    {"Start", 12},   {"Now", 12}, {"PID", 8},       {"Extra args", Column::kFree}};
  print_supvisors_table(session, columns, rows, chosen);
}

void run_process_rules(Session& session, const Arguments& arguments) {
  auto names = names_or_all(session, arguments.words, "get_all_process_info", cluster_namespec_of);
  std::ranges::sort(names);
  const auto rules = ask_supvisors_for_each(session, names, "get_process_rules");
  if (!rules || rules->empty()) {
    return;
  }
  Rows rows;
  for (const wire::Value& rule : *rules) {
    auto row =
        cells(rule, {"application_name", "process_name", "start_sequence", "stop_sequence", "required", "wait_exit"});
    row.push_back(cell(rule, "expected_loading") + "%");
    row.push_back(cell(rule, "running_failure_strategy"));
    row.push_back(cell(rule, "identifiers"));
    rows.push_back(std::move(row));
  }
  const std::vector<Column> columns{{"Application"}, {"Process"},      {"Start", 7},
                                    {"Stop", 7},     {"Required", 12}, {"WaitExit", 12},
                                    {"Loading", 12}, {"Strategy", 22}, {"Supervisor", Column::kFree}};
  print_supvisors_table(session, columns, rows, *rules);
}

}  // namespace holdfast::ctl

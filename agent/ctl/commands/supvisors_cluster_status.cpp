// sversion sstate master strategies instance_status conflicts stats_status: the cluster and its nodes, only looked at
// (contract supvisors.md 6).
#include <algorithm>

#include "ctl/commands/supvisors_calls.hpp"
#include "ctl/commands/supvisors_commands.hpp"
#include "ctl/format/members.hpp"
#include "ctl/format/namespec.hpp"

namespace holdfast::ctl {
namespace {

using Column = SupvisorsColumn;
using Rows = std::vector<std::vector<std::string>>;

/// Whether `names` mean the node that `value` is about: by its identifier, by its nickname, or as one of all.
bool is_node_meant(const std::vector<std::string>& names, const wire::Value& value) {
  const auto is_given = [&](std::string_view member) {
    return std::ranges::find(names, text_member(value, member)) != names.end();
  };
  return means_all(names) || is_given("identifier") || is_given("nick_identifier");
}

/// A line for each title, with the member behind it.
void print_members(Session& session, const wire::Value& value,
                   std::initializer_list<std::pair<std::string_view, std::string_view>> lines) {
  for (const auto& [title, member] : lines) {
    session.console().print(std::string(title) + cell(value, member));
  }
  session.console().print_document(value);
}

}  // namespace

void run_sversion(Session& session, const Arguments&) {
  if (const auto version = ask_supvisors(session, "get_api_version")) {
    session.console().print(python_str(*version));
    session.console().print_document(*version);
  }
}

void run_sstate(Session& session, const Arguments& arguments) {
  const bool of_cluster = arguments.words.empty();
  const auto answer = ask_supvisors(session, of_cluster ? "get_supvisors_state" : "get_all_instances_state_modes");
  if (!answer) {
    return;
  }
  const wire::Array states = of_cluster ? wire::Array{*answer} : items_of(*answer);
  Rows rows;
  wire::Array chosen;
  for (const wire::Value& state : states) {
    if (is_node_meant(arguments.words, state)) {
      rows.push_back(cells(state, {"nick_identifier", "identifier", "fsm_statename", "degraded_mode", "discovery_mode",
                                   "master_identifier", "starting_jobs", "stopping_jobs"}));
      chosen.push_back(state);
    }
  }
  const std::vector<Column> columns{{"Nickname"},      {"Supvisors identifier"},
                                    {"State", 16},     {"Degraded", 10},
                                    {"Discovery", 11}, {"Master"},
                                    {"Starting"},      {"Stopping"}};
  print_supvisors_table(session, columns, rows, chosen);
}

void run_master(Session& session, const Arguments&) {
  const auto master = ask_supvisors(session, "get_master_identifier");
  if (!master) {
    return;
  }
  if (text_member(*master, "identifier").empty()) {
    session.console().print("No Supvisors Master");
    return session.console().print_document(*master);
  }
  print_members(session, *master, {{"Nick identifier: ", "nick_identifier"}, {"Identifier:      ", "identifier"}});
}

void run_strategies(Session& session, const Arguments&) {
  if (const auto strategies = ask_supvisors(session, "get_strategies")) {
    print_members(session, *strategies,
                  {{"Auto-fencing: ", "auto-fencing"},
                   {"Failure:      ", "supvisors_failure"},
                   {"Conciliation: ", "conciliation"},
                   {"Starting:     ", "starting"}});
  }
}

void run_instance_status(Session& session, const Arguments& arguments) {
  const auto answer = ask_supvisors(session, "get_all_instances_info");
  if (!answer) {
    return;
  }
  Rows rows;
  wire::Array chosen;
  for (const wire::Value& info : items_of(*answer)) {
    if (!is_node_meant(arguments.words, info)) {
      continue;
    }
    auto row = cells(info, {"nick_identifier", "identifier", "node_name", "port", "statename"});
    row.push_back(cell(info, "loading") + "%");
    row.push_back(clock_cell(info, "local_time"));
    row.push_back(cell(info, "remote_sequence_counter"));
    row.push_back(truth_member(info, "process_failure") ? "error" : "ok");
    rows.push_back(std::move(row));
    chosen.push_back(info);
  }
  const std::vector<Column> columns{
      {"Nickname"}, {"Supvisors identifier"}, {"Host"},         {"Port", 7}, {"State", 11}, {"Load", 6},
      {"Time", 10}, {"Counter", 9},           {"Processes", 11}};
  print_supvisors_table(session, columns, rows, chosen);
}

void run_conflicts(Session& session, const Arguments&) {
  const auto conflicts = ask_supvisors(session, "get_conflicts");
  if (!conflicts) {
    return;
  }
  if (items_of(*conflicts).empty()) {
    return session.console().print_document(*conflicts);
  }
  Rows rows;
  for (const wire::Value& conflict : items_of(*conflicts)) {
    rows.push_back(cells(conflict, {"application_name", "process_name", "statename", "identifiers"}));
  }
  const std::vector<Column> columns{{"Application"}, {"Process"}, {"State", 12}, {"Supervisor", Column::kFree}};
  print_supvisors_table(session, columns, rows, items_of(*conflicts));
}

void run_stats_status(Session& session, const Arguments&) {
  if (const auto status = ask_supvisors(session, "get_statistics_status")) {
    print_members(session, *status,
                  {{"Collecting Host statistics:    ", "host_stats"},
                   {"Collecting Process statistics: ", "process_stats"},
                   {"Collecting statistics period:  ", "collecting_period"}});
  }
}

}  // namespace holdfast::ctl

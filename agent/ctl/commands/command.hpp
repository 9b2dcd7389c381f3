// command.hpp: a command of holdfastctl and the table of all of them. A line is one command; its first word
// (letters, digits, '_') names it, as Python's cmd module splits it (contract supervisor.md 6.1). Adding a
// command is a function in a file of its own and a row in command_table.cpp.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/session.hpp"

namespace holdfast::ctl {

/// What follows the command's name: as one text (supervisorctl's commands lose quoting), and as the words of
/// the shell, which may hold blanks (our own commands).
struct Arguments {
  std::string text;
  std::vector<std::string> words;
};

struct Command {
  std::string_view name;
  enum class Family { supervisor, supvisors, holdfast } family;
  void (*run)(Session&, const Arguments&);
  std::string_view help;  // without the last newline; empty: in no list
  /// What stands behind the name, for completion.
  enum class Subject {
    nothing,
    actions,
    groups,
    processes,
    nodes,
    application_verb,
    key_verb,
    strategy_and_applications,
    strategy_and_processes,
  } subject = Subject::nothing;
  /// What the server must have for it; empty: nothing beyond what every supervisord has.
  std::string_view method = {};
};

std::span<const Command> commands();
const Command* find_command(std::string_view name);

/// Whether `help` and the completion name it to who works with a server that has `methods` (the answer to
/// system.listMethods; empty: it could not be asked, and is taken for an agent of this version in a cluster).
bool is_offered(const Command& command, const wire::Array& methods);

/// The help text of a command of the table, as after a wrong call.
void show_help(Session& session, std::string_view name);

/// Runs the command that `words` (of the shell) are; its status is left in the session.
void run_command_line(Session& session, const std::vector<std::string>& words);

// The commands, each family in a file of its own.
void run_fg(Session&, const Arguments&);                                   // foreground_command.cpp
void run_status(Session&, const Arguments&);                               // status_command.cpp
void run_cluster_status(Session&, const std::vector<std::string>& words);  // cluster_status.cpp
void run_start(Session&, const Arguments&);                                // process_commands.cpp
void run_stop(Session&, const Arguments&);
void run_restart(Session&, const Arguments&);
void run_signal(Session&, const Arguments&);
void run_clear(Session&, const Arguments&);
void run_tail(Session&, const Arguments&);  // log_commands.cpp
void run_maintail(Session&, const Arguments&);
void run_pid(Session&, const Arguments&);  // daemon_commands.cpp
void run_version(Session&, const Arguments&);
void run_shutdown(Session&, const Arguments&);
void run_reload(Session&, const Arguments&);
void run_open(Session&, const Arguments&);
void run_quit(Session&, const Arguments&);
void run_reread(Session&, const Arguments&);  // config_commands.cpp
void run_update(Session&, const Arguments&);
void run_add(Session&, const Arguments&);
void run_remove(Session&, const Arguments&);
void run_avail(Session&, const Arguments&);
void run_completions(Session&, const Arguments&);  // completions_command.cpp
void run_help(Session&, const Arguments&);         // help_command.cpp
void run_nodes(Session&, const Arguments&);    // nodes_command.cpp
void run_app(Session&, const Arguments&);      // app_command.cpp
void run_history(Session&, const Arguments&);  // history_commands.cpp
void run_why(Session&, const Arguments&);
void run_keys(Session&, const Arguments&);  // keys_command.cpp
void run_sversion(Session&, const Arguments&);  // supvisors_status.cpp
void run_sstate(Session&, const Arguments&);
void run_master(Session&, const Arguments&);
void run_strategies(Session&, const Arguments&);
void run_instance_status(Session&, const Arguments&);
void run_application_info(Session&, const Arguments&);
void run_application_rules(Session&, const Arguments&);
void run_sstatus(Session&, const Arguments&);
void run_local_status(Session&, const Arguments&);
void run_process_rules(Session&, const Arguments&);
void run_conflicts(Session&, const Arguments&);
void run_stats_status(Session&, const Arguments&);
void run_start_application(Session&, const Arguments&);  // supvisors_actions.cpp
void run_restart_application(Session&, const Arguments&);
void run_stop_application(Session&, const Arguments&);
void run_test_start_application(Session&, const Arguments&);
void run_start_process(Session&, const Arguments&);
void run_restart_process(Session&, const Arguments&);
void run_stop_process(Session&, const Arguments&);
void run_test_start_process(Session&, const Arguments&);
void run_start_any_process(Session&, const Arguments&);
void run_start_args(Session&, const Arguments&);
void run_start_process_args(Session&, const Arguments&);
void run_start_any_process_args(Session&, const Arguments&);
void run_update_numprocs(Session&, const Arguments&);
void run_lazy_update_numprocs(Session&, const Arguments&);
void run_enable(Session&, const Arguments&);
void run_disable(Session&, const Arguments&);
void run_conciliate(Session&, const Arguments&);
void run_restart_sequence(Session&, const Arguments&);
void run_sreload(Session&, const Arguments&);
void run_sshutdown(Session&, const Arguments&);
void run_loglevel(Session&, const Arguments&);
void run_enable_stats(Session&, const Arguments&);
void run_disable_stats(Session&, const Arguments&);
void run_stats_period(Session&, const Arguments&);
void run_end_sync(Session&, const Arguments&);  // end_sync_command.cpp
void run_unfence(Session&, const Arguments&);   // unfence_command.cpp
void run_agent(Session&, const Arguments&);  // renew_commands.cpp
void run_keeper(Session&, const Arguments&);

}  // namespace holdfast::ctl

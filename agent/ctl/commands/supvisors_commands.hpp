// supvisors_commands.hpp: the functions of Supvisors' commands (contract supvisors.md 6). Each acts; the version, the
// strategy and the number of words, as its row in supvisors_table.cpp says, were checked before. Called by
// run_command.cpp through the table.
#pragma once

#include "ctl/commands/command.hpp"

namespace holdfast::ctl {

// supvisors_cluster_status.cpp
void run_sversion(Session& session, const Arguments& arguments);
void run_sstate(Session& session, const Arguments& arguments);
void run_master(Session& session, const Arguments& arguments);
void run_strategies(Session& session, const Arguments& arguments);
void run_instance_status(Session& session, const Arguments& arguments);
void run_conflicts(Session& session, const Arguments& arguments);
void run_stats_status(Session& session, const Arguments& arguments);
// supvisors_status.cpp
void run_application_info(Session& session, const Arguments& arguments);
void run_application_rules(Session& session, const Arguments& arguments);
void run_sstatus(Session& session, const Arguments& arguments);
void run_local_status(Session& session, const Arguments& arguments);
void run_process_rules(Session& session, const Arguments& arguments);
// supvisors_applications.cpp
void run_start_application(Session& session, const Arguments& arguments);
void run_restart_application(Session& session, const Arguments& arguments);
void run_stop_application(Session& session, const Arguments& arguments);
// supvisors_processes.cpp
void run_start_process(Session& session, const Arguments& arguments);
void run_restart_process(Session& session, const Arguments& arguments);
void run_stop_process(Session& session, const Arguments& arguments);
void run_start_any_process(Session& session, const Arguments& arguments);
void run_start_args(Session& session, const Arguments& arguments);
void run_start_process_args(Session& session, const Arguments& arguments);
void run_start_any_process_args(Session& session, const Arguments& arguments);
// supvisors_all_start.cpp
void run_all_start(Session& session, const Arguments& arguments);
void run_all_start_args(Session& session, const Arguments& arguments);
// supvisors_start_tests.cpp
void run_test_start_application(Session& session, const Arguments& arguments);
void run_test_start_process(Session& session, const Arguments& arguments);
// supvisors_actions.cpp
void run_update_numprocs(Session& session, const Arguments& arguments);
void run_lazy_update_numprocs(Session& session, const Arguments& arguments);
void run_enable(Session& session, const Arguments& arguments);
void run_disable(Session& session, const Arguments& arguments);
void run_conciliate(Session& session, const Arguments& arguments);
void run_restart_sequence(Session& session, const Arguments& arguments);
void run_sreload(Session& session, const Arguments& arguments);
void run_sshutdown(Session& session, const Arguments& arguments);
void run_loglevel(Session& session, const Arguments& arguments);
void run_enable_stats(Session& session, const Arguments& arguments);
void run_disable_stats(Session& session, const Arguments& arguments);
void run_stats_period(Session& session, const Arguments& arguments);

}  // namespace holdfast::ctl

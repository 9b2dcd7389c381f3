// supervisor_commands.hpp: the functions of Supervisor's commands (contract supervisor.md 6.2). Each acts; what its row
// in supervisor_table.cpp says was checked before. Called by run_command.cpp through the table.
#pragma once

#include "ctl/commands/command.hpp"

namespace holdfast::ctl {

// status_command.cpp
void run_status(Session& session, const Arguments& arguments);
// process_commands.cpp
void run_start(Session& session, const Arguments& arguments);
void run_stop(Session& session, const Arguments& arguments);
void run_restart(Session& session, const Arguments& arguments);
void run_signal(Session& session, const Arguments& arguments);
void run_clear(Session& session, const Arguments& arguments);
// log_commands.cpp
void run_tail(Session& session, const Arguments& arguments);
void run_maintail(Session& session, const Arguments& arguments);
// foreground_command.cpp
void run_fg(Session& session, const Arguments& arguments);
// daemon_commands.cpp
void run_pid(Session& session, const Arguments& arguments);
void run_version(Session& session, const Arguments& arguments);
void run_shutdown(Session& session, const Arguments& arguments);
void run_reload(Session& session, const Arguments& arguments);
void run_open(Session& session, const Arguments& arguments);
void run_quit(Session& session, const Arguments& arguments);
// config_commands.cpp
void run_reread(Session& session, const Arguments& arguments);
void run_add(Session& session, const Arguments& arguments);
void run_remove(Session& session, const Arguments& arguments);
void run_avail(Session& session, const Arguments& arguments);
// update_command.cpp
void run_update(Session& session, const Arguments& arguments);
// help_command.cpp
void run_help(Session& session, const Arguments& arguments);

}  // namespace holdfast::ctl

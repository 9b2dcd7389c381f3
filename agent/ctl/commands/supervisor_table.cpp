// Supervisor's commands (contract supervisor.md 6.2). Their help texts are part of the contract: tests/compat/ctl
// compares them with supervisorctl's.
#include <array>

#include "ctl/commands/command_table.hpp"
#include "ctl/commands/own_commands.hpp"
#include "ctl/commands/parsed_command.hpp"
#include "ctl/commands/supervisor_commands.hpp"

namespace holdfast::ctl {
namespace {

using enum Command::Family;
using Subject = Command::Subject;

constexpr auto kSupervisorCommands = std::to_array<Command>({
    {.name = "EOF", .family = supervisor, .run = run_quit, .asks_server_first = false},
    {.name = "add",
     .family = supervisor,
     .run = run_add,
     .help = "add <name> [...]\tActivates any updates in config for process/group",
     .subject = Subject::groups,
     .asks_server_first = false},
    {.name = "avail",
     .family = supervisor,
     .run = run_avail,
     .help = "avail\t\t\tDisplay all configured processes",
     .words = kNoWords,
     .asks_server_first = false},
    {.name = "clear",
     .family = supervisor,
     .run = run_clear,
     .help = "clear <name>\t\tClear a process' log files.\n"
             "clear <name> <name>\tClear multiple process' log files\n"
             "clear all\t\tClear all process' log files",
     .subject = Subject::processes,
     .words = {1, "a process name"}},
    {.name = "exit",
     .family = supervisor,
     .run = run_quit,
     .help = "exit\tExit the supervisor shell.",
     .asks_server_first = false},
    {.name = "fg",
     .family = supervisor,
     .run = run_fg,
     .help = "fg <process>\tConnect to a process in foreground mode\n"
             "\t\tCtrl-C to exit",
     .subject = Subject::processes},
    {.name = "help",
     .family = supervisor,
     .run = run_help,
     .help = "help\t\tPrint a list of available actions\n"
             "help <action>\tPrint help for <action>",
     .subject = Subject::actions,
     .asks_server_first = false},
    {.name = "maintail",
     .family = supervisor,
     .run = run_maintail,
     .help = "maintail -f \tContinuous tail of supervisor main log file (Ctrl-C to exit)\n"
             "maintail -100\tlast 100 *bytes* of supervisord main log file\n"
             "maintail\tlast 1600 *bytes* of supervisor main log file\n"},
    {.name = "open",
     .family = supervisor,
     .run = run_open,
     .help = "open <url>\tConnect to a remote supervisord process.\n"
             "\t\t(for UNIX domain socket, use unix:///socket/path)",
     .asks_server_first = false},
    {.name = "pid",
     .family = supervisor,
     .run = run_pid,
     .help = "pid\t\t\tGet the PID of supervisord.\n"
             "pid <name>\t\tGet the PID of a single child process by name.\n"
             "pid all\t\t\tGet the PID of every child process, one per line.",
     .subject = Subject::processes},
    {.name = "quit",
     .family = supervisor,
     .run = run_quit,
     .help = "quit\tExit the supervisor shell.",
     .asks_server_first = false},
    {.name = "reload",
     .family = supervisor,
     .run = run_reload,
     .help = "reload \t\tRestart the remote supervisord.",
     .words = kNoWords,
     .asks_server_first = false},
    {.name = "remove",
     .family = supervisor,
     .run = run_remove,
     .help = "remove <name> [...]\tRemoves process/group from active config",
     .subject = Subject::groups,
     .asks_server_first = false},
    {.name = "reread",
     .family = supervisor,
     .run = run_reread,
     .help = "reread \t\t\tReload the daemon's configuration files without add/remove",
     .words = kNoWords,
     .asks_server_first = false},
    {.name = "restart",
     .family = supervisor,
     .run = run_restart,
     .help = "restart <name>\t\tRestart a process\n"
             "restart <gname>:*\tRestart all processes in a group\n"
             "restart <name> <name>\tRestart multiple processes or groups\n"
             "restart all\t\tRestart all processes\n"
             "Note: restart does not reread config files. For that, see reread and update.",
     .subject = Subject::processes,
     .words = {1, "a process name"}},
    {.name = "shutdown",
     .family = supervisor,
     .run = run_shutdown,
     .help = "shutdown \tShut the remote supervisord down.",
     .words = kNoWords,
     .asks_server_first = false},
    {.name = "signal",
     .family = supervisor,
     .run = run_signal,
     .help = "signal <signal name> <name>\t\tSignal a process\n"
             "signal <signal name> <gname>:*\t\tSignal all processes in a group\n"
             "signal <signal name> <name> <name>\tSignal multiple processes or groups\n"
             "signal <signal name> all\t\tSignal all processes",
     .subject = Subject::processes,
     .words = {2, "a signal name and a process name"}},
    {.name = "start",
     .family = supervisor,
     .run = run_start,
     .help = "start <name>\t\tStart a process\n"
             "start <gname>:*\t\tStart all processes in a group\n"
             "start <name> <name>\tStart multiple processes or groups\n"
             "start all\t\tStart all processes",
     .subject = Subject::processes,
     .words = {1, "a process name"},
     .wrong_words_status = exit_status::invalid_arguments},
    {.name = "status",
     .family = supervisor,
     .run = run_status,
     .help = "status <name>\t\tGet status for a single process\n"
             "status <gname>:*\tGet status for all processes in a group\n"
             "status <name> <name>\tGet status for multiple named processes\n"
             "status\t\t\tGet all process status info",
     .subject = Subject::processes,
     .unusable_status = exit_status::status_unknown,
     .run_of_cluster = parsed_command<parse_cluster_status, run_cluster_status>},
    {.name = "stop",
     .family = supervisor,
     .run = run_stop,
     .help = "stop <name>\t\tStop a process\n"
             "stop <gname>:*\t\tStop all processes in a group\n"
             "stop <name> <name>\tStop multiple processes or groups\n"
             "stop all\t\tStop all processes",
     .subject = Subject::processes,
     .words = {1, "a process name"}},
    {.name = "tail",
     .family = supervisor,
     .run = run_tail,
     .help = "tail [-f] <name> [stdout|stderr] (default stdout)\n"
             "Ex:\n"
             "tail -f <name>\t\tContinuous tail of named process stdout\n"
             "\t\t\tCtrl-C to exit.\n"
             "tail -100 <name>\tlast 100 *bytes* of process stdout\n"
             "tail <name> stderr\tlast 1600 *bytes* of process stderr",
     .subject = Subject::processes},
    {.name = "update",
     .family = supervisor,
     .run = run_update,
     .help = "update\t\t\tReload config and add/remove as necessary, and will restart affected programs\n"
             "update all\t\tReload config and add/remove as necessary, and will restart affected programs\n"
             "update <gname> [...]\tUpdate specific groups",
     .subject = Subject::groups,
     .asks_server_first = false},
    {.name = "version",
     .family = supervisor,
     .run = run_version,
     .help = "version\t\t\tShow the version of the remote supervisord process",
     .words = kNoWords},
});

}  // namespace

std::span<const Command> supervisor_command_table() {
  return kSupervisorCommands;
}

}  // namespace holdfast::ctl

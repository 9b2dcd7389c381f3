#include <algorithm>
#include <array>

#include "ctl/command.hpp"

namespace holdfast::ctl {
namespace {

using enum Command::Family;

// Supervisor's help texts are part of the contract; tests/compat/ctl compares them.
constexpr std::array kCommands{
    Command{"EOF", supervisor, run_quit, ""},
    Command{"add", supervisor, run_add,
            "add <name> [...]\tActivates any updates in config for process/group"},
    Command{"agent", holdfast, run_agent,
            "agent restart\t\tThe installed holdfast-agent takes over; no program is touched"},
    Command{"app", holdfast, run_app,
            "app start <name> [...]\tStart applications by their rules, and wait until they run\n"
            "app stop <name> [...]\tStop applications in their order\n"
            "app restart <name> [...]\tStop, then start\n"
            "  --strategy <name>\tWhere to start: CONFIG, LESS_LOADED ... (else as the rules say)\n"
            "  --no-wait\t\tReturn once the request is accepted"},
    Command{"avail", supervisor, run_avail, "avail\t\t\tDisplay all configured processes"},
    Command{"clear", supervisor, run_clear,
            "clear <name>\t\tClear a process' log files.\n"
            "clear <name> <name>\tClear multiple process' log files\n"
            "clear all\t\tClear all process' log files"},
    Command{"end_sync", holdfast, run_end_sync,
            "end_sync\t\tEnd the nodes' wait for each other (synchro_options=USER); the usual Master\n"
            "end_sync <node>\t\tThe same, and this node becomes the Master"},
    Command{"exit", supervisor, run_quit, "exit\tExit the supervisor shell."},
    Command{"help", supervisor, run_help,
            "help\t\tPrint a list of available actions\n"
            "help <action>\tPrint help for <action>"},
    Command{"history", holdfast, run_history,
            "history [<name>]\tWhat happened, newest first: to an application, process or node, or to all\n"
            "  --since <when>\tNot before: 30s, 10m, 2h, 3d, 1w ago, or a date, a time or both (local time)\n"
            "  --limit <count>\tAt most so many lines"},
    Command{"keeper", holdfast, run_keeper,
            "keeper restart\t\tThe installed holdfastd takes over, then its agent; no program is touched"},
    Command{"keys", holdfast, run_keys,
            "keys new <file>\t\tMake a cluster key; the same file belongs on every node (key_file=)"},
    Command{"maintail", supervisor, run_maintail,
            "maintail -f \tContinuous tail of supervisor main log file (Ctrl-C to exit)\n"
            "maintail -100\tlast 100 *bytes* of supervisord main log file\n"
            "maintail\tlast 1600 *bytes* of supervisor main log file\n"},
    Command{"nodes", holdfast, run_nodes, "nodes\t\t\tThe nodes of the cluster as this one sees them"},
    Command{"open", supervisor, run_open,
            "open <url>\tConnect to a remote supervisord process.\n"
            "\t\t(for UNIX domain socket, use unix:///socket/path)"},
    Command{"pid", supervisor, run_pid,
            "pid\t\t\tGet the PID of supervisord.\n"
            "pid <name>\t\tGet the PID of a single child process by name.\n"
            "pid all\t\t\tGet the PID of every child process, one per line."},
    Command{"quit", supervisor, run_quit, "quit\tExit the supervisor shell."},
    Command{"reload", supervisor, run_reload, "reload \t\tRestart the remote supervisord."},
    Command{"remove", supervisor, run_remove,
            "remove <name> [...]\tRemoves process/group from active config"},
    Command{"reread", supervisor, run_reread,
            "reread \t\t\tReload the daemon's configuration files without add/remove"},
    Command{"restart", supervisor, run_restart,
            "restart <name>\t\tRestart a process\n"
            "restart <gname>:*\tRestart all processes in a group\n"
            "restart <name> <name>\tRestart multiple processes or groups\n"
            "restart all\t\tRestart all processes\n"
            "Note: restart does not reread config files. For that, see reread and update."},
    Command{"shutdown", supervisor, run_shutdown, "shutdown \tShut the remote supervisord down."},
    Command{"signal", supervisor, run_signal,
            "signal <signal name> <name>\t\tSignal a process\n"
            "signal <signal name> <gname>:*\t\tSignal all processes in a group\n"
            "signal <signal name> <name> <name>\tSignal multiple processes or groups\n"
            "signal <signal name> all\t\tSignal all processes"},
    Command{"start", supervisor, run_start,
            "start <name>\t\tStart a process\n"
            "start <gname>:*\t\tStart all processes in a group\n"
            "start <name> <name>\tStart multiple processes or groups\n"
            "start all\t\tStart all processes"},
    Command{"status", supervisor, run_status,
            "status <name>\t\tGet status for a single process\n"
            "status <gname>:*\tGet status for all processes in a group\n"
            "status <name> <name>\tGet status for multiple named processes\n"
            "status\t\t\tGet all process status info"},
    Command{"stop", supervisor, run_stop,
            "stop <name>\t\tStop a process\n"
            "stop <gname>:*\t\tStop all processes in a group\n"
            "stop <name> <name>\tStop multiple processes or groups\n"
            "stop all\t\tStop all processes"},
    Command{"tail", supervisor, run_tail,
            "tail [-f] <name> [stdout|stderr] (default stdout)\n"
            "Ex:\n"
            "tail -f <name>\t\tContinuous tail of named process stdout\n"
            "\t\t\tCtrl-C to exit.\n"
            "tail -100 <name>\tlast 100 *bytes* of process stdout\n"
            "tail <name> stderr\tlast 1600 *bytes* of process stderr"},
    Command{"update", supervisor, run_update,
            "update\t\t\tReload config and add/remove as necessary, and will restart affected programs\n"
            "update all\t\tReload config and add/remove as necessary, and will restart affected programs\n"
            "update <gname> [...]\tUpdate specific groups"},
    Command{"version", supervisor, run_version,
            "version\t\t\tShow the version of the remote supervisord process"},
    Command{"why", holdfast, run_why,
            "why <name>\t\tThe decisions and causes about an application, process or node, newest first\n"
            "  --limit <count>\tAt most so many lines"},
};

}  // namespace

std::span<const Command> commands() {
  return kCommands;
}

const Command* find_command(std::string_view name) {
  const auto* found = std::ranges::find(kCommands, name, &Command::name);
  return found == kCommands.end() ? nullptr : found;
}

void show_help(Session& session, std::string_view name) {
  if (const Command* command = find_command(name)) {
    session.console().problem(command->help);
  }
}

}  // namespace holdfast::ctl

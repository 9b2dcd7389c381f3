#include <algorithm>
#include <array>

#include "ctl/commands/command.hpp"

namespace holdfast::ctl {
namespace {

using enum Command::Family;
using Subject = Command::Subject;

// Supervisor's help texts are part of the contract; tests/compat/ctl compares them.
constexpr std::array kCommands{
    Command{"EOF", supervisor, run_quit, ""},
    Command{"add", supervisor, run_add, "add <name> [...]\tActivates any updates in config for process/group",
            Subject::groups},
    Command{"agent", holdfast, run_agent,
            "agent restart\t\tThe installed holdfast-agent takes over; no program is touched",
            Subject::nothing, "holdfast.restartAgent"},
    Command{"app", holdfast, run_app,
            "app start <name> [...]\tStart applications by their rules, and wait until they run\n"
            "app stop <name> [...]\tStop applications in their order\n"
            "app restart <name> [...]\tStop, then start\n"
            "  --strategy <name>\tWhere to start: CONFIG, LESS_LOADED ... (else as the rules say)\n"
            "  --no-wait\t\tReturn once the request is accepted",
            Subject::application_verb, "supvisors.start_application"},
    Command{"application_info", supvisors, run_application_info,
            "application_info [<appli> ...]\tThe state of all applications, or of the named ones",
            Subject::groups, "supvisors.get_all_applications_info"},
    Command{"application_rules", supvisors, run_application_rules,
            "application_rules [<appli> ...]\tThe rules of all applications, or of the named ones",
            Subject::groups, "supvisors.get_application_rules"},
    Command{"avail", supervisor, run_avail, "avail\t\t\tDisplay all configured processes"},
    Command{"clear", supervisor, run_clear,
            "clear <name>\t\tClear a process' log files.\n"
            "clear <name> <name>\tClear multiple process' log files\n"
            "clear all\t\tClear all process' log files",
            Subject::processes},
    Command{"completions", holdfast, run_completions, ""},
    Command{"conciliate", supvisors, run_conciliate,
            "conciliate <strategy>\t\tSettle the conflicts by a strategy", Subject::nothing,
            "supvisors.conciliate"},
    Command{"conflicts", supvisors, run_conflicts,
            "conflicts\t\t\tThe processes that run more often than they may", Subject::nothing,
            "supvisors.get_conflicts"},
    Command{"disable", supvisors, run_disable,
            "disable <program>\t\tStop a program of this node and keep it from starting", Subject::groups,
            "supvisors.disable"},
    Command{"disable_stats", supvisors, run_disable_stats,
            "disable_stats [host] [process]\tCollect them no more", Subject::nothing,
            "supvisors.enable_host_statistics"},
    Command{"enable", supvisors, run_enable, "enable <program>\t\tLet a program of this node start again",
            Subject::groups, "supvisors.enable"},
    Command{"enable_stats", supvisors, run_enable_stats,
            "enable_stats [host] [process]\tCollect statistics on this node", Subject::nothing,
            "supvisors.enable_host_statistics"},
    Command{"end_sync", holdfast, run_end_sync,
            "end_sync\t\tEnd the nodes' wait for each other (synchro_options=USER); the usual Master\n"
            "end_sync <node>\t\tThe same, and this node becomes the Master",
            Subject::nothing, "supvisors.end_sync"},
    Command{"exit", supervisor, run_quit, "exit\tExit the supervisor shell."},
    Command{"fg", supervisor, run_fg,
            "fg <process>\tConnect to a process in foreground mode\n"
            "\t\tCtrl-C to exit",
            Subject::processes},
    Command{"help", supervisor, run_help,
            "help\t\tPrint a list of available actions\n"
            "help <action>\tPrint help for <action>",
            Subject::actions},
    Command{"history", holdfast, run_history,
            "history [<name>]\tWhat happened, newest first: to an application, process or node, or to all\n"
            "  --since <when>\tNot before: 30s, 10m, 2h, 3d, 1w ago, or a date, a time or both (local time)\n"
            "  --limit <count>\tAt most so many lines",
            Subject::processes, "holdfast.getHistory"},
    Command{"instance_status", supvisors, run_instance_status,
            "instance_status [<node> ...]\tThe nodes, or the named ones", Subject::nodes,
            "supvisors.get_all_instances_info"},
    Command{"keeper", holdfast, run_keeper,
            "keeper restart\t\tThe installed holdfastd takes over, then its agent; no program is touched",
            Subject::nothing, "holdfast.restartKeeper"},
    Command{"keys", holdfast, run_keys,
            "keys new <file>\t\tMake a cluster key; the same file belongs on every node (key_file=)\n"
            "keys add <file> <new>\tUse the key of <new> from here on; that of <file> stays valid beside it\n"
            "keys drop <file>\t\tThe former key in <file> is no longer valid\n"
            "keys reload\t\tThe agent reads its key file anew; nothing is stopped",
            Subject::key_verb},
    Command{"lazy_update_numprocs", supvisors, run_lazy_update_numprocs,
            "lazy_update_numprocs <program> <count>\tThe same; what is too many ends by itself",
            Subject::nothing, "supvisors.update_numprocs"},
    Command{"local_status", supvisors, run_local_status,
            "local_status [<proc> ...]\tThe processes of this node as the cluster keeps them",
            Subject::processes, "supvisors.get_all_local_process_info"},
    Command{"loglevel", supvisors, run_loglevel, "loglevel <level>\t\tHow much this node logs",
            Subject::nothing, "supvisors.change_log_level"},
    Command{"maintail", supervisor, run_maintail,
            "maintail -f \tContinuous tail of supervisor main log file (Ctrl-C to exit)\n"
            "maintail -100\tlast 100 *bytes* of supervisord main log file\n"
            "maintail\tlast 1600 *bytes* of supervisor main log file\n"},
    Command{"master", supvisors, run_master, "master\t\t\t\tThe Master", Subject::nothing,
            "supvisors.get_master_identifier"},
    Command{"nodes", holdfast, run_nodes, "nodes\t\t\tThe nodes of the cluster as this one sees them",
            Subject::nothing, "holdfast.getCluster"},
    Command{"open", supervisor, run_open,
            "open <url>\tConnect to a remote supervisord process.\n"
            "\t\t(for UNIX domain socket, use unix:///socket/path)"},
    Command{"pid", supervisor, run_pid,
            "pid\t\t\tGet the PID of supervisord.\n"
            "pid <name>\t\tGet the PID of a single child process by name.\n"
            "pid all\t\t\tGet the PID of every child process, one per line.",
            Subject::processes},
    Command{"process_rules", supvisors, run_process_rules,
            "process_rules [<proc> ...]\tThe rules of all processes, or of the named ones",
            Subject::processes, "supvisors.get_process_rules"},
    Command{"quit", supervisor, run_quit, "quit\tExit the supervisor shell."},
    Command{"reload", supervisor, run_reload, "reload \t\tRestart the remote supervisord."},
    Command{"remove", supervisor, run_remove, "remove <name> [...]\tRemoves process/group from active config",
            Subject::groups},
    Command{"reread", supervisor, run_reread,
            "reread \t\t\tReload the daemon's configuration files without add/remove"},
    Command{"restart", supervisor, run_restart,
            "restart <name>\t\tRestart a process\n"
            "restart <gname>:*\tRestart all processes in a group\n"
            "restart <name> <name>\tRestart multiple processes or groups\n"
            "restart all\t\tRestart all processes\n"
            "Note: restart does not reread config files. For that, see reread and update.",
            Subject::processes},
    Command{"restart_application", supvisors, run_restart_application,
            "restart_application <strategy> [<appli> ...]\tRestart managed applications",
            Subject::strategy_and_applications, "supvisors.restart_application"},
    Command{"restart_process", supvisors, run_restart_process,
            "restart_process <strategy> [<proc> ...]\tRestart processes, maybe elsewhere",
            Subject::strategy_and_processes, "supvisors.restart_process"},
    Command{"restart_sequence", supvisors, run_restart_sequence,
            "restart_sequence\t\tStart in order what is to run and does not", Subject::nothing,
            "supvisors.restart_sequence"},
    Command{"shutdown", supervisor, run_shutdown, "shutdown \tShut the remote supervisord down."},
    Command{"signal", supervisor, run_signal,
            "signal <signal name> <name>\t\tSignal a process\n"
            "signal <signal name> <gname>:*\t\tSignal all processes in a group\n"
            "signal <signal name> <name> <name>\tSignal multiple processes or groups\n"
            "signal <signal name> all\t\tSignal all processes",
            Subject::processes},
    Command{"sreload", supvisors, run_sreload, "sreload\t\t\t\tRestart every node, applications in order",
            Subject::nothing, "supvisors.restart"},
    Command{"sshutdown", supvisors, run_sshutdown,
            "sshutdown\t\t\tShut every node down, applications in order", Subject::nothing,
            "supvisors.shutdown"},
    Command{"sstate", supvisors, run_sstate,
            "sstate\t\t\t\tThe state of the cluster\n"
            "sstate <node> [...]\t\tThe state that each named node says it is in\n"
            "sstate all\t\t\tThe same of every node",
            Subject::nodes, "supvisors.get_supvisors_state"},
    Command{"sstatus", supvisors, run_sstatus,
            "sstatus [<proc> ...]\t\tWhere processes run: all, or the named ones (<appli>:* for all of one)",
            Subject::processes, "supvisors.get_all_process_info"},
    Command{"start", supervisor, run_start,
            "start <name>\t\tStart a process\n"
            "start <gname>:*\t\tStart all processes in a group\n"
            "start <name> <name>\tStart multiple processes or groups\n"
            "start all\t\tStart all processes",
            Subject::processes},
    Command{"start_any_process", supvisors, run_start_any_process,
            "start_any_process <strategy> <regex> [...]\tStart one stopped process whose name matches",
            Subject::strategy_and_processes, "supvisors.start_any_process"},
    Command{"start_any_process_args", supvisors, run_start_any_process_args,
            "start_any_process_args <strategy> <regex> <argument> [...]\tThe same for one that matches",
            Subject::strategy_and_processes, "supvisors.start_any_process"},
    Command{"start_application", supvisors, run_start_application,
            "start_application <strategy> [<appli> ...]\tStart managed applications: all, or the named ones",
            Subject::strategy_and_applications, "supvisors.start_application"},
    Command{"start_args", supvisors, run_start_args,
            "start_args <proc> <argument> [...]\tStart a process of this node with more arguments",
            Subject::processes, "supvisors.start_args"},
    Command{"start_process", supvisors, run_start_process,
            "start_process <strategy> [<proc> ...]\tStart processes by their rules: all, or the named ones",
            Subject::strategy_and_processes, "supvisors.start_process"},
    Command{"start_process_args", supvisors, run_start_process_args,
            "start_process_args <strategy> <proc> <argument> [...]\tThe same, by its rules",
            Subject::strategy_and_processes, "supvisors.start_args"},
    Command{"stats_period", supvisors, run_stats_period,
            "stats_period <seconds>\t\tHow often they are collected", Subject::nothing,
            "supvisors.update_collecting_period"},
    Command{"stats_status", supvisors, run_stats_status, "stats_status\t\t\tWhich statistics are collected",
            Subject::nothing, "supvisors.get_statistics_status"},
    Command{"status", supervisor, run_status,
            "status <name>\t\tGet status for a single process\n"
            "status <gname>:*\tGet status for all processes in a group\n"
            "status <name> <name>\tGet status for multiple named processes\n"
            "status\t\t\tGet all process status info",
            Subject::processes},
    Command{"stop", supervisor, run_stop,
            "stop <name>\t\tStop a process\n"
            "stop <gname>:*\t\tStop all processes in a group\n"
            "stop <name> <name>\tStop multiple processes or groups\n"
            "stop all\t\tStop all processes",
            Subject::processes},
    Command{"stop_application", supvisors, run_stop_application,
            "stop_application [<appli> ...]\tStop managed applications: all, or the named ones",
            Subject::groups, "supvisors.stop_application"},
    Command{"stop_process", supvisors, run_stop_process,
            "stop_process [<proc> ...]\tStop every copy of all running processes, or of the named ones",
            Subject::processes, "supvisors.stop_process"},
    Command{"strategies", supvisors, run_strategies, "strategies\t\t\tThe strategies in force",
            Subject::nothing, "supvisors.get_strategies"},
    Command{"sversion", supvisors, run_sversion, "sversion\t\t\tThe version of Supvisors' interface",
            Subject::nothing, "supvisors.get_api_version"},
    Command{"tail", supervisor, run_tail,
            "tail [-f] <name> [stdout|stderr] (default stdout)\n"
            "Ex:\n"
            "tail -f <name>\t\tContinuous tail of named process stdout\n"
            "\t\t\tCtrl-C to exit.\n"
            "tail -100 <name>\tlast 100 *bytes* of process stdout\n"
            "tail <name> stderr\tlast 1600 *bytes* of process stderr",
            Subject::processes},
    Command{"test_start_application", supvisors, run_test_start_application,
            "test_start_application <strategy> <appli>\tWhere its processes would start; starts nothing",
            Subject::strategy_and_applications, "supvisors.test_start_application"},
    Command{"test_start_process", supvisors, run_test_start_process,
            "test_start_process <strategy> <proc>\tWhere it would start; starts nothing",
            Subject::strategy_and_processes, "supvisors.test_start_process"},
    Command{"unfence", holdfast, run_unfence,
            "unfence <node>\t\tA node that auto_fence keeps out since it was lost counts again\n"
            "unfence all\t\tThe same for every such node",
            Subject::nodes, "holdfast.unfence"},
    Command{"update", supervisor, run_update,
            "update\t\t\tReload config and add/remove as necessary, and will restart affected programs\n"
            "update all\t\tReload config and add/remove as necessary, and will restart affected programs\n"
            "update <gname> [...]\tUpdate specific groups",
            Subject::groups},
    Command{"update_numprocs", supvisors, run_update_numprocs,
            "update_numprocs <program> <count>\tHow many processes a program has on this node, at once",
            Subject::nothing, "supvisors.update_numprocs"},
    Command{"version", supervisor, run_version,
            "version\t\t\tShow the version of the remote supervisord process"},
    Command{"why", holdfast, run_why,
            "why <name>\t\tThe decisions and causes about an application, process or node, newest first\n"
            "  --limit <count>\tAt most so many lines",
            Subject::processes, "holdfast.why"},
};

/// Methods of Supvisors that no agent of this version has; a server of Supvisors has them.
constexpr std::array<std::string_view, 5> kNoAgentYet{
    "supvisors.start_any_process", "supvisors.start_args", "supvisors.test_start_application",
    "supvisors.test_start_process", "supvisors.update_numprocs"};

}  // namespace

std::span<const Command> commands() {
  return kCommands;
}

bool is_offered(const Command& command, const wire::Array& methods) {
  if (command.help.empty()) {
    return false;
  }
  if (methods.empty()) {
    return std::ranges::find(kNoAgentYet, command.method) == kNoAgentYet.end();
  }
  return command.method.empty() || std::ranges::any_of(methods, [&command](const wire::Value& method) {
           return method.as_string() != nullptr && *method.as_string() == command.method;
         });
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

// Our own commands.
#include <array>

#include "ctl/commands/command_table.hpp"
#include "ctl/commands/own_commands.hpp"
#include "ctl/commands/parsed_command.hpp"

namespace holdfast::ctl {
namespace {

using enum Command::Family;
using Subject = Command::Subject;

constexpr auto kOwnCommands = std::to_array<Command>({
    {.name = "agent",
     .family = holdfast,
     .run = parsed_command<parse_agent, run_agent>,
     .help = "agent restart\t\tThe installed holdfast-agent takes over; no program is touched",
     .method = "holdfast.restartAgent"},
    {.name = "app",
     .family = holdfast,
     .run = parsed_command<parse_app, run_app>,
     .help = "app start <name> [...]\tStart applications by their rules, and wait until they run\n"
             "app stop <name> [...]\tStop applications in their order\n"
             "app restart <name> [...]\tStop, then start\n"
             "  --strategy <name>\tWhere to start: CONFIG, LESS_LOADED ... (else as the rules say)\n"
             "  --no-wait\t\tReturn once the request is accepted",
     .subject = Subject::application_verb,
     .method = "supvisors.start_application"},
    {.name = "completions", .family = holdfast, .run = run_completions},
    {.name = "end_sync",
     .family = holdfast,
     .run = parsed_command<parse_end_sync, run_end_sync>,
     .help = "end_sync\t\tEnd the nodes' wait for each other (synchro_options=USER); the usual Master\n"
             "end_sync <node>\t\tThe same, and this node becomes the Master",
     .method = "supvisors.end_sync"},
    {.name = "history",
     .family = holdfast,
     .run = parsed_command<parse_history, run_history>,
     .help = "history [<name>]\tWhat happened, newest first: to an application, process or node, or to all\n"
             "  --since <when>\tNot before: 30s, 10m, 2h, 3d, 1w ago, or a date, a time or both (local time)\n"
             "  --limit <count>\tAt most so many lines",
     .subject = Subject::processes,
     .method = "holdfast.getHistory"},
    {.name = "keeper",
     .family = holdfast,
     .run = parsed_command<parse_keeper, run_keeper>,
     .help = "keeper restart\t\tThe installed holdfastd takes over, then its agent; no program is touched",
     .method = "holdfast.restartKeeper"},
    {.name = "keys",
     .family = holdfast,
     .run = parsed_command<parse_keys, run_keys>,
     .help = "keys new <file>\t\tMake a cluster key; the same file belongs on every node (key_file=)\n"
             "keys add <file> <new>\tUse the key of <new> from here on; that of <file> stays valid beside it\n"
             "keys drop <file>\t\tThe former key in <file> is no longer valid\n"
             "keys reload\t\tThe agent reads its key file anew; nothing is stopped",
     .subject = Subject::key_verb},
    {.name = "nodes",
     .family = holdfast,
     .run = parsed_command<parse_nodes, run_nodes>,
     .help = "nodes\t\t\tThe nodes of the cluster as this one sees them",
     .method = "holdfast.getCluster"},
    {.name = "rules",
     .family = holdfast,
     .run = parsed_command<parse_rules, run_rules>,
     .help = "rules check <file> [...]\tRead rules files as a node would; needs no server\n"
             "rules show\t\tThe rules that hold for each application, and what of them has no effect\n"
             "rules show <name>\tThe same for an application with its processes, or one group:name\n"
             "rules reload\t\tThe node reads its rules files anew; nothing is started or stopped",
     .subject = Subject::rules_verb},
    {.name = "unfence",
     .family = holdfast,
     .run = parsed_command<parse_unfence, run_unfence>,
     .help = "unfence <node>\t\tA node that auto_fence keeps out since it was lost counts again\n"
             "unfence all\t\tThe same for every such node",
     .subject = Subject::nodes,
     .method = "holdfast.unfence"},
    {.name = "why",
     .family = holdfast,
     .run = parsed_command<parse_why, run_why>,
     .help = "why <name>\t\tThe decisions and causes about an application, process or node, newest first\n"
             "  --limit <count>\tAt most so many lines",
     .subject = Subject::processes,
     .method = "holdfast.why"},
});

}  // namespace

std::span<const Command> own_command_table() {
  return kOwnCommands;
}

}  // namespace holdfast::ctl

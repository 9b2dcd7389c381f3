// own_commands.hpp: the functions of our own commands. Each acts on what its words say, which were read before
// (parsed_command.hpp); none asks whether the server is up: what the server answers says it. Called by run_command.cpp
// through the table.
#pragma once

#include "ctl/commands/command.hpp"
#include "ctl/commands/verb_arguments.hpp"

namespace holdfast::ctl {

void run_app(Session& session, const AppArguments& arguments);                       // app_command.cpp
void run_cluster_status(Session& session, const ClusterStatusArguments& arguments);  // cluster_status_command.cpp
void run_end_sync(Session& session, const EndSyncArguments& arguments);              // end_sync_command.cpp
void run_history(Session& session, const HistoryArguments& arguments);               // history_commands.cpp
void run_why(Session& session, const HistoryArguments& arguments);
void run_keys(Session& session, const KeysArguments& arguments);        // keys_command.cpp
void run_nodes(Session& session, const NodesArguments& arguments);      // nodes_command.cpp
void run_rules(Session& session, const RulesArguments& arguments);      // rules_command.cpp
void run_unfence(Session& session, const UnfenceArguments& arguments);  // unfence_command.cpp
void run_agent(Session& session, const UpgradeArguments& arguments);    // upgrade_commands.cpp
void run_keeper(Session& session, const UpgradeArguments& arguments);
void run_completions(Session& session, const Arguments& arguments);  // completions_command.cpp

}  // namespace holdfast::ctl

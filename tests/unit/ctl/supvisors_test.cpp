// The commands of contract supvisors.md 6 against a server whose answers are written down: columns, lines,
// statuses, parameters.
#include <gmock/gmock.h>

#include "tests/unit/ctl/fake_server.hpp"

namespace holdfast::ctl {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

Script supvisors_server() {
  Script script;
  script.replies.emplace("supvisors.get_api_version", wire::Value("0.19"));
  return script;
}

void answer(Script& script, const std::string& method, wire::Value value) {
  script.replies.insert_or_assign("supvisors." + method, std::move(value));
}

TEST(Supvisors, another_version_or_no_cluster) {
  Script script;
  EXPECT_EQ(run(script, {"sversion"}).status, exit_status::unimplemented);
  answer(script, "get_api_version", wire::Value("0.18"));
  const Output output = run(script, {"master"});
  EXPECT_EQ(output.status, exit_status::not_installed);
  EXPECT_THAT(output.out, StartsWith("ERROR: the server has version 0.18"));
  script.replies.insert_or_assign("supvisors.get_api_version", Failure{Failure::Kind::refused, 0, ""});
  EXPECT_EQ(run(script, {"sstate"}).status, exit_status::insufficient_privileges);
  script.replies.insert_or_assign("supvisors.get_api_version", Failure{Failure::Kind::no_such_file, 0, ""});
  EXPECT_EQ(run(script, {"sstate"}).status, exit_status::not_running);
}

TEST(Supvisors, master_and_strategies) {
  Script script = supvisors_server();
  EXPECT_EQ(run(script, {"sversion"}).out, "0.19\n");
  answer(script, "get_master_identifier", wire::Struct{{"identifier", "10.0.0.1:60000"}, {"nick_identifier", "n1"}});
  EXPECT_EQ(run(script, {"master"}).out, "Nick identifier: n1\nIdentifier:      10.0.0.1:60000\n");
  answer(script, "get_master_identifier", wire::Struct{});
  EXPECT_EQ(run(script, {"master"}).out, "No Supvisors Master\n");
  answer(script, "get_strategies",
         wire::Struct{{"auto-fencing", false},
                      {"starting", "CONFIG"},
                      {"conciliation", "USER"},
                      {"supvisors_failure", "CONTINUE"}});
  EXPECT_EQ(run(script, {"strategies"}).out,
            "Auto-fencing: False\nFailure:      CONTINUE\nConciliation: USER\nStarting:     CONFIG\n");
}

wire::Value state(const char* nick, const wire::Value& jobs) {
  return wire::Struct{{"identifier", std::string(nick) + ":60000"},
                      {"nick_identifier", nick},
                      {"fsm_statename", "OPERATION"},
                      {"degraded_mode", false},
                      {"discovery_mode", true},
                      {"master_identifier", "n1:60000"},
                      {"starting_jobs", jobs},
                      {"stopping_jobs", jobs}};
}

TEST(Supvisors, sstate_of_the_cluster_and_of_nodes) {
  Script script = supvisors_server();
  answer(script, "get_supvisors_state", state("n1", wire::Array{"n1:60000"}));
  EXPECT_EQ(run(script, {"sstate"}).out,
            "Nickname  Supvisors identifier  State           Degraded  Discovery  Master    Starting      "
            "Stopping      \n"
            "n1        n1:60000              OPERATION       False     True       n1:60000  ['n1:60000']  "
            "['n1:60000']  \n");
  answer(script, "get_all_instances_state_modes", wire::Array{state("n1", true), state("n2", false)});
  const std::string one = run(script, {"sstate", "n2"}).out;
  EXPECT_THAT(one, HasSubstr("\nn2        n2:60000 "));
  EXPECT_THAT(one, testing::Not(HasSubstr("\nn1 ")));
  EXPECT_THAT(run(script, {"sstate", "all"}).out, HasSubstr("\nn1 "));
}

TEST(Supvisors, instance_status) {
  Script script = supvisors_server();
  answer(script, "get_all_instances_info",
         wire::Array{wire::Struct{{"identifier", "n1:60000"},
                                  {"nick_identifier", "n1"},
                                  {"node_name", "10.0.0.1"},
                                  {"port", 60000},
                                  {"statename", "RUNNING"},
                                  {"loading", 7},
                                  {"local_time", 0},
                                  {"remote_sequence_counter", 12},
                                  {"process_failure", true}}});
  EXPECT_EQ(run(script, {"instance_status"}).out,
            "Nickname  Supvisors identifier  Host      Port   State      Load  Time      Counter  Processes  \n"
            "n1        n1:60000              10.0.0.1  60000  RUNNING    7%    0         12       error      \n");
  EXPECT_THAT(run(script, {"instance_status"}, Format::json).out, HasSubstr("\"loading\": 7"));
}

TEST(Supvisors, applications_and_their_rules) {
  Script script = supvisors_server();
  answer(script, "get_all_applications_info",
         wire::Array{wire::Struct{{"application_name", "web"},
                                  {"managed", true},
                                  {"statename", "RUNNING"},
                                  {"major_failure", false},
                                  {"minor_failure", true}}});
  EXPECT_EQ(run(script, {"application_info"}).out,
            "Application  State     Major  Minor  \nweb          RUNNING   False  True   \n");
  answer(script, "get_application_rules", wire::Struct{{"application_name", "web"}, {"managed", false}});
  EXPECT_EQ(run(script, {"application_rules"}).out,
            "Application  Managed  Distribution     Supervisor  Start  Stop   Starting          "
            "Starting_Failure  Running_Failure\n"
            "web          False    n/a              n/a         n/a    n/a    n/a               n/a           "
            "    n/a\n");
  script.replies.insert_or_assign("supvisors.get_application_rules", fault_reply(10, "BAD_NAME: db"));
  const Output output = run(script, {"application_rules", "db"});
  EXPECT_EQ(output.out, "db: ERROR (BAD_NAME: db)\n");
  EXPECT_EQ(output.status, exit_status::generic);
}

TEST(Supvisors, processes_and_conflicts) {
  Script script = supvisors_server();
  const wire::Value process =
      wire::Struct{{"application_name", "web"}, {"process_name", "server"}, {"statecode", 100},
                   {"statename", "EXITED"},     {"expected_exit", true},    {"identifiers", wire::Array{"n1"}}};
  answer(script, "get_all_process_info", wire::Array{process});
  EXPECT_EQ(run(script, {"sstatus"}).out,
            "Application  Process  State       Expected  Supervisor\n"
            "web          server   EXITED      True      ['n1']\n");
  answer(script, "get_conflicts", wire::Array{});
  EXPECT_EQ(run(script, {"conflicts"}).out, "");
  answer(script, "get_conflicts", wire::Array{process});
  EXPECT_EQ(run(script, {"conflicts"}).out,
            "Application  Process  State       Supervisor\nweb          server   EXITED      ['n1']\n");
}

TEST(Supvisors, starting_takes_a_strategy_then_names) {
  Script script = supvisors_server();
  answer(script, "get_all_applications_info",
         wire::Array{wire::Struct{{"application_name", "web"}, {"managed", true}},
                     wire::Struct{{"application_name", "cat"}, {"managed", false}}});
  answer(script, "start_application", true);
  EXPECT_EQ(run(script, {"start_application", "LOCAL"}).out, "web started: True\n");
  EXPECT_EQ(script.calls.back().second, (Server::Params{"LOCAL", "web"}));
  EXPECT_EQ(run(script, {"start_application", "LOCAL", "cat"}).out, "cat: IGNORED (unmanaged. use start cat:*)\n");
  const Output unknown = run(script, {"start_application", "LOCAL", "nosuch"});
  EXPECT_EQ(unknown.out, "nosuch: ERROR (no such application)\n");
  EXPECT_EQ(unknown.status, exit_status::invalid_arguments);
  const Output wrong = run(script, {"start_application", "ANYWHERE", "web"});
  EXPECT_EQ(wrong.status, exit_status::invalid_arguments);
  EXPECT_THAT(wrong.out, StartsWith("ERROR: start_application requires a starting strategy"));
  EXPECT_THAT(wrong.out, HasSubstr("\nstart_application <strategy>"));
  EXPECT_THAT(run(script, {"start_application", "LOCAL"}, Format::json).out, HasSubstr("\"name\": \"web\""));
}

TEST(Supvisors, stop_process_of_those_that_run) {
  Script script = supvisors_server();
  answer(script, "get_all_process_info",
         wire::Array{wire::Struct{{"application_name", "b"}, {"process_name", "b"}, {"statecode", 20}},
                     wire::Struct{{"application_name", "a"}, {"process_name", "p"}, {"statecode", 20}},
                     wire::Struct{{"application_name", "c"}, {"process_name", "c"}, {"statecode", 0}}});
  answer(script, "stop_process", true);
  EXPECT_EQ(run(script, {"stop_process"}).out, "a:p stopped\nb stopped\n");
}

TEST(Supvisors, arguments_and_numbers) {
  Script script = supvisors_server();
  answer(script, "start_process", true);
  EXPECT_EQ(run(script, {"start_process_args", "CONFIG", "web", "-x", "7"}).out, "web started: True\n");
  EXPECT_EQ(script.calls.back().second, (Server::Params{"CONFIG", "web", "-x 7"}));
  answer(script, "update_numprocs", true);
  EXPECT_EQ(run(script, {"lazy_update_numprocs", "web", "3"}).out, "web numprocs updated: True\n");
  EXPECT_EQ(script.calls.back().second, (Server::Params{"web", 3, true, true}));
  EXPECT_EQ(run(script, {"update_numprocs", "web", "0"}).status, exit_status::invalid_arguments);
  answer(script, "update_collecting_period", true);
  EXPECT_EQ(run(script, {"stats_period", "2.5"}).out, "Statistics period updated: True\n");
  EXPECT_EQ(run(script, {"stats_period", "0"}).status, exit_status::invalid_arguments);
  EXPECT_EQ(run(script, {"conciliate", "FIGHT"}).status, exit_status::invalid_arguments);
  // A method that the server does not have is an error line.
  const Output output = run(script, {"enable", "web"});
  EXPECT_EQ(output.out, "ERROR (UNKNOWN_METHOD: http://n1:9001 does not have this command's method)\n");
  EXPECT_EQ(output.status, exit_status::unimplemented);
}

wire::Value node_info(const char* nick, const char* host, int code) {
  return wire::Struct{{"identifier", std::string(host) + ":60000"},
                      {"nick_identifier", nick},
                      {"node_name", host},
                      {"port", 60000},
                      {"statecode", code}};
}

TEST(Supvisors, all_start_asks_each_node_that_is_up_and_waits_for_none) {
  Script script = supvisors_server();
  answer(script, "get_all_instances_info",
         wire::Array{node_info("n1", "10.0.0.1", 3), node_info("n2", "10.0.0.2", 4), node_info("n3", "10.0.0.3", 2)});
  answer(script, "get_instance_info", wire::Array{node_info("n3", "10.0.0.3", 2)});
  script.replies.insert_or_assign("supervisor.getState", wire::Value(wire::Struct{}));
  script.replies.insert_or_assign("supervisor.startProcess", wire::Value(true));
  EXPECT_EQ(run(script, {"all_start", "shop:web"}).out,
            "shop:web started on 10.0.0.1:60000: True\nshop:web started on 10.0.0.3:60000: True\n");
  EXPECT_EQ(script.calls.back().first, "supervisor.startProcess");
  EXPECT_EQ(script.calls.back().second, (Server::Params{"shop:web", false}));
  answer(script, "start_args", wire::Value(true));
  EXPECT_EQ(run(script, {"all_start_args", "shop:web", "-p", "81"}).out,
            "shop:web started on 10.0.0.1:60000: True\nshop:web started on 10.0.0.3:60000: True\n");
  EXPECT_EQ(script.calls.back().second, (Server::Params{"shop:web", "-p 81", false}));
}

TEST(Supvisors, all_start_tells_each_failure_and_that_nobody_is_up) {
  Script script = supvisors_server();
  answer(script, "get_all_instances_info", wire::Array{node_info("n1", "10.0.0.1", 3)});
  answer(script, "get_instance_info", wire::Array{node_info("n1", "10.0.0.1", 3)});
  script.replies.insert_or_assign("supervisor.getState", wire::Value(wire::Struct{}));
  script.replies.insert_or_assign("supervisor.startProcess",
                                  fault_reply(code_of(Fault::already_started), "ALREADY_STARTED: web"));
  Output output = run(script, {"all_start", "web"});
  EXPECT_EQ(output.out, "web: ERROR (ALREADY_STARTED: web)\n");
  EXPECT_EQ(output.status, exit_status::generic);
  answer(script, "get_all_instances_info", wire::Array{});
  EXPECT_EQ(run(script, {"all_start", "web"}).out, "ERROR: no running Supvisors instance\n");
  output = run(script, {"all_start"});
  EXPECT_THAT(output.out, StartsWith("ERROR: all_start requires a process name"));
  EXPECT_EQ(output.status, exit_status::invalid_arguments);
}

}  // namespace
}  // namespace holdfast::ctl

// Commands against a server whose answers are written down. What supervisorctl's commands print is compared
// with the original in tests/compat/ctl; here stand JSON output, our own commands, and what is hard to bring
// about there.
#include <gmock/gmock.h>

#include "tests/unit/ctl/fake_server.hpp"

namespace holdfast::ctl {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;
using testing::StartsWith;

wire::Value process(const char* group, const char* name, const char* state_name, int state) {
  return wire::Struct{{"group", group},          {"name", name}, {"state", state},
                      {"statename", state_name}, {"pid", 7},     {"description", "pid 7, uptime 0:00:01"}};
}

Script up() {
  Script script;
  script.replies.emplace("supervisor.getVersion", wire::Value("3.0"));
  script.replies.emplace("supervisor.getAllProcessInfo", wire::Value(wire::Array{process("web", "web", "RUNNING", 20),
                                                                                 process("g", "p", "EXITED", 100)}));
  return script;
}

TEST(UpCheck, other_versions_and_other_servers) {
  Script script;
  script.replies.emplace("supervisor.getVersion", wire::Value("4.0"));
  EXPECT_EQ(run(script, {"pid"}).status, exit_status::not_installed);
  EXPECT_EQ(run(script, {"status"}).status, exit_status::status_unknown);
  script.replies.clear();
  const Output output = run(script, {"pid"});
  EXPECT_EQ(output.status, exit_status::unimplemented);
  EXPECT_THAT(output.out, StartsWith("Sorry, supervisord responded but did not recognize"));
}

TEST(Status, as_text_and_as_json) {
  Script script = up();
  EXPECT_EQ(run(script, {"status", "web"}).out, "web                              RUNNING   pid 7, uptime 0:00:01\n");
  EXPECT_EQ(run(script, {"status", "web"}).status, 0);
  EXPECT_EQ(run(script, {"status"}).status, exit_status::status_not_running);
  const Output output = run(script, {"status", "web", "nosuch"}, Format::json);
  EXPECT_THAT(output.out, StartsWith("[\n  {\n    \"group\": \"web\""));
  EXPECT_EQ(output.err, "nosuch: ERROR (no such process)\n");
  EXPECT_EQ(output.status, exit_status::status_unknown);
}

TEST(Start, json_has_every_outcome_and_nothing_else) {
  Script script = up();
  script.replies.emplace("supervisor.startProcess",
                         fault_reply(code_of(Fault::already_started), "ALREADY_STARTED: web"));
  const Output output = run(script, {"start", "web"}, Format::json);
  EXPECT_THAT(output.out, HasSubstr("\"status\": 60"));
  EXPECT_THAT(output.out, Not(HasSubstr("ERROR")));
  EXPECT_EQ(output.status, 0);
}

TEST(Start, a_code_that_nobody_knows_ends_the_command) {
  Script script = up();
  script.replies.emplace("supervisor.startProcess", fault_reply(123, "STRANGE"));
  const Output output = run(script, {"start", "a", "b"});
  EXPECT_THAT(output.out, StartsWith("error: <class 'ValueError'>, Unknown result code 123 for a: file: "));
  EXPECT_EQ(output.status, 1);
  EXPECT_EQ(script.calls.size(), 2U);
}

TEST(Restart, a_stop_that_fails_unexpectedly_starts_nothing) {
  Script script = up();
  script.replies.emplace("supervisor.stopProcess", Failure{Failure::Kind::closed, 0, ""});
  EXPECT_EQ(run(script, {"restart", "web"}).status, 1);
  EXPECT_EQ(script.calls.back().first, "supervisor.stopProcess");
}

TEST(Tail, follows_by_an_encoded_path) {
  Script script = up();
  script.log = "line\n";
  const Output output = run(script, {"tail", "-f", "g:100%"});
  EXPECT_EQ(output.out, "==> Press Ctrl-C to exit <==\nline\n");
  EXPECT_EQ(script.followed, "/logtail/g%3A100%25/stdout");
  script.follow_failure = Failure{Failure::Kind::http_status, 404, ""};
  EXPECT_EQ(run(script, {"tail", "-f", "g:x"}).err, "http://n1:9001/logtail/g:x/stdout Cannot read, status code 404\n");
}

std::string topics(const std::vector<const char*>& methods) {
  Script script;
  wire::Array names;
  for (const char* method : methods) {
    names.emplace_back(method);
  }
  if (!names.empty()) {
    script.replies.emplace("system.listMethods", wire::Value(names));
  }
  return run(script, {"help"}).out;
}

TEST(Help, knows_every_command) {
  Script script;
  for (const Command& command : commands()) {
    if (!command.help.empty()) {
      EXPECT_EQ(run(script, {"help", std::string(command.name)}).out, std::string(command.help) + "\n");
    }
  }
  EXPECT_THAT(script.calls, IsEmpty());
}

TEST(Help, lists_what_the_server_has_the_methods_for) {
  const std::string plain = topics({"supervisor.getState", "system.listMethods"});
  EXPECT_THAT(plain, HasSubstr("default commands"));
  EXPECT_THAT(plain, HasSubstr("maintail"));
  EXPECT_THAT(plain, Not(HasSubstr("supvisors commands")));
  EXPECT_THAT(plain, HasSubstr("keys")) << "needs no server";
  EXPECT_THAT(plain, Not(HasSubstr("history")));
  const std::string alone = topics({"supervisor.getState", "holdfast.getHistory", "holdfast.why"});
  EXPECT_THAT(alone, HasSubstr("history"));
  EXPECT_THAT(alone, Not(HasSubstr("unfence")));
  EXPECT_THAT(topics({"supvisors.start_args"}), HasSubstr("start_args")) << "a server of Supvisors has it";
  const std::string unknown = topics({});
  EXPECT_THAT(unknown, HasSubstr("start_application"));
  for (const char* command : {"start_args", "all_start", "start_any_process", "test_start_process"}) {
    EXPECT_THAT(unknown, HasSubstr(command));
  }
  EXPECT_THAT(unknown, Not(HasSubstr("numprocs"))) << "no agent has its method yet";
}

TEST(Failures, name_no_source_of_ours) {
  Script script = up();
  script.replies.insert_or_assign("supervisor.getVersion", Failure{Failure::Kind::http_status, 401, "Unauthorized"});
  EXPECT_EQ(run(script, {"status"}).out,
            "Server requires authentication\nerror: <class 'xmlrpc.client.ProtocolError'>, <ProtocolError for "
            "127.0.0.1/RPC2: 401 Unauthorized>: file: holdfastctl line: 0\n");
}

wire::Value node(const char* nick, const char* identifier, const char* state, bool local, int age_ms) {
  return wire::Struct{{"identifier", identifier},
                      {"nick", nick},
                      {"state", state},
                      {"master", local},
                      {"local", local},
                      {"core", false},
                      {"heard", true},
                      {"age_ms", age_ms},
                      {"load", 35},
                      {"running", 2},
                      {"processes", 3},
                      {"remark", local ? "" : "no\nword"}};
}

wire::Value cluster() {
  return wire::Struct{
      {"name", "demo"},
      {"state", "OPERATION"},
      {"master", "127.0.0.1:61001"},
      {"epoch", 3},
      {"degraded", false},
      {"nodes", wire::Array{node("n1", "127.0.0.1:61001", "RUNNING", true, 0),
                            node("n2", "127.0.0.2:61001", "AWAY", false, 1250)}},
      {"warnings", wire::Array{"gossip is open"}},
      {"counters",
       wire::Struct{{"frames in", 900}, {"frames dropped: malformed", 2}, {"hellos refused: wrong key", 0}}}};
}

TEST(Nodes, a_table_and_the_cluster_below) {
  Script script;
  script.replies.emplace("holdfast.getCluster", cluster());
  const Output output = run(script, {"nodes"});
  EXPECT_EQ(output.out,
            "NODE  IDENTIFIER       STATE    MASTER  LOAD  RUNNING  HEARD      REMARK\n"
            "n1    127.0.0.1:61001  RUNNING  Master  35%   2/3      here\n"
            "n2    127.0.0.2:61001  AWAY             35%   2/3      1.2 s ago  no word\n"
            "\n"
            "cluster demo: OPERATION, Master n1 (127.0.0.1:61001), epoch 3\n"
            "warning: gossip is open\n"
            "frames dropped: malformed: 2\n");
  EXPECT_EQ(output.status, 0);
  EXPECT_THAT(run(script, {"nodes", "-o", "json"}).out, StartsWith("{\n  \"name\": \"demo\""));
}

TEST(Nodes, nothing_runs_on_a_node_that_is_gone) {
  Script script;
  script.replies.emplace(
      "holdfast.getCluster",
      wire::Value(wire::Struct{{"nodes", wire::Array{node("n3", "c:1", "STOPPED", false, 90'000)}}}));
  EXPECT_THAT(run(script, {"nodes"}).out,
              HasSubstr("\nn3    c:1         STOPPED          35%   -        90 s ago  no word\n"));
}

TEST(Nodes, a_server_without_a_cluster) {
  Script script;
  const Output output = run(script, {"nodes"});
  EXPECT_EQ(output.out, "");
  EXPECT_THAT(output.err, HasSubstr("no Holdfast agent, or is in no cluster"));
  EXPECT_EQ(output.status, exit_status::unimplemented);
}

wire::Value copy(const char* node, const char* identifier, const char* state, const char* description) {
  return wire::Struct{{"node", node}, {"identifier", identifier}, {"statename", state}, {"description", description}};
}

wire::Value cluster_processes() {
  return wire::Array{
      wire::Struct{
          {"application", "shop"},
          {"process", "web"},
          {"statename", "RUNNING"},
          {"reason", ""},
          {"identifiers", wire::Array{"b:1"}},
          {"copies", wire::Array{copy("n1", "a:1", "STOPPED", "Not started"), copy("n2", "b:1", "RUNNING", "pid 9")}}},
      wire::Struct{
          {"application", "shop"},
          {"process", "two"},
          {"statename", "RUNNING"},
          {"reason", ""},
          {"identifiers", wire::Array{"a:1", "b:1"}},
          {"copies", wire::Array{copy("n1", "a:1", "RUNNING", "pid 3"), copy("n2", "b:1", "RUNNING", "pid 4")}}},
      wire::Struct{{"application", "shop"},
                   {"process", "job"},
                   {"statename", "FATAL"},
                   {"reason", "no node may run it"},
                   {"identifiers", wire::Array{}},
                   {"copies", wire::Array{}}}};
}

TEST(ClusterStatus, where_everything_runs) {
  Script script;
  script.replies.emplace("holdfast.getClusterProcesses", cluster_processes());
  const Output output = run(script, {"status", "--cluster"});
  EXPECT_EQ(output.out,
            "shop:web                         RUNNING   n2      pid 9\n"
            "shop:two                         RUNNING   n1,n2   n1: pid 3; n2: pid 4\n"
            "shop:job                         FATAL     -       no node may run it\n");
  EXPECT_EQ(output.status, exit_status::status_not_running);
  EXPECT_EQ(run(script, {"status", "shop:web", "--cluster"}).status, 0);
  EXPECT_EQ(run(script, {"status", "--cluster", "shop:x"}).status, exit_status::status_unknown);
}

TEST(ClusterStatus, of_what_runs_nowhere_the_copy_that_ran_last_speaks) {
  Script script;
  const auto stopped = [](const char* identifier, int start, const char* description) {
    return wire::Struct{
        {"identifier", identifier}, {"statename", "STOPPED"}, {"start", start}, {"description", description}};
  };
  script.replies.emplace(
      "holdfast.getClusterProcesses",
      wire::Value(wire::Array{
          wire::Struct{{"application", "a"},
                       {"process", "b"},
                       {"statename", "STOPPED"},
                       {"reason", ""},
                       {"identifiers", wire::Array{}},
                       {"copies", wire::Array{stopped("x:1", 0, "Not started"), stopped("y:1", 9, "Nov 21 05:47 AM"),
                                              stopped("z:1", 3, "Nov 20 05:47 AM")}}}}));
  EXPECT_THAT(run(script, {"status", "--cluster"}).out, HasSubstr("-   Nov 21 05:47 AM\n"));
}

TEST(ClusterStatus, unknown_when_nobody_answers) {
  Script script;
  script.replies.emplace("holdfast.getClusterProcesses", Failure{Failure::Kind::refused, 0, ""});
  const Output output = run(script, {"status", "--cluster"});
  EXPECT_EQ(output.err, "http://n1:9001 refused connection\n");
  EXPECT_EQ(output.status, exit_status::status_unknown);
}

TEST(App, starts_by_the_strategy_of_its_rules) {
  Script script;
  script.replies.emplace("supvisors.get_application_rules",
                         wire::Value(wire::Struct{{"starting_strategy", "LESS_LOADED"}}));
  script.replies.emplace("supvisors.start_application", wire::Value(true));
  const Output output = run(script, {"app", "start", "my shop"});
  EXPECT_EQ(output.out, "my shop: started\n");
  EXPECT_THAT(script.calls.back(),
              Pair("supvisors.start_application",
                   ElementsAre(wire::Value("LESS_LOADED"), wire::Value("my shop"), wire::Value(true))));
  run(script, {"app", "start", "my shop", "--strategy", "LOCAL", "--no-wait"});
  EXPECT_THAT(script.calls.back().second,
              ElementsAre(wire::Value("LOCAL"), wire::Value("my shop"), wire::Value(false)));
}

TEST(App, refusals_are_errors_with_supervisorctls_statuses) {
  Script script;
  script.replies.emplace("supvisors.stop_application", fault_reply(code_of(Fault::not_running), "NOT_RUNNING: shop"));
  EXPECT_EQ(run(script, {"app", "stop", "shop"}).status, 0);
  script.replies.clear();
  script.replies.emplace("supvisors.stop_application", fault_reply(code_of(Fault::bad_name), "BAD_NAME: shop"));
  const Output output = run(script, {"app", "stop", "shop", "other"});
  EXPECT_EQ(output.out, "");
  EXPECT_EQ(output.err, "shop: ERROR (BAD_NAME: shop)\nother: ERROR (BAD_NAME: shop)\n");
  EXPECT_EQ(output.status, 1);
  EXPECT_EQ(run(script, {"app", "stop"}).status, exit_status::invalid_arguments);
}

TEST(EndSync, names_the_master_and_shows_faults_as_supvisors_does) {  // contract supvisors.md 6
  Script script;
  script.replies.emplace("supvisors.end_sync", wire::Value(true));
  EXPECT_EQ(run(script, {"end_sync"}).out, "end of synchronization requested\n");
  EXPECT_THAT(script.calls.back(), Pair("supvisors.end_sync", ElementsAre(wire::Value(""))));
  EXPECT_EQ(run(script, {"end_sync", "n2"}).out, "end of synchronization requested with Master n2\n");
  EXPECT_THAT(script.calls.back(), Pair("supvisors.end_sync", ElementsAre(wire::Value("n2"))));
  script.replies.clear();
  script.replies.emplace("supvisors.end_sync", fault_reply(104, "NOT_APPLICABLE: no USER"));
  const Output output = run(script, {"end_sync", "n2"});
  EXPECT_EQ(output.out, "ERROR (NOT_APPLICABLE: no USER)\n");
  EXPECT_EQ(output.status, 1);
  EXPECT_EQ(run(script, {"end_sync", "n2", "n3"}).status, exit_status::invalid_arguments);
}

TEST(Unfence, says_what_became_of_it) {  // docs/decisions/0016
  Script script;
  script.replies.emplace("holdfast.unfence", wire::Value(true));
  EXPECT_EQ(run(script, {"unfence", "n3"}).out, "n3: counts again\n");
  EXPECT_THAT(script.calls.back(), Pair("holdfast.unfence", ElementsAre(wire::Value("n3"))));
  EXPECT_EQ(run(script, {"unfence", "all"}).out, "every fenced node counts again\n");
  EXPECT_THAT(script.calls.back(), Pair("holdfast.unfence", ElementsAre(wire::Value("*"))));
  EXPECT_EQ(run(script, {"unfence"}).status, exit_status::invalid_arguments);
  script.replies.clear();
  script.replies.emplace("holdfast.unfence", fault_reply(30, "FAILED: n3 is not fenced; nothing was changed"));
  const Output output = run(script, {"unfence", "n3"});
  EXPECT_EQ(output.status, exit_status::generic);
  EXPECT_THAT(output.out + output.err, HasSubstr("n3 is not fenced"));
}

TEST(History, asks_for_what_the_words_say) {
  Script script;
  script.replies.emplace("holdfast.getHistory", wire::Value(wire::Array{}));
  script.replies.emplace("holdfast.why", wire::Value(wire::Array{}));
  EXPECT_EQ(run(script, {"history", "shop:web", "--since", "@5", "--limit", "3"}).status, 0);
  EXPECT_THAT(script.calls.back(),
              Pair("holdfast.getHistory", ElementsAre(wire::Value("shop:web"), wire::Value(5), wire::Value(3))));
  run(script, {"why shop"});
  EXPECT_THAT(script.calls.back(), Pair("holdfast.why", ElementsAre(wire::Value("shop"), wire::Value(50))));
  const std::size_t before = script.calls.size();
  EXPECT_EQ(run(script, {"history", "--since", "soon"}).status, exit_status::invalid_arguments);
  EXPECT_EQ(script.calls.size(), before);
}

TEST(Shutdown, asks_first_when_interactive) {
  Script script;
  script.replies.emplace("supervisor.shutdown", wire::Value(true));
  EXPECT_EQ(run(script, {"shutdown"}, Format::text, "n\n", true).out,
            "Really shut the remote supervisord process down y/N? ");
  EXPECT_THAT(script.calls, IsEmpty());
  EXPECT_EQ(run(script, {"shutdown"}, Format::json).out, "true\n");
}

}  // namespace
}  // namespace holdfast::ctl

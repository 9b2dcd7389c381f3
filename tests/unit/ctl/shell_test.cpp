// The shell and what it is made of, with a person who has written everything down. At a real terminal, beside
// supervisorctl: tests/compat/ctl/shell_test.py.
#include "ctl/shell/shell.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/limits.hpp"
#include "ctl/commands/completion.hpp"
#include "ctl/shell/edited_line_reader.hpp"
#include "ctl/shell/line_history.hpp"
#include "tests/unit/ctl/fake_server.hpp"

namespace holdfast::ctl {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

wire::Value process(const char* group, const char* name) {
  return wire::Struct{{"group", group}, {"name", name}, {"state", 20}, {"statename", "RUNNING"}};
}

Script cluster_of_two() {
  Script script;
  script.replies.emplace("supervisor.getVersion", wire::Value("3.0"));
  script.replies.emplace("supervisor.getState", wire::Value(wire::Struct{{"statecode", 1}}));
  script.replies.emplace("supervisor.getAllProcessInfo",
                         wire::Value(wire::Array{process("web", "web"), process("pair", "p1")}));
  script.replies.emplace("holdfast.getClusterProcesses",
                         wire::Value(wire::Array{wire::Struct{
                             {"application", "pair"},
                             {"process", "p1"},
                             {"copies", wire::Array{wire::Struct{{"node", "n1"}}, wire::Struct{{"node", "n2"}}}}}}));
  return script;
}

/// A session on a scripted server; `use` gets it.
template <typename Use>
std::string with_session(Script& script, const std::string& lines, Use use) {
  std::ostringstream out;
  std::ostringstream err;
  ScriptedLines input(lines, out);
  Console console(out, err, Format::text);
  const auto make_server = [&script](const Access& access) {
    script.access = access;
    return std::make_unique<FakeServer>(script);
  };
  Session session({"http://n1:9001", "", ""}, make_server, console, input, true);
  use(session);
  return out.str() + err.str();
}

TEST(Shell, status_first_then_lines_until_quit) {
  Script script = cluster_of_two();
  int lines_run = 0;
  const std::string output = with_session(script, "nosuch\n-o\nquit\nversion\n", [&lines_run](Session& session) {
    run_shell(session, "say> ", [&](const std::string& line) {
      run_command_line(session, {line});
      ++lines_run;
    });
    EXPECT_TRUE(session.end_requested());
  });
  EXPECT_THAT(output, HasSubstr("RUNNING"));
  EXPECT_THAT(output, HasSubstr("say> *** Unknown syntax: nosuch\nsay> *** Unknown syntax: -o\nsay> \n"));
  EXPECT_EQ(lines_run, 4);
}

TEST(Shell, an_output_format_holds_for_its_own_line) {
  Script script = cluster_of_two();
  script.replies.emplace("holdfast.getHistory", wire::Value(wire::Array{}));
  const std::string output = with_session(script, "history -o json\nstatus web\n", [](Session& session) {
    run_shell(session, "", [&](const std::string& line) { run_command_line(session, {line}); });
  });
  EXPECT_THAT(output, HasSubstr("[]\n"));
  EXPECT_THAT(output, testing::ContainsRegex("\nweb +RUNNING"));
}

std::vector<std::string> completed(const std::string& line) {
  Script script = cluster_of_two();
  std::vector<std::string> words;
  with_session(script, "", [&](Session& session) { words = Completer(session).complete(line).words; });
  return words;
}

TEST(Completion, of_what_the_command_takes) {
  EXPECT_THAT(completed("ver"), ElementsAre("version "));
  EXPECT_THAT(completed("help ver"), ElementsAre("version "));
  EXPECT_THAT(completed("status w"), ElementsAre("web "));
  EXPECT_THAT(completed("status web pa"), ElementsAre("pair:* ", "pair:p1 "));
  EXPECT_THAT(completed("status n"), ElementsAre("n1/", "n2/"));
  EXPECT_THAT(completed("stop n2/"), ElementsAre("n2/pair:p1 "));
  EXPECT_THAT(completed("add "), ElementsAre("pair ", "web "));
  EXPECT_THAT(completed("app st"), ElementsAre("start ", "stop "));
  EXPECT_THAT(completed("start_process LOCAL w"), ElementsAre("web "));
  EXPECT_THAT(completed("start_process LO"), ElementsAre("LOCAL "));
  EXPECT_THAT(completed("nosuch "), SizeIs(0));
  EXPECT_THAT(completed("EO"), SizeIs(0));
}

TEST(Completion, asks_the_server_once_between_two_commands) {
  Script script = cluster_of_two();
  with_session(script, "", [&script](Session& session) {
    Completer completer(session);
    (void)completer.complete("status w");
    (void)completer.complete("status web p");
    EXPECT_THAT(script.calls, SizeIs(2));  // one of the node, one of the cluster
    completer.forget();
    (void)completer.complete("status w");
    EXPECT_THAT(script.calls, SizeIs(4));
  });
}

TEST(CommonBeginning, of_words) {
  EXPECT_EQ(common_beginning({"pair:* ", "pair:p1 "}), "pair:");
  EXPECT_EQ(common_beginning({"web "}), "web ");
  EXPECT_EQ(common_beginning({}), "");
}

TEST(LineHistory, keeps_the_last_lines_for_their_owner_alone) {
  const auto path = std::filesystem::temp_directory_path() / ("hf-history-" + std::to_string(::getpid()));
  LineHistory history(path.string());
  EXPECT_THAT(history.load(), SizeIs(0));
  for (std::size_t i = 0; i < limits::ctl_kept_lines_max + 5; ++i) {
    history.add("line " + std::to_string(i));
  }
  struct stat seen {};
  ASSERT_EQ(::stat(path.c_str(), &seen), 0);
  EXPECT_EQ(seen.st_mode & 0777, 0600U);
  const auto lines = history.load();
  EXPECT_THAT(lines, SizeIs(limits::ctl_kept_lines_max));
  EXPECT_EQ(lines.front(), "line 5");
  EXPECT_EQ(LineHistory(path.string()).load(), lines);  // the file was cut
  std::filesystem::remove(path);
}

// NODE/name: asked of that node itself, at the address that the cluster knows.
TEST(Elsewhere, a_command_goes_to_the_node) {
  Script script = cluster_of_two();
  script.replies.emplace(
      "supvisors.get_instance_info",
      wire::Value(wire::Array{wire::Struct{{"identifier", "n2"}, {"node_name", "10.0.0.2"}, {"port", 9002}}}));
  script.replies.emplace("supervisor.stopProcess", wire::Value(true));
  EXPECT_EQ(run(script, {"stop", "n2/pair:p1"}).out, "n2/pair:p1: stopped\n");
  EXPECT_EQ(script.access.url, "http://10.0.0.2:9002");
  EXPECT_EQ(script.calls.back().second, Server::Params{"pair:p1"});
  EXPECT_THAT(run(script, {"status", "n2/web"}).out, testing::ContainsRegex("^n2/web +RUNNING"));
  EXPECT_THAT(run(script, {"stop", "n2/web"}, Format::json).out, HasSubstr("\"node\": \"n2\""));
}

TEST(Elsewhere, a_node_at_an_ipv6_address) {
  for (const char* host : {"[fd00::2]", "fd00::2"}) {
    Script script = cluster_of_two();
    script.replies.emplace(
        "supvisors.get_instance_info",
        wire::Value(wire::Array{wire::Struct{{"identifier", "[fd00::2]:9002"}, {"node_name", host}, {"port", 9002}}}));
    script.replies.emplace("supervisor.stopProcess", wire::Value(true));
    EXPECT_EQ(run(script, {"stop", "n2/pair:p1"}).out, "n2/pair:p1: stopped\n");
    EXPECT_EQ(script.access.url, "http://[fd00::2]:9002");
  }
}

TEST(Elsewhere, unknown_nodes_and_servers_without_a_cluster) {
  Script script = cluster_of_two();
  script.replies.emplace("supervisor.stopProcess", fault_reply(code_of(Fault::bad_name), "BAD_NAME: n9/web"));
  EXPECT_EQ(run(script, {"stop", "n9/web"}).out, "n9/web: ERROR (no such process)\n");  // a supervisord
  script.replies.emplace("supvisors.get_instance_info", fault_reply(code_of(Fault::bad_name), "BAD_NAME: n9"));
  const Output output = run(script, {"stop", "n9/web"});
  EXPECT_EQ(output.out, "n9/web: ERROR (no such node)\n");
  EXPECT_EQ(output.status, exit_status::generic);
}

TEST(Login, who_is_refused_is_asked_only_where_there_is_somebody) {
  Script script;
  script.replies.emplace("supervisor.getVersion", Failure{Failure::Kind::http_status, 401, ""});
  EXPECT_THAT(run(script, {"pid"}).out, HasSubstr("ProtocolError"));
  const Output output = run(script, {"pid"}, Format::text, "anna\nsecret\n", true);
  EXPECT_THAT(output.out, HasSubstr("Server requires authentication\nUsername:Password:\nServer requires"));
  EXPECT_EQ(script.access.username, "anna");
  EXPECT_EQ(script.access.password, "secret");
  EXPECT_THAT(output.out, HasSubstr("error: <class 'EOFError'>, EOF when reading a line"));
}

}  // namespace
}  // namespace holdfast::ctl

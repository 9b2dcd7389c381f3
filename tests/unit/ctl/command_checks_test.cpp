// What is checked before a command acts (contract supervisor.md 6.1, supvisors.md 6), of every row of the table: is the
// server asked first, which words are too few or too many, and with what text and status.
#include <gmock/gmock.h>

#include <algorithm>

#include "ctl/commands/command.hpp"
#include "tests/unit/ctl/fake_server.hpp"

namespace holdfast::ctl {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

using Family = Command::Family;

Script refusing() {
  Script script;
  for (const char* method : {"supervisor.getVersion", "supvisors.get_api_version"}) {
    script.replies.emplace(method, Failure{Failure::Kind::refused, 0, ""});
  }
  return script;
}

/// Enough words for any command; the first is a strategy where one is wanted.
std::vector<std::string> call_of(const Command& command) {
  if (command.words.max == 0) {
    return {std::string(command.name)};
  }
  return {std::string(command.name), "CONFIG", "1"};
}

std::vector<std::string> names_if(const std::function<bool(const Command&)>& chosen) {
  std::vector<std::string> names;
  for (const Command& command : commands()) {
    if (chosen(command)) {
      names.emplace_back(command.name);
    }
  }
  return names;
}

TEST(CommandTable, is_sorted_in_each_family_and_names_each_command_once) {
  std::vector<std::string> all;
  for (const Family family : {Family::supervisor, Family::supvisors, Family::holdfast}) {
    const auto names = names_if([family](const Command& command) { return command.family == family; });
    EXPECT_TRUE(std::ranges::is_sorted(names));
    all.insert(all.end(), names.begin(), names.end());
  }
  EXPECT_EQ(all.size(), commands().size());
  std::ranges::sort(all);
  EXPECT_TRUE(std::ranges::adjacent_find(all) == all.end());
}

TEST(CommandTable, only_rows_of_supervisor_differ_from_their_family) {
  for (const Command& command : commands()) {
    const bool differs = !command.asks_server_first || command.unusable_status || command.wrong_words_status ||
                         command.run_of_cluster != nullptr;
    EXPECT_TRUE(!differs || command.family == Family::supervisor) << command.name;
    EXPECT_NE(command.run, nullptr) << command.name;
  }
}

// Contract supervisor.md 6.1 names the commands that ask first.
TEST(Checks, these_commands_of_supervisor_ask_the_server_first) {
  EXPECT_THAT(
      names_if(
          [](const Command& command) { return command.family == Family::supervisor && command.asks_server_first; }),
      ElementsAre("clear", "fg", "maintail", "pid", "restart", "signal", "start", "status", "stop", "tail", "version"));
}

TEST(Checks, a_server_that_is_down_ends_a_command_of_supervisor) {
  for (const Command& command : commands()) {
    if (command.family != Family::supervisor || !command.asks_server_first) {
      continue;
    }
    Script script = refusing();
    const Output output = run(script, call_of(command));
    EXPECT_EQ(output.out, "http://n1:9001 refused connection\n") << command.name;
    EXPECT_EQ(output.status, exit_status::insufficient_privileges) << command.name;
    EXPECT_EQ(script.calls.size(), 1U) << command.name;
  }
}

TEST(Checks, a_server_that_is_down_ends_a_command_of_supvisors) {
  for (const Command& command : commands()) {
    if (command.family != Family::supvisors) {
      continue;
    }
    Script script = refusing();
    const Output output = run(script, {std::string(command.name)});  // before its words are looked at
    EXPECT_EQ(output.out, "ERROR: http://n1:9001 refused connection\n") << command.name;
    EXPECT_EQ(output.status, exit_status::insufficient_privileges) << command.name;
    EXPECT_EQ(script.calls.size(), 1U) << command.name;
  }
}

TEST(Checks, status_is_unknown_of_a_server_that_is_down_and_generic_of_a_strange_one) {
  Script script;
  script.replies.emplace("supervisor.getVersion", Failure{Failure::Kind::no_such_file, 0, ""});
  EXPECT_EQ(run(script, {"status"}).status, exit_status::status_unknown);
  EXPECT_EQ(run(script, {"pid"}).status, exit_status::not_running);
  script.replies.insert_or_assign("supervisor.getVersion", Failure{Failure::Kind::closed, 0, ""});
  EXPECT_EQ(run(script, {"status"}).status, exit_status::generic);
}

TEST(Checks, our_own_commands_ask_no_version) {
  for (const Command& command : commands()) {
    if (command.family != Family::holdfast || command.name == "keys") {
      continue;
    }
    Script script;
    run(script, {std::string(command.name), "start", "x"});
    for (const auto& [method, params] : script.calls) {
      EXPECT_NE(method, "supervisor.getVersion") << command.name;
      EXPECT_NE(method, "supvisors.get_api_version") << command.name;
    }
  }
  Script script;
  run(script, {"status", "--cluster"});
  ASSERT_EQ(script.calls.size(), 1U);
  EXPECT_EQ(script.calls.front().first, "holdfast.getClusterProcesses");
}

TEST(Checks, words_where_none_belong_are_wrong_before_the_server_is_asked) {
  const auto names = names_if(
      [](const Command& command) { return command.words.max == 0 && command.family == Command::Family::supervisor; });
  EXPECT_THAT(names, ElementsAre("avail", "reload", "reread", "shutdown", "version"));
  for (const std::string& name : names) {
    Script script = refusing();
    const Output output = run(script, {name, "now"});
    EXPECT_THAT(output.out, StartsWith("Error: " + name + " accepts no arguments\n" + name));
    EXPECT_EQ(output.status, exit_status::generic);
    EXPECT_THAT(script.calls, IsEmpty());
  }
}

TEST(Checks, a_word_that_a_command_of_supvisors_cannot_act_on_is_refused) {  // never `sshutdown n2` as `sshutdown`
  const auto names = names_if(
      [](const Command& command) { return command.words.max == 0 && command.family == Command::Family::supvisors; });
  EXPECT_THAT(names, ElementsAre("conflicts", "master", "restart_sequence", "sreload", "sshutdown", "stats_status",
                                 "strategies", "sversion"));
  for (const std::string& name : names) {
    Script script = refusing();
    const Output output = run(script, {name, "n2"});
    EXPECT_THAT(output.out, StartsWith("ERROR: " + name + " accepts no arguments\n" + name));
    EXPECT_EQ(output.status, exit_status::invalid_arguments);
    EXPECT_THAT(script.calls, IsEmpty());
  }
}

TEST(Checks, missing_words_of_supervisors_commands) {  // contract supervisor.md 6.2
  const std::vector<std::tuple<std::string, std::string, int>> expected{
      {"start", "Error: start requires a process name\nstart <name>", exit_status::invalid_arguments},
      {"stop", "Error: stop requires a process name\nstop <name>", exit_status::generic},
      {"restart", "Error: restart requires a process name\nrestart <name>", exit_status::generic},
      {"clear", "Error: clear requires a process name\nclear <name>", exit_status::generic},
      {"signal HUP", "Error: signal requires a signal name and a process name\nsignal <", exit_status::generic}};
  for (const auto& [line, text, status] : expected) {
    Script script;
    script.replies.emplace("supervisor.getVersion", wire::Value("3.0"));
    const Output output = run(script, {line});
    EXPECT_THAT(output.out, StartsWith(text));
    EXPECT_EQ(output.status, status) << line;
    EXPECT_EQ(script.calls.size(), 1U) << "the server is asked first: " << line;
    script = refusing();
    EXPECT_EQ(run(script, {line}).status, exit_status::insufficient_privileges) << line;
  }
}

TEST(Checks, missing_words_of_supvisors_commands) {  // contract supvisors.md 6
  const std::vector<std::pair<std::string, std::string>> expected{
      {"start_args web", "start_args requires a process name and its arguments"},
      {"start_process_args LOCAL web", "start_process_args requires a strategy, a process name and its arguments"},
      {"start_process_args web x y", "start_process_args requires a starting strategy first: CONFIG"},
      {"start_any_process LOCAL", "start_any_process requires a strategy and a regular expression"},
      {"start_any_process_args LOCAL web",
       "start_any_process_args requires a strategy, a regular expression and arguments"},
      {"test_start_process LOCAL", "test_start_process requires a strategy and one name"},
      {"test_start_application LOCAL a b", "test_start_application requires a strategy and one name"},
      {"restart_application", "restart_application requires a starting strategy first: CONFIG"},
      {"update_numprocs web", "update_numprocs requires a program and a number of processes above 0"},
      {"lazy_update_numprocs web x", "lazy_update_numprocs requires a program and a number of processes above 0"},
      {"enable", "enable requires a program name"},
      {"disable", "disable requires a program name"},
      {"disable web db", "disable requires a program name"},
      {"loglevel", "loglevel requires a level"},
      {"loglevel debug now", "loglevel requires a level"},
      {"conciliate STOP now", "conciliate requires one strategy"},
      {"all_start web db", "all_start requires a process name"},
      {"stats_period", "stats_period requires a number of seconds above 0"},
      {"stats_period soon", "stats_period requires a number of seconds above 0"},
      {"conciliate", "conciliate requires a strategy: SENICIDE"},
      {"enable_stats host disk", "invalid statistics type disk"}};
  for (const auto& [line, text] : expected) {
    Script script;
    script.replies.emplace("supvisors.get_api_version", wire::Value("0.19"));
    const Output output = run(script, {line});
    EXPECT_THAT(output.out, StartsWith("ERROR: " + text));
    const std::string name = line.substr(0, line.find(' '));
    EXPECT_NE(output.out.find("\n" + name), std::string::npos) << "its help: " << line;
    EXPECT_EQ(output.status, exit_status::invalid_arguments) << line;
    EXPECT_EQ(script.calls.size(), 1U) << "the version is asked first: " << line;
  }
}

}  // namespace
}  // namespace holdfast::ctl

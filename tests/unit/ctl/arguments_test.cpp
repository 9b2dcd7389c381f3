// What command lines mean: holdfastctl's options, tail's words, our own commands' words.
#include <gmock/gmock.h>

#include "ctl/command_line.hpp"
#include "ctl/commands/log_request.hpp"
#include "ctl/commands/verb_arguments.hpp"
#include "tests/unit/config/fake_host.hpp"

namespace holdfast::ctl {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Result<CtlOptions> options(const std::vector<std::string>& words, const config::FakeHost& host = {}) {
  return read_options(words, "/usr/bin/holdfastctl", host);
}

TEST(Options, defaults_without_a_file) {
  const CtlOptions read = options({"status", "-x", "web"}).value();
  EXPECT_EQ(read.server_url, "http://localhost:9001");
  EXPECT_EQ(read.username, "");
  EXPECT_EQ(read.format, Format::text);
  EXPECT_THAT(read.words, ElementsAre("status", "-x", "web"));  // what follows the command is the command's
  EXPECT_THAT(options({}).value().words, IsEmpty());
}

TEST(Options, the_line_wins_over_the_file) {
  config::FakeHost host;
  host.files["/etc/supervisord.conf"] =
      "[supervisorctl]\nserverurl = unix:///run/s.sock\nusername = anna\npassword = word\n";
  EXPECT_EQ(options({"status"}, host).value().server_url, "unix:///run/s.sock");
  const CtlOptions read =
      options({"-s", "http://n2:1", "-u", "bo", "-o", "json", "--password=x", "status"}, host).value();
  EXPECT_EQ(read.server_url, "http://n2:1");
  EXPECT_EQ(read.username, "bo");
  EXPECT_EQ(read.password, "x");
  EXPECT_EQ(read.format, Format::json);
}

TEST(Options, errors_have_supervisorctls_text) {
  const auto error = [](const std::vector<std::string>& words) { return options(words).error().message; };
  EXPECT_EQ(error({"-x"}), "option -x not recognized");
  EXPECT_EQ(error({"-s", "nourl"}), "invalid value for -s 'nourl': value 'nourl' is not a URL");
  EXPECT_EQ(error({"-u", "a", "--username", "b"}), "conflicting command line option '--username'");
  EXPECT_EQ(error({"-o", "xml", "status"}), "invalid value for -o 'xml': not text or json");
  EXPECT_EQ(error({"-c", "/nosuch", "status"}), "could not find config file /nosuch");
}

TEST(Options, help_comes_before_everything) {
  EXPECT_TRUE(options({"-?"}).value().help);
  EXPECT_TRUE(options({"-h", "-s", "nourl"}).value().help);
}

LogRequest tail(const std::vector<std::string>& words) {
  return std::get<LogRequest>(parse_tail(words));
}
std::string tail_error(const std::vector<std::string>& words) {
  return std::get<LogRequestError>(parse_tail(words)).text;
}

TEST(Tail, what_is_asked_for) {
  EXPECT_EQ(tail({"web"}), (LogRequest{"web", "stdout", false, 1600}));
  EXPECT_EQ(tail({"web", "STDERR"}), (LogRequest{"web", "stderr", false, 1600}));
  EXPECT_EQ(tail({"-100", "web"}), (LogRequest{"web", "stdout", false, 100}));
  EXPECT_EQ(tail({"-f", "web", "stderr"}), (LogRequest{"web", "stderr", true, 1600}));
  EXPECT_EQ(tail({"--5", "web"}).bytes, -5);
  EXPECT_EQ(tail({"-99999999999", "web"}).bytes, 2147483647);
}

TEST(Tail, errors) {
  EXPECT_EQ(tail_error({}), "Error: too few arguments");
  EXPECT_EQ(tail_error({"a", "b", "c", "d"}), "Error: too many arguments");
  EXPECT_EQ(tail_error({"-5"}), "Error: tail requires process name");
  EXPECT_EQ(tail_error({"web", "it's"}), "Error: bad channel \"it's\"");
  EXPECT_EQ(tail_error({"-5x", "web"}), "Error: bad argument -5x");
  EXPECT_EQ(std::get<LogRequestError>(parse_maintail({"5"})).text, "Error: bad argument 5");
  EXPECT_EQ(std::get<LogRequest>(parse_maintail({"-f"})).follow, true);
}

TEST(OwnCommands, app) {
  const AppArguments read = parse_app({"start", "my shop", "--strategy", "LESS_LOADED", "b", "--no-wait"}).value();
  EXPECT_EQ(read.verb, AppArguments::Verb::start);
  EXPECT_THAT(read.names, ElementsAre("my shop", "b"));
  EXPECT_EQ(read.strategy, "LESS_LOADED");
  EXPECT_FALSE(read.wait);
  EXPECT_TRUE(parse_app({"stop", "a"}).value().wait);
  EXPECT_THAT(parse_app({"start"}).error().message, HasSubstr("app: "));
  EXPECT_THAT(parse_app({"jump", "a"}).error().message, HasSubstr("jump"));
  EXPECT_THAT(parse_app({"start", "a", "--strategy", "FAST"}).error().message,
              HasSubstr("'FAST' is no starting strategy"));
  EXPECT_FALSE(parse_app({"stop", "a", "--strategy", "CONFIG"}).ok());
  EXPECT_FALSE(parse_app({"start", "a", "--nosuch"}).ok());
}

TEST(OwnCommands, history_and_why) {
  const HistoryArguments all = parse_history({}).value();
  EXPECT_EQ(all.name, "");
  EXPECT_EQ(all.limit, 50);
  const HistoryArguments some = parse_history({"shop:web", "--since", "2h", "--limit=5", "-o", "json"}).value();
  EXPECT_EQ(some.name, "shop:web");
  EXPECT_EQ(some.since, "2h");
  EXPECT_EQ(some.limit, 5);
  EXPECT_EQ(some.format, Format::json);
  EXPECT_FALSE(parse_history({"--limit", "0"}).ok());
  EXPECT_FALSE(parse_history({"--limit", "1001"}).ok());
  EXPECT_FALSE(parse_history({"a", "b"}).ok());
  EXPECT_FALSE(parse_why({}).ok());
  EXPECT_FALSE(parse_why({"a", "--since", "2h"}).ok());
}

TEST(OwnCommands, end_sync) {
  EXPECT_EQ(parse_end_sync({}).value().master, "");
  EXPECT_EQ(parse_end_sync({"n2", "-o", "json"}).value().master, "n2");
  EXPECT_FALSE(parse_end_sync({"n2", "n3"}).ok());
}

TEST(OwnCommands, keys_nodes_status) {
  EXPECT_EQ(parse_keys({"new", "a file"}).value().file, "a file");
  EXPECT_FALSE(parse_keys({"new"}).ok());
  EXPECT_FALSE(parse_keys({"old", "file"}).ok());
  EXPECT_FALSE(parse_nodes({"x"}).ok());
  EXPECT_THAT(parse_cluster_status({"a", "--cluster", "b:*"}).value().names, ElementsAre("a", "b:*"));
}

}  // namespace
}  // namespace holdfast::ctl

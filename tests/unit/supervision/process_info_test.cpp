// Descriptions of contract supervisor.md 4.7 and the child's environment of 2.4.
#include "supervision/process_info.hpp"

#include <gtest/gtest.h>
#include <time.h>

#include "base/random.hpp"
#include "supervision/environment.hpp"

namespace holdfast::supervision {
namespace {

std::int64_t utc(std::int64_t /*when*/) {
  return 0;
}

DescribedProcess in_state(ProcessState state) {
  DescribedProcess process;
  process.name = "web";
  process.state = state;
  return process;
}

TEST(Uptime, AsPythonPrintsATimedelta) {
  EXPECT_EQ(uptime_text(0), "0:00:00");
  EXPECT_EQ(uptime_text(-7), "0:00:00");
  EXPECT_EQ(uptime_text(59), "0:00:59");
  EXPECT_EQ(uptime_text(36'061), "10:01:01");
  EXPECT_EQ(uptime_text(86'399), "23:59:59");
  EXPECT_EQ(uptime_text(86'400), "1 day, 0:00:00");
  EXPECT_EQ(uptime_text(200'000), "2 days, 7:33:20");
}

TEST(Describe, EachState) {
  DescribedProcess running = in_state(ProcessState::running);
  running.pid = 42;
  running.start = 1000;
  running.now = 4661;
  EXPECT_EQ(describe(running, utc), "pid 42, uptime 1:01:01");
  DescribedProcess backoff = in_state(ProcessState::backoff);
  EXPECT_EQ(describe(backoff, utc), "unknown error (try \"tail web\")");
  backoff.spawnerr = "can't find command 'x'";
  EXPECT_EQ(describe(backoff, utc), "can't find command 'x'");
  EXPECT_EQ(describe(in_state(ProcessState::fatal), utc), "unknown error (try \"tail web\")");
  EXPECT_EQ(describe(in_state(ProcessState::stopped), utc), "Not started");
  EXPECT_EQ(describe(in_state(ProcessState::starting), utc), "");
  EXPECT_EQ(describe(in_state(ProcessState::stopping), utc), "");
  EXPECT_EQ(describe(in_state(ProcessState::unknown), utc), "");
}

TEST(Describe, StopTimeIsLocal) {
  DescribedProcess exited = in_state(ProcessState::exited);
  exited.start = 1;
  exited.stop = 1'763'690'580;  // 2025-11-21 02:03:00 UTC
  EXPECT_EQ(describe(exited, utc), "Nov 21 02:03 AM");
  EXPECT_EQ(describe(exited, [](std::int64_t) { return std::int64_t{-3 * 3600}; }), "Nov 20 11:03 PM");
  exited.stop = 1'709'208'000;  // 2024-02-29 12:00:00 UTC
  EXPECT_EQ(describe(exited, utc), "Feb 29 12:00 PM");
  exited.stop = 0;
  EXPECT_EQ(describe(exited, utc), "Jan 01 12:00 AM");
}

TEST(Describe, TheCalendarIsThatOfTheLibrary) {
  Random random(3);
  for (int round = 0; round < 5000; ++round) {
    DescribedProcess stopped = in_state(ProcessState::stopped);
    stopped.start = 1;
    stopped.stop = random.between(-2'000'000'000, 4'000'000'000);
    const time_t when = stopped.stop;
    tm fields{};
    gmtime_r(&when, &fields);
    char text[64];
    strftime(text, sizeof(text), "%b %d %I:%M %p", &fields);
    ASSERT_EQ(describe(stopped, utc), text) << stopped.stop;
  }
}

TEST(ProcessInfo, LogsByKind) {
  config::ProcessSettings settings;
  settings.name = "p";
  settings.stdout_channel.log = {config::LogTarget::Kind::file, "/var/log/p.log"};
  settings.stderr_channel.log = {config::LogTarget::Kind::automatic, {}};
  Process process("g", settings, 1);
  process.logs_assigned("/ignored", "/tmp/p-stderr.log");
  const ProcessInfo info = info_of(process, WallTime::from_seconds(9'999'999'999), utc);
  EXPECT_EQ(info.name, "p");
  EXPECT_EQ(info.group, "g");
  EXPECT_EQ(info.logfile, "/var/log/p.log");
  EXPECT_EQ(info.stdout_logfile, info.logfile);
  EXPECT_EQ(info.stderr_logfile, "/tmp/p-stderr.log");
  EXPECT_EQ(info.statename, "STOPPED");
  EXPECT_EQ(info.description, "Not started");
  EXPECT_EQ(info.now, 2'147'483'647) << "as XML-RPC can carry it";
}

TEST(Environment, OrderOfPrecedence) {
  config::ProcessSettings settings;
  settings.name = "p";
  settings.environment = {{"HOME", "/own"}, {"SUPERVISOR_GROUP_NAME", "mine"}};
  const config::Environment result =
      child_environment({{"PATH", "/bin"}, {"HOME", "/root"}}, settings, "g", "unix:///run/s.sock");
  const config::Environment expected{{"HOME", "/own"},
                                     {"PATH", "/bin"},
                                     {"SUPERVISOR_ENABLED", "1"},
                                     {"SUPERVISOR_GROUP_NAME", "mine"},
                                     {"SUPERVISOR_PROCESS_NAME", "p"},
                                     {"SUPERVISOR_SERVER_URL", "unix:///run/s.sock"}};
  EXPECT_EQ(result, expected);
  settings.serverurl = "http://elsewhere";
  EXPECT_EQ(child_environment({}, settings, "g", "unix:///x").at("SUPERVISOR_SERVER_URL"), "http://elsewhere");
  settings.serverurl.reset();
  EXPECT_FALSE(child_environment({}, settings, "g", std::nullopt).contains("SUPERVISOR_SERVER_URL"));
}

TEST(Environment, ServerUrl) {
  const auto inet = [](std::string host, std::uint16_t port) {
    config::HttpServerSettings server;
    server.host = std::move(host);
    server.port = port;
    return server;
  };
  config::HttpServerSettings unix_server;
  unix_server.kind = config::HttpServerSettings::Kind::unix_socket;
  unix_server.path = "/run/a.sock";
  EXPECT_EQ(server_url_of({}), std::nullopt);
  EXPECT_EQ(server_url_of({inet("", 9001)}), "http://localhost:9001");
  EXPECT_EQ(server_url_of({inet("a", 1), inet("b", 2)}), "http://b:2") << "the last one";
  EXPECT_EQ(server_url_of({inet("a", 1), unix_server}), "unix:///run/a.sock");
  EXPECT_EQ(server_url_of({inet("::1", 1)}), "http://[::1]:1");
}

}  // namespace
}  // namespace holdfast::supervision

// agent restart and keeper restart: asked, then waited for until another agent answers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/ctl/fake_server.hpp"

namespace holdfast::ctl {
namespace {

using testing::HasSubstr;

/// `problem` begins with whom it is about.
wire::Value agent(std::int64_t pid, const std::string& problem = "") {
  const bool agents = problem.starts_with("the agent");
  return wire::Struct{{"pid", pid},
                      {"version", "9.9"},
                      {"keeper_problem", agents ? "" : problem},
                      {"agent_problem", agents ? problem : ""}};
}

/// Breaks off one call after the restart was asked for, then is another agent.
class RestartingServer final : public Server {
 public:
  RestartingServer(std::vector<std::string>& asked, std::string problem)
      : asked_(asked), problem_(std::move(problem)) {}
  Reply call(const std::string& method, const Params&, Patience) override {
    asked_.push_back(method);
    if (method != "holdfast.getAgent") {
      going_ = true;
      return wire::Value(true);
    }
    if (!going_) {
      return agent(100);
    }
    switch (looks_++) {
      case 0:
        return agent(100);
      case 1:
        return Failure{Failure::Kind::closed, 0, "closed"};
      default:
        return agent(101, problem_);
    }
  }
  std::optional<Failure> follow(const std::string&, const Sink&, int) override { return std::nullopt; }

 private:
  std::vector<std::string>& asked_;
  std::string problem_;
  bool going_ = false;
  int looks_ = 0;
};

Output restart(const std::vector<std::string>& words, std::vector<std::string>& asked,
               const std::string& problem = "") {
  std::ostringstream out;
  std::ostringstream err;
  ScriptedLines nobody("", out);
  Console console(out, err, Format::text);
  const auto make_server = [&](const Access&) { return std::make_unique<RestartingServer>(asked, problem); };
  Session session({"http://n1:9001", "", ""}, make_server, console, nobody, false);
  run_command_line(session, words);
  return {out.str(), err.str(), session.status()};
}

TEST(Renew, IsOverWhenAnotherAgentAnswers) {
  std::vector<std::string> asked;
  const Output output = restart({"agent", "restart"}, asked);
  EXPECT_EQ(output.out, "agent: restarted (agent's pid 101, version 9.9)\n");
  EXPECT_EQ(output.err, "");
  EXPECT_EQ(output.status, 0);
  EXPECT_EQ(asked[1], "holdfast.restartAgent");
}

TEST(Renew, AKeeperThatCouldNotIsAFailure) {
  std::vector<std::string> asked;
  const Output output = restart({"keeper", "restart"}, asked, "the keeper could not");
  EXPECT_THAT(output.err, HasSubstr("keeper: the keeper could not; no program was touched"));
  EXPECT_EQ(output.status, exit_status::generic);
  EXPECT_EQ(asked[1], "holdfast.restartKeeper");
}

TEST(Renew, AnAgentThatIsNotTheInstalledOneIsAFailure) {
  std::vector<std::string> asked;
  const Output output = restart({"agent", "restart"}, asked, "the agent of before");
  EXPECT_THAT(output.err, HasSubstr("agent: the agent of before; no program was touched"));
  EXPECT_EQ(output.status, exit_status::generic);
}

TEST(Renew, ARefusalIsToldAndNothingIsWaitedFor) {
  Script script;
  script.replies.emplace("holdfast.getAgent", agent(100));
  script.replies.emplace("holdfast.restartAgent", fault_reply(92, "CANT_REREAD: no"));
  const Output output = run(script, {"agent", "restart"});
  EXPECT_THAT(output.err, HasSubstr("CANT_REREAD"));
  EXPECT_EQ(output.status, exit_status::generic);
  EXPECT_EQ(script.calls.size(), 2U);
}

TEST(Renew, HasOneVerb) {
  Script script;
  EXPECT_EQ(run(script, {"agent"}).status, exit_status::invalid_arguments);
  EXPECT_EQ(run(script, {"keeper", "stop"}).status, exit_status::invalid_arguments);
  EXPECT_TRUE(script.calls.empty());
}

}  // namespace
}  // namespace holdfast::ctl

// rules check without a server; rules show and rules reload, and what the words may be.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/unit/ctl/fake_server.hpp"

namespace holdfast::ctl {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

class RulesCommand : public testing::Test {
 protected:
  void SetUp() override {
    std::string folder = testing::TempDir() + "/rules_command_XXXXXX";
    ASSERT_NE(::mkdtemp(folder.data()), nullptr);
    folder_ = folder;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string file(const std::string& name, const std::string& text) {
    const std::string path = folder_ + "/" + name;
    std::ofstream(path) << text;
    return path;
  }
  Script script_;
  std::string folder_;
};

TEST_F(RulesCommand, CheckCountsWhatTheFilesHoldAndAsksNobody) {
  const std::string one = file("a.xml", R"(<root><alias name="x">n1</alias><model name="m"/>
<application name="shop"><programs><program name="web"><required>true</required></program></programs></application></root>)");
  const Output output = run(script_, {"rules", "check", one});
  EXPECT_EQ(output.status, 0) << output.err;
  EXPECT_EQ(output.out, "warning: " + one +
                            ":2: program name \"web\": required needs a start_sequence above 0; it is "
                            "not required\n1 file can be used: 1 application, 1 program, 1 model, 1 "
                            "alias; 1 warning\n");
  EXPECT_THAT(script_.calls, IsEmpty());
}

TEST_F(RulesCommand, CheckNamesEveryProblemWithItsLine) {
  const std::string bad = file("bad.xml",
                               "<root>\n<application name=\"a\"><start_sequence>x</start_sequence>\n"
                               "</application></root>");
  const Output output = run(script_, {"rules", "check", bad, folder_ + "/missing.xml"});
  EXPECT_EQ(output.status, 1);
  EXPECT_THAT(output.err, AllOf(HasSubstr(bad + ":2: "), HasSubstr("start_sequence"), HasSubstr("missing.xml")));
  EXPECT_THAT(output.out, IsEmpty());
  const Output json = run(script_, {"rules", "check", bad}, Format::json);
  EXPECT_THAT(json.out, HasSubstr("\"errors\""));
  EXPECT_EQ(json.status, 1);
}

TEST_F(RulesCommand, ShowPrintsEachValueWithItsElement) {
  const wire::Value leaf =
      wire::Struct{{"name", "start_sequence"}, {"value", "1"}, {"source", "program name \"web\" at r.xml:3"}};
  const wire::Value process =
      wire::Struct{{"process", "web"}, {"rule", "program name \"web\" at r.xml:3"}, {"leaves", wire::Array{leaf}}};
  const wire::Value application = wire::Struct{{"application", "shop"},
                                               {"managed", true},
                                               {"rule", "application name \"shop\" at r.xml:2"},
                                               {"leaves", wire::Array{}},
                                               {"processes", wire::Array{process}}};
  script_.replies.emplace("holdfast.getRules", wire::Value(wire::Struct{{"applications", wire::Array{application}},
                                                                        {"warnings", wire::Array{"r.xml:9: unused"}}}));
  const Output output = run(script_, {"rules", "show", "shop"});
  EXPECT_EQ(output.out,
            "shop              application name \"shop\" at r.xml:2\n"
            "shop:web          program name \"web\" at r.xml:3\n"
            "  start_sequence  1                                   program name \"web\" at r.xml:3\n"
            "warning: r.xml:9: unused\n");
  ASSERT_EQ(script_.calls.size(), 1U);
  EXPECT_EQ(*script_.calls.front().second.front().as_string(), "shop");
}

TEST_F(RulesCommand, ReloadTellsWhatChangesForWhom) {
  const wire::Value change =
      wire::Struct{{"subject", "shop:web"}, {"name", "identifiers"}, {"before", "n1"}, {"after", "n2"}};
  script_.replies.emplace("holdfast.reloadRules", wire::Value(wire::Struct{{"files", wire::Array{"r.xml"}},
                                                                           {"warnings", wire::Array{}},
                                                                           {"changes", wire::Array{change}}}));
  const Output output = run(script_, {"rules", "reload"});
  EXPECT_EQ(output.out,
            "shop:web: identifiers n1 -> n2\nrules: 1 file read anew, 1 change; nothing was started or "
            "stopped\n");
  script_.replies.insert_or_assign("holdfast.reloadRules", Reply(fault_reply(30, "FAILED: r.xml:3: bad")));
  const Output refused = run(script_, {"rules", "reload"});
  EXPECT_NE(refused.status, 0);
  EXPECT_THAT(refused.err, HasSubstr("r.xml:3: bad"));
}

TEST_F(RulesCommand, WordsThatMeanNothingAreRefused) {
  for (const std::vector<std::string>& words : {std::vector<std::string>{"rules"},
                                                {"rules", "check"},
                                                {"rules", "reload", "x"},
                                                {"rules", "show", "a", "b"},
                                                {"rules", "edit"}}) {
    EXPECT_NE(run(script_, words).status, 0) << words.back();
  }
  EXPECT_THAT(script_.calls, IsEmpty());
}

}  // namespace
}  // namespace holdfast::ctl

// The reader of rules files, the schema, and that both give the same verdict (contract
// supvisors.md 2.1-2.3, 2.7).
#include "rules/rule_reader.hpp"

#include <filesystem>

#include "base/limits.hpp"
#include "world.hpp"

namespace holdfast::rules {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string kSource = HOLDFAST_SOURCE_DIR;

Result<ReadRules> read(const std::string& body) {
  auto tree = wire::read_xml(body, "r.xml");
  EXPECT_TRUE(tree.ok());
  return read_rules({{"r.xml", tree.value()}});
}

TEST(Reader, EveryLeafOfContract22And23) {
  const auto all = read(R"(<root><application name="a"><distribution>SINGLE_NODE</distribution>
    <identifiers>n1</identifiers><start_sequence>1</start_sequence><stop_sequence>2</stop_sequence>
    <starting_strategy>MOST_LOADED_NODE</starting_strategy>
    <starting_failure_strategy>CONTINUE</starting_failure_strategy>
    <running_failure_strategy>SHUTDOWN</running_failure_strategy>
    <operational_status>'p'</operational_status><programs><program pattern="p">
    <reference>m</reference><identifiers>n2</identifiers><start_sequence>3</start_sequence>
    <stop_sequence>4</stop_sequence><required>1</required><wait_exit>true</wait_exit>
    <expected_loading>50</expected_loading><starting_failure_strategy>STOP</starting_failure_strategy>
    <running_failure_strategy>RESTART</running_failure_strategy></program></programs></application></root>)");
  ASSERT_TRUE(all.ok()) << all.error().message;
  const ApplicationRule& a = all.value().rules.applications.at(0);
  EXPECT_EQ(a.distribution, Distribution::single_node);
  EXPECT_EQ(a.identifiers, "n1");
  EXPECT_EQ(a.start_sequence, 1);
  EXPECT_EQ(a.stop_sequence, 2);
  EXPECT_EQ(a.starting_strategy, StartingStrategy::most_loaded_node);
  EXPECT_EQ(a.starting_failure_strategy, StartingFailureStrategy::continue_);
  EXPECT_EQ(a.running_failure_strategy, RunningFailureStrategy::shutdown);
  EXPECT_EQ(a.operational_status, "'p'");
  const ProgramRule& p = a.programs.at(0);
  EXPECT_EQ(p.selector.pattern, "p");
  EXPECT_EQ(p.leaves.reference, "m");
  EXPECT_EQ(p.leaves.identifiers, "n2");
  EXPECT_EQ(p.leaves.start_sequence, 3);
  EXPECT_EQ(p.leaves.stop_sequence, 4);
  EXPECT_EQ(p.leaves.required, true);
  EXPECT_EQ(p.leaves.wait_exit, true);
  EXPECT_EQ(p.leaves.expected_loading, 50);
  EXPECT_EQ(p.leaves.starting_failure_strategy, StartingFailureStrategy::stop);
  EXPECT_EQ(p.leaves.running_failure_strategy, RunningFailureStrategy::restart);
  EXPECT_EQ(p.declared_at.line, 6);
}

TEST(Reader, NegativeRankKeepsTheDefaultWithAMessage) {
  const auto rules = read("<root>\n<application name=\"a\">\n<start_sequence>-3</start_sequence></application></root>");
  ASSERT_TRUE(rules.ok());
  EXPECT_FALSE(rules.value().rules.applications[0].start_sequence.has_value());
  EXPECT_THAT(rules.value().warnings, Contains("r.xml:3: <start_sequence> is -3, below 0: ignored, the default holds"));
}

TEST(Reader, AllProblemsAtOnceWithLines) {
  const auto rules = read("<root>\n<alias>x</alias>\n<application pattern=\"(\"/>\n<thing/></root>");
  ASSERT_FALSE(rules.ok());
  EXPECT_THAT(rules.error().message, HasSubstr("r.xml:2: <alias> needs a name\n"));
  EXPECT_THAT(rules.error().message, HasSubstr("r.xml:3: missing ) at position 1 of pattern \"(\"\n"));
  EXPECT_THAT(rules.error().message, HasSubstr("r.xml:4: <root> has no element <thing>"));
}

Tree parse(const std::string& body, const std::string& file) {
  auto tree = wire::read_xml("<root>" + body + "</root>", file);
  EXPECT_TRUE(tree.ok());
  return tree.value();
}

TEST(Reader, RulL1AndL4FilesInSortedOrder) {
  const auto rules = read_rules({
      {"b.xml", parse(
                    R"(<alias name="x">b</alias><application name="a"><start_sequence>2</start_sequence></application>
        <application pattern="p"><start_sequence>2</start_sequence></application>)",
                    "b.xml")},
      {"a.xml", parse(
                    R"(<alias name="x">a</alias><application name="a"><start_sequence>1</start_sequence></application>
        <application pattern="p"><start_sequence>1</start_sequence></application>)",
                    "a.xml")},
  });
  ASSERT_TRUE(rules.ok());
  const Matcher matcher{RuleSet(rules.value().rules)};
  EXPECT_EQ(matcher.application("a").start_sequence, 1) << "exact name: the first file";
  EXPECT_EQ(matcher.application("pp").start_sequence, 2) << "same pattern: the last file";
  ASSERT_EQ(rules.value().rules.aliases.size(), 1u);
  EXPECT_EQ(rules.value().rules.aliases[0].items, "b");
  EXPECT_THAT(rules.value().warnings, Contains(HasSubstr("b.xml:1: application \"a\" is ignored, the one at a.xml:1")));
}

TEST(Reader, NoFilesIsNoRules) {
  const auto rules = read_rules({});
  ASSERT_TRUE(rules.ok());
  EXPECT_THAT(rules.value().rules.applications, IsEmpty());
}

TEST(Reader, NumberOfElementsIsBounded) {
  Tree tree;
  Tree& root = add_child(tree, "root", {"", "r.xml", 1});
  for (std::size_t i = 0; i <= limits::rules_elements_max; ++i) {
    add_child(add_child(add_child(root, "alias", {"n1", "r.xml", 1}), "<xmlattr>", {}), "name",
              {std::to_string(i), "", 0});
  }
  const auto rules = read_rules({{"r.xml", tree}});
  ASSERT_FALSE(rules.ok());
  EXPECT_THAT(rules.error().message, HasSubstr("more than"));
}

TEST(Reader, ExampleIsWithoutAWarning) {
  auto tree = wire::read_xml_file(kSource + "/conf/rules.example.xml");
  ASSERT_TRUE(tree.ok()) << tree.error().message;
  const auto rules = read_rules({{"rules.example.xml", tree.value()}});
  ASSERT_TRUE(rules.ok()) << rules.error().message;
  EXPECT_THAT(rules.value().warnings, IsEmpty());
  const Matcher matcher{RuleSet(rules.value().rules)};
  EXPECT_EQ(items_of(matcher.program({"shop", "worker_01"}).identifiers),
            (std::vector<std::string>{"#", "n2", "n3", "n1"}));
  EXPECT_EQ(items_of(matcher.program({"shop", "store"}).identifiers), (std::vector<std::string>{"n2", "n3", "n1"}));
}

// Reader and schema must never disagree: what one refuses the other refuses. Patterns are the one thing that
// only the reader judges (a schema cannot).
std::vector<std::filesystem::path> corpus(const std::string& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(kSource + "/tests/unit/rules/corpus/" + folder)) {
    files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

bool schema_accepts(const std::filesystem::path& file) {
  const auto schema = wire::XmlSchema::load(kSource + "/schemas/rules.xsd");
  const auto document = wire::XmlDocument::load(file.string());
  EXPECT_TRUE(schema.ok() && document.ok()) << file;
  return schema.value().validate(document.value()).empty();
}

bool reader_accepts(const std::filesystem::path& file) {
  auto tree = wire::read_xml_file(file.string());
  EXPECT_TRUE(tree.ok()) << file;
  return read_rules({{file.string(), tree.value()}}).ok();
}

bool xmllint_accepts(const std::filesystem::path& file) {
  const std::string command =
      "xmllint --noout --nonet --schema '" + kSource + "/schemas/rules.xsd' '" + file.string() + "' >/dev/null 2>&1";
  return std::system(command.c_str()) == 0;
}

TEST(Schema, ValidCorpus) {
  const auto files = corpus("valid");
  ASSERT_GE(files.size(), 10u);
  for (const auto& file : files) {
    EXPECT_TRUE(schema_accepts(file)) << file;
    EXPECT_TRUE(reader_accepts(file)) << file;
    EXPECT_TRUE(xmllint_accepts(file)) << file;
  }
}

TEST(Schema, InvalidCorpus) {
  const auto files = corpus("invalid");
  ASSERT_GE(files.size(), 25u);
  for (const auto& file : files) {
    EXPECT_FALSE(schema_accepts(file)) << file;
    EXPECT_FALSE(reader_accepts(file)) << file;
    EXPECT_FALSE(xmllint_accepts(file)) << file;
  }
}

}  // namespace
}  // namespace holdfast::rules

// Shell words against Python's shlex (the oracle is run where it is installed: Debian's python3 is a test
// dependency), and the search with Supervisor's texts.
#include "system/command_search.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "base/random.hpp"

namespace holdfast::system {
namespace {

using testing::ElementsAre;

TEST(SplitWords, QuotesAndEscapes) {
  EXPECT_THAT(split_words("a  b\tc\r\nd").value(), ElementsAre("a", "b", "c", "d"));
  EXPECT_THAT(split_words(R"(x 'a b' "c \" d \n" e\ f)").value(), ElementsAre("x", "a b", R"(c " d \n)", "e f"));
  EXPECT_THAT(split_words("a'b'\"c\"").value(), ElementsAre("abc"));
  EXPECT_THAT(split_words("'' \"\"").value(), ElementsAre("", ""));
  EXPECT_THAT(split_words("# not a comment").value(), ElementsAre("#", "not", "a", "comment"));
  EXPECT_TRUE(split_words("").value().empty());
}

TEST(SplitWords, Errors) {
  EXPECT_EQ(split_words("echo 'x").error().message, "No closing quotation");
  EXPECT_EQ(split_words("echo \"x").error().message, "No closing quotation");
  EXPECT_EQ(split_words("echo \\").error().message, "No escaped character");
  EXPECT_EQ(split_words("echo \"x\\").error().message, "No escaped character");
}

/// What Python prints for each line: the words joined by \x1f, or "!" and the error.
std::vector<std::string> python_answers(const std::string& lines_file) {
  const std::string command =
      "/usr/bin/python3 -c \"\nimport shlex,sys\nfor line in open(sys.argv[1], "
      "newline='').read().split(chr(30)):\n"
      " try: print('='+chr(31).join('['+w for w in shlex.split(line)), end=chr(30))\n"
      " except ValueError as e: print('!'+str(e), end=chr(30))\" '" +
      lines_file + "'";
  FILE* pipe = popen(command.c_str(), "r");
  std::vector<std::string> answers(1);
  for (int c = 0; pipe != nullptr && (c = fgetc(pipe)) != EOF;) {
    if (c == 30) {
      answers.emplace_back();
    } else {
      answers.back() += static_cast<char>(c);
    }
  }
  answers.pop_back();
  EXPECT_TRUE(pipe != nullptr && pclose(pipe) == 0);
  return answers;
}

TEST(SplitWords, AgreesWithPythonOnRandomLines) {
  Random random(7);
  const std::string letters = "ab '\"\\\t\n#$;|";
  std::vector<std::string> lines;
  std::string all;
  for (int i = 0; i < 5000; ++i) {
    std::string line;
    for (std::uint64_t n = random.below(12); n > 0; --n) {
      line += letters[random.below(letters.size())];
    }
    all += (i > 0 ? "\x1e" : "") + line;
    lines.push_back(line);
  }
  const std::string path = testing::TempDir() + "/shlex-lines";
  std::ofstream(path, std::ios::binary) << all;
  const std::vector<std::string> answers = python_answers(path);
  ASSERT_EQ(answers.size(), lines.size());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto words = split_words(lines[i]);
    std::string mine = words.ok() ? "=" : "!" + words.error().message;
    for (std::size_t w = 0; words.ok() && w < words.value().size(); ++w) {
      mine += (w > 0 ? "\x1f[" : "[") + words.value()[w];
    }
    EXPECT_EQ(mine, answers[i]) << python_repr(lines[i]);
  }
}

TEST(PythonRepr, ChoosesQuotesAsPython) {
  EXPECT_EQ(python_repr("plain"), "'plain'");
  EXPECT_EQ(python_repr("it's"), "\"it's\"");
  EXPECT_EQ(python_repr("it's \"x\""), "'it\\'s \"x\"'");
  EXPECT_EQ(python_repr("a\\b\n\t\x01"), R"('a\\b\n\t\x01')");
}

class FindCommand : public testing::Test {
 protected:
  FindCommand() {
    char pattern[] = "/tmp/hf-command-XXXXXX";
    dir_ = mkdtemp(pattern);
    mkdir((dir_ + "/one").c_str(), 0755);
    mkdir((dir_ + "/two").c_str(), 0755);
    mkdir((dir_ + "/one/folder").c_str(), 0755);
    make("/one/plain", 0644);
    make("/two/plain", 0755);
    make("/two/tool", 0755);
  }
  ~FindCommand() override { [[maybe_unused]] const int left = std::system(("rm -r " + dir_).c_str()); }
  void make(const std::string& name, mode_t mode) {
    std::ofstream(dir_ + name) << "#!/bin/sh\n";
    chmod((dir_ + name).c_str(), mode);
  }
  std::string path() const { return dir_ + "/one:" + dir_ + "/two"; }
  std::string error(const std::string& line) const {
    const auto found = find_command(line, path());
    return found.ok() ? "found " + found.value().filename : found.error().message;
  }
  std::string dir_;
};

TEST_F(FindCommand, AlongPath) {
  const auto found = find_command("tool 'a b'", path());
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found.value().filename, dir_ + "/two/tool");
  EXPECT_THAT(found.value().argv, ElementsAre("tool", "a b"));
}

TEST_F(FindCommand, Texts) {
  EXPECT_EQ(error("nowhere"), "can't find command 'nowhere'");
  EXPECT_EQ(error(dir_ + "/none"), "can't find command '" + dir_ + "/none'");
  EXPECT_EQ(error("folder"), "command at '" + dir_ + "/one/folder' is a directory");
  EXPECT_EQ(error("plain"), "command at '" + dir_ + "/one/plain' is not executable") << "the first file wins";
  EXPECT_EQ(error("echo 'x"), "can't parse command \"echo 'x\": No closing quotation");
  EXPECT_EQ(error(""), "command is empty");
  EXPECT_EQ(error("  "), "command is empty");
}

TEST_F(FindCommand, WithoutOwnPathTheDaemonsCounts) {
  EXPECT_TRUE(find_command("sh", std::nullopt).ok());
  EXPECT_FALSE(find_command("sh", dir_ + "/two").ok());
}

}  // namespace
}  // namespace holdfast::system

// `keys new`: the file that the agent's reader expects, private, never over an existing one.
#include "ctl/commands/key_file.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/unit/ctl/fake_server.hpp"

namespace holdfast::ctl {
namespace {

using testing::HasSubstr;

class KeyFile : public testing::Test {
 protected:
  void SetUp() override {
    std::string folder = testing::TempDir() + "/key_file_XXXXXX";
    ASSERT_NE(::mkdtemp(folder.data()), nullptr);
    folder_ = folder;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string text_of(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }

  std::string folder_;
};

TEST_F(KeyFile, one_line_of_digits_below_comments) {
  const std::string path = folder_ + "/cluster.key";
  ASSERT_TRUE(make_key_file(path).ok());
  std::istringstream lines(text_of(path));
  std::string line;
  std::vector<std::string> keys;
  while (std::getline(lines, line)) {
    if (!line.starts_with("#")) {
      keys.push_back(line);
    }
  }
  ASSERT_EQ(keys.size(), 1U);
  EXPECT_EQ(keys.front().size(), 64U);
  EXPECT_EQ(keys.front().find_first_not_of("0123456789abcdef"), std::string::npos);
  struct stat status {};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0600U);
}

TEST_F(KeyFile, no_two_are_alike) {
  ASSERT_TRUE(make_key_file(folder_ + "/a").ok());
  ASSERT_TRUE(make_key_file(folder_ + "/b").ok());
  EXPECT_NE(text_of(folder_ + "/a"), text_of(folder_ + "/b"));
}

TEST_F(KeyFile, what_is_there_stays) {
  const std::string path = folder_ + "/there";
  std::ofstream(path) << "mine";
  const Status status = make_key_file(path);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, EEXIST);
  EXPECT_EQ(text_of(path), "mine");
  std::filesystem::create_symlink(folder_ + "/elsewhere", folder_ + "/link");
  EXPECT_FALSE(make_key_file(folder_ + "/link").ok());
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/elsewhere"));
}

TEST_F(KeyFile, a_change_has_two_keys_for_a_while) {
  Script script;
  const std::string path = folder_ + "/k";
  const std::string next = folder_ + "/next";
  const auto keys = [&] {
    std::istringstream lines(text_of(path));
    std::vector<std::string> found;
    for (std::string line; std::getline(lines, line);) {
      if (!line.starts_with("#")) {
        found.push_back(line);
      }
    }
    return found;
  };
  ASSERT_TRUE(make_key_file(path).ok());
  const std::string former = keys().front();
  ASSERT_TRUE(make_key_file(next).ok());
  EXPECT_EQ(run(script, {"keys", "drop", path}).status, 1);  // there is one only
  EXPECT_EQ(run(script, {"keys", "add", path, path}).status, 1);
  EXPECT_EQ(keys(), std::vector<std::string>{former});
  EXPECT_EQ(run(script, {"keys", "add", path, next}).status, 0);
  ASSERT_EQ(keys().size(), 2U);
  EXPECT_NE(text_of(next).find(keys()[0]), std::string::npos);
  EXPECT_EQ(keys()[1], former);
  struct stat status {};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0600U);
  EXPECT_EQ(run(script, {"keys", "add", path, next}).status, 1);  // one change at a time
  EXPECT_EQ(run(script, {"keys", "drop", path}).status, 0);
  EXPECT_EQ(text_of(path), text_of(next));
  EXPECT_EQ(run(script, {"keys", "add", path, folder_ + "/absent"}).status, 1);
  std::ofstream(folder_ + "/long") << std::string(5000, '#');
  EXPECT_EQ(run(script, {"keys", "add", folder_ + "/long", next}).status, 1);
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"keys", "add", path}, {"keys", "reload", path}, {"keys", "new"}, {"keys", "drop"}}) {
    EXPECT_EQ(run(script, words).status, exit_status::invalid_arguments);
  }
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 3);  // no draft is left
}

TEST_F(KeyFile, the_command) {
  Script script;
  const std::string path = folder_ + "/with blank";
  const Output output = run(script, {"keys", "new", path});
  EXPECT_EQ(output.status, 0);
  EXPECT_THAT(output.out, HasSubstr(path + ": new cluster key"));
  EXPECT_EQ(run(script, {"keys", "new", path}).status, 1);
  EXPECT_THAT(run(script, {"keys", "new", path}).err, HasSubstr("exists already and is left as it is"));
  EXPECT_EQ(run(script, {"keys", "new", folder_ + "/no/folder"}).status, 1);
  EXPECT_EQ(run(script, {"keys"}).status, exit_status::invalid_arguments);
}

}  // namespace
}  // namespace holdfast::ctl

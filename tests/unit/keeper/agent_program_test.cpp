// Which agent program is started, when the installed one does not come up.
#include "keeper/agent_program.hpp"

#include "keeper/limits.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace holdfast::keeper {
namespace {

class AgentPrograms : public testing::Test {
 protected:
  AgentPrograms() {
    char pattern[] = "/tmp/hf-program-XXXXXX";
    folder_ = mkdtemp(pattern);
    install();
  }
  ~AgentPrograms() override { std::filesystem::remove_all(folder_); }

  /// Another file at the path.
  void install() const { std::filesystem::rename(write("new"), path()); }
  [[nodiscard]] std::string path() const { return folder_ + "/agent"; }
  [[nodiscard]] std::string write(const std::string& name) const {
    std::ofstream(folder_ + "/" + name) << "x";
    return folder_ + "/" + name;
  }

  std::string folder_;
};

TEST_F(AgentPrograms, AFirstProgramHasNothingToFallBackTo) {
  AgentProgram program(path(), Fd());
  for (int start = 0; start < 5; ++start) {
    program.choose();
    EXPECT_FALSE(program.is_on_trial());
    EXPECT_FALSE(program.failed(false));
  }
}

TEST_F(AgentPrograms, TheFileThatRanIsNoOther) {
  AgentProgram program(path(), Fd());
  program.choose();
  program.ready();
  program.choose();
  EXPECT_FALSE(program.is_on_trial());
  EXPECT_FALSE(program.failed(false)) << "it is what ran; to start it again is all there is";
}

TEST_F(AgentPrograms, WhatDoesNotSayHelloIsTriedOnce) {
  AgentProgram program(path(), Fd());
  program.choose();
  program.ready();
  install();
  program.choose();
  EXPECT_TRUE(program.is_on_trial());
  EXPECT_TRUE(program.failed(false));
  program.choose();
  EXPECT_TRUE(program.is_former());
  EXPECT_NE(program.name(), path());
  program.ready();
  program.choose();
  EXPECT_FALSE(program.is_former()) << "each later start begins with what is installed";
  EXPECT_TRUE(program.is_on_trial());
}

TEST_F(AgentPrograms, WhatSaysHelloIsTriedThreeTimes) {
  AgentProgram program(path(), Fd());
  program.choose();
  program.ready();
  install();
  for (int start = 1; start <= limits::tries_after_hello; ++start) {
    program.choose();
    EXPECT_FALSE(program.is_former());
    EXPECT_EQ(program.failed(true), start == limits::tries_after_hello);
  }
  program.choose();
  EXPECT_TRUE(program.is_former());
  EXPECT_FALSE(program.failed(true)) << "when that fails, too, the installed one has its turn again";
  program.choose();
  EXPECT_FALSE(program.is_former());
}

TEST_F(AgentPrograms, AProgramThatIsMissingIsOnTrialToo) {
  AgentProgram program(path(), Fd());
  program.choose();
  program.ready();
  std::filesystem::remove(path());
  program.choose();
  EXPECT_TRUE(program.is_on_trial());
  EXPECT_TRUE(program.failed(false));
}

TEST_F(AgentPrograms, ANewOneThatBecomesReadyIsTheOneToFallBackTo) {
  AgentProgram program(path(), Fd());
  program.choose();
  program.ready();
  install();
  program.choose();
  program.ready();
  program.choose();
  EXPECT_FALSE(program.is_on_trial());
}

TEST_F(AgentPrograms, WhatRanOutlivesTheKeeper) {
  AgentProgram before(path(), Fd());
  before.choose();
  before.ready();
  install();
  AgentProgram program(path(), std::move(before.ran()));
  program.choose();
  EXPECT_TRUE(program.is_on_trial());
  EXPECT_TRUE(program.failed(false));
}

}  // namespace
}  // namespace holdfast::keeper

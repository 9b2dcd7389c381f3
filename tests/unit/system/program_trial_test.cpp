// A program is tried beside the loop: how it ended and what it said is told, whatever it does, in time.
#include "system/program_trial.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <optional>

#include "base/limits.hpp"

namespace holdfast::system {
namespace {

class ProgramTrials : public testing::Test {
 protected:
  /// How a shell script ends.
  TrialEnd run(const std::string& script, Duration within = 20s, int fd = -1) {
    std::optional<TrialEnd> end;
    EXPECT_TRUE(trial_.start("/bin/sh", {"-c", script}, fd, within, [&](const TrialEnd& told) {
      end = told;
      loop_.stop();
    }));
    EXPECT_TRUE(trial_.running());
    loop_.context().restart();
    loop_.run();
    EXPECT_FALSE(trial_.running());
    return end.value_or(TrialEnd{});
  }

  EventLoop loop_;
  ProgramTrial trial_{loop_};
};

TEST_F(ProgramTrials, TellsTheStatusAndTheWordsOfBothOutputs) {
  const TrialEnd end = run("echo out; echo err >&2; exit 3");
  EXPECT_TRUE(end.in_time);
  EXPECT_EQ(end.wait_status, 3 << 8);
  EXPECT_EQ(end.words, "out\nerr\n");
  EXPECT_EQ(run("exit 0").words, "") << "and nothing of the one before";
}

TEST_F(ProgramTrials, TellsASignal) {
  const TrialEnd end = run("kill -SEGV $$");
  EXPECT_TRUE(end.in_time);
  EXPECT_EQ(WTERMSIG(end.wait_status), SIGSEGV);
}

TEST_F(ProgramTrials, EndsWhatHangsWithWhatItHasStarted) {
  for (const char* script : {"echo begun; sleep 1000; true", "exec >&- 2>&-; exec sleep 1000", "sleep 1000 & wait"}) {
    const TrialEnd end = run(script, 200ms);
    EXPECT_FALSE(end.in_time) << script;
    EXPECT_EQ(WTERMSIG(end.wait_status), SIGKILL);
  }
}

TEST_F(ProgramTrials, IsOverWithTheProgramWhoeverHoldsItsOutput) {
  const TrialEnd end = run("setsid sleep 5 & exit 4", 300ms);
  EXPECT_TRUE(end.in_time);
  EXPECT_EQ(end.wait_status, 4 << 8);
}

TEST_F(ProgramTrials, KeepsABoundedNumberOfWords) {
  const TrialEnd end = run("head -c 1000000 /dev/zero; exit 1");
  EXPECT_EQ(end.words.size(), limits::program_trial_words_bytes);
  EXPECT_EQ(end.wait_status, 1 << 8);
}

TEST_F(ProgramTrials, PassesOneDescriptorAndNoOther) {
  const UniqueFd memfd(memfd_create("passed", MFD_CLOEXEC));
  ASSERT_EQ(write(memfd.get(), "given", 5), 5);
  ASSERT_EQ(lseek(memfd.get(), 0, SEEK_SET), 0);
  EXPECT_EQ(run("cat <&3", 20s, memfd.get()).words, "given");
  EXPECT_EQ(run("cat <&3").words, "") << "none: there is nothing to read";
}

TEST_F(ProgramTrials, SaysWhyNothingWasStarted) {
  const auto unexpected = [](const TrialEnd&) { ADD_FAILURE(); };
  const Status absent = trial_.start("/nonexistent/program", {}, -1, 1s, unexpected);
  ASSERT_FALSE(absent.ok());
  EXPECT_EQ(absent.error().message, "No such file or directory");
  EXPECT_FALSE(trial_.running());
}

}  // namespace
}  // namespace holdfast::system

// A program's stdin: what the pipe takes, what waits, what a reader that is gone means.
#include "drivers/programs/program_input.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <cerrno>
#include <csignal>
#include <optional>
#include <string>

#include "base/limits.hpp"

namespace holdfast {
namespace {

class ProgramInputTest : public testing::Test {
 protected:
  void SetUp() override {
    std::signal(SIGPIPE, SIG_IGN);  // as the agent
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    ASSERT_EQ(::fcntl(ends[1], F_SETPIPE_SZ, 4096), 4096);
    reader_.reset(ends[0]);
    input_.emplace(loop_, UniqueFd(ends[1]));
  }
  std::string read_all() {
    std::string all;
    char piece[4096];
    while (all.size() < sent_) {
      loop_.poll();
      loop_.restart();
      const ssize_t got = ::read(reader_.get(), piece, sizeof piece);
      if (got <= 0) {
        break;
      }
      all.append(piece, static_cast<std::size_t>(got));
    }
    return all;
  }

  boost::asio::io_context loop_;
  UniqueFd reader_;
  std::optional<ProgramInput> input_;
  std::size_t sent_ = 0;
};

TEST_F(ProgramInputTest, WhatFitsIsWrittenAtOnce) {
  EXPECT_TRUE(input_->send("hello\n").ok());
  EXPECT_EQ(input_->pending(), 0U);
  sent_ = 6;
  EXPECT_EQ(read_all(), "hello\n");
}

TEST_F(ProgramInputTest, WhatDoesNotFitWaitsAndComesInOrder) {
  std::string text;
  for (int number = 0; text.size() < 20'000; ++number) {
    text += std::to_string(number) + "\n";
  }
  bool progress = false;
  input_->on_progress([&] { progress = true; });
  EXPECT_TRUE(input_->send(text).ok());
  EXPECT_EQ(input_->pending(), text.size() - 4096);
  EXPECT_TRUE(input_->send("the end\n").ok());
  text += "the end\n";
  sent_ = text.size();
  EXPECT_EQ(read_all(), text);
  EXPECT_EQ(input_->pending(), 0U);
  EXPECT_TRUE(progress);
}

TEST_F(ProgramInputTest, MoreThanItsBoundIsRefusedWhole) {
  EXPECT_TRUE(input_->send(std::string(limits::api_stdin_bytes, 'x')).ok());
  EXPECT_EQ(input_->send(std::string(5000, 'x')).error().code, ENOBUFS);
  EXPECT_EQ(input_->pending(), limits::api_stdin_bytes - 4096);
}

TEST_F(ProgramInputTest, AReaderThatIsGoneIsToldWhetherSomethingWaitsOrNot) {
  reader_.reset();
  EXPECT_EQ(input_->send("x").error().code, EPIPE);
  EXPECT_EQ(input_->send_event("y").error().code, EPIPE);
}

TEST_F(ProgramInputTest, WhatWaitsGoesWithTheReader) {
  EXPECT_TRUE(input_->send(std::string(10'000, 'x')).ok());
  EXPECT_GT(input_->pending(), 0U);
  reader_.reset();
  loop_.poll();
  EXPECT_EQ(input_->pending(), 0U);
  EXPECT_EQ(input_->send("x").error().code, EPIPE);
}

TEST_F(ProgramInputTest, ItsEndWhileSomethingWaits) {
  EXPECT_TRUE(input_->send(std::string(10'000, 'x')).ok());
  input_.reset();
  loop_.poll();
  char piece[8192];
  EXPECT_EQ(::read(reader_.get(), piece, sizeof piece), 4096);
  EXPECT_EQ(::read(reader_.get(), piece, sizeof piece), 0) << "closed";
}

}  // namespace
}  // namespace holdfast

#include "storage/line_buffer.hpp"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace holdfast::storage {
namespace {

using Added = LineBuffer::Added;

TEST(LineBuffer, PartsBecomeLinesInOrder) {
  LineBuffer buffer(100);
  EXPECT_EQ(buffer.add({"a", "b", "\n"}), Added::schedule);
  EXPECT_EQ(buffer.add({"c\n"}), Added::waits) << "somebody was told already";
  const LineBuffer::Taken taken = buffer.take();
  EXPECT_EQ(taken.lines, "ab\nc\n");
  EXPECT_EQ(taken.refused, 0U);
  EXPECT_EQ(buffer.add({"d\n"}), Added::schedule);
  EXPECT_EQ(buffer.take().lines, "d\n");
}

TEST(LineBuffer, WhatNobodyComesForIsAskedForAgainByTheNextLine) {
  LineBuffer buffer(100);
  EXPECT_EQ(buffer.add({"a\n"}), Added::schedule);
  buffer.unscheduled();
  EXPECT_EQ(buffer.add({"b\n"}), Added::schedule);
  EXPECT_EQ(buffer.take().lines, "a\nb\n");
}

TEST(LineBuffer, ALineFitsWholeOrIsRefusedAndCounted) {
  LineBuffer buffer(5);
  EXPECT_EQ(buffer.add({"123\n"}), Added::schedule);
  EXPECT_EQ(buffer.add({"4", "\n"}), Added::refused);
  EXPECT_EQ(buffer.add({"\n"}), Added::waits) << "a shorter one still fits";
  const LineBuffer::Taken taken = buffer.take();
  EXPECT_EQ(taken.lines, "123\n\n");
  EXPECT_EQ(taken.refused, 1U);
  EXPECT_EQ(buffer.take().refused, 0U) << "said once";
  EXPECT_EQ(buffer.add({"12345"}), Added::schedule) << "there is room again";
}

TEST(LineBuffer, ItIsKnownWhetherTheDiskThreadIsWriting) {
  LineBuffer buffer(100);
  (void)buffer.take();
  EXPECT_FALSE(buffer.in_flight()) << "nothing was there to write";
  (void)buffer.add({"a\n"});
  EXPECT_FALSE(buffer.in_flight());
  (void)buffer.take();
  EXPECT_TRUE(buffer.in_flight());
  buffer.written();
  EXPECT_FALSE(buffer.in_flight());
}

TEST(LineBuffer, ACrashGetsWhatWasNotTaken) {
  LineBuffer buffer(100);
  (void)buffer.add({"taken\n"});
  (void)buffer.take();
  (void)buffer.add({"left\n"});
  std::string got;
  buffer.drain_at_crash([&](std::string_view lines) { got = lines; });
  EXPECT_EQ(got, "left\n");
  buffer.drain_at_crash([&](std::string_view lines) { got = lines; });
  EXPECT_EQ(got, "") << "once only";
}

TEST(LineBuffer, LinesOfManyThreadsStayWhole) {
  LineBuffer buffer(1024 * 1024);
  std::vector<std::thread> threads;
  for (const std::string letter : {"a", "b", "c", "d"}) {
    threads.emplace_back([&buffer, letter] {
      for (int i = 0; i < 500; ++i) {
        (void)buffer.add({letter, letter, letter, "\n"});
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  const std::string lines(buffer.take().lines);
  ASSERT_EQ(lines.size(), 4U * 500 * 4);
  for (std::size_t at = 0; at < lines.size(); at += 4) {
    const std::string line = lines.substr(at, 4);
    EXPECT_EQ(line, std::string(3, line[0]) + "\n");
  }
}

}  // namespace
}  // namespace holdfast::storage

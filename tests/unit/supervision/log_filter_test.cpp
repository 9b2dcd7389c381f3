// Capture tokens, terminal escapes and log events (contract supervisor.md 3.2, 3.5, 3.6), however the reads
// fall.
#include "supervision/log_filter.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"

namespace holdfast::supervision {
namespace {

constexpr std::string_view kBegin = "<!--XSUPERVISOR:BEGIN-->";
constexpr std::size_t kNothing = 0;  // may stay in the pipe
constexpr std::size_t kMayStay = 1000;
constexpr std::string_view kEnd = "<!--XSUPERVISOR:END-->";

struct Seen {
  std::string log;       // what is in the file
  std::string reported;  // all PROCESS_LOG data
  std::vector<std::string> communications;
  friend bool operator==(const Seen&, const Seen&) = default;
};

void collect(const FilterPlan& plan, Seen& seen) {
  for (const FilterPiece& piece : plan.pieces) {
    switch (piece.kind) {
      case FilterPiece::Kind::log:
        seen.log += piece.bytes;
        seen.reported += piece.bytes;
        break;
      case FilterPiece::Kind::captured:
        seen.reported += piece.bytes;
        break;
      case FilterPiece::Kind::communication:
        seen.communications.emplace_back(piece.bytes);
        break;
      case FilterPiece::Kind::unfinished:
        seen.log += piece.bytes;
        break;
    }
  }
}

Seen run(const FilterOptions& options, const std::vector<std::string>& chunks) {
  LogFilter filter(options);
  Seen seen;
  for (const std::string& chunk : chunks) {
    collect(filter.feed(chunk, kNothing), seen);
  }
  collect(filter.finish(), seen);
  return seen;
}

std::string captured(std::string_view text) {
  return std::string(kBegin) + std::string(text) + std::string(kEnd);
}

TEST(LogFilter, PlainOutputIsOnePieceWithoutACopy) {
  LogFilter filter({});
  EXPECT_TRUE(filter.passes_through());
  const std::string chunk = "one\ntwo" + std::string(kBegin);
  const FilterPlan plan = filter.feed(chunk, kNothing);
  ASSERT_EQ(plan.pieces.size(), 1U);
  EXPECT_EQ(plan.pieces[0].bytes.data(), chunk.data());
  EXPECT_EQ(plan.pieces[0].bytes, chunk);
  EXPECT_FALSE(LogFilter({.events_enabled = true}).passes_through());
}

TEST(LogFilter, TextBetweenTheTokensIsAnEventAndNotInTheLog) {
  const Seen seen = run({.capture_max_bytes = 100}, {"a\n" + captured("hello") + "b\n" + captured("") + "c"});
  EXPECT_EQ(seen.log, "a\nb\nc");
  EXPECT_EQ(seen.communications, (std::vector<std::string>{"hello", ""}));
  EXPECT_EQ(seen.reported, "a\nhellob\nc") << "captured text is reported as PROCESS_LOG too";
}

TEST(LogFilter, NothingIsHeldBackThatCannotBeginAToken) {
  LogFilter filter({.capture_max_bytes = 100});
  Seen seen;
  collect(filter.feed("bb\n", kNothing), seen);
  EXPECT_EQ(seen.log, "bb\n") << "the reference holds a short tail back and loses it (contract 3.5)";
  EXPECT_EQ(filter.held_bytes(), 0U);
  collect(filter.feed("x<!--XSUPER", kNothing), seen);
  EXPECT_EQ(seen.log, "bb\nx");
  EXPECT_EQ(filter.held_bytes(), 10U);
  collect(filter.feed("MAN", kNothing), seen);
  EXPECT_EQ(seen.log, "bb\nx<!--XSUPERMAN");
}

TEST(LogFilter, AtTheEndHeldBytesGoToTheLog) {
  EXPECT_EQ(run({.capture_max_bytes = 9}, {"tail <!--XSUPERVISOR:BEG"}).log, "tail <!--XSUPERVISOR:BEG");
  EXPECT_EQ(run({.strip_ansi = true}, {"tail \x1B"}).log, "tail \x1B");
}

TEST(LogFilter, ACaptureWithoutEndIsNotLost) {
  const Seen seen = run({.capture_max_bytes = 100}, {"a" + std::string(kBegin) + "half<!--XSUP"});
  EXPECT_EQ(seen.log, "ahalf<!--XSUP");
  EXPECT_TRUE(seen.communications.empty());
  EXPECT_EQ(seen.reported, "ahalf<!--XSUP") << "reported once";
}

TEST(LogFilter, TheBufferIsBoundedAsSupervisorBoundsIt) {
  // Two reads of 6 and 8 into 10: the newer pushes out as many of the oldest as it has.
  EXPECT_EQ(run({.capture_max_bytes = 10}, {std::string(kBegin) + "abcdef", "12345678" + std::string(kEnd)})
                .communications.front(),
            "12345678");
  EXPECT_EQ(run({.capture_max_bytes = 10}, {std::string(kBegin) + "abcdef", "12345" + std::string(kEnd)})
                .communications.front(),
            "f12345");
  // One read longer than the bound is kept whole.
  EXPECT_EQ(run({.capture_max_bytes = 4}, {captured("longer than four")}).communications.front(), "longer than four");
}

TEST(LogFilter, EscapesAreTakenOut) {
  const FilterOptions strip{.strip_ansi = true};
  EXPECT_EQ(run(strip, {"\x1B[1;31mred\x1B[0m plain"}).log, "red plain");
  EXPECT_EQ(run(strip, {"a\x1B", "[3", "1mb"}).log, "ab");
  EXPECT_EQ(run(strip, {"a\x1B(b\x1B\x1B[mc"}).log,
            "a\x1B(b\x1B"
            "c");
  EXPECT_EQ(run(strip, {"a\x1B[12;34"}).log, "a");
}

TEST(LogFilter, ACopyTakesAChunkBack) {
  LogFilter filter({.capture_max_bytes = 100});
  Seen before;
  collect(filter.feed("x<!--XSUPER", kNothing), before);
  LogFilter saved = filter;
  Seen first = before;
  collect(filter.feed("VISOR:BEGIN-->lost", kNothing), first);
  EXPECT_TRUE(filter.capturing());
  Seen second = before;
  collect(saved.feed("VISOR:BEGIN-->kept" + std::string(kEnd), kNothing), second);
  EXPECT_EQ(second.communications.front(), "kept");
}

/// As the log path does it: what a chunk leaves is shown again with what comes next.
Seen run_from_pipe(const FilterOptions& options, const std::vector<std::string>& chunks, std::size_t* left_most) {
  LogFilter filter(options);
  Seen seen;
  std::string pipe;
  for (const std::string& chunk : chunks) {
    pipe += chunk;
    const FilterPlan plan = filter.feed(pipe, kMayStay);
    collect(plan, seen);
    pipe.erase(0, plan.take);
    *left_most = std::max(*left_most, pipe.size());
  }
  collect(filter.feed(pipe, kNothing), seen);
  collect(filter.finish(), seen);
  return seen;
}

TEST(LogFilter, WhatIsNotSettledStaysInThePipe) {
  LogFilter filter({.capture_max_bytes = 100});
  const std::string open = std::string("log<") + std::string(kBegin) + "half";
  EXPECT_EQ(filter.feed(open, kMayStay).take, 4U) << "an open capture, from its token on";
  EXPECT_EQ(filter.feed("<!--XSUPERVISOR:BEGI", kMayStay).take, 0U);
  EXPECT_EQ(filter.held_bytes(), 0U);
  EXPECT_EQ(LogFilter({.strip_ansi = true}).feed("a\x1B[3", kMayStay).take, 1U);
  EXPECT_EQ(LogFilter({.strip_ansi = true}).feed("a\x1B[3mb", kMayStay).take, 6U);
  const std::string again = std::string(kBegin) + "half and whole" + std::string(kEnd) + "after";
  Seen seen;
  const FilterPlan plan = filter.feed(again, kMayStay);
  collect(plan, seen);
  EXPECT_EQ(plan.take, again.size());
  EXPECT_EQ(seen.communications.front(), "half and whole");
  EXPECT_EQ(seen.log, "after");
}

TEST(LogFilter, ACaptureThatOutgrowsItsBoundIsTaken) {
  LogFilter filter({.capture_max_bytes = 10});
  const std::string long_one = std::string(kBegin) + "0123456789A";
  EXPECT_EQ(filter.feed(long_one, kMayStay).take, long_one.size());
  EXPECT_TRUE(filter.capturing());
  Seen seen;
  collect(filter.feed("xyz" + std::string(kEnd), kMayStay), seen);
  EXPECT_EQ(seen.communications.front(), "3456789Axyz");
}

std::string random_output(Random& random) {
  const std::vector<std::string> parts{"line\n",
                                       std::string(kBegin),
                                       std::string(kEnd),
                                       "<!--XSUPERVISOR:",
                                       "<",
                                       "BEGIN-->",
                                       "\x1B[1m",
                                       "\x1B[",
                                       "m",
                                       "\x1B",
                                       "text",
                                       "--",
                                       "\xFF"};
  std::string output;
  for (std::uint64_t i = random.below(30); i > 0; --i) {
    output += parts[random.below(parts.size())];
  }
  return output;
}

TEST(LogFilter, HoweverTheReadsFallTheResultIsTheSame) {
  Random random(20'261'121);
  for (int round = 0; round < 3000; ++round) {
    const std::string output = random_output(random);
    const FilterOptions options{.strip_ansi = random.below(2) == 0,
                                .capture_max_bytes = random.below(3) == 0 ? 0 : 100'000,
                                .events_enabled = true};
    std::vector<std::string> chunks;
    for (std::size_t at = 0; at < output.size();) {
      const std::size_t size = 1 + random.below(9);
      chunks.push_back(output.substr(at, size));
      at += size;
    }
    const Seen whole = run(options, {output});
    ASSERT_EQ(run(options, chunks), whole) << "round " << round;
    std::size_t left_most = 0;
    ASSERT_EQ(run_from_pipe(options, chunks, &left_most), whole) << "round " << round;
    ASSERT_LE(left_most, options.capture_max_bytes > 0 ? output.size() : 64U);
    if (!options.strip_ansi && options.capture_max_bytes == 0) {
      ASSERT_EQ(whole.log, output);
    }
  }
}

}  // namespace
}  // namespace holdfast::supervision

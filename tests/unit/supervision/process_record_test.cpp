// Blobs: what goes in comes out, also between versions; and nothing that comes from outside can do harm.
#include "supervision/process_record.hpp"

#include <gtest/gtest.h>

#include "base/limits.hpp"
#include "base/random.hpp"

namespace holdfast::supervision {
namespace {

ProcessRecord full_record() {
  ProcessRecord record;
  record.key = {"gruppe", "pr\xC3\xB6zess"};
  record.fingerprint = 0xFEDC'BA98'7654'3210ULL;
  record.state = ProcessState::stopping;
  record.tries = 3;
  record.last_run.started_at = Instant{123'456'789'012};
  record.restarted_at = Instant{122'456'789'012};
  record.timer = Instant{223'456'789'012};
  record.last_run.start_wall = WallTime{1'767'225'600'000'001};
  record.last_run.stop_wall = WallTime{-5};
  record.last_run.changed_at = Instant{124'456'789'012};
  record.last_run.changed_wall = WallTime{1'767'225'601'000'001};
  record.stop_wanted = true;
  record.last_run.exit_status = -1;
  record.last_run.spawnerr = "Bad exit code 7";
  record.last_run.extra_args = "-p 81";
  record.lifecycle = {-5, config::AutoRestart::always, 7, 9, {0, 2, 255}, 9, 33, true, true};
  record.stdout_path = "/tmp/out---x.log";
  record.stderr_path = "/tmp/err---x.log";
  return record;
}

TEST(ProcessBlob, RoundTrip) {
  const auto decoded = decode_process_record(encode(full_record()));
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(decoded.value(), full_record());
  ProcessRecord small;
  small.key = {"g", "p"};
  EXPECT_EQ(decode_process_record(encode(small)).value(), small);
  EXPECT_LT(encode(small).size(), 20U) << "defaults are left out";
  ProcessRecord none = small;
  none.lifecycle.exitcodes.clear();
  EXPECT_TRUE(decode_process_record(encode(none)).value().lifecycle.exitcodes.empty());
}

TEST(ProcessBlob, NamesMayBeEmptyButNotMissing) {  // [program:]
  ProcessRecord record;
  record.state = ProcessState::running;
  const auto decoded = decode_process_record(encode(record));
  ASSERT_TRUE(decoded.ok()) << decoded.error().message;
  EXPECT_EQ(decoded.value(), record);
  const std::string magic("HFp\x01", 4);
  EXPECT_FALSE(decode_process_record(magic + std::string("\x01\x00\x00", 3)).ok()) << "no name";
  EXPECT_FALSE(decode_process_record(magic + std::string("\x02\x00\x00", 3)).ok()) << "no group";
}

TEST(ProcessBlob, UnknownFieldsOfANewerAgentAreSkipped) {
  std::string blob = encode(full_record());
  blob += std::string("\xC8\x03\x00xyz", 6);
  EXPECT_EQ(decode_process_record(blob).value(), full_record());
}

TEST(ProcessBlob, MissingFieldsOfAnOlderAgentAreDefaults) {
  const std::string blob = std::string("HFp\x01", 4) + std::string("\x01\x01\x00g\x02\x01\x00p", 8);
  ProcessRecord expected;
  expected.key = {"g", "p"};
  EXPECT_EQ(decode_process_record(blob).value(), expected);
}

TEST(ProcessBlob, NeverLargerThanTheKeeperTakes) {
  ProcessRecord record = full_record();
  record.last_run.spawnerr = std::string(5000, 'e');
  record.stdout_path = std::string(3000, 'o');
  record.stderr_path = std::string(3000, 'o');
  const std::string blob = encode(record);
  EXPECT_LE(blob.size(), limits::process_blob_bytes);
  const auto decoded = decode_process_record(blob);
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(decoded.value().key, record.key);
  EXPECT_EQ(decoded.value().state, record.state);
  record.key.name = std::string(5000, 'n');
  EXPECT_TRUE(encode(record).empty());
}

TEST(ProcessBlob, WhatIsNoBlobIsRefused) {
  EXPECT_FALSE(decode_process_record("").ok());
  EXPECT_FALSE(decode_process_record("HFp").ok());
  EXPECT_FALSE(decode_process_record("{\"json\": true}").ok());
  EXPECT_FALSE(decode_process_record(std::string("HFp\x01", 4)).ok()) << "no name";
  EXPECT_FALSE(decode_process_record(std::string("HFp\x01\x01\xFF\xFFg", 8)).ok()) << "a length beyond the end";
  EXPECT_FALSE(decode_process_record(encode(AgentRecord{})).ok());
}

TEST(ProcessBlob, ValuesOutOfRangeKeepTheirDefaults) {
  const auto field = [](char tag, std::uint64_t value) {
    std::string text{tag, 8, 0};
    for (unsigned shift = 0; shift < 64; shift += 8) {
      text += static_cast<char>((value >> shift) & 0xFFU);
    }
    return text;
  };
  ProcessRecord expected;
  expected.key = {"g", "p"};
  std::string blob = encode(expected);
  blob += field(4, 77);                        // no such state
  blob += field(5, 0xFFFF'FFFF'FFFF'FFFFULL);  // tries -1
  blob += field(6, 0x7FFF'FFFF'FFFF'FFFFULL);  // started at the end of time
  blob += field(7, 0x8000'0000'0000'0000ULL);  // timer before the beginning
  blob += field(14, 9);                        // no such autorestart
  blob += field(18, 4711);                     // no such signal
  blob += std::string("\x0D\x01\x00z", 4);     // a number of one byte
  EXPECT_EQ(decode_process_record(blob).value(), expected);
}

TEST(ProcessBlob, RandomBytesNeverDoHarm) {
  Random random(7);
  const std::string good = encode(full_record());
  for (int round = 0; round < 20'000; ++round) {
    std::string blob = good;
    for (std::uint64_t i = 1 + random.below(6); i > 0; --i) {
      blob[random.below(blob.size())] = static_cast<char>(random.below(256));
    }
    blob.resize(random.below(blob.size() + 1));
    const auto decoded = decode_process_record(blob);
    if (decoded.ok()) {  // then it can be written and read again
      ASSERT_EQ(decode_process_record(encode(decoded.value())).value(), decoded.value());
    }
    (void)decode_agent_record(blob);
  }
}

TEST(AgentBlob, RoundTrip) {
  AgentRecord record;
  record.daemon_state = DaemonState::restarting;
  record.processes = {full_record(), full_record()};
  record.processes[1].key.name = "other";
  const auto decoded = decode_agent_record(encode(record));
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(decoded.value().daemon_state, DaemonState::restarting);
  EXPECT_EQ(decoded.value().processes, record.processes);
  EXPECT_FALSE(decode_agent_record("HFa").ok());
  EXPECT_FALSE(decode_agent_record(encode(full_record())).ok());
}

TEST(AgentBlob, NeverLargerThanTheKeeperTakes) {
  AgentRecord record;
  record.processes.assign(2000, full_record());
  const std::string blob = encode(record);
  EXPECT_LE(blob.size(), limits::agent_blob_bytes);
  const auto decoded = decode_agent_record(blob);
  ASSERT_TRUE(decoded.ok());
  EXPECT_GT(decoded.value().processes.size(), 100U);
}

}  // namespace
}  // namespace holdfast::supervision

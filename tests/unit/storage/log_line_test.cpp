#include "storage/log_line.hpp"

#include <gtest/gtest.h>
#include <syslog.h>

#include <cstdlib>
#include <ctime>
#include <string>

namespace holdfast::storage {
namespace {

class LogLineTest : public testing::Test {
 protected:
  LogLineTest() { in_zone("UTC"); }
  ~LogLineTest() override { ::unsetenv("TZ"); }
  static void in_zone(const char* zone) {
    ::setenv("TZ", zone, 1);
    ::tzset();
  }
  std::string head(LogLevel level, WallTime now) {
    const LogLineHead made = heads_.head(level, now);
    return {made.data(), made.size()};
  }
  LogLineHeads heads_;
};

TEST_F(LogLineTest, AHeadIsSupervisors) {
  EXPECT_EQ(head(LogLevel::info, WallTime{1'700'000'000'007'900}), "2023-11-14 22:13:20,007 INFO ");
  EXPECT_EQ(head(LogLevel::blather, WallTime{0}), "1970-01-01 00:00:00,000 BLAT ");
}

TEST_F(LogLineTest, TheDateFollowsTheClockForthAndBack) {
  EXPECT_EQ(head(LogLevel::warn, WallTime{1'700'000'000'999'999}), "2023-11-14 22:13:20,999 WARN ");
  EXPECT_EQ(head(LogLevel::warn, WallTime{1'700'000'001'000'000}), "2023-11-14 22:13:21,000 WARN ");
  EXPECT_EQ(head(LogLevel::warn, WallTime{1'700'000'000'500'000}), "2023-11-14 22:13:20,500 WARN ");
}

TEST_F(LogLineTest, TimesAreLocal) {
  in_zone("XXX-02:30");
  EXPECT_EQ(head(LogLevel::error, WallTime{0}), "1970-01-01 02:30:00,000 ERRO ");
}

TEST(SyslogPriority, WhatSyslogHasNoWordForIsDebug) {
  EXPECT_EQ(syslog_priority(LogLevel::critical), LOG_CRIT);
  EXPECT_EQ(syslog_priority(LogLevel::warn), LOG_WARNING);
  EXPECT_EQ(syslog_priority(LogLevel::trace), LOG_DEBUG);
  EXPECT_EQ(syslog_priority(LogLevel::blather), LOG_DEBUG);
}

}  // namespace
}  // namespace holdfast::storage

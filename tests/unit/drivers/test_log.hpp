// test_log.hpp: a main log whose lines a test can read. Used by tests/unit/drivers only.
#pragma once

#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "storage/disk_thread.hpp"
#include "storage/history.hpp"
#include "storage/log_line.hpp"
#include "storage/main_log.hpp"

namespace holdfast {

class TestLog {
 public:
  TestLog() {
    storage::MainLogOptions options;
    options.path = path_;
    options.level = LogLevel::debug;
    log_ = std::move(storage::MainLog::open(disk_, options)).value();
    history_ = std::make_unique<storage::History>(disk_, storage::history_options(""), log_->say());
  }
  ~TestLog() {
    disk_.stop();
    std::filesystem::remove(path_);
  }
  TestLog(const TestLog&) = delete;
  TestLog& operator=(const TestLog&) = delete;

  [[nodiscard]] storage::DiskThread& disk() { return disk_; }
  [[nodiscard]] storage::MainLog& log() { return *log_; }
  [[nodiscard]] storage::History& history() { return *history_; }

  /// The lines since the last call, each with its level: "WARN text".
  std::vector<std::string> lines() {
    EXPECT_TRUE(log_->flush());
    std::vector<std::string> lines;
    std::ifstream file(path_);
    file.seekg(static_cast<std::streamoff>(read_));
    for (std::string line; std::getline(file, line);) {
      read_ += line.size() + 1;
      lines.push_back(line.substr(kDateBytes));
    }
    return lines;
  }

 private:
  static constexpr std::size_t kDateBytes = 24;  // before the level
  std::string path_ = testing::TempDir() + "drivers_" + std::to_string(::getpid()) + ".log";
  std::size_t read_ = 0;
  storage::DiskThread disk_{storage::default_disk_queue_limits()};
  std::unique_ptr<storage::MainLog> log_;
  std::unique_ptr<storage::History> history_;
};

}  // namespace holdfast

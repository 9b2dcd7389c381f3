// The file of disabled programs: what it is not, is left.
#include "drivers/programs/disabilities_file.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/stat.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>

namespace holdfast {
namespace {

class DisabilitiesFileTest : public testing::Test {
 protected:
  void SetUp() override {
    char folder[] = "/tmp/hf-disabilities-XXXXXX";
    ASSERT_NE(::mkdtemp(folder), nullptr);
    folder_ = folder;
    path_ = folder_ + "/file";
    log_ = std::move(storage::MainLog::open(disk_, {})).value();
  }
  void TearDown() override {
    disk_.stop();
    std::filesystem::remove_all(folder_);
  }
  /// Reads the file as an agent does at its start, and writes it once.
  void read_and_write() {
    DisabilitiesFile file(path_, disk_, *log_);
    file.write({{"web", true}});
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    bool done = false;
    ASSERT_TRUE(disk_.ask([&done]() -> storage::DiskThread::Job { return [&done] { done = true; }; }, 0));
    while (!done && std::chrono::steady_clock::now() < deadline) {
      pollfd watched{disk_.result_fd(), POLLIN, 0};
      (void)::poll(&watched, 1, 100);
      (void)disk_.drain(100);
    }
    ASSERT_TRUE(done);
  }
  static std::string text_of(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  std::string folder_;
  std::string path_;
  storage::DiskThread disk_{storage::default_disk_queue_limits()};
  std::unique_ptr<storage::MainLog> log_;
};

TEST_F(DisabilitiesFileTest, ALinkStaysAndItsFileIsWritten) {
  std::ofstream(folder_ + "/real") << "{}";
  std::filesystem::create_symlink(folder_ + "/real", path_);
  read_and_write();
  EXPECT_TRUE(std::filesystem::is_symlink(path_));
  EXPECT_NE(text_of(folder_ + "/real").find("web"), std::string::npos);
}

TEST_F(DisabilitiesFileTest, ADeviceIsNotReplaced) {
  std::filesystem::create_symlink("/dev/null", path_);
  read_and_write();
  EXPECT_TRUE(std::filesystem::is_symlink(path_));
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
}

TEST_F(DisabilitiesFileTest, NobodyWaitsForAFifo) {
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  read_and_write();
  EXPECT_TRUE(std::filesystem::is_fifo(path_));
}

}  // namespace
}  // namespace holdfast

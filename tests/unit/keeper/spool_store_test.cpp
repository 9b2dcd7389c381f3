// Output that is parked while no agent is there: what goes in comes out, nothing beyond need, no file is left over.
#include "keeper/spool_store.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace holdfast::keeper {
namespace {

class SpoolStoreTest : public testing::Test {
 protected:
  SpoolStoreTest() {
    char pattern[] = "/tmp/hf-spool-XXXXXX";
    dir_ = mkdtemp(pattern);
    int ends[2];
    EXPECT_EQ(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    read_ = Fd(ends[0]);
    write_ = Fd(ends[1]);
    EXPECT_EQ(fcntl(write_.get(), F_SETPIPE_SZ, 65536), 65536);
  }
  ~SpoolStoreTest() override {
    std::error_code ignored;
    std::filesystem::remove_all(dir_, ignored);
  }
  void write(const std::string& text) const {
    ASSERT_EQ(::write(write_.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  [[nodiscard]] std::string content(const std::string& name) const {
    std::ifstream file(dir_ + "/spool/" + name);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    return bytes.size() < sizeof(SpoolHeader) ? bytes : bytes.substr(sizeof(SpoolHeader));
  }
  std::string dir_;
  Fd read_;
  Fd write_;
  SpoolStore store_;
};

TEST_F(SpoolStoreTest, APipeIsFullEnoughAboveThreeEighths) {
  write(std::string(65536 / 8 * 3, 'x'));
  EXPECT_FALSE(SpoolStore::is_filling_up(read_.get()));
  write("x");
  EXPECT_TRUE(SpoolStore::is_filling_up(read_.get()));
}

TEST_F(SpoolStoreTest, WhatWasInThePipeIsInTheFileAndFoundByTheNextKeeper) {
  const std::string first(40'000, 'a');
  const std::string second(40'000, 'b');
  Spool spool;
  write(first);
  store_.fill(spool, {dir_, 7, Channel::out}, read_);
  write(second);
  store_.fill(spool, {dir_, 7, Channel::out}, read_);
  EXPECT_EQ(spool.bytes, 80'000U);
  EXPECT_EQ(content("7.out"), first + second);
  EXPECT_FALSE(SpoolStore::is_filling_up(read_.get()));

  SpoolStore next;
  Spool found = next.find({dir_, 7, Channel::out});
  ASSERT_TRUE(found.file.valid());
  EXPECT_EQ(found.bytes, 80'000U);
  EXPECT_FALSE(next.find({dir_, 7, Channel::err}).file.valid());
  next.drop(found, {dir_, 7, Channel::out});
  EXPECT_FALSE(std::filesystem::exists(dir_ + "/spool/7.out"));
  EXPECT_FALSE(found.file.valid());
}

TEST_F(SpoolStoreTest, WhatIsNoSpoolIsNotFound) {
  std::filesystem::create_directory(dir_ + "/spool");
  std::ofstream(dir_ + "/spool/7.out") << "a file of somebody else, longer than a header";
  EXPECT_FALSE(store_.find({dir_, 7, Channel::out}).file.valid());
}

TEST_F(SpoolStoreTest, FilesOfUnknownChildrenAreRemovedAndNothingElse) {
  std::filesystem::create_directory(dir_ + "/spool");
  for (const char* name : {"1.out", "2.out", "2.err", "note", "3.log"}) {
    std::ofstream(dir_ + "/spool/" + name) << "x";
  }
  SpoolStore::remove_strays(dir_, [](std::uint64_t start_id) { return start_id == 1; });
  EXPECT_TRUE(std::filesystem::exists(dir_ + "/spool/1.out"));
  EXPECT_FALSE(std::filesystem::exists(dir_ + "/spool/2.out"));
  EXPECT_FALSE(std::filesystem::exists(dir_ + "/spool/2.err"));
  EXPECT_TRUE(std::filesystem::exists(dir_ + "/spool/note"));
  EXPECT_TRUE(std::filesystem::exists(dir_ + "/spool/3.log"));
}

}  // namespace
}  // namespace holdfast::keeper

// STATE/children: what is saved is found by the next keeper; one at a time; damage is not believed.
#include "keeper/children_file.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <thread>

namespace holdfast::keeper {
namespace {

class ChildrenFileTest : public testing::Test {
 protected:
  ChildrenFileTest() {
    char pattern[] = "/tmp/hf-children-XXXXXX";
    dir_ = mkdtemp(pattern);
  }
  ~ChildrenFileTest() override {
    std::error_code ignored;
    std::filesystem::remove_all(dir_, ignored);
  }
  static SavedChild child(std::uint64_t start_id, const std::string& blob) {
    SavedChild saved;
    saved.start_id = start_id;
    saved.start_time_ticks = 5;
    saved.pid = 42;
    saved.pipes = {1, 2, 3};
    saved.blob_size = static_cast<std::uint32_t>(blob.size());
    std::copy(blob.begin(), blob.end(), saved.blob);
    return saved;
  }
  static std::string blob_of(const SavedChild& saved) { return {saved.blob, saved.blob_size}; }
  std::string dir_;
};

TEST_F(ChildrenFileTest, WhatIsSavedIsFoundByTheNext) {
  {
    ChildrenFile file;
    ASSERT_EQ(file.open(dir_), ChildrenFile::Opened::yes);
    EXPECT_EQ(file.slots(), 0U);
    EXPECT_EQ(file.last_keeper(), 0);
    file.save(0, child(11, "one"));
    file.save(2, child(13, std::string(max_blob, 'x')));
    file.save(1, child(12, "two"));
    file.save_blob(0, "one, later");
    file.clear(1);
    file.save_agent_starts(9);
  }
  ChildrenFile next;
  ASSERT_EQ(next.open(dir_), ChildrenFile::Opened::yes);
  EXPECT_EQ(next.last_keeper(), getpid());
  EXPECT_EQ(next.last_agent_starts(), 9U);
  ASSERT_EQ(next.slots(), 3U);
  SavedChild saved;
  ASSERT_TRUE(next.read(0, saved));
  EXPECT_EQ(saved.start_id, 11U);
  EXPECT_EQ(saved.pid, 42);
  EXPECT_EQ(saved.pipes[2], 3U);
  EXPECT_EQ(blob_of(saved), "one, later");
  EXPECT_FALSE(next.read(1, saved));
  ASSERT_TRUE(next.read(2, saved));
  EXPECT_EQ(blob_of(saved), std::string(max_blob, 'x'));
}

TEST_F(ChildrenFileTest, TheLockOfAKilledOneMayLastAMoment) {
  auto first = std::make_unique<ChildrenFile>();
  ASSERT_EQ(first->open(dir_), ChildrenFile::Opened::yes);
  std::thread dies([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    first.reset();
  });
  ChildrenFile next;
  EXPECT_EQ(next.open(dir_), ChildrenFile::Opened::yes);
  dies.join();
}

TEST_F(ChildrenFileTest, OneKeeperAtATime) {
  ChildrenFile first;
  ChildrenFile second;
  ASSERT_EQ(first.open(dir_), ChildrenFile::Opened::yes);
  EXPECT_EQ(second.open(dir_, 20), ChildrenFile::Opened::in_use);
  second.save(0, child(1, "nothing"));  // without effect
  EXPECT_EQ(first.slots(), 0U);
}

TEST_F(ChildrenFileTest, WithoutAPlaceNothingIsKeptAndNothingFails) {
  ChildrenFile file;
  EXPECT_EQ(file.open(dir_ + "/nowhere"), ChildrenFile::Opened::no);
  EXPECT_EQ(file.open(""), ChildrenFile::Opened::no);
  file.save(0, child(1, "x"));
  file.save_blob(0, "y");
  file.clear(0);
  EXPECT_EQ(file.slots(), 0U);
}

TEST_F(ChildrenFileTest, ALinkInItsPlaceIsNotFollowed) {
  std::ofstream(dir_ + "/victim") << "precious";
  std::filesystem::create_symlink(dir_ + "/victim", dir_ + "/children");
  ChildrenFile file;
  EXPECT_EQ(file.open(dir_), ChildrenFile::Opened::no);
  EXPECT_EQ(std::filesystem::file_size(dir_ + "/victim"), 8U);
}

TEST_F(ChildrenFileTest, DamageIsNotBelieved) {
  {
    ChildrenFile file;
    ASSERT_EQ(file.open(dir_), ChildrenFile::Opened::yes);
    SavedChild bad = child(1, "x");
    bad.pid = -1;  // kill(-1) would be everybody
    file.save(0, bad);
    file.save(1, child(2, "whole"));
  }
  SavedChild saved;
  {
    std::fstream raw(dir_ + "/children", std::ios::in | std::ios::out | std::ios::binary);
    raw.seekp(4096 + 8192 + 44);
    const std::uint32_t huge = 0x7FFFFFFF;
    raw.write(reinterpret_cast<const char*>(&huge), sizeof huge);
  }
  {
    ChildrenFile next;
    ASSERT_EQ(next.open(dir_), ChildrenFile::Opened::yes);
    ASSERT_EQ(next.slots(), 2U);
    EXPECT_FALSE(next.read(0, saved));
    EXPECT_FALSE(next.read(1, saved));
  }
  std::ofstream(dir_ + "/children") << "something else";
  ChildrenFile last;
  ASSERT_EQ(last.open(dir_), ChildrenFile::Opened::yes);
  EXPECT_EQ(last.slots(), 0U);
  EXPECT_EQ(last.last_keeper(), 0);
}

}  // namespace
}  // namespace holdfast::keeper

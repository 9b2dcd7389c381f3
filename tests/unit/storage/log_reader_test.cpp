#include "storage/log_reader.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <climits>

#include "base/fault.hpp"
#include "base/limits.hpp"
#include "temporary_directory.hpp"

namespace holdfast::storage {
namespace {

class LogReader : public testing::Test {
 protected:
  void SetUp() override { write_file(path_, "hello\n"); }
  TemporaryDirectory directory_;
  const std::string path_ = directory_.file("log");
};

struct ReadRow {
  std::int64_t offset;
  std::int64_t length;
  std::string data;
};

TEST_F(LogReader, ReadFollowsTable37) {
  const ReadRow rows[] = {
      {0, 0, "hello\n"},
      {2, 0, "llo\n"},
      {0, 3, "hel"},
      {2, 100, "llo\n"},
      {4, 1, "o"},
      {-2, 0, "o\n"},
      {-6, 0, "hello\n"},
      {-100, 0, "hello\n"},
      {6, 0, ""},
      {6, 5, ""},
      {100, 0, ""},
      {INT64_MAX, INT64_MAX, ""},
      {INT64_MIN, 0, "hello\n"},
      {1, INT64_MAX, "ello\n"},
  };
  for (const ReadRow& row : rows) {
    const auto data = read_log(path_, row.offset, row.length);
    ASSERT_TRUE(data.ok()) << row.offset << "," << row.length;
    EXPECT_EQ(data.value(), row.data) << row.offset << "," << row.length;
  }
  for (const auto& [offset, length] : {std::pair<std::int64_t, std::int64_t>{-1, 1}, {-1, -1}, {0, -1}, {9, -5}}) {
    const auto data = read_log(path_, offset, length);
    ASSERT_FALSE(data.ok()) << offset << "," << length;
    EXPECT_EQ(data.error().code, code_of(Fault::bad_arguments));
  }
}

TEST_F(LogReader, ReadNamesWhatIsWrong) {
  EXPECT_EQ(read_log("", 0, 0).error().code, code_of(Fault::no_file));
  EXPECT_EQ(read_log(directory_.file("absent"), -1, 5).error().code, code_of(Fault::no_file)) << "before the arguments";
  EXPECT_EQ(read_log(directory_.path(), 0, 0).error().code, code_of(Fault::failed));
  const std::string fifo = directory_.file("fifo");
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_EQ(read_log(fifo, 0, 0).error().code, code_of(Fault::failed)) << "and does not wait for a writer";
}

TEST_F(LogReader, TheNullDeviceIsAnEmptyLog) {
  EXPECT_EQ(read_log("/dev/null", 0, 0).value(), "");
  EXPECT_EQ(read_log("/dev/null", -10, 0).value(), "");
  EXPECT_EQ(tail_log("/dev/null", 0, 10), (LogTail{"", 0, false}));
}

struct TailRow {
  std::int64_t offset;
  std::int64_t length;
  LogTail tail;
};

TEST_F(LogReader, TailFollowsTable38) {
  const TailRow rows[] = {
      {0, 0, {"", 6, true}},
      {2, 100, {"hello\n", 6, false}},
      {0, 3, {"lo\n", 6, true}},
      {6, 10, {"", 6, false}},
      {0, 6, {"hello\n", 6, false}},
      {100, 10, {"", 6, false}},
      {0, 100, {"hello\n", 6, false}},
      {-2, 3, {"lo\n", 6, true}},
      {2, 2, {"o\n", 6, true}},
      {0, -1, {"", 6, true}},
      {2, 4, {"llo\n", 6, false}},
      {5, 1, {"\n", 6, false}},
      {INT64_MAX, INT64_MAX, {"", 6, false}},
      {INT64_MIN, -1, {"", 6, true}},
  };
  for (const TailRow& row : rows) {
    EXPECT_EQ(tail_log(path_, row.offset, row.length), row.tail) << row.offset << "," << row.length;
  }
}

TEST_F(LogReader, TailNeverFails) {
  EXPECT_EQ(tail_log("", 5, 5), (LogTail{"", 0, false}));
  EXPECT_EQ(tail_log(directory_.file("absent"), 5, 5), (LogTail{"", 0, false}));
  EXPECT_EQ(tail_log(directory_.path(), 5, 5), (LogTail{"", 5, false}));
}

TEST_F(LogReader, FilesBeyond4GiBAreReadByByte) {
  constexpr std::int64_t kHuge = 5LL * 1024 * 1024 * 1024;
  ASSERT_EQ(::truncate(path_.c_str(), kHuge), 0);  // sparse
  {
    std::ofstream out(path_, std::ios::binary | std::ios::in | std::ios::out);
    out.seekp(kHuge);
    out << "the end";
  }
  EXPECT_EQ(read_log(path_, kHuge, 0).value(), "the end");
  EXPECT_EQ(read_log(path_, kHuge + 4, 2).value(), "en");
  EXPECT_EQ(read_log(path_, -3, 0).value(), "end");
  EXPECT_EQ(tail_log(path_, kHuge, 7), (LogTail{"the end", kHuge + 7, false}));
  const std::string bounded = read_log(path_, 0, 0).value();
  EXPECT_EQ(bounded.size(), limits::log_read_bytes_max);
  EXPECT_TRUE(bounded.starts_with("hello\n"));
  const std::string last = read_log(path_, -kHuge, 0).value();
  EXPECT_EQ(last.size(), limits::log_read_bytes_max);
  EXPECT_TRUE(last.ends_with("the end"));
}

TEST_F(LogReader, BytesComeRaw) {
  const std::string bytes("\0\xff\xc3(\r\n", 6);
  write_file(path_, bytes);
  EXPECT_EQ(read_log(path_, 0, 0).value(), bytes);
}

}  // namespace
}  // namespace holdfast::storage

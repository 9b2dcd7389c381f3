// Where a log's name leads, and what is no regular file is written without waiting for its reader.
#include "storage/log_outlet.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>

#include "standard_output_as.hpp"
#include "temporary_directory.hpp"

namespace holdfast::storage {
namespace {

struct Pipe {
  Pipe() {
    int ends[2];
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    read.reset(ends[0]);
    write.reset(ends[1]);
    ::fcntl(read.get(), F_SETFL, O_NONBLOCK);
  }
  std::string read_all() const {
    std::string all;
    std::array<char, 65536> buffer;
    for (ssize_t got = 0; (got = ::read(read.get(), buffer.data(), buffer.size())) > 0;) {
      all.append(buffer.data(), static_cast<std::size_t>(got));
    }
    return all;
  }
  UniqueFd read;
  UniqueFd write;
};

TEST(LogOutlet, APipeThatIsFullTakesTheRestLaterAndEndsWithALine) {
  const Pipe pipe;
  ::fcntl(pipe.write.get(), F_SETFL, O_NONBLOCK);
  std::string text;
  while (text.size() < 200'000) {
    text += "a line of " + std::to_string(text.size()) + " bytes\n";
  }
  std::string got;
  for (std::string_view rest = text; !rest.empty();) {
    const AppendResult result = write_now(pipe.write.get(), false, rest);
    ASSERT_TRUE(result.ok() || result.full());
    ASSERT_GT(result.written, 0U);
    rest.remove_prefix(result.written);
    EXPECT_EQ(rest.data()[-1], '\n') << "another writer's line comes in between here";
    got += pipe.read_all();
  }
  EXPECT_EQ(got, text);
}

TEST(LogOutlet, AnInheritedPipeIsNotWaitedForThoughItIsABlockingOne) {
  const Pipe pipe;
  const std::string text(300'000, 'x');
  const AppendResult result = write_now(pipe.write.get(), true, text);  // would never return if it waited
  EXPECT_TRUE(result.full());
  EXPECT_EQ(pipe.read_all().size(), result.written);
  EXPECT_EQ(::fcntl(pipe.write.get(), F_GETFL) & O_NONBLOCK, 0) << "it is shared: its flags stay";
}

TEST(LogOutlet, ASocketThatIsOurStandardOutputIsWrittenThroughTheInheritedDescriptor) {
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  const UniqueFd reader(ends[0]);
  const StandardOutputAs socket{UniqueFd(ends[1])};
  auto outlet = open_log_outlet("/dev/stdout", 0, 0666);  // ENXIO
  ASSERT_TRUE(outlet.ok()) << outlet.error().message;
  EXPECT_TRUE(outlet.value().inherited);
  EXPECT_FALSE(outlet.value().regular);
  EXPECT_TRUE(write_now(outlet.value().fd.get(), true, "a line\n").ok());
  std::array<char, 100> got{};
  EXPECT_EQ(::read(reader.get(), got.data(), got.size()), 7);
  EXPECT_TRUE(write_now(outlet.value().fd.get(), true, std::string(10'000'000, 'x')).full());
}

TEST(LogOutlet, AnOutputOfAnotherUserIsWrittenThroughTheInheritedDescriptor) {
  if (::geteuid() != 0) {
    GTEST_SKIP() << "needs another user";
  }
  Pipe pipe;
  const StandardOutputAs output{std::move(pipe.write)};
  ASSERT_EQ(::seteuid(65534), 0);
  auto outlet = open_log_outlet("/dev/stdout", 0, 0666);  // EACCES: the pipe is root's
  ASSERT_EQ(::seteuid(0), 0);
  ASSERT_TRUE(outlet.ok()) << outlet.error().message;
  EXPECT_TRUE(outlet.value().inherited);
  EXPECT_TRUE(write_now(outlet.value().fd.get(), true, "a line\n").ok());
  EXPECT_EQ(pipe.read_all(), "a line\n");
}

TEST(LogOutlet, AFileThatCannotBeOpenedIsSaid) {
  TemporaryDirectory directory;
  const std::string fifo = directory.file("fifo");
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_EQ(open_log_outlet(fifo, 0, 0666).error().code, ENXIO) << "nobody reads it";
  EXPECT_EQ(open_log_outlet(directory.file("absent/log"), 0, 0666).error().code, ENOENT);
}

TEST(LogOutlet, AReaderThatHasGoneIsAnError) {
  std::signal(SIGPIPE, SIG_IGN);  // as the agent does
  Pipe pipe;
  pipe.read.reset();
  EXPECT_EQ(write_now(pipe.write.get(), false, "x").error, EPIPE);
  EXPECT_EQ(write_now(pipe.write.get(), true, "x").error, EPIPE);
}

}  // namespace
}  // namespace holdfast::storage

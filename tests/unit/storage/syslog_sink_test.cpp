// Lines of programs for the system's log daemon (contract supervisor.md 3.2), without ever waiting for it.
#include "storage/syslog_sink.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>

#include "temporary_directory.hpp"

namespace holdfast::storage {
namespace {

/// A log daemon of paper.
UniqueFd daemon_at(const std::string& path) {
  UniqueFd made(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  EXPECT_EQ(::bind(made.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  return made;
}

std::string received(const UniqueFd& daemon) {
  char bytes[4096];
  const ssize_t got = ::recv(daemon.get(), bytes, sizeof bytes, 0);
  return got < 0 ? "nothing" : std::string(bytes, static_cast<std::size_t>(got));
}

TEST(SyslogSink, EachLineIsOneMessageOfTheProgram) {
  const TemporaryDirectory folder;
  const std::string path = folder.path() + "/log";
  const UniqueFd daemon = daemon_at(path);
  SyslogSink sink(path, "me");
  EXPECT_EQ(sink.send_lines("prog", std::string("one\ntwo \0 bytes\n\n", 17), WallTime::from_seconds(0)), 0);
  const std::string first = received(daemon);
  EXPECT_TRUE(first.starts_with("<14>Jan  1 ")) << first;
  EXPECT_TRUE(first.ends_with("]: prog one")) << first;
  EXPECT_TRUE(received(daemon).ends_with("]: prog two   bytes"));
  EXPECT_EQ(received(daemon), "nothing");
}

TEST(SyslogSink, ADaemonThatIsAwayOrSlowCostsLinesAndNoTime) {
  const TemporaryDirectory folder;
  const std::string path = folder.path() + "/log";
  SyslogSink sink(path, "me");
  EXPECT_EQ(sink.send_lines("prog", "lost", WallTime{}), ENOENT);
  {
    const UniqueFd daemon = daemon_at(path);
    int error = 0;
    for (int i = 0; i < 10'000 && error == 0; ++i) {
      error = sink.send_lines("prog", "too much", WallTime{});
    }
    EXPECT_EQ(error, EAGAIN);
  }
  ::unlink(path.c_str());
  const UniqueFd next = daemon_at(path);
  EXPECT_EQ(sink.send_lines("prog", "to the next one", WallTime{}), 0) << "connected anew";
  EXPECT_TRUE(received(next).ends_with("prog to the next one"));
  EXPECT_EQ(sink.lines_lost(), 2U);
}

}  // namespace
}  // namespace holdfast::storage

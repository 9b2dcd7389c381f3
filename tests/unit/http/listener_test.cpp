// Listening sockets: Supervisor's way with unix sockets (temporary name, link, stale probe) and its error
// texts.
#include "http/listener.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>

#include "loopback.hpp"

namespace holdfast::http {
namespace {

using ::testing::HasSubstr;
using testing::RawClient;

class UnixListener : public ::testing::Test {
 protected:
  UnixListener() {
    char name[] = "/tmp/holdfast_listener_XXXXXX";
    directory_ = ::mkdtemp(name);
    path_ = directory_ + "/s.sock";
  }
  ~UnixListener() override { std::filesystem::remove_all(directory_); }

  [[nodiscard]] std::size_t files() const {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(directory_)) {
      ++count;
    }
    return count;
  }

  std::string directory_;
  std::string path_;
};

TEST_F(UnixListener, HasItsModeAndLeavesNoTemporaryName) {
  const mode_t before = ::umask(0077);
  const auto listener = make_unix_listener(path_, 0766, std::nullopt);
  ::umask(before);
  ASSERT_TRUE(listener.ok()) << listener.error().message;
  struct stat status {};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0766U);  // whatever the umask
  EXPECT_EQ(files(), 1U);
  EXPECT_TRUE(RawClient::unix_socket(path_).connected());
  EXPECT_EQ(local_port_of(listener.value().get()), 0);
}

TEST_F(UnixListener, AServedSocketIsNeverTaken) {
  http::testing::TestServer server({}, [](Request&, Responder responder) { responder.respond({}); });
  const auto second = make_unix_listener(server.path(), 0700, std::nullopt);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().message,
            "Another program is already listening on a port that one of our HTTP servers is configured to "
            "use.  Shut "
            "this program down first before starting supervisord.");
  EXPECT_EQ(second.error().code, EADDRINUSE);
  EXPECT_TRUE(RawClient::unix_socket(server.path()).connected());
}

TEST_F(UnixListener, AStaleSocketIsReplacedAndSaid) {
  {
    const auto dead = make_unix_listener(path_, 0700, std::nullopt);
    ASSERT_TRUE(dead.ok());
  }
  ASSERT_TRUE(std::filesystem::exists(path_));
  ::testing::internal::CaptureStderr();
  const auto listener = make_unix_listener(path_, 0700, std::nullopt);
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "Unlinking stale socket " + path_ + "\n");
  ASSERT_TRUE(listener.ok()) << listener.error().message;
  EXPECT_TRUE(RawClient::unix_socket(path_).connected());
  EXPECT_EQ(files(), 1U);
}

TEST_F(UnixListener, AFileThatIsNoSocketIsLeftAlone) {
  std::ofstream(path_) << "precious";
  const auto listener = make_unix_listener(path_, 0700, std::nullopt);
  ASSERT_FALSE(listener.ok());
  EXPECT_THAT(listener.error().message, HasSubstr(path_ + ": exists and is not a socket"));
  EXPECT_EQ(std::filesystem::file_size(path_), 8U);
  EXPECT_EQ(files(), 1U);
}

TEST_F(UnixListener, ImpossiblePathsAreSaid) {
  const auto absent = make_unix_listener(directory_ + "/absent/s.sock", 0700, std::nullopt);
  ASSERT_FALSE(absent.ok());
  EXPECT_EQ(absent.error().message, "Cannot open an HTTP server: socket.error reported errno.ENOENT (2)");
  const auto longer = make_unix_listener("/tmp/" + std::string(120, 'x'), 0700, std::nullopt);
  ASSERT_FALSE(longer.ok());
  EXPECT_THAT(longer.error().message, HasSubstr("too long for a unix socket"));
}

TEST_F(UnixListener, TheOwnerIsSetOrTheSocketIsNotLeftBehind) {
  const auto mine = make_unix_listener(path_, 0700, SocketOwner{::getuid(), ::getgid()});
  ASSERT_TRUE(mine.ok()) << mine.error().message;
  struct stat status {};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_uid, ::getuid());
  if (::geteuid() == 0) {
    const auto other = make_unix_listener(directory_ + "/o.sock", 0700, SocketOwner{65534, 65534});
    ASSERT_TRUE(other.ok()) << other.error().message;
    ASSERT_EQ(::stat((directory_ + "/o.sock").c_str(), &status), 0);
    EXPECT_EQ(status.st_uid, 65534U);
  } else {
    const auto other = make_unix_listener(directory_ + "/o.sock", 0700, SocketOwner{0, 0});
    ASSERT_FALSE(other.ok());
    EXPECT_THAT(other.error().message, HasSubstr("Not permitted to chown"));
    EXPECT_FALSE(std::filesystem::exists(directory_ + "/o.sock"));
  }
}

TEST(TcpListener, TakesLiteralsNamesAndAny) {
  for (const char* host : {"127.0.0.1", "localhost", "LOCALHOST", "", "*"}) {
    const auto listener = make_tcp_listener(host, 0);
    ASSERT_TRUE(listener.ok()) << host << ": " << listener.error().message;
    const std::uint16_t port = local_port_of(listener.value().get());
    EXPECT_NE(port, 0);
    EXPECT_TRUE(RawClient::tcp(port).connected()) << host;
  }
}

TEST(TcpListener, ReachesIpv6WhereThereIsAny) {
  const auto listener = make_tcp_listener("[::1]", 0);
  if (!listener.ok()) {
    EXPECT_TRUE(listener.error().code == EADDRNOTAVAIL || listener.error().code == EAFNOSUPPORT)
        << listener.error().message;
    return;
  }
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(local_port_of(listener.value().get()));
  address.sin6_addr = in6addr_loopback;
  const UniqueFd client(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_EQ(::connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
}

TEST(TcpListener, ErrorsHaveTheReferencesTexts) {
  const auto first = make_tcp_listener("127.0.0.1", 0);
  ASSERT_TRUE(first.ok());
  const std::uint16_t port = local_port_of(first.value().get());
  const auto second = make_tcp_listener("127.0.0.1", port);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().message, kAddressInUse);
  const auto any = make_tcp_listener("", port);
  ASSERT_FALSE(any.ok());
  EXPECT_EQ(any.error().message, kAddressInUse);
  const auto foreign = make_tcp_listener("192.0.2.1", 0);
  ASSERT_FALSE(foreign.ok());
  EXPECT_EQ(foreign.error().message, "Cannot open an HTTP server: socket.error reported errno.EADDRNOTAVAIL (99)");
  const auto unknown = make_tcp_listener("no-such-host.invalid", 0);
  ASSERT_FALSE(unknown.ok());
  EXPECT_THAT(unknown.error().message, HasSubstr("for host 'no-such-host.invalid'"));
}

}  // namespace
}  // namespace holdfast::http

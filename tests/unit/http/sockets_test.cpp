// What the server and the client know of sockets: who is at the other end, which endpoints need no look-up, which kept
// connections are still good.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <string>

#include "base/limits.hpp"
#include "http/accepted_peer.hpp"
#include "http/idle_connections.hpp"
#include "http/socket_address.hpp"

namespace holdfast::http {
namespace {

sockaddr_storage six(const char* text, std::uint16_t port) {
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(port);
  EXPECT_EQ(::inet_pton(AF_INET6, text, &address.sin6_addr), 1);
  return copy_address(&address, sizeof address).storage;
}

TEST(AcceptedPeer, IsDescribedByAddressAndPort) {
  Peer peer;
  describe_tcp(six("2001:db8::7", 4711), peer);
  EXPECT_EQ(peer.address, "2001:db8::7");
  EXPECT_EQ(peer.port, 4711);
  EXPECT_EQ(peer.description, "[2001:db8::7]:4711");
}

TEST(AcceptedPeer, AnIpv4ClientOfAnIpv6SocketIsShownAsIpv4) {
  Peer peer;
  describe_tcp(six("::ffff:192.0.2.7", 80), peer);
  EXPECT_EQ(peer.address, "192.0.2.7");
  EXPECT_EQ(peer.description, "192.0.2.7:80");
}

TEST(AcceptedPeer, BehindAUnixSocketIsAProcess) {
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  const UniqueFd one(ends[0]);
  const UniqueFd other(ends[1]);
  Peer peer;
  describe_unix(one.get(), peer);
  EXPECT_TRUE(peer.is_unix);
  EXPECT_EQ(peer.pid, ::getpid());
  EXPECT_EQ(peer.description,
            "unix socket (pid " + std::to_string(::getpid()) + ", uid " + std::to_string(::getuid()) + ")");
}

TEST(SocketAddress, LiteralsNeedNoLookUp) {
  Endpoint endpoint;
  endpoint.host = "192.0.2.7";
  endpoint.port = 9001;
  EXPECT_EQ(literal_address(endpoint)->storage.ss_family, AF_INET);
  endpoint.host = "::1";
  EXPECT_EQ(literal_address(endpoint)->storage.ss_family, AF_INET6);
  endpoint.host = "localhost";
  EXPECT_FALSE(literal_address(endpoint));
  endpoint.unix_path = "/run/s.sock";
  EXPECT_EQ(literal_address(endpoint)->storage.ss_family, AF_UNIX);
  endpoint.unix_path = std::string(sizeof(sockaddr_un::sun_path), 'x');
  EXPECT_FALSE(literal_address(endpoint)) << "too long";
}

class IdleConnectionsTest : public ::testing::Test {
 protected:
  /// Our end of a new connection; the server's is kept here.
  UniqueFd connection() {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
    server_.reset(ends[1]);
    return UniqueFd(ends[0]);
  }
  static Endpoint endpoint(std::uint16_t port) { return {"192.0.2.7", port, {}}; }
  IdleConnections idle_;
  UniqueFd server_;
};

TEST_F(IdleConnectionsTest, AConnectionIsUsedAgainForItsOwnEndpointOnce) {
  idle_.keep(endpoint(1), connection());
  EXPECT_FALSE(idle_.take(endpoint(2)).valid());
  EXPECT_TRUE(idle_.take(endpoint(1)).valid());
  EXPECT_FALSE(idle_.take(endpoint(1)).valid());
}

TEST_F(IdleConnectionsTest, OneThatTheServerClosedOrWroteToIsNot) {
  idle_.keep(endpoint(1), connection());
  server_.reset();
  idle_.keep(endpoint(1), connection());
  ASSERT_EQ(::send(server_.get(), "x", 1, 0), 1);
  EXPECT_FALSE(idle_.take(endpoint(1)).valid());
}

TEST_F(IdleConnectionsTest, TheyAreBounded) {
  for (std::size_t i = 0; i <= limits::http_client_idle_connections; ++i) {
    int ends[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
    idle_.keep(endpoint(static_cast<std::uint16_t>(i + 1)), UniqueFd(ends[0]));
    server_.reset(ends[1]);  // the newest one's stays open
  }
  EXPECT_FALSE(idle_.take(endpoint(1)).valid()) << "the oldest went";
  EXPECT_TRUE(idle_.take(endpoint(static_cast<std::uint16_t>(limits::http_client_idle_connections + 1))).valid());
}

}  // namespace
}  // namespace holdfast::http

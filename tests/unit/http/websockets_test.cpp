// WebSocket clients of the event interface (contract supvisors.md 7.5), byte by byte over a real connection.
#include "http/websockets.hpp"
#include "base/limits.hpp"

#include <gtest/gtest.h>

#include <atomic>

#include "loopback.hpp"

namespace holdfast::http::testing {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kUpgrade =
    "GET /all HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

/// A server all of whose requests ask for a WebSocket.
class SocketServer {
 public:
  SocketServer()
      : server_(ServerOptions{}, [this](Request& request, Responder responder) {
          if (WebSockets::is_upgrade(request)) {
            last = sockets_->take(request, std::move(responder));
          } else {
            responder.respond(error_response(400));
          }
        }) {
    server_.loop().call([this] {
      sockets_ = std::make_unique<WebSockets>(
          server_.loop().io(),
          WebSockets::Handlers{[this](WebSockets::ClientId) { ++opened; }, [this](WebSockets::ClientId) { ++drained; },
                               [this](WebSockets::ClientId) { ++closed; }});
    });
  }
  ~SocketServer() {
    server_.loop().call([this] { sockets_.reset(); });
  }
  RawClient client() { return server_.client(); }
  RawClient connected() {
    const int before = opened;
    RawClient client = server_.client();
    client.send(kUpgrade);
    EXPECT_NE(client.take_until("\r\n\r\n").find("101"), std::string::npos);
    EXPECT_TRUE(eventually([&] { return opened > before; }));
    return client;
  }
  bool send(std::string text) {
    return server_.loop().call(
        [&] { return sockets_->send(last, std::make_shared<const std::string>(std::move(text))); });
  }
  std::size_t clients() {
    return server_.loop().call([&] { return sockets_->clients(); });
  }
  ServerStatistics statistics() { return server_.statistics(); }
  template <typename Condition>
  static bool eventually(Condition condition) {
    const auto end = std::chrono::steady_clock::now() + testing::patience;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > end) {
        return false;
      }
      std::this_thread::yield();
    }
    return true;
  }

  std::atomic<int> opened{0};
  std::atomic<int> drained{0};
  std::atomic<int> closed{0};
  std::atomic<WebSockets::ClientId> last{0};

 private:
  TestServer server_;
  std::unique_ptr<WebSockets> sockets_;
};

/// The payload of the next frame, which is a whole text message.
std::string next_text(RawClient& client) {
  const std::string head = client.take_bytes(2);
  if (head.size() != 2 || head[0] != '\x81') {
    return "no text";
  }
  std::size_t size = static_cast<unsigned char>(head[1]);
  if (size >= 126) {
    std::size_t length_bytes = size == 126 ? 2 : 8;
    size = 0;
    for (const char c : client.take_bytes(length_bytes)) {
      size = size * 256 + static_cast<unsigned char>(c);
    }
  }
  return client.take_bytes(size);
}

TEST(WebSockets, TheHandshakeIsThatOfTheStandardAndTextsFollow) {
  SocketServer server;
  RawClient client = server.client();
  client.send(kUpgrade);
  const std::string head = client.take_until("\r\n\r\n");
  EXPECT_NE(head.find("101 Switching Protocols"), std::string::npos);
  EXPECT_NE(head.find("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), std::string::npos);  // RFC 6455 1.3
  ASSERT_TRUE(server.eventually([&] { return server.opened == 1; }));
  EXPECT_EQ(server.statistics().open, 0U);  // the HTTP server has forgotten it
  EXPECT_TRUE(server.send("[\"event\", {}]"));
  EXPECT_TRUE(server.send(std::string(70'000, 'x')));
  EXPECT_EQ(next_text(client), "[\"event\", {}]");
  EXPECT_EQ(next_text(client), std::string(70'000, 'x'));
}

TEST(WebSockets, WhoGoesIsForgotten) {
  SocketServer server;
  RawClient client = server.connected();
  client.close();
  ASSERT_TRUE(server.eventually([&] { return server.closed == 1; }));
  EXPECT_EQ(server.clients(), 0U);
  EXPECT_FALSE(server.send("x"));
}

TEST(WebSockets, AnIncompleteUpgradeIsAnOrdinaryRequest) {
  SocketServer server;
  RawClient client = server.client();
  client.send("GET /all HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(client.answer().status, 400);
}

TEST(WebSockets, WhatAClientSendsIsNotKept) {
  SocketServer server;
  RawClient client = server.connected();
  // A masked text of 5 bytes, a ping, then a message above limits::websocket_read_bytes.
  client.send(std::string("\x81\x85\0\0\0\0hello", 11) + std::string("\x89\x80\0\0\0\0", 6));
  EXPECT_EQ(client.take_bytes(2), std::string("\x8a\0", 2));
  client.send(std::string("\x81\xff\0\0\0\0\x7f\xff\xff\xff\0\0\0\0", 14));
  EXPECT_EQ(client.take_bytes(4), "\x88\x02\x03\xf1");  // close: 1009, too big
  client.close();
  ASSERT_TRUE(server.eventually([&] { return server.closed == 1; }));
}

TEST(WebSockets, ASlowReaderHasABoundedQueueAndIsToldOfWhenItHasRead) {
  SocketServer server;
  RawClient client = server.connected();
  const std::string text(1000, 'x');
  std::size_t taken = 0;
  while (server.send(text)) {
    ASSERT_LT(++taken, 20'000U);
  }
  EXPECT_FALSE(server.send(text));
  EXPECT_EQ(server.drained, 0);
  for (std::size_t i = 0; i < taken; ++i) {
    ASSERT_EQ(next_text(client).size(), text.size());
  }
  EXPECT_TRUE(server.eventually([&] { return server.drained == 1; }));
  EXPECT_TRUE(server.send("on it goes"));
  EXPECT_EQ(next_text(client), "on it goes");
}

TEST(WebSockets, TooManyClientsAreRefused) {
  SocketServer server;
  std::vector<RawClient> clients;
  for (std::size_t i = 0; i < limits::websocket_clients; ++i) {
    clients.push_back(server.connected());
  }
  RawClient one_more = server.client();
  one_more.send(kUpgrade);
  EXPECT_EQ(one_more.answer().status, 503);
  clients.pop_back();
  ASSERT_TRUE(server.eventually([&] { return server.closed == 1; }));
  clients.push_back(server.connected());
}

}  // namespace
}  // namespace holdfast::http::testing

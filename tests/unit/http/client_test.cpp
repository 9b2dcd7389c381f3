// Both clients against our server and against sockets that misbehave.
#include "http/client.hpp"

#include <sys/eventfd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/blocking_client.hpp"
#include "loopback.hpp"

namespace holdfast::http {
namespace {

using ::testing::HasSubstr;
using testing::LoopThread;
using testing::patience;
using testing::RawClient;
using testing::TestServer;

void answer_by_path(Request& request, Responder responder) {
  if (request.path == "/stream") {
    responder.start_stream(text_response("text/plain", ""));
    for (int i = 0; i < 5; ++i) {
      responder.write_chunk("line " + std::to_string(i) + "\n");
    }
    responder.finish();
    return;
  }
  if (request.path == "/absent") {
    responder.respond(error_response(404));
    return;
  }
  responder.respond(text_response("text/plain", request.method_text + " " + request.target + " " +
                                                    std::to_string(request.peer.port) + "\n" + request.body));
}

ClientError kind_of(const Error& error) {
  return static_cast<ClientError>(error.code);
}

/// Accepts one connection, answers with `bytes` whatever is asked, closes (`holds`: when the client has).
class OddServer {
 public:
  explicit OddServer(std::string bytes, bool holds = false) : listener_(make_tcp_listener("127.0.0.1", 0).value()) {
    port = local_port_of(listener_.get());
    thread_ = std::thread([this, bytes = std::move(bytes), holds] {
      pollfd poll{listener_.get(), POLLIN, 0};
      ::poll(&poll, 1, 60'000);
      const UniqueFd client(::accept(listener_.get(), nullptr, nullptr));
      char asked[4096];
      if (::recv(client.get(), asked, sizeof asked, 0) > 0) {
        ::send(client.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        while (holds && ::recv(client.get(), asked, sizeof asked, 0) > 0) {  // until the client gives up
        }
      }
    });
  }
  ~OddServer() { thread_.join(); }
  OddServer(const OddServer&) = delete;
  OddServer& operator=(const OddServer&) = delete;
  std::uint16_t port = 0;

 private:
  UniqueFd listener_;
  std::thread thread_;
};

Endpoint tcp(std::uint16_t port) {
  return Endpoint{"127.0.0.1", port, {}};
}

/// A port that nobody listens on.
std::uint16_t closed_port() {
  return local_port_of(make_tcp_listener("127.0.0.1", 0).value().get());
}

TEST(BlockingClient, KeepsOneConnection) {
  TestServer server({}, answer_by_path);
  for (const Endpoint& to : {tcp(server.port()), Endpoint{{}, 0, server.path()}}) {
    const auto before = server.statistics().accepted;
    BlockingClient client(to, "", "");
    const auto first = client.get("/a?b=1", patience);
    ASSERT_TRUE(first.ok()) << first.error().message;
    EXPECT_EQ(first.value().status, 200);
    EXPECT_THAT(first.value().body, HasSubstr("GET /a?b=1 "));
    const auto second = client.post("/RPC2", "text/xml", "<x/>", patience);
    ASSERT_TRUE(second.ok());
    EXPECT_THAT(second.value().body, HasSubstr("\n<x/>"));
    EXPECT_EQ(second.value().headers.get("content-type"), "text/plain");
    EXPECT_GE(client.fd(), 0);
    EXPECT_EQ(server.statistics().accepted, before + 1);
  }
}

TEST(BlockingClient, AConnectionThatTheServerClosedIsMadeAnew) {
  ServerOptions options;
  options.idle_timeout = 500ms;  // not before the question
  TestServer server(options, answer_by_path);
  BlockingClient client(tcp(server.port()), "", "");
  EXPECT_TRUE(client.get("/", patience).ok());
  EXPECT_TRUE(server.eventually([](const ServerStatistics& now) { return now.open == 0; }));
  const auto again = client.get("/again", patience);
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_EQ(server.statistics().accepted, 2U);
}

TEST(BlockingClient, Credentials) {
  TestServer server({}, answer_by_path, Credentials{"u", "p"});
  EXPECT_EQ(BlockingClient(tcp(server.port()), "", "").get("/", patience).value().status, 401);
  EXPECT_EQ(BlockingClient(tcp(server.port()), "u", "x").get("/", patience).value().status, 401);
  EXPECT_EQ(BlockingClient(tcp(server.port()), "u", "p").get("/", patience).value().status, 200);
  // Refused before its large body is taken, the client still reads why.
  const auto large =
      BlockingClient(tcp(server.port()), "u", "x").post("/RPC2", "text/xml", std::string(900'000, 'x'), patience);
  ASSERT_TRUE(large.ok()) << large.error().message;
  EXPECT_EQ(large.value().status, 401);
}

TEST(BlockingClient, StreamsComeInPieces) {
  TestServer server({}, answer_by_path);
  BlockingClient client(tcp(server.port()), "", "");
  std::string all;
  const auto whole = client.stream(
      "/stream",
      [&](std::string_view piece) {
        all += piece;
        return true;
      },
      -1);
  ASSERT_TRUE(whole.ok()) << whole.error().message;
  EXPECT_EQ(all, "line 0\nline 1\nline 2\nline 3\nline 4\n");
  EXPECT_EQ(whole.value().body, "");
  int pieces = 0;
  EXPECT_TRUE(client
                  .stream(
                      "/stream", [&](std::string_view) { return ++pieces < 2; }, -1)
                  .ok());
  EXPECT_EQ(pieces, 2);
  const auto absent = client.stream(
      "/absent", [](std::string_view) { return true; }, -1);
  ASSERT_TRUE(absent.ok());
  EXPECT_EQ(absent.value().status, 404);
  EXPECT_THAT(absent.value().body, HasSubstr("Not Found"));
}

TEST(BlockingClient, AStreamIsGivenUpWhenTheOtherDescriptorSpeaks) {
  TestServer server({}, answer_by_path);
  BlockingClient client(tcp(server.port()), "", "");
  const UniqueFd spoken(::eventfd(1, EFD_CLOEXEC));
  const auto cancelled = client.stream(
      "/stream", [](std::string_view) { return true; }, spoken.get());
  ASSERT_FALSE(cancelled.ok());
  EXPECT_EQ(static_cast<ClientError>(cancelled.error().code), ClientError::cancelled);
  EXPECT_EQ(client.get("/", patience).value().status, 200);  // and is as good as new
}

struct Failure {
  Endpoint to;
  ClientError kind;
};

TEST(BlockingClient, FailuresHaveTheirKinds) {
  for (const Failure& each : {Failure{tcp(closed_port()), ClientError::refused},
                              Failure{Endpoint{{}, 0, "/tmp/holdfast-no-such.sock"}, ClientError::no_such_file},
                              Failure{Endpoint{"no-such-host.invalid", 80, {}}, ClientError::unresolved}}) {
    const auto result = BlockingClient(each.to, "", "").get("/", patience);
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(kind_of(result.error()), each.kind) << result.error().message;
    EXPECT_THAT(result.error().message, HasSubstr(each.to.text()));
  }
  TestServer silent({}, [](Request&, Responder responder) {
    static Responder kept;  // NOLINT: never answered
    kept = responder;
  });
  const auto late = BlockingClient(tcp(silent.port()), "", "").get("/", 50ms);
  ASSERT_FALSE(late.ok());
  EXPECT_EQ(kind_of(late.error()), ClientError::timeout);
}

struct OddAnswer {
  const char* bytes;
  ClientError kind;  // none: accepted
};

const std::vector<OddAnswer>& odd_answers() {
  static const std::vector<OddAnswer> answers = {
      {"", ClientError::closed},
      {"SSH-2.0-x\r\n\r\n", ClientError::protocol},
      {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", ClientError::closed},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", ClientError::protocol},
      {"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", ClientError::protocol},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\n", ClientError::protocol},
      {"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nxx", ClientError::protocol},
      {"HTTP/1.0 200 OK\r\n\r\nuntil the end", ClientError::none},
      {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n", ClientError::none},
  };
  return answers;
}

TEST(BlockingClient, OddAnswersAreErrorsNotCrashes) {
  for (const OddAnswer& each : odd_answers()) {
    const OddServer server(each.bytes);
    const auto result = BlockingClient(tcp(server.port), "", "").get("/", patience);
    const ClientError kind = result.ok() ? ClientError::none : kind_of(result.error());
    EXPECT_EQ(kind == ClientError::incomplete ? ClientError::closed : kind, each.kind) << each.bytes;
  }
}

TEST(BlockingClient, AnAnswerThatHasBegunHasATimeToEndAlsoWithoutADeadline) {
  for (const char* begun :
       {"H", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", "HTTP/1.1 100 Continue\r\n\r\n"}) {
    const OddServer server(begun, true);
    const auto result = BlockingClient(tcp(server.port), "", "", 50ms).post("/", "text/xml", "", Duration::zero());
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(kind_of(result.error()), ClientError::timeout);
    EXPECT_THAT(result.error().message, HasSubstr("not complete in time"));
  }
}

/// One request of the asynchronous client, waited for.
Result<ClientResponse> ask(LoopThread& loop, Client& client, const Endpoint& to, ClientRequest request,
                           ClientOptions options = {}) {
  std::promise<Result<ClientResponse>> promise;
  auto result = promise.get_future();
  bool returned = false;
  loop.call([&] {
    client.request(to, std::move(request), options, [&](Result<ClientResponse> answer) {
      EXPECT_TRUE(returned);  // never from within request()
      promise.set_value(std::move(answer));
    });
    returned = true;
  });
  return result.get();
}

class AsyncClient : public ::testing::Test {
 protected:
  AsyncClient() {
    loop_.call([&] { client_ = std::make_unique<Client>(loop_.io()); });
  }
  ~AsyncClient() override {
    loop_.call([&] { client_.reset(); });
  }
  LoopThread loop_;
  std::unique_ptr<Client> client_;
};

TEST_F(AsyncClient, PostsAndGetsOnBothKindsOfSocket) {
  TestServer server({}, answer_by_path, Credentials{"u", "p"});
  for (const Endpoint& to :
       {tcp(server.port()), Endpoint{"localhost", server.port(), {}}, Endpoint{{}, 0, server.path()}}) {
    ClientRequest request;
    request.method = "POST";
    request.target = "/holdfast/hello";
    request.body = std::string(500'000, 'x');
    request.username = "u";
    request.password = "p";
    const auto result = ask(loop_, *client_, to, request);
    ASSERT_TRUE(result.ok()) << result.error().message;
    EXPECT_EQ(result.value().status, 200);
    EXPECT_GT(result.value().body.size(), 500'000U);
  }
  EXPECT_EQ(loop_.call([&] { return client_->pending(); }), 0U);
}

TEST_F(AsyncClient, ConnectionsAreUsedAgainAndReplacedWhenClosed) {
  ServerOptions options;
  options.idle_timeout = 1000ms;  // not between two questions
  TestServer server(options, answer_by_path);
  EXPECT_TRUE(ask(loop_, *client_, tcp(server.port()), {}).ok());
  EXPECT_TRUE(ask(loop_, *client_, tcp(server.port()), {}).ok());
  EXPECT_EQ(server.statistics().accepted, 1U);
  EXPECT_TRUE(server.eventually([](const ServerStatistics& now) { return now.open == 0; }));
  EXPECT_TRUE(ask(loop_, *client_, tcp(server.port()), {}).ok());
  EXPECT_EQ(server.statistics().accepted, 2U);
}

TEST_F(AsyncClient, FailuresHaveTheirKinds) {
  for (const Failure& each : {Failure{tcp(closed_port()), ClientError::refused},
                              Failure{Endpoint{{}, 0, "/tmp/holdfast-no-such.sock"}, ClientError::no_such_file},
                              Failure{Endpoint{{}, 0, std::string(200, '/')}, ClientError::no_such_file},
                              Failure{Endpoint{"no-such-host.invalid", 80, {}}, ClientError::unresolved}}) {
    const auto result = ask(loop_, *client_, each.to, {});
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(kind_of(result.error()), each.kind) << result.error().message;
  }
  for (const OddAnswer& each : odd_answers()) {
    const OddServer server(each.bytes);
    const auto result = ask(loop_, *client_, tcp(server.port), {});
    EXPECT_EQ(result.ok() ? ClientError::none : kind_of(result.error()), each.kind) << each.bytes;
  }
}

TEST_F(AsyncClient, TimeAndSizeAreBounded) {
  std::vector<Responder> kept;
  TestServer server({}, [&](Request& request, Responder responder) {
    if (request.path == "/large") {
      responder.respond(text_response("text/plain", std::string(100'000, 'x')));
    } else {
      kept.push_back(responder);
    }
  });
  ClientOptions options;
  options.timeout = 50ms;
  const auto late = ask(loop_, *client_, tcp(server.port()), {}, options);
  ASSERT_FALSE(late.ok());
  EXPECT_EQ(kind_of(late.error()), ClientError::timeout);
  options.timeout = patience;
  options.body_bytes_max = 99'999;
  ClientRequest large;
  large.target = "/large";
  const auto refused = ask(loop_, *client_, tcp(server.port()), large, options);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(kind_of(refused.error()), ClientError::protocol);
  options.body_bytes_max = 100'000;
  EXPECT_TRUE(ask(loop_, *client_, tcp(server.port()), large, options).ok());
  server.loop().call([&] { kept.clear(); });
}

TEST_F(AsyncClient, ADestroyedClientCallsNobody) {
  std::vector<Responder> kept;
  TestServer server({}, [&](Request&, Responder responder) { kept.push_back(responder); });
  loop_.call(
      [&] { client_->request(tcp(server.port()), {}, {}, [](Result<ClientResponse>) { ADD_FAILURE() << "called"; }); });
  EXPECT_TRUE(server.eventually([](const ServerStatistics& now) { return now.requests == 1; }));
  loop_.call([&] { client_.reset(); });
  EXPECT_TRUE(server.eventually([](const ServerStatistics& now) { return now.open == 0; }));
  server.loop().call([&] { kept.clear(); });
}

}  // namespace
}  // namespace holdfast::http

// The server's protocol: keep-alive, statuses, authentication, deferred answers, streams.
#include "http/server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "loopback.hpp"

namespace holdfast::http {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::RawClient;
using testing::TestServer;

void echo(Request& request, Responder responder) {
  std::string said = request.method_text + " " + request.path + " ?" + std::string(request.query) +
                     " user=" + request.user + " from=" + request.peer.server + "\n" + request.body;
  responder.respond(text_response("text/plain", std::move(said)));
}

TEST(Server, AnswersOnBothKindsOfSocket) {
  TestServer server({}, echo);
  for (const bool local : {false, true}) {
    RawClient client = local ? server.unix_client() : server.client();
    ASSERT_TRUE(client.connected());
    ASSERT_TRUE(client.send("GET /a%20b/%C3%A9?x=1&y=%41 HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    const auto answer = client.answer();
    EXPECT_EQ(answer.status, 200);
    EXPECT_THAT(answer.body, HasSubstr("GET /a b/\xC3\xA9 ?x=1&y=%41 user= from="));
    EXPECT_TRUE(answer.has("HTTP/1.1 200 OK\r\n"));
    EXPECT_TRUE(answer.has("\r\nServer: Holdfast/"));
    EXPECT_TRUE(answer.has("\r\nDate: "));
    EXPECT_TRUE(answer.has(" GMT\r\n"));
    EXPECT_TRUE(answer.has("\r\nContent-Type: text/plain\r\n"));
    EXPECT_FALSE(answer.has("Connection:"));
  }
}

TEST(Server, PeersAreDescribed) {
  Peer tcp;
  Peer local;
  TestServer server({}, [&](Request& request, Responder responder) {
    (request.peer.is_unix ? local : tcp) = request.peer;
    responder.respond({});
  });
  RawClient one = server.client();
  one.send("GET / HTTP/1.1\r\n\r\n");
  EXPECT_EQ(one.answer().status, 200);
  RawClient two = server.unix_client();
  two.send("GET / HTTP/1.1\r\n\r\n");
  EXPECT_EQ(two.answer().status, 200);
  EXPECT_EQ(tcp.address, "127.0.0.1");
  EXPECT_EQ(tcp.local_port, server.port());
  EXPECT_EQ(tcp.description, "127.0.0.1:" + std::to_string(tcp.port));
  EXPECT_EQ(tcp.server, "inet_http_server");
  EXPECT_EQ(local.pid, getpid());
  EXPECT_EQ(local.uid, geteuid());
  EXPECT_THAT(local.description, HasSubstr("unix socket (pid "));
}

TEST(Server, KeepAliveFollowsTheVersion) {
  TestServer server({}, echo);
  RawClient client = server.client();
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(client.send("GET /" + std::to_string(i) + " HTTP/1.1\r\n\r\n"));
    EXPECT_EQ(client.answer().status, 200);
  }
  client.send("GET / HTTP/1.1\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(client.answer().has("\r\nConnection: close\r\n"));
  EXPECT_TRUE(client.closed_by_server());

  RawClient old = server.client();
  old.send("GET / HTTP/1.0\r\n\r\n");
  const auto answer = old.answer();
  EXPECT_TRUE(answer.has("HTTP/1.0 200 OK\r\n"));
  EXPECT_TRUE(answer.has("Connection: close"));
  EXPECT_TRUE(old.closed_by_server());

  RawClient kept = server.client();
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(kept.send("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"));
    EXPECT_TRUE(kept.answer().has("\r\nConnection: Keep-Alive\r\n"));
  }
}

TEST(Server, BodiesArriveWholeHoweverTheyAreCut) {
  TestServer server({}, echo);
  RawClient client = server.client();
  const std::string request = "POST /RPC2 HTTP/1.1\r\nContent-Length: 11\r\n\r\nhello world";
  for (std::size_t cut = 1; cut < request.size(); ++cut) {
    ASSERT_TRUE(client.send(request.substr(0, cut)));
    ASSERT_TRUE(client.send(request.substr(cut)));
    const auto answer = client.answer();
    ASSERT_EQ(answer.status, 200) << cut;
    EXPECT_THAT(answer.body, HasSubstr("\nhello world")) << cut;
  }
  const std::string large(1024 * 1024, 'x');
  client.send("POST /RPC2 HTTP/1.1\r\nContent-Length: " + std::to_string(large.size()) + "\r\n\r\n" + large);
  EXPECT_GT(client.answer().body.size(), large.size());
}

TEST(Server, PipelinedRequestsAreAnsweredInOrder) {
  TestServer server({}, echo);
  RawClient client = server.client();
  std::string all;
  for (int i = 0; i < 200; ++i) {
    all += "POST /" + std::to_string(i) + " HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc\r\n";  // a stray line is forgiven
  }
  ASSERT_TRUE(client.send(all));
  for (int i = 0; i < 200; ++i) {
    EXPECT_THAT(client.answer().body, HasSubstr("POST /" + std::to_string(i) + " ?")) << i;
  }
}

struct StatusCase {
  const char* name;
  std::string request;
  int status;
};

TEST(Server, StatusTable) {
  TestServer server({}, echo);
  const std::string large = std::to_string(limits::http_rpc_body + 1);
  const std::vector<StatusCase> cases = {
      {"POST without a length", "POST /RPC2 HTTP/1.1\r\n\r\n", 411},
      {"chunked POST", "POST /RPC2 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411},
      {"both lengths", "POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc", 400},
      {"two lengths", "POST / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 400},
      {"negative length", "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400},
      {"huge length", "POST / HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n", 400},
      {"RPC body too large", "POST /RPC2 HTTP/1.1\r\nContent-Length: " + large + "\r\n\r\n", 413},
      {"form too large", "POST /index.html HTTP/1.1\r\nContent-Length: 65537\r\n\r\n", 413},
      {"garbage", "\x16\x03\x01\x02garbage\r\n\r\n", 400},
      {"no version", "GET /\r\n\r\n", 400},
      {"bad header", "GET / HTTP/1.1\r\nno colon here\r\n\r\n", 400},
      {"authority as target", "GET localhost HTTP/1.1\r\n\r\n", 400},
      {"NUL in the path", "GET /a%00b HTTP/1.1\r\n\r\n", 400},
      {"one long header", "GET / HTTP/1.1\r\nX: " + std::string(20000, 'a') + "\r\n\r\n", 431},
      {"long target", "GET /" + std::string(20000, 'a') + " HTTP/1.1\r\n\r\n", 431},
  };
  for (const StatusCase& each : cases) {
    RawClient client = server.client();
    client.send(each.request);
    const auto answer = client.answer();
    EXPECT_EQ(answer.status, each.status) << each.name;
    EXPECT_TRUE(answer.has("Content-Type: text/html")) << each.name;
    EXPECT_TRUE(answer.has("Connection: close")) << each.name;
    EXPECT_THAT(answer.body, HasSubstr("<title>Error response</title>")) << each.name;
    EXPECT_THAT(answer.body, HasSubstr("Error code " + std::to_string(each.status))) << each.name;
    client.half_close();
    EXPECT_TRUE(client.closed_by_server()) << each.name;
  }
}

TEST(Server, ManySmallHeaderFieldsReachTheLimitToo) {
  TestServer server({}, echo);
  RawClient client = server.client();
  client.send("GET / HTTP/1.1\r\n");
  int status = 0;
  for (int i = 0; i < 400 && client.send("X-Field-Number-" + std::to_string(i) + ": " + std::string(64, 'v') + "\r\n");
       ++i) {
  }
  status = client.answer().status;
  EXPECT_EQ(status, 431);
}

TEST(Server, ExpectContinueIsAnswered) {
  TestServer server({}, echo);
  RawClient client = server.client();
  client.send("POST /RPC2 HTTP/1.1\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.take_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("ok");
  EXPECT_EQ(client.answer().status, 200);
}

TEST(Server, HeadHasTheLengthButNoBody) {
  TestServer server({}, echo);
  RawClient client = server.client();
  client.send("HEAD / HTTP/1.1\r\n\r\nGET /next HTTP/1.1\r\n\r\n");
  const std::string head = client.take_until("\r\n\r\n");
  EXPECT_THAT(head, HasSubstr("Content-Length: "));
  EXPECT_THAT(head, Not(HasSubstr("Content-Length: 0")));
  EXPECT_THAT(client.answer().body, HasSubstr("GET /next"));
}

TEST(Server, BasicAuthenticationGuardsEverything) {
  TestServer server({}, echo, Credentials{"admin", "secret"});
  const auto status_with = [&](const std::string& header) {
    RawClient client = server.client();
    client.send("GET / HTTP/1.1\r\n" + (header.empty() ? "" : "Authorization: " + header + "\r\n") + "\r\n");
    const auto answer = client.answer();
    if (answer.status == 401) {
      EXPECT_TRUE(answer.has("\r\nWWW-Authenticate: Basic realm=\"default\"\r\n"));
      EXPECT_TRUE(answer.has("\r\nConnection: close\r\n"));
    }
    return answer.status;
  };
  EXPECT_EQ(status_with(""), 401);
  EXPECT_EQ(status_with(basic_authorization("admin", "wrong")), 401);
  EXPECT_EQ(status_with(basic_authorization("root", "secret")), 401);
  EXPECT_EQ(status_with("Digest x"), 401);
  EXPECT_EQ(status_with("Basic !!!"), 400);
  EXPECT_EQ(status_with("Basic"), 400);
  EXPECT_EQ(status_with(basic_authorization("admin", "secret")), 200);
  RawClient local = server.unix_client();  // unix sockets are guarded as well
  local.send("GET / HTTP/1.1\r\n\r\n");
  EXPECT_EQ(local.answer().status, 401);
  RawClient before_body = server.client();  // and nobody's body is read before
  before_body.send("POST /RPC2 HTTP/1.1\r\nContent-Length: 1000000\r\n\r\n");
  EXPECT_EQ(before_body.answer().status, 401);
  EXPECT_GE(server.statistics().unauthorized, 6U);
}

TEST(Server, AnswersMayComeLaterWhileOthersAreServed) {
  Responder kept;
  std::promise<void> arrived;
  TestServer server({}, [&](Request& request, Responder responder) {
    if (request.path == "/slow") {
      kept = responder;
      arrived.set_value();
    } else {
      responder.respond(text_response("text/plain", "fast"));
    }
  });
  RawClient slow = server.client();
  slow.send("GET /slow HTTP/1.1\r\n\r\nGET /fast HTTP/1.1\r\n\r\n");
  arrived.get_future().wait();
  RawClient other = server.client();
  other.send("GET / HTTP/1.1\r\n\r\n");
  EXPECT_EQ(other.answer().body, "fast");
  server.loop().call([&] {
    EXPECT_TRUE(kept.alive());
    kept.respond(text_response("text/plain", "slow"));
    kept.respond(text_response("text/plain", "twice"));
    EXPECT_FALSE(kept.alive());
    kept = Responder();
  });
  EXPECT_EQ(slow.answer().body, "slow");
  EXPECT_EQ(slow.answer().body, "fast");
}

TEST(Server, AForgottenAnswerIs500) {
  TestServer server({}, [](Request&, Responder) {});
  RawClient client = server.client();
  client.send("GET / HTTP/1.1\r\n\r\n");
  EXPECT_EQ(client.answer().status, 500);
  client.send("GET / HTTP/1.1\r\n\r\n");
  EXPECT_EQ(client.answer().status, 500);
}

TEST(Server, AClientThatGoesIsNoticed) {
  Responder kept;
  std::promise<void> arrived;
  std::promise<void> gone;
  TestServer server({}, [&](Request&, Responder responder) {
    kept = responder;
    kept.on_closed([&] { gone.set_value(); });
    arrived.set_value();
  });
  RawClient client = server.client();
  client.send("GET / HTTP/1.1\r\n\r\n");
  arrived.get_future().wait();
  client.close();
  ASSERT_EQ(gone.get_future().wait_for(testing::patience), std::future_status::ready);
  server.loop().call([&] {
    EXPECT_FALSE(kept.alive());
    kept.respond({});  // nothing happens
    EXPECT_EQ(kept.write_chunk("x"), ChunkResult::closed);
    kept = Responder();
  });
}

TEST(Server, HandlesOutliveTheServer) {
  Responder kept;
  std::promise<void> arrived;
  {
    TestServer server({}, [&](Request&, Responder responder) {
      kept = responder;
      arrived.set_value();
    });
    RawClient client = server.client();
    client.send("GET / HTTP/1.1\r\n\r\n");
    arrived.get_future().wait();
  }
  EXPECT_FALSE(kept.alive());
  kept.respond({});
}

TEST(Server, StreamsAreChunkedFor11AndPlainFor10) {
  TestServer server({}, [](Request&, Responder responder) {
    responder.start_stream(text_response("text/plain", ""));
    responder.write_chunk("hello ");
    responder.write_chunk("");
    responder.write_chunk("world");
    responder.finish();
    EXPECT_FALSE(responder.alive());
  });
  RawClient client = server.client();
  client.send("GET / HTTP/1.1\r\n\r\n");
  const std::string head = client.take_until("\r\n\r\n");
  EXPECT_THAT(head, HasSubstr("Transfer-Encoding: chunked"));
  EXPECT_THAT(head, Not(HasSubstr("Content-Length")));
  EXPECT_EQ(client.take_until("0\r\n\r\n"), "6\r\nhello \r\n5\r\nworld\r\n0\r\n\r\n");
  client.send("GET / HTTP/1.1\r\n\r\n");  // the connection goes on
  EXPECT_THAT(client.take_until("0\r\n\r\n"), HasSubstr("world"));

  RawClient old = server.client();
  old.send("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n");
  EXPECT_THAT(old.take_until("\r\n\r\n"), HasSubstr("Connection: close"));
  EXPECT_EQ(old.take_bytes(11), "hello world");
  EXPECT_TRUE(old.closed_by_server());
}

TEST(Server, HeaderValuesCannotBreakLines) {
  TestServer server({}, [](Request&, Responder responder) {
    Response response;
    response.headers.emplace_back("Location", "/x\r\nSet-Cookie: evil=1");
    responder.respond(std::move(response));
  });
  RawClient client = server.client();
  client.send("GET / HTTP/1.1\r\n\r\n");
  EXPECT_FALSE(client.answer().has("\nSet-Cookie"));
}

TEST(Server, GracefulCloseFinishesWhatIsBeingAnswered) {
  Responder kept;
  std::promise<void> arrived;
  TestServer server({}, [&](Request&, Responder responder) {
    kept = responder;
    arrived.set_value();
  });
  RawClient busy = server.client();
  busy.send("GET / HTTP/1.1\r\n\r\n");
  arrived.get_future().wait();
  RawClient idle = server.client();
  EXPECT_TRUE(server.eventually([](const ServerStatistics& now) { return now.open == 2; }));
  server.loop().call([&] {
    server.server().stop_listening();
    server.server().close_gracefully();
  });
  EXPECT_TRUE(idle.closed_by_server());
  EXPECT_FALSE(server.client().connected());
  server.loop().call([&] {
    kept.respond(text_response("text/plain", "last"));
    kept = Responder();
  });
  const auto answer = busy.answer();
  EXPECT_EQ(answer.body, "last");
  EXPECT_TRUE(answer.has("Connection: close"));
  EXPECT_TRUE(busy.closed_by_server());
}

}  // namespace
}  // namespace holdfast::http

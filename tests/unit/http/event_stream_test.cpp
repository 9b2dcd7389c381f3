// Server-sent events: order, resume, reset, coalescing, heartbeats, slow readers.
#include "http/event_stream.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "loopback.hpp"

namespace holdfast::http {
namespace {

using ::testing::HasSubstr;
using testing::RawClient;
using testing::TestServer;

class Events : public ::testing::Test {
 protected:
  void start(EventStreamOptions options = {}) {
    server_ = std::make_unique<TestServer>(ServerOptions{}, [this](Request& request, Responder responder) {
      std::vector<std::string> topics;
      if (request.path != "/events") {
        topics.push_back(request.path.substr(1));
      }
      stream_->attach(request, std::move(responder), std::move(topics));
    });
    server_->loop().call([&] { stream_ = std::make_unique<EventStream>(server_->loop().io(), options); });
  }
  ~Events() override {
    if (server_) {
      server_->loop().call([&] { stream_.reset(); });
    }
  }

  template <typename Function>
  auto on_loop(Function function) {
    return server_->loop().call(std::move(function));
  }
  void publish(const std::string& topic, const std::string& data) {
    on_loop([&] { stream_->publish(topic, data); });
  }
  RawClient reader(const std::string& path = "/events", const std::string& headers = "") {
    RawClient client = server_->unix_client();
    client.send("GET " + path + " HTTP/1.1\r\n" + headers + "\r\n");
    EXPECT_THAT(client.take_until("\r\n\r\n"), HasSubstr("Content-Type: text/event-stream\r\n"));
    client.take_until("retry: 1000\n\n\r\n");
    return client;
  }

  std::unique_ptr<TestServer> server_;
  std::unique_ptr<EventStream> stream_;
};

TEST_F(Events, ComeInOrderToAllWhoWantThem) {
  start();
  RawClient all = reader();
  RawClient some = reader("/state");
  publish("state", "one\ntwo\r\nthree");
  publish("log", "not for all");
  publish("state", "last");
  EXPECT_THAT(all.take_until("last\n\n"), HasSubstr("id: 1\nevent: state\ndata: one\ndata: two\ndata: three\n\n"));
  const std::string filtered = some.take_until("last\n\n");
  EXPECT_THAT(filtered, HasSubstr("id: 1\nevent: state"));
  EXPECT_THAT(filtered, HasSubstr("id: 3\nevent: state"));
  EXPECT_EQ(filtered.find("not for all"), std::string::npos);
  EXPECT_EQ(on_loop([&] { return stream_->clients(); }), 2U);
}

TEST_F(Events, NoContentBreaksOutOfItsEvent) {
  start();
  RawClient client = reader();
  publish("x\nevent: evil", "a\n\nevent: evil\ndata: b\r\rc");
  const std::string event = client.take_until("c\n\n");
  EXPECT_THAT(event, HasSubstr("event: x event: evil\n"));
  EXPECT_THAT(event, HasSubstr("data: a\ndata: \ndata: event: evil\ndata: data: b\ndata: \ndata: c\n\n"));
}

TEST_F(Events, AReaderResumesAfterTheLastIdItSaw) {
  start();
  for (int i = 1; i <= 5; ++i) {
    publish("state", "event " + std::to_string(i));
  }
  RawClient resumed = reader("/events", "Last-Event-ID: 3\r\n");
  const std::string missed = resumed.take_until("event 5\n\n");
  EXPECT_EQ(missed.find("event 3"), std::string::npos);
  EXPECT_THAT(missed, HasSubstr("id: 4\n"));
  RawClient by_parameter = reader("/events?lastEventId=4");
  EXPECT_THAT(by_parameter.take_until("\n\n"), HasSubstr("id: 5\n"));
  RawClient fresh = reader();
  publish("state", "event 6");
  EXPECT_THAT(fresh.take_until("\n\n"), HasSubstr("id: 6\n"));
}

TEST_F(Events, WhoFellOffTheRingIsReset) {
  EventStreamOptions options;
  options.ring_events = 3;
  start(options);
  for (int i = 1; i <= 10; ++i) {
    publish("state", std::to_string(i));
  }
  for (const char* id : {"2", "999", "-1", "nonsense"}) {
    RawClient client = reader("/events", "Last-Event-ID: " + std::string(id) + "\r\n");
    EXPECT_THAT(client.take_until("\n\n"), HasSubstr("id: 10\nevent: reset\ndata: {}\n\n")) << id;
  }
  RawClient known = reader("/events", "Last-Event-ID: 7\r\n");  // 8, 9, 10 are there
  EXPECT_THAT(known.take_until("\n\n"), HasSubstr("id: 8\nevent: state"));
}

TEST_F(Events, KeysCoalesceToTheNewest) {
  EventStreamOptions options;
  options.coalesce = 100ms;
  start(options);
  RawClient client = reader();
  const auto begin = std::chrono::steady_clock::now();
  on_loop([&] {
    for (int i = 0; i <= 1000; ++i) {
      stream_->publish_latest("state", "a", "a" + std::to_string(i));
    }
    stream_->publish_latest("state", "b", "b0");
  });
  const std::string events = client.take_until("a1000\n\n");
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 90ms);
  EXPECT_THAT(events, HasSubstr("data: a0\n"));
  EXPECT_THAT(events, HasSubstr("data: b0\n"));
  EXPECT_EQ(on_loop([&] { return stream_->last_id(); }), 3U);
}

TEST_F(Events, HeartbeatsKeepTheConnectionWhileThereAreReaders) {
  EventStreamOptions options;
  options.heartbeat = 30ms;
  start(options);
  RawClient client = reader();
  EXPECT_FALSE(client.take_until(": \n\n").empty());
  EXPECT_FALSE(client.take_until(": \n\n").empty());
  client.close();
  EXPECT_TRUE(server_->eventually([](const ServerStatistics& now) { return now.open == 0; }));
  EXPECT_EQ(on_loop([&] { return stream_->clients(); }), 0U);
}

TEST_F(Events, ASlowReaderNeitherBlocksNorGrows) {
  EventStreamOptions options;
  options.ring_events = 100;
  options.client_queue_bytes = 20'000;
  start(options);
  RawClient slow = reader();
  RawClient quick = reader();
  const std::string data(1000, 'x');
  for (int i = 1; i <= 3000; ++i) {
    publish("bulk", data + std::to_string(i));
    if (i % 50 == 0) {
      EXPECT_FALSE(quick.take_until(std::to_string(i) + "\n\n").empty());
    }
  }
  EXPECT_EQ(on_loop([&] { return stream_->clients(); }), 2U);
  // It reads on, and learns that it missed something.
  EXPECT_FALSE(slow.take_until("event: reset\n").empty());
  publish("bulk", "the end");
  EXPECT_FALSE(slow.take_until("the end\n\n").empty());
}

TEST_F(Events, TheNumberOfReadersIsBounded) {
  EventStreamOptions options;
  options.clients_max = 2;
  start(options);
  RawClient one = reader();
  RawClient two = reader();
  RawClient three = server_->unix_client();
  three.send("GET /events HTTP/1.1\r\n\r\n");
  EXPECT_EQ(three.answer().status, 503);
}

TEST_F(Events, CloseEndsEveryStream) {
  start();
  RawClient client = reader();
  on_loop([&] { stream_->close(); });
  EXPECT_FALSE(client.take_until("0\r\n\r\n").empty());
  publish("state", "nobody");
}

}  // namespace
}  // namespace holdfast::http

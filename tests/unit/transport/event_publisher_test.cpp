// The ZeroMQ part of Supvisors' external event interface (contract supvisors.md 7.5), over real sockets.
#include "transport/event_publisher.hpp"

#include <gtest/gtest.h>
#include <poll.h>

#include <chrono>
#include <optional>
#include <vector>
#include <zmq.hpp>

namespace holdfast::transport {
namespace {

using namespace std::chrono_literals;

class Publisher {
 public:
  explicit Publisher(std::function<bool(const std::string&, const std::string&)> account = {}) {
    EventPublisherOptions options;
    options.bind_address = "127.0.0.1";
    options.account = std::move(account);
    port = events.open(options).value();
  }
  /// Lets the loop's descriptors wake it until the condition holds; false after a minute.
  template <typename Condition>
  bool turn_until(Condition condition) {
    const auto end = std::chrono::steady_clock::now() + 60s;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > end) {
        return false;
      }
      std::vector<pollfd> fds;
      for (const int fd : events.fds()) {
        fds.push_back({fd, POLLIN, 0});
      }
      (void)::poll(fds.data(), fds.size(), 50);
      events.pump();
    }
    return true;
  }

  std::vector<std::string> subscribed;
  std::vector<std::string> unsubscribed;
  EventPublisher events{{[this](const std::string& text) { subscribed.push_back(text); },
                         [this](const std::string& text) { unsubscribed.push_back(text); }}};
  std::uint16_t port = 0;
};

class Subscriber {
 public:
  explicit Subscriber(std::uint16_t port, const std::string& topic, const std::string& user = {},
                      const std::string& password = {}) {
    socket.set(zmq::sockopt::linger, 0);
    socket.set(zmq::sockopt::rcvtimeo, 60'000);
    if (!user.empty()) {
      socket.set(zmq::sockopt::plain_username, user);
      socket.set(zmq::sockopt::plain_password, password);
    }
    socket.set(zmq::sockopt::subscribe, topic);
    socket.connect("tcp://127.0.0.1:" + std::to_string(port));
  }
  /// The parts of the next message.
  std::vector<std::string> next() {
    std::vector<std::string> parts;
    bool more = true;
    while (more) {
      zmq::message_t part;
      if (!socket.recv(part)) {
        return {};
      }
      parts.push_back(part.to_string());
      more = part.more();
    }
    return parts;
  }

  zmq::context_t context;
  zmq::socket_t socket{context, zmq::socket_type::sub};
};

TEST(EventPublisher, HeaderAndBodyAreTwoPartsFilteredByTheHeadersBeginning) {
  Publisher publisher;
  Subscriber subscriber(publisher.port, "proc");
  ASSERT_TRUE(publisher.turn_until([&] { return publisher.subscribed.size() == 1; }));
  EXPECT_EQ(publisher.subscribed[0], "proc");
  publisher.events.publish("instance", "{}");
  publisher.events.publish("process", R"({"a":1})");
  EXPECT_EQ(subscriber.next(), (std::vector<std::string>{"process", R"({"a":1})"}));
}

TEST(EventPublisher, EverySubscriberIsToldAboutAndTheLastOnesEnd) {
  Publisher publisher;
  std::optional<Subscriber> first(std::in_place, publisher.port, "event");
  ASSERT_TRUE(publisher.turn_until([&] { return publisher.subscribed.size() == 1; }));
  std::optional<Subscriber> second(std::in_place, publisher.port, "event");
  ASSERT_TRUE(publisher.turn_until([&] { return publisher.subscribed.size() == 2; }));
  first.reset();
  second.reset();
  ASSERT_TRUE(publisher.turn_until([&] { return !publisher.unsubscribed.empty(); }));
  EXPECT_EQ(publisher.unsubscribed, std::vector<std::string>{"event"});
}

TEST(EventPublisher, AnAccountIsAskedFor) {
  Publisher publisher(
      [](const std::string& user, const std::string& password) { return user == "u" && password == "p"; });
  Subscriber stranger(publisher.port, "");
  Subscriber wrong(publisher.port, "", "u", "q");
  ASSERT_TRUE(publisher.turn_until([&] { return publisher.events.refused() >= 1; }));
  EXPECT_TRUE(publisher.subscribed.empty());
  Subscriber friendly(publisher.port, "", "u", "p");
  ASSERT_TRUE(publisher.turn_until([&] { return publisher.subscribed.size() == 1; }));
  publisher.events.publish("event", "{}");
  EXPECT_EQ(friendly.next().size(), 2U);
  for (Subscriber* other : {&stranger, &wrong}) {
    other->socket.set(zmq::sockopt::rcvtimeo, 0);
    EXPECT_TRUE(other->next().empty());
  }
}

TEST(EventPublisher, ATakenPortIsAnErrorThatNamesIt) {
  Publisher publisher;
  EventPublisher second({[](const std::string&) {}, [](const std::string&) {}});
  EventPublisherOptions options;
  options.bind_address = "127.0.0.1";
  options.port = publisher.port;
  const auto opened = second.open(options);
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().message.find(":" + std::to_string(publisher.port)), std::string::npos);
  second.publish("event", "{}");  // and nothing happens
}

TEST(EventPublisher, RubbishFromASubscriberChangesNothing) {
  Publisher publisher;
  zmq::context_t context;
  zmq::socket_t raw(context, zmq::socket_type::xsub);
  raw.set(zmq::sockopt::linger, 0);
  raw.connect("tcp://127.0.0.1:" + std::to_string(publisher.port));
  for (const std::string& text : {std::string("rubbish"), std::string(), std::string("\1", 1) + "event"}) {
    (void)raw.send(zmq::buffer(text), zmq::send_flags::none);
  }
  ASSERT_TRUE(publisher.turn_until([&] { return !publisher.subscribed.empty(); }));
  EXPECT_EQ(publisher.subscribed, std::vector<std::string>{"event"});
}

}  // namespace
}  // namespace holdfast::transport

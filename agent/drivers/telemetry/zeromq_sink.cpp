// External events by ZeroMQ: the publisher's descriptors on the loop, its subscriptions in EventSubscriptions.
#include <boost/asio/posix/stream_descriptor.hpp>
#include <utility>
#include <vector>

#include "drivers/telemetry/event_sinks.hpp"
#include "drivers/telemetry/event_subscriptions.hpp"
#include "transport/event_publisher.hpp"

namespace holdfast {
namespace {

class ZeroMqSink final : public EventSink {
 public:
  ZeroMqSink(system::EventLoop& loop, std::function<void()> on_news)
      : loop_(loop),
        on_news_(std::move(on_news)),
        publisher_({[this](const std::string& text) { subscribed(text); },
                    [this](const std::string& text) { unsubscribed(text); }}) {}
  ~ZeroMqSink() override { ZeroMqSink::close(); }

  Status open(const config::Settings& settings, std::uint16_t port) {
    transport::EventPublisherOptions options;
    options.bind_address = inet_server_of(settings).host;
    options.port = port;
    if (const http::Credentials account = event_account_of(settings); account.required()) {
      options.account = [account](const std::string& user, const std::string& password) {
        std::string granted_to;
        return http::authenticate(account, http::basic_authorization(user, password), granted_to) ==
               http::AuthenticationResult::granted;
      };
    }
    if (const auto bound = publisher_.open(options); !bound) {
      return bound.error();
    }
    for (const int fd : publisher_.fds()) {
      if (fd >= 0) {
        watched_.push_back(std::make_unique<boost::asio::posix::stream_descriptor>(loop_.context(), fd));
        wait(*watched_.back());
      }
    }
    return {};
  }

  [[nodiscard]] api::EventTopics wanted() const override { return wanted_; }

  void publish(const api::ExternalEvent& event) override { publisher_.publish(api::name_of(event.topic), event.body); }

  bool tell_newcomers(const api::EventSight& sight) override {
    for (const api::ExternalEvent& event : subscriptions_.next_of_snapshot(sight)) {
      publish(event);  // may take a new subscription
    }
    return subscriptions_.snapshot_waits();
  }

  void close() override {
    for (const auto& descriptor : watched_) {
      (void)descriptor->release();  // ZeroMQ's
    }
    watched_.clear();
  }

  [[nodiscard]] std::uint64_t dropped() const override { return 0; }  // ZeroMQ does not say
  [[nodiscard]] std::uint64_t refused() const override { return publisher_.refused(); }

 private:
  void wait(boost::asio::posix::stream_descriptor& descriptor) {
    descriptor.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                          [this, &descriptor](const boost::system::error_code& error) {
                            if (!error) {
                              publisher_.pump();
                              wait(descriptor);
                            }
                          });
  }

  void subscribed(const std::string& text) {
    if (subscriptions_.add(text)) {
      subscriptions_changed();
    }
  }

  void unsubscribed(const std::string& text) {
    subscriptions_.remove(text);
    subscriptions_changed();
  }

  void subscriptions_changed() {
    wanted_ = subscriptions_.wanted();
    on_news_();
  }

  system::EventLoop& loop_;
  std::function<void()> on_news_;
  transport::EventPublisher publisher_;
  std::vector<std::unique_ptr<boost::asio::posix::stream_descriptor>> watched_;
  EventSubscriptions subscriptions_;
  api::EventTopics wanted_ = 0;
};

}  // namespace

Result<std::unique_ptr<EventSink>> make_zeromq_sink(system::EventLoop& loop, const config::Settings& settings,
                                                    std::uint16_t port, std::function<void()> on_news) {
  auto sink = std::make_unique<ZeroMqSink>(loop, std::move(on_news));
  if (const Status opened = sink->open(settings, port); !opened) {
    return opened.error();
  }
  return std::unique_ptr<EventSink>(std::move(sink));
}

}  // namespace holdfast

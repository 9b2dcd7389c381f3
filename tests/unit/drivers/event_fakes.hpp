// event_fakes.hpp: what stands in for the neighbours of the external events in their tests: sinks, clients, the
// cluster's statistics. Used by tests/unit/drivers only.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "drivers/ports/statistics_exchange.hpp"
#include "drivers/telemetry/event_clients.hpp"
#include "drivers/telemetry/event_sink.hpp"

namespace holdfast {

class FakeEventSink final : public EventSink {
 public:
  [[nodiscard]] api::EventTopics wanted() const override { return topics; }
  void publish(const api::ExternalEvent& event) override { published.emplace_back(name_of(event.topic)); }
  bool tell_newcomers(const api::EventSight&) override {
    ++pieces;
    return pieces_left > 0 && --pieces_left > 0;
  }
  void close() override { closed = true; }
  [[nodiscard]] std::uint64_t dropped() const override { return 2; }
  [[nodiscard]] std::uint64_t refused() const override { return 3; }

  api::EventTopics topics = 0;
  std::vector<std::string> published;
  int pieces = 0;
  int pieces_left = 0;
  bool closed = false;
};

class FakeEventSinkMaker final : public EventSinkMaker {
 public:
  Result<std::unique_ptr<EventSink>> make(config::EventLink link, std::uint16_t port,
                                          std::function<void()> on_news) override {
    asked.emplace_back(link, port);
    if (!error.empty()) {
      return Error{error};
    }
    news = std::move(on_news);
    auto made = std::make_unique<FakeEventSink>();
    sink = made.get();
    return std::unique_ptr<EventSink>(std::move(made));
  }
  std::string error;
  std::vector<std::pair<config::EventLink, std::uint16_t>> asked;
  std::function<void()> news;
  FakeEventSink* sink = nullptr;  // its owner's
};

class FakeClientTexts final : public ClientTexts {
 public:
  bool send(ClientId client, const std::shared_ptr<const std::string>& text) override {
    if (full.contains(client)) {
      return false;
    }
    sent[client].push_back(text->substr(2, text->find('"', 2) - 2));
    texts.push_back(text);
    return true;
  }
  [[nodiscard]] std::size_t queued(ClientId client) const override {
    const auto found = waiting.find(client);
    return found == waiting.end() ? 0 : found->second;
  }
  std::map<ClientId, std::vector<std::string>> sent;  // the headers
  std::vector<std::shared_ptr<const std::string>> texts;
  std::set<ClientId> full;
  std::map<ClientId, std::size_t> waiting;
};

class FakeStatisticsExchange final : public StatisticsExchange {
 public:
  void want_statistics(cluster::StatisticsKinds kinds) override { wanted.push_back(kinds); }
  void tell_samples(const cluster::LocalSamples&) override {}
  std::vector<cluster::StatisticsKinds> wanted;
};

}  // namespace holdfast

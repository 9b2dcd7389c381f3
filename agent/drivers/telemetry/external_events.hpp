// external_events.hpp: Supvisors' external event interface (contract supvisors.md 7.5, CFG-11, CFG-12): after each step
// of the node that changed something, and at each tick, what the feed says goes to the sink that event_link names.
// Without a listener it costs nothing. It decides nothing about the messages. Made by the composition root; loop thread
// only.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "api/events/event_feed.hpp"
#include "base/counter_list.hpp"
#include "cluster/node.hpp"
#include "config/settings.hpp"
#include "drivers/ports/statistics_exchange.hpp"
#include "drivers/telemetry/event_sink.hpp"
#include "storage/main_log.hpp"
#include "system/event_loop.hpp"

namespace holdfast {

class ExternalEvents {
 public:
  struct Parts {
    system::EventLoop& loop;
    storage::MainLog& log;
    EventSinkMaker& sinks;
    StatisticsExchange& exchange;  // told what subscribers look at; never while a message is being made
  };
  /// `settings.cluster` is there.
  ExternalEvents(Parts parts, const config::Settings& settings);

  /// Opens what event_link says. What pages should show as long as it is so is returned: an interface that cannot be
  /// opened (the agent goes on without), or that asks for less than the HTTP port.
  std::string open(const cluster::Node& node);
  /// The node made a step, and something has changed.
  void on_step();
  void close();
  [[nodiscard]] bool wants(api::EventTopic topic) const {
    return sink_ != nullptr && (sink_->wanted() & api::only(topic)) != 0;
  }
  // Points of statistics, of this node and of those that it follows, which do not follow from the cluster's view.
  void tell(const cluster::LocalSamples& samples);
  void tell(const cluster::PeerSamples& samples);
  /// Messages published, dropped, and subscribers refused, for people; empty without event_link.
  [[nodiscard]] CounterList counters() const;

 private:
  [[nodiscard]] api::EventSight sight() const;
  void on_news();
  void publish(const std::vector<api::ExternalEvent>& events);
  void tick_later();
  void tell_newcomers();
  void tell_points(const std::string& identifier, Instant at, const std::vector<supervision::HostPoint>& host,
                   const std::vector<supervision::ProcessPoint>& processes);

  Parts parts_;
  const config::Settings& settings_;
  const cluster::Node* node_ = nullptr;  // from open() on
  std::unique_ptr<EventSink> sink_;
  api::EventFeed feed_;
  bool listened_to_ = false;
  std::uint64_t published_ = 0;
  system::Deadline tick_;
  system::Deadline newcomers_;
  system::Deadline looks_;
};

}  // namespace holdfast

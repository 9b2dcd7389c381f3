// telemetry.hpp: what a node of a cluster measures of itself and tells of the cluster, put together: the statistics,
// and the event interface that publishes them beside the cluster's events. Points of this node go to both the event
// interface and the cluster, whose other nodes may look at them. Alone, an agent has none of it: it wakes for nothing.
// Made by the composition root; loop thread only.
#pragma once

#include <cstdint>

#include "api/ports.hpp"
#include "base/counter_list.hpp"
#include "base/warnings.hpp"
#include "cluster/input.hpp"
#include "cluster/node.hpp"
#include "cluster/outcome.hpp"
#include "config/settings.hpp"
#include "drivers/ports/statistics_exchange.hpp"
#include "drivers/telemetry/event_sinks.hpp"
#include "drivers/telemetry/external_events.hpp"
#include "drivers/telemetry/statistics_collector.hpp"
#include "http/request_port.hpp"
#include "storage/disk_thread.hpp"
#include "storage/main_log.hpp"
#include "system/event_loop.hpp"

namespace holdfast {

class Telemetry final : public CounterSource, public StatisticsObserver {
 public:
  struct Parts {
    system::EventLoop& loop;
    storage::DiskThread& disk;
    storage::MainLog& log;
    const api::SupervisionPort& programs;
    http::RequestPort& port;
    StatisticsExchange& cluster;
    const cluster::Node& node;
    Warnings& warnings;
  };
  /// `settings.cluster` is there.
  Telemetry(Parts parts, const config::Settings& settings);

  /// Opens the event interface that the settings name; what is wrong with it becomes a warning.
  void open();
  /// From here on the node is measured. `daemon_pid`: the keeper's, whose children the programs are.
  void begin(std::int64_t daemon_pid) { statistics_.begin(daemon_pid); }
  void close();

  [[nodiscard]] api::StatisticsPort& statistics() { return statistics_; }
  void groups_changed() { statistics_.groups_changed(); }
  // What the cluster's core has made of a step.
  void on_step() { events_.on_step(); }
  void on_samples(const cluster::PeerSamples& samples) { events_.tell(samples); }

  // CounterSource
  [[nodiscard]] CounterList counters() const override { return events_.counters(); }

 private:
  // StatisticsObserver
  void on_points(const cluster::LocalSamples& samples) override;
  [[nodiscard]] bool somebody_listens() const override;

  Parts parts_;
  EventSinks sinks_;
  ExternalEvents events_;
  StatisticsCollector statistics_;
};

}  // namespace holdfast

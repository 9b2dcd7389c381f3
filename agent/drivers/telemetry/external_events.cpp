#include "drivers/telemetry/external_events.hpp"

#include "api/statistics_values.hpp"
#include "base/clock.hpp"
#include "base/limits.hpp"
#include "drivers/telemetry/event_sinks.hpp"

namespace holdfast {
namespace {

constexpr int kPortMax = 0xFFFF;

int event_port_of(const config::Settings& settings) {
  return settings.cluster->event_port != 0 ? settings.cluster->event_port : inet_server_of(settings).port + 1;
}

}  // namespace

ExternalEvents::ExternalEvents(Parts parts, const config::Settings& settings)
    : parts_(parts), settings_(settings), tick_(parts.loop), newcomers_(parts.loop), looks_(parts.loop) {}

std::string ExternalEvents::open(const cluster::Node& node) {
  node_ = &node;
  const config::EventLink link = settings_.cluster->event_link;
  if (link == config::EventLink::none) {
    return {};
  }
  const int port = event_port_of(settings_);
  const std::string what = std::string("the event interface (") + (link == config::EventLink::zeromq ? "ZMQ" : "WS") +
                           ", port " + std::to_string(port) + ")";
  auto sink = port > kPortMax ? Result<std::unique_ptr<EventSink>>(
                                    Error{"there is no port after that of [inet_http_server]; say event_port"})
                              : parts_.sinks.make(link, static_cast<std::uint16_t>(port), [this] { on_news(); });
  if (!sink) {
    const std::string trouble = what + " cannot be opened, no events are published: " + sink.error().message;
    parts_.log.error(trouble);
    return trouble;
  }
  sink_ = std::move(sink).value();
  parts_.log.info(what + " is open");
  if (event_account_of(settings_).required()) {
    return {};
  }
  const std::string open_to_all = what + " is running without any authentication checking";
  parts_.log.critical(open_to_all);
  return settings_.cluster->event_authentication ? std::string() : open_to_all;  // else the HTTP port is open as well
}

void ExternalEvents::on_step() {
  if (listened_to_) {
    publish(feed_.changes(sight(), sink_->wanted()));
  }
}

void ExternalEvents::tell(const cluster::LocalSamples& samples) {
  tell_points(node_->view().me().identifier, monotonic_now(), samples.host, samples.processes);
}

void ExternalEvents::tell(const cluster::PeerSamples& samples) {
  tell_points(samples.identifier, samples.at, samples.host, samples.processes);
}

void ExternalEvents::tell_points(const std::string& identifier, Instant at,
                                 const std::vector<supervision::HostPoint>& host,
                                 const std::vector<supervision::ProcessPoint>& processes) {
  for (std::size_t i = 0; wants(api::EventTopic::hstats) && i < host.size(); ++i) {
    publish({api::event_of(api::EventTopic::hstats, api::host_point_value(identifier, at, host[i]))});
  }
  for (std::size_t i = 0; wants(api::EventTopic::pstats) && i < processes.size(); ++i) {
    publish({api::event_of(api::EventTopic::pstats, api::process_point_value(identifier, at, processes[i]))});
  }
}

void ExternalEvents::close() {
  tick_.cancel();
  newcomers_.cancel();
  looks_.cancel();
  listened_to_ = false;
  if (sink_) {
    sink_->close();
  }
}

CounterList ExternalEvents::counters() const {
  if (!sink_) {
    return {};
  }
  return {{"external events", published_},
          {"external events dropped", sink_->dropped()},
          {"external event clients refused", sink_->refused()}};
}

api::EventSight ExternalEvents::sight() const {
  return {node_->view(), node_->engine().matcher(), monotonic_now(), wall_now(), local_utc_offset_s};
}

/// Also called while a message is being published: it sends nothing itself.
void ExternalEvents::on_news() {
  if (!sink_) {
    return;  // it is being made
  }
  looks_.set(monotonic_now(), [this] {
    parts_.exchange.want_statistics({wants(api::EventTopic::hstats), wants(api::EventTopic::pstats)});
  });
  const bool was_listened_to = std::exchange(listened_to_, sink_->wanted() != 0);
  if (listened_to_ && !was_listened_to) {
    feed_.begin(sight());
    tick_later();
  } else if (!listened_to_) {
    feed_.end();
    tick_.cancel();
    newcomers_.cancel();
    return;
  }
  if (settings_.cluster->event_snapshot && !newcomers_.armed()) {
    newcomers_.set(monotonic_now(), [this] { tell_newcomers(); });
  }
}

void ExternalEvents::publish(const std::vector<api::ExternalEvent>& events) {
  for (const api::ExternalEvent& event : events) {
    ++published_;
    sink_->publish(event);
  }
}

void ExternalEvents::tick_later() {
  tick_.set(monotonic_now() + limits::event_tick, [this] {
    tick_later();
    publish(api::EventFeed::tick(sight(), sink_->wanted()));
  });
}

void ExternalEvents::tell_newcomers() {
  if (sink_->tell_newcomers(sight())) {
    newcomers_.set(monotonic_now() + limits::event_snapshot_pause, [this] { tell_newcomers(); });
  }
}

}  // namespace holdfast

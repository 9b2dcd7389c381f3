#include "drivers/telemetry/telemetry.hpp"

namespace holdfast {

Telemetry::Telemetry(Parts parts, const config::Settings& settings)
    : parts_(parts),
      sinks_(parts.loop, parts.port, settings),
      events_({parts.loop, parts.log, sinks_, parts.cluster}, settings),
      statistics_({parts.loop, parts.disk, parts.log, parts.programs, *this}, settings.cluster->statistics) {}

void Telemetry::open() {
  parts_.warnings.set_warning("events", events_.open(parts_.node));
}

void Telemetry::close() {
  events_.close();
  statistics_.stop();
}

void Telemetry::on_points(const cluster::LocalSamples& samples) {
  events_.tell(samples);
  parts_.cluster.tell_samples(samples);
}

bool Telemetry::somebody_listens() const {
  return events_.wants(api::EventTopic::pstats) || parts_.node.view().statistics_asked.processes;
}

}  // namespace holdfast

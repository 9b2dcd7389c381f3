// statistics_kinds.hpp: which statistics of a node somebody looks at. Who asks whom for them is StatisticsFollow's to
// decide. Plain values.
#pragma once

namespace holdfast::cluster {

/// Of statistics: what is looked at.
struct StatisticsKinds {
  bool host = false;
  bool processes = false;

  [[nodiscard]] bool any() const { return host || processes; }
  [[nodiscard]] bool has(StatisticsKinds others) const {
    return (host || !others.host) && (processes || !others.processes);
  }
  friend bool operator==(const StatisticsKinds&, const StatisticsKinds&) = default;
};

}  // namespace holdfast::cluster

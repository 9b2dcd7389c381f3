#include "cluster/node_parts.hpp"

namespace holdfast::cluster {

NodeParts::NodeParts(const NodeOptions& options, Members& members, View& view, std::uint64_t operation_nonce)
    : membership(members),
      watch(members, options),
      seeds(options.seeds),
      roster(members),
      replication(members),
      copies(view.cluster),
      statistics(view.statistics_asked),
      mastery(members, view),
      synchronisation(members, view.degraded),
      rules(members, view, options),
      forced(view.cluster),
      fencing(members),
      ids(operation_nonce) {}

}  // namespace holdfast::cluster

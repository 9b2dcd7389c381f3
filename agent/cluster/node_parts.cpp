#include "cluster/node_parts.hpp"

namespace holdfast::cluster {

NodeParts::NodeParts(const NodeOptions& options, Members& members, View& view, std::uint64_t operation_nonce)
    : membership(
          {roster, hellos, watch, losses, replication, copies, mastery, synchronisation, rules, fencing, requests},
          members, options.common),
      watch({membership, hellos}, members, options),
      hellos({membership}),
      seeds({membership}, options.seeds),
      roster({membership, heartbeats, fencing}, members),
      heartbeats({membership, watch, replication}),
      losses({membership, copies, mastery, rules, ids, requests, plans}),
      replication({copies, fencing}, members),
      copies({losses, rules, forced}, view.cluster),
      statistics({membership}, view.statistics_asked),
      mastery({membership, watch, losses, replication, synchronisation, rules, forced, fencing, requests}, members,
              view),
      synchronisation({membership, roster, seeds, losses, replication, mastery, requests, plans}, members,
                      view.degraded),
      rules({mastery, forced, ids, requests, plans}, members, view, options),
      forced({replication}, view.cluster),
      fencing({membership, hellos, watch, replication, mastery, requests, plans}, members),
      ids(operation_nonce),
      requests({rules, commands, plans}),
      commands({membership, mastery, requests}),
      plans({mastery, synchronisation, rules, fencing, requests}),
      operator_requests({synchronisation, fencing, ids, requests}) {}

}  // namespace holdfast::cluster

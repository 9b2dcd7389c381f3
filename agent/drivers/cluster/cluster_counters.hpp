// cluster_counters.hpp: what the gossip transport, HELLO and the cluster's core have counted, with words for people.
// Pure; used by ClusterDriver.
#pragma once

#include "base/counter_list.hpp"
#include "cluster/view.hpp"
#include "transport/gossip.hpp"
#include "transport/hello.hpp"

namespace holdfast {

CounterList counters_of(const transport::Counters& frames, const transport::HelloCounters& hellos,
                        const cluster::Counters& heard);

}  // namespace holdfast

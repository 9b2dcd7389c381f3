// thread_priority.hpp: raises the calling thread above programs that take all processors, so that heartbeats
// keep their time (cluster.md 1.5: p99 of 256 ms becomes 19 ms or less beside 32 hogs). Threads made
// afterwards by the same thread inherit it; that is how libzmq's own threads get it. Called by the gossip
// thread, once.
#pragma once

#include "transport/gossip.hpp"

namespace holdfast::transport {

/// SCHED_RR 1, else nice -10, else nothing. Returns what was granted.
Priority raise_thread_priority();

}  // namespace holdfast::transport

// gossip_shared.hpp: what the loop and the gossip thread share, and nothing else is shared: rings, atomics
// and two eventfds. Each member says who writes it. Private to the transport folder.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <zmq.hpp>

#include "base/instant.hpp"
#include "base/limits.hpp"
#include "base/unique_fd.hpp"
#include "transport/gossip.hpp"
#include "transport/spsc_ring.hpp"

namespace holdfast::transport {

/// Loop to thread.
struct GossipCommand {
  enum class Kind : std::uint8_t { none, admit, forget, reconnect, follow_bulk, heartbeat, publish, send };
  Kind kind = Kind::none;
  Stream stream = Stream::ctl;
  std::uint64_t node_id = 0;
  bool follow = false;
  std::unique_ptr<Peer> peer;
  zmq::message_t frame;
};

/// Thread to loop. The frame's memory was allocated by libzmq; the loop copies and frees it.
struct GossipArrival {
  std::uint64_t node_id = 0;
  Stream stream = Stream::ctl;
  Instant stamp;
  zmq::message_t frame;
};

/// Thread to loop; fixed size, so that a stranger costs no allocation.
struct GossipRefusal {
  Drop cause = Drop::unknown_key;
  std::array<char, 64> from{};
  Instant stamp;
};

/// Counters: each is written by one side, drops by both.
struct GossipTallies {
  std::atomic<std::uint64_t> frames_in{0};
  std::atomic<std::uint64_t> frames_out{0};
  std::atomic<std::uint64_t> bytes_in{0};
  std::atomic<std::uint64_t> bytes_out{0};
  std::atomic<std::uint64_t> heartbeats_out{0};
  std::atomic<std::uint64_t> connections_accepted{0};
  std::atomic<std::uint64_t> connections_lost{0};
  std::atomic<std::uint64_t> socket_failures{0};
  std::array<std::atomic<std::uint64_t>, drop_causes> dropped{};

  static void add(std::atomic<std::uint64_t>& tally, std::uint64_t by = 1) {
    tally.fetch_add(by, std::memory_order_relaxed);
  }
  void drop(Drop cause) { add(dropped[static_cast<std::size_t>(cause)]); }
};

struct GossipShared {
  // Loop -> thread.
  SpscRing<GossipCommand> commands{limits::gossip_command_queue_max};
  std::atomic<std::size_t> command_bytes{0};
  UniqueFd wake_thread;
  std::atomic<bool> stop{false};
  std::atomic<std::int64_t> loop_turned_ns{INT64_MIN};

  // Thread -> loop.
  SpscRing<GossipArrival> ctl{limits::gossip_ctl_queue_max};
  SpscRing<GossipArrival> other{limits::gossip_other_queue_max};
  std::atomic<std::size_t> arrival_bytes{0};
  SpscRing<GossipRefusal> refusals{limits::gossip_refusal_queue_max};
  UniqueFd wake_loop;
  std::atomic<Priority> priority{Priority::normal};

  GossipTallies tallies;
};

}  // namespace holdfast::transport

// limits.hpp: every bound of the keeper that its protocol does not name (protocol.hpp): waits that protect, counts,
// sizes. std only, as all of this folder; agent/base/limits.hpp is the agent's.
#pragma once

#include <cstddef>
#include <cstdint>

#include "keeper/protocol.hpp"

namespace holdfast::keeper::limits {

// Waits, in nanoseconds.
inline constexpr std::int64_t ms = 1'000'000;
inline constexpr std::int64_t kill_after = 10'000 * ms;    // of TERM, when the keeper ends the programs itself
inline constexpr std::int64_t ready_within = 10'000 * ms;  // of TERM: an agent that is not READY by then is killed
inline constexpr std::int64_t steady_after = 30'000 * ms;  // of READY: a later crash is the first again
inline constexpr std::int64_t agent_reads_within =
    10'000 * ms;  // a stop: an agent that reads nothing for so long is killed
inline constexpr std::int64_t agent_read_check_every = 100 * ms;
inline constexpr std::int64_t resend_signals_within = 10'000 * ms;  // a signal that a dead agent has perhaps not read
inline constexpr std::int64_t spool_every = 20 * ms;                // only while no agent reads the pipes
inline constexpr std::int64_t spool_after = 20 * ms;                // of an agent's start
inline constexpr std::int64_t resend_after = 10 * ms;               // when too many descriptors are in flight

// The same in milliseconds, for poll().
inline constexpr int table_left_within_ms = 1000;  // by a child that was just cloned
inline constexpr int handover_answer_ms = 3000;    // of a new keeper to the question whether it understands the state
/// Of a keeper that was killed a fork may live that is still on its way to exec: it holds the lock for a moment more.
inline constexpr int lock_patience_ms = 5000;

// Counts.
inline constexpr int packets_per_turn = 256;            // then signals and reaping have their turn
inline constexpr std::size_t max_signal_failures = 64;  // not yet told; more are forgotten
inline constexpr std::size_t max_reaped = 256;          // orphans not yet told, the oldest go first
inline constexpr std::size_t max_troubles = 32;         // likewise
inline constexpr int tries_after_hello = 3;  // of a program that said hello: it may have failed for a passing reason

// Descriptors that stay free for what must go on: the next agent's socket, what the agent passes (requests, held
// sockets), looks into /proc, a handover. No child is started that would need one of them; a spool may, but not the
// last ones.
inline constexpr std::size_t kept_free = 24;
inline constexpr std::size_t kept_free_of_spools = 16;
inline constexpr std::size_t opened_by_spawn = 6;  // both ends of three pipes

// Bytes.
inline constexpr int unread_bytes = 9216;  // of our words to an agent; an answer with its descriptors takes 768
static_assert(unread_bytes > int{max_packet});
inline constexpr std::size_t max_launch_answer = 64 * 1024;    // launch settings; what is only shown (-T) may be longer
inline constexpr std::size_t max_handover_state = 128U << 20;  // max_children with full blobs, and more

}  // namespace holdfast::keeper::limits

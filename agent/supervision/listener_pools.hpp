// listener_pools.hpp: all [eventlistener:x] of one node: the subscriptions, the serial that all pools share, the
// ticks (contract supervisor.md 5), and what of it outlives the agent. Told what happened, it answers with
// effects; it opens nothing and reads no clock. Driven by ListenerDriver on the loop.
//
// Through an agent's death (beyond Supervisor, which forgets): encode() is kept by the keeper after each step.
// The next agent goes on where this one was: buffers, serials, who has which event in hand. An event is delivered
// at least once: one that was written to a listener in the very moment of the death, before that was noted, is
// written again.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "base/result.hpp"
#include "config/settings.hpp"
#include "supervision/listener_pool.hpp"
#include "supervision/ticks.hpp"

namespace holdfast::supervision {

class ListenerPools {
 public:
  /// `server`: the daemon's identifier, for the header line.
  explicit ListenerPools(std::string server) : server_(std::move(server)) {}

  [[nodiscard]] bool empty() const { return pools_.empty(); }
  [[nodiscard]] const std::vector<std::unique_ptr<ListenerPool>>& pools() const { return pools_; }
  /// Whether some pool wants events of that type.
  [[nodiscard]] bool wants(EventType type) const;

  /// A group joined or left the active configuration; groups of another kind are ignored. A pool sees its own
  /// PROCESS_GROUP_ADDED, but not its own PROCESS_GROUP_REMOVED.
  void add(const config::GroupSettings& group);
  void remove(std::string_view name);

  /// An event happened.
  void happened(EventType type, std::string payload);
  /// The wall clock has reached next_tick(), or has jumped.
  void tick(WallTime now);
  [[nodiscard]] std::optional<WallTime> next_tick(WallTime now) const;

  // --- news of processes; those of other groups are ignored ---
  void spawned(const ProcessId& key, StartId child);
  void state_changed(const ProcessId& key, ProcessState to);
  /// What a listener printed on its stdout; `number` names this chunk for UncommittedOutput.
  void output(const ProcessId& key, StartId child, std::string_view bytes, std::uint64_t number);
  void exited(const ProcessId& key, StartId child);
  /// The stdin that a SendToListener was for is closed.
  void send_failed(const ProcessId& key, StartId child);
  /// A SendToListener was carried out but for the last `unsent` bytes, which its pipe has not taken yet.
  void sent(const ProcessId& key, StartId child, std::size_t unsent);
  /// How many these are by now.
  void unsent(const ProcessId& key, StartId child, std::size_t bytes);

  /// What is to be done, in order; dispatches first.
  [[nodiscard]] std::vector<ListenerEffect> take_effects(Instant now);
  /// When take_effects() is due although nothing else happens: an event that came back is sent again.
  [[nodiscard]] std::optional<Instant> next_dispatch() const;

  // --- an agent after another ---
  /// Whether encode() differs from what it gave last.
  [[nodiscard]] bool changed() const { return changed_; }
  /// At most kListenersRecordBytes; the latest events of a pool that has too many are left out.
  std::string encode();
  /// After add() of every group, before the first reattached(). An error: nothing was taken over.
  Status restore(std::string_view state, const UncommittedOutput& uncommitted);
  void reattached(const ProcessId& key, StartId child);
  void all_reattached();

 private:
  ListenerPool* pool_of(std::string_view name);

  std::string server_;
  std::vector<std::unique_ptr<ListenerPool>> pools_;  // in order of addition: who sees an event first
  std::int64_t next_serial_ = 0;
  Ticks ticks_;
  std::vector<ListenerEffect> effects_;
  bool changed_ = false;
};

}  // namespace holdfast::supervision

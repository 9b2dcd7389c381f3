// listener_pool.hpp: one [eventlistener:x]: its buffer of events and its members (contract supervisor.md 5.4,
// 5.5). Decides which event goes to which member, when one is dropped, and what an answer means; it sends and
// logs by effects and knows neither pipes nor clocks. Owned by ListenerPools.
//
// Each event goes to one member: the first, in configuration order, that is RUNNING and READY. The buffer holds
// buffer_size events; one more drops the oldest, also when an event comes back (rejected, its listener died or
// broke the protocol): that goes to the head, of this pool only, with the serials it had. It is sent again at once;
// when it comes back again, after a time that grows (limits::event_return_wait), in which the events behind it go on.
// How often it came back is forgotten with the agent.
//
// Where the pool has a result_handler of its own (Python, not run here) every answer accepts the event.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/instant.hpp"
#include "config/settings.hpp"
#include "supervision/effect.hpp"
#include "supervision/event.hpp"
#include "supervision/listener_protocol.hpp"

namespace holdfast::supervision {

inline constexpr std::size_t kPoolBytes = 8 * 1024 * 1024;  // payloads that wait in one pool's buffer

/// An event as one pool has accepted it.
struct PoolEvent {
  std::int64_t serial = 0;       // of all pools together
  std::int64_t pool_serial = 0;  // of this pool
  EventType type{};
  std::shared_ptr<const std::string> payload;
  int returns = 0;             // how often it came back from a member that had it
  bool just_returned = false;  // its wait begins with the next dispatch()
  Instant not_before{};
};

/// Write `bytes` to that listener's stdin, behind what was written before. When it is closed: send_failed().
struct SendToListener {
  ProcessId key;
  StartId start_id{};
  std::string bytes;
};

/// That listener broke the protocol, or was started anew after it had.
struct ListenerHealth {
  ProcessId key;
  bool broken = false;
};

using ListenerEffect = std::variant<LogLine, SendToListener, ListenerHealth>;

/// By start id: the number of the chunk of output that an agent had begun to take when it died, and that is still in
/// its pipe.
using UncommittedOutput = std::map<std::uint64_t, std::uint64_t>;

/// One process of a pool.
struct ListenerMember {
  ProcessId key;
  ProcessState process_state = ProcessState::stopped;
  std::optional<StartId> child;    // whose output counts
  std::optional<StartId> awaited;  // the child of an earlier agent, until it is reattached
  ListenerProtocol protocol;
  std::optional<PoolEvent> event;  // that it has in hand (BUSY)
  std::size_t unsent = 0;          // bytes at the end of that event's envelope that its pipe has not taken
  bool guessed = false;            // an earlier agent left nothing of its dialogue: taken for READY
  bool unreachable = false;        // its stdin is closed: no events until its next start
  // What it printed last, which is in this state already but may still be in its pipe when the agent dies.
  std::uint64_t seen_bytes = 0;
  std::uint64_t seen_number = 0;  // of that chunk
  std::uint64_t skip_bytes = 0;   // taken over from an earlier agent: the next output begins with so many again
};

class ListenerPool {
 public:
  ListenerPool(const config::GroupSettings& group, std::string server);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] bool wants(EventType type) const { return types_.contains(type); }
  [[nodiscard]] const std::vector<ListenerMember>& members() const { return members_; }
  [[nodiscard]] const std::deque<PoolEvent>& buffer() const { return buffer_; }
  [[nodiscard]] std::int64_t next_serial() const { return next_serial_; }

  /// Takes an event of a wanted type in; dispatch() sends what can be sent.
  void accept(std::int64_t serial, EventType type, std::shared_ptr<const std::string> payload,
              std::vector<ListenerEffect>& effects);
  /// Oldest first of those that may be sent, while a member is ready.
  void dispatch(Instant now, std::vector<ListenerEffect>& effects);
  /// When a dispatch() is due although nothing else happens; nullopt: never.
  [[nodiscard]] std::optional<Instant> next_dispatch() const;

  // --- news of a member; unknown ones are ignored ---
  void spawned(const ProcessId& key, StartId child, std::vector<ListenerEffect>& effects);
  void state_changed(const ProcessId& key, ProcessState to);
  void output(StartId child, std::string_view bytes, std::uint64_t number, std::vector<ListenerEffect>& effects);
  void exited(StartId child, std::vector<ListenerEffect>& effects);
  void send_failed(StartId child, std::vector<ListenerEffect>& effects);
  void sent(StartId child, std::size_t unsent, std::vector<ListenerEffect>& effects);
  void unsent(StartId child, std::size_t bytes);

  // --- an agent after another ---
  /// Takes over what an earlier agent had; the members' children are named by reattached().
  void restore(std::int64_t next_serial, std::deque<PoolEvent> buffer, std::vector<ListenerMember> members,
               const UncommittedOutput& uncommitted);
  /// That child lives, or its last output is still to be read. Its unsent rest is sent now.
  void reattached(const ProcessId& key, StartId child, std::vector<ListenerEffect>& effects);
  /// Every child is named: the events of those that are gone come back.
  void all_reattached(std::vector<ListenerEffect>& effects);

 private:
  ListenerMember* member_of(const ProcessId& key);
  ListenerMember* member_of(StartId child);
  [[nodiscard]] const ListenerMember* ready_member() const;
  static void correct_guess(ListenerMember& member, std::string_view& bytes);
  enum class Had { seen, untouched };  // whether the member got the event that comes back
  void take_back(ListenerMember& member, Had had, std::vector<ListenerEffect>& effects);
  void make_room(std::size_t bytes, std::vector<ListenerEffect>& effects);
  void heed(ListenerMember& member, const ListenerNews& news, bool& give_back, std::vector<ListenerEffect>& effects);
  [[nodiscard]] std::string envelope(const PoolEvent& event) const;

  std::string name_;
  std::string server_;
  std::size_t buffer_size_;
  bool length_in_bytes_ = false;
  bool every_answer_accepts_ = false;
  std::set<EventType> types_;
  std::deque<PoolEvent> buffer_;
  std::size_t buffer_bytes_ = 0;
  std::int64_t next_serial_ = 0;
  std::vector<ListenerMember> members_;
};

}  // namespace holdfast::supervision

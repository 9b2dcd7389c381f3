// connection_phases.hpp: what each connection of a server waits for, since when, and which one has waited too long or
// goes first when room is needed. One list for each phase, in the order in which the connections entered it; as all of
// a phase have one timeout, that is also the order of their deadlines, and moving a connection costs O(1). It owns the
// connections, reads no clock, arms no timer and closes nobody: the server does. Loop thread only.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <list>
#include <memory>
#include <vector>

#include "base/instant.hpp"

namespace holdfast::http {

/// What a connection waits for: its next request, the rest of a head or of a body, us (without a deadline), its client
/// to take the answer, or the rest of what is thrown away before it is closed.
enum class ConnectionPhase { idle, header, body, busy, writing, draining };
inline constexpr std::size_t kConnectionPhases = static_cast<std::size_t>(ConnectionPhase::draining) + 1;

/// How long a phase may take, by its number; Duration::max(): for ever.
using PhaseTimeouts = std::array<Duration, kConnectionPhases>;

/// `Connection` has two members for this class alone to write: `phase`, and `position` (a ConnectionPhases::Position).
template <typename Connection>
class ConnectionPhases {
 public:
  struct Entry {
    std::shared_ptr<Connection> connection;
    Instant since;
  };
  using Position = typename std::list<Entry>::iterator;

  explicit ConnectionPhases(const PhaseTimeouts& timeouts) : timeouts_(timeouts) {}

  [[nodiscard]] Duration timeout_of(ConnectionPhase phase) const { return timeouts_[index(phase)]; }

  /// A new connection is idle. Returns its deadline.
  Instant add(std::shared_ptr<Connection> connection, Instant now) {
    std::list<Entry>& idle = lists_[index(ConnectionPhase::idle)];
    Connection& added = *connection;
    idle.push_back({std::move(connection), now});
    added.phase = ConnectionPhase::idle;
    added.position = std::prev(idle.end());
    return deadline_of(added);
  }
  /// To the end of a phase, also of the same one, with a new deadline, which is returned.
  Instant move(Connection& connection, ConnectionPhase to, Instant now) {
    std::list<Entry>& target = lists_[index(to)];
    target.splice(target.end(), lists_[index(connection.phase)], connection.position);
    connection.phase = to;
    connection.position->since = now;
    return deadline_of(connection);
  }
  void remove(const Connection& connection) { lists_[index(connection.phase)].erase(connection.position); }

  /// The one that entered a phase first, of those for whom `chosen` is true; nullptr: none.
  template <typename Chosen>
  [[nodiscard]] std::shared_ptr<Connection> oldest(ConnectionPhase phase, Chosen chosen) const {
    for (const Entry& entry : lists_[index(phase)]) {
      if (chosen(*entry.connection)) {
        return entry.connection;
      }
    }
    return nullptr;
  }
  /// One whose time is over; nullptr: none.
  [[nodiscard]] std::shared_ptr<Connection> overdue(Instant now) const {
    for (const std::list<Entry>& list : lists_) {
      if (!list.empty() && deadline_of(*list.front().connection) <= now) {
        return list.front().connection;
      }
    }
    return nullptr;
  }
  /// Of all; Instant::max(): nobody has one.
  [[nodiscard]] Instant next_deadline() const {
    Instant next = Instant::max();
    for (const std::list<Entry>& list : lists_) {
      if (!list.empty()) {
        next = std::min(next, deadline_of(*list.front().connection));
      }
    }
    return next;
  }
  [[nodiscard]] std::vector<std::shared_ptr<Connection>> all() const {
    std::vector<std::shared_ptr<Connection>> connections;
    for (const std::list<Entry>& list : lists_) {
      for (const Entry& entry : list) {
        connections.push_back(entry.connection);
      }
    }
    return connections;
  }

 private:
  static std::size_t index(ConnectionPhase phase) { return static_cast<std::size_t>(phase); }
  [[nodiscard]] Instant deadline_of(const Connection& connection) const {
    const Duration timeout = timeout_of(connection.phase);
    return timeout == Duration::max() ? Instant::max() : connection.position->since + timeout;
  }

  PhaseTimeouts timeouts_;
  std::array<std::list<Entry>, kConnectionPhases> lists_;
};

}  // namespace holdfast::http

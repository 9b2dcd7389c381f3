// history_entry.hpp: what the history keeps, as plain values: state changes of processes, actions of people,
// decisions with their reasons, events of nodes, starts of agent and keeper, and gaps (rows that could not be
// kept). Written by History, read back by it; the tables are in schemas/history.sql. No behaviour but
// describe(). `node` is the identifier of the node the row is about, so that the same row can be copied to
// other nodes' histories.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "base/instant.hpp"

namespace holdfast::storage {

/// A process changed state on a node.
struct StateChange {
  WallTime at{};
  std::string node;
  std::string application;
  std::string process;
  std::string from;  // state names
  std::string to;
  std::int64_t pid = 0;
  std::string exit;  // "exit status 1", "terminated by SIGKILL", spawn error; empty while running
  friend bool operator==(const StateChange&, const StateChange&) = default;
};

/// Somebody asked for something.
struct Action {
  WallTime at{};
  std::string operation;  // operation id: the same on every node it passed
  std::string user;       // empty = not authenticated
  std::string origin;     // where from: address and face ("10.0.0.7 XML-RPC")
  std::string node;
  std::string application;
  std::string process;
  std::string action;   // "start", "stop", "shutdown" ...
  std::string outcome;  // "accepted", "done", or the refusal in words
  friend bool operator==(const Action&, const Action&) = default;
};

/// The cluster or the agent decided something by itself.
struct Decision {
  WallTime at{};
  std::string operation;
  std::uint64_t epoch = 0;  // the term it was decided in
  std::string master;
  std::string node;  // where it takes effect; empty = nowhere
  std::string application;
  std::string process;
  std::string what;    // "start", "stop", "no place", "conciliate" ...
  std::string reason;  // for people
  friend bool operator==(const Decision&, const Decision&) = default;
};

/// A node was seen to change, or the Master did.
struct NodeEvent {
  WallTime at{};
  std::string node;
  std::string aspect;  // "state" or "master"
  std::string from;
  std::string to;
  std::string reason;
  friend bool operator==(const NodeEvent&, const NodeEvent&) = default;
};

/// An agent or keeper started (again).
struct RestartEvent {
  WallTime at{};
  std::string node;
  std::string part;  // "agent" or "keeper"
  std::uint64_t incarnation = 0;
  std::string reason;
  friend bool operator==(const RestartEvent&, const RestartEvent&) = default;
};

/// `lost` rows could not be kept before this one.
struct Gap {
  WallTime at{};
  std::uint64_t lost = 0;
  std::string reason;
  friend bool operator==(const Gap&, const Gap&) = default;
};

using HistoryEntry = std::variant<StateChange, Action, Decision, NodeEvent, RestartEvent, Gap>;

WallTime time_of(const HistoryEntry& entry);

/// "state", "action", "decision", "node", "restart", "gap": the tables' names.
std::string_view kind_of(const HistoryEntry& entry);

/// One line for people, without the time: "radar:web@n2 RUNNING -> EXITED (exit status 1)".
std::string describe(const HistoryEntry& entry);

/// An entry as it came back, with its place in the one sequence of all kinds.
struct HistoryRow {
  std::int64_t id = 0;
  HistoryEntry entry;
};

}  // namespace holdfast::storage

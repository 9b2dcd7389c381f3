// outcome.hpp: what a Node wants done after a step. The order of the members is the contract (style.md 4.3):
// the driver executes them from top to bottom, and everything below `persist` only after it is on the disk
// (fsync): a term is on disk before a frame carries it. Plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/instant.hpp"
#include "cluster/codec/frame.hpp"
#include "cluster/codec/message.hpp"

namespace holdfast::cluster {

/// The identity file's content from now on.
struct Identity {
  std::uint64_t incarnation = 0;
  Term term;
  friend bool operator==(const Identity&, const Identity&) = default;
};

/// One line of the history: what was decided, why, for whom.
struct HistoryRow {
  enum class Kind { decision, member, operation, process, state } kind = Kind::decision;
  std::string operation;  // id, if it belongs to one
  std::string user;
  std::string subject;  // application, group:name, or identifier
  std::string what;     // "start on n2"
  std::string why;
  bool is_trouble = false;  // somebody should look at it
};

/// Do this with a program of this node; answer with LocalCommandDone. start waits until RUNNING or failed.
struct LocalCommand {
  std::string operation;
  std::string cause;
  Term term;
  std::string user;
  Action action = Action::start_process;  // start, stop, restart or signal of one process
  std::string namespec;
  std::string argument;
  std::string reason;
};

/// The heartbeat to repeat every 200 ms from now on (restamp_heartbeat); at once too, if something changed.
struct HeartbeatReady {
  std::string bytes;
  bool at_once = false;
};

struct Publish {
  Stream stream = Stream::ctl;
  std::string bytes;
};

/// On the direct stream to one node.
struct Send {
  NodeId node_id = 0;
  std::string bytes;
};

/// Whether a peer's bulk stream is subscribed to; saying it again changes nothing.
struct BulkFollow {
  NodeId node_id = 0;
  bool follow = false;
};

/// Points of a peer that this node looks at.
struct PeerSamples {
  std::string identifier;
  Instant at;  // on its clock
  std::vector<supervision::HostPoint> host;
  std::vector<supervision::ProcessPoint> processes;
};

/// Answer to an OperatorRequest. `accepted` may come first; completed or refused ends it.
struct Reply {
  std::uint64_t handle = 0;
  std::string operation;
  AnswerPhase phase = AnswerPhase::accepted;
  OperationCode code;
  std::string text;
};

/// The whole cluster ends: the composition root restarts or shuts down its own daemon.
enum class ClusterEnd { restart, shutdown };

struct Outcome {
  std::optional<Identity> persist;
  std::vector<HistoryRow> history;
  std::vector<LocalCommand> commands;
  std::optional<HeartbeatReady> heartbeat;
  std::vector<Publish> publish;
  std::vector<BulkFollow> follows;
  std::vector<Send> sends;
  std::vector<std::string> hellos;  // identifiers: make a HELLO, answer HelloDone or HelloFailed
  std::vector<std::string> seeds;   // host:port: make a HELLO with whoever is there, answer SeedAnswered
  std::vector<std::string> probes;  // identifiers: does the HTTP port accept? answer HttpProbe
  std::vector<NodeId> reconnects;   // drop this silent peer's connections and make them anew
  std::vector<Reply> replies;
  std::vector<PeerSamples> samples;
  std::optional<ClusterEnd> end;
  bool view_changed = false;  // anything that a page or a read model may show
};

}  // namespace holdfast::cluster

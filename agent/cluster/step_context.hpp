// step_context.hpp: what every part of a Node is handed during one step: the time, what all may read, where it leaves
// the effects that it wants. Lives on the stack of Node::step only; nobody keeps a reference. A part changes its own
// state, and through Members or its slice of the view what it owns there; everything else it asks of the owner, which
// is one of its Parts.
#pragma once

#include <string>

#include "base/instant.hpp"
#include "base/random.hpp"
#include "cluster/codec/frame_writer.hpp"
#include "cluster/members.hpp"
#include "cluster/node_options.hpp"
#include "cluster/outcome.hpp"
#include "cluster/view.hpp"

namespace holdfast::cluster {

/// When the node turns again, and what it then looks at.
struct Agenda {
  Instant next_turn{};
  bool reconsider = true;         // something that membership, election or state depend on has changed
  bool heartbeat_urgent = false;  // something that peers wait for has changed

  void turn_by(Instant at) { next_turn = at < next_turn ? at : next_turn; }
};

struct StepContext {
  Instant now;
  const NodeOptions& options;
  const View& view;
  const Members& members;
  Counters& counters;
  Random& random;
  FrameWriter& frames;
  Agenda& agenda;
  Outcome& outcome;

  /// Something that a page or a read model may show has changed.
  void show_change() { outcome.view_changed = true; }
  /// Membership, election and state are decided again before this step ends, or in the next.
  void reconsider() { agenda.reconsider = true; }
  /// What this node says of itself has changed: the others hear it at once, and what depends on it is decided again.
  void announce() {
    agenda.heartbeat_urgent = true;
    agenda.reconsider = true;
  }

  void note(HistoryRow row);
  void note_member(const std::string& identifier, std::string what, std::string why);
  /// Of the cluster's state.
  void note_state(std::string what, std::string why);
  /// To everybody on ctl; to one node.
  void publish(const Message& message);
  void send(NodeId node, const Message& message);

  [[nodiscard]] Speaker speaker() const;
  [[nodiscard]] bool has(Mutation mutation) const { return options.mutations.has(mutation); }
  /// The identity file's content from now on.
  void persist_identity();
};

}  // namespace holdfast::cluster

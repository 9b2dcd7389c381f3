// node.hpp: everything one node decides about its cluster: who is there, who is dead, who is Master, what the
// others' processes do, which orders to give and to execute. Opens no socket, reads no clock, draws no entropy:
// the driver brings inputs and the time, the node answers with what to do. Same inputs, same outcome. Called
// on the loop only.
//
// Driver: step(now, input); then execute take_outcome() in the order of its members (outcome.hpp); arm a
// timer for next_deadline() and answer it with TimePassed. Feed waiting frames before TimePassed after a
// stall. The gossip thread repeats the last Outcome::heartbeat every 200 ms and stops when no step came for 2
// s.
#pragma once

#include <memory>
#include <optional>

#include "base/instant.hpp"
#include "base/random.hpp"
#include "cluster/input.hpp"
#include "cluster/node_options.hpp"
#include "cluster/outcome.hpp"
#include "cluster/view.hpp"
#include "rules/engine.hpp"

namespace holdfast::cluster {

class NodeCore;

class Node {
 public:
  /// `options.identifier` must be in the roster (checked by the configuration). `random` jitters retries and
  /// tells incarnations apart in operation ids: seed it from real entropy.
  Node(NodeOptions options, Random random);
  ~Node();
  Node(Node&&) noexcept;
  Node& operator=(Node&&) noexcept;

  void step(Instant now, const Input& input);
  [[nodiscard]] Outcome take_outcome();
  [[nodiscard]] std::optional<Instant> next_deadline() const;

  [[nodiscard]] const View& view() const;
  /// For application and process rules, dry runs and conflicts. Only the Master's engine has jobs.
  [[nodiscard]] const rules::Engine& engine() const;
  [[nodiscard]] Identity identity() const;
  /// The highest incarnation known of this node: what a HELLO answer tells a peer about itself. 0 = none. One more,
  /// when another agent has begun an incarnation of that number: to its successor it is taken.
  [[nodiscard]] std::uint64_t known_incarnation(std::string_view identifier) const;
  /// Why a node of this name is no member and cannot become one; empty: it is, or it can.
  [[nodiscard]] std::string objection_to(std::string_view identifier, std::string_view nick) const;
  /// The agent that speaks for this node and was heard a moment ago; empty when none was: a HELLO of another one then
  /// is that of its successor.
  [[nodiscard]] AgentId heard_agent(std::string_view identifier, Instant now) const;

 private:
  std::unique_ptr<NodeCore> core_;
};

}  // namespace holdfast::cluster

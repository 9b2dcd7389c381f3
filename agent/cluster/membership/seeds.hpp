// seeds.hpp: addresses where a node may be whose name is not known: configured, or heard of by an announcement
// (docs/decisions/0015). They are greeted while somebody may be there who is not a member. Makes no connection: it
// names which address the driver is to greet. Owned by NodeParts.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "cluster/input.hpp"
#include "cluster/step_context.hpp"

namespace holdfast::cluster {

class Membership;

class Seeds {
 public:
  /// The other parts that it asks.
  struct Parts {
    const Membership& membership;
  };

  Seeds(Parts parts, const std::vector<std::string>& endpoints);

  /// While no other node is in sight every seed may be the way back; else those that have never answered.
  void send_hellos(StepContext& step);
  void answered(StepContext& step, const SeedAnswered& answer);
  /// An announcement proves nothing: who made it is greeted like a seed, for as long as it goes on.
  void announced(StepContext& step, const std::string& endpoint);
  /// Configured, and nobody has answered there yet.
  [[nodiscard]] std::size_t unanswered() const;
  /// The first at which somebody does not take this node as a member.
  [[nodiscard]] std::optional<std::string> objecting() const;

 private:
  struct Seed {
    std::string endpoint;
    std::string identifier;  // of who answered there; empty: nobody has
    bool objects = false;    // who answered last does not take this node
    bool announced = false;  // it was heard of, not configured
    Instant announced_at{};
    Instant next{};
    Duration period{};
    std::optional<Instant> asked;
  };

  Parts parts_;
  std::vector<Seed> seeds_;
};

}  // namespace holdfast::cluster

// mutations.hpp: deliberate faults of a Node, so that the simulator can show that it would notice them. They exist only
// where HOLDFAST_MUTATIONS is defined (the library with which the simulator and the sanitized tests are built);
// elsewhere every question is answered by a constant, and the compiler drops the branch behind it. Asked by Node's
// parts, set by the simulator. Plain values.
#pragma once

#include <cstdint>

namespace holdfast::cluster {

enum class Mutation : std::uint8_t {
  skip_term_check,         // commands of an old Master are executed
  forget_epoch,            // the term is not handed out for the disk
  snapshot_ignores_seq,    // an old snapshot overwrites newer rows
  execute_every_copy,      // a duplicated command is executed again
  accept_any_incarnation,  // frames of an earlier incarnation are believed
  no_gap_repair,           // a lost change is never asked for
  ignore_rival_master,     // two Masters in sight of each other both stay
  keep_forced,             // the next Master does not end what the one before it showed
  forget_fences,           // a new Master unfences every fenced node
  count_fenced,            // a fenced node that is heard again counts
  keep_losses,             // a new Master is not told of the losses that others saw
  leave_is_loss,           // a planned stop is taken for a death
  execute_old_orders,      // an order that was long under way is executed
  ignore_target_life,      // an order meant for an earlier incarnation is executed
  ignore_known_life,       // an incarnation below one that the peers know goes on
  never_reconnect,         // a silent peer's connection is never made anew
  never_dead,              // a silent node is never called dead
  dead_without_witness,    // silence alone is death: the peers are not heard
  late_is_dead,            // no patience and no witness
  roster_kept,             // nobody is told of nodes that he does not know
};

#ifdef HOLDFAST_MUTATIONS

class Mutations {
 public:
  void inject(Mutation mutation) { injected_ |= 1U << static_cast<unsigned>(mutation); }
  [[nodiscard]] bool has(Mutation mutation) const { return (injected_ >> static_cast<unsigned>(mutation) & 1U) != 0; }

 private:
  std::uint32_t injected_ = 0;
};

#else

class Mutations {
 public:
  static constexpr bool has(Mutation) { return false; }
};

#endif

}  // namespace holdfast::cluster

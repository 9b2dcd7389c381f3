// loop_priority.hpp: lets the loop be served before the programs it supervises, so that an agent answers while
// they take all processors (docs/decisions/0012). The loop's thread only: threads made before keep theirs, and
// programs are the keeper's children. Called by the composition root, once, on the loop's thread after the disk
// thread is made.
#pragma once

namespace holdfast::system {

/// How much higher than it was started, in nice levels; as the gossip thread where it gets no real time.
inline constexpr int loop_nice_steps = 10;

/// Raises the calling thread. False where that is not allowed (not root, no RLIMIT_NICE): all stays as it was.
bool raise_loop_priority();

}  // namespace holdfast::system

// agent.hpp: the composition root: makes every part of one agent, joins them, and ends them in reverse. It
// holds the order of a start (settings, state directory, log, what the keeper knows, sockets, cluster, READY)
// and of an end; decisions are the parts'. Used by main only.
#pragma once

#include "startup/launch.hpp"

namespace holdfast {

/// Runs the agent until it is told to stop. Returns its exit status (keeper/protocol.hpp).
int run_agent(const Invocation& invocation);

}  // namespace holdfast

// restart_policy.hpp: who starts a process again that has ended by itself: its own autorestart, or the cluster, whose
// rules answer such an end with a strategy for the whole application (contract supvisors.md CFG-E5). Vocabulary only;
// asked by Process at each end, answered by the cluster's driver. Without a cluster nobody answers: autorestart holds.
#pragma once

#include <functional>

#include "base/process_id.hpp"

namespace holdfast::supervision {

enum class RestartPolicy { autorestart, cluster };

using RestartPolicyOf = std::function<RestartPolicy(const ProcessId&)>;

}  // namespace holdfast::supervision

// cluster_facts.hpp: what a node's part in the cluster rests on and must be known before anything is bound: who is who,
// the cluster key, the rules. Reads the files that the settings name and resolves names; doubts go to the log, and what
// cannot be is an error with file and line. Called once by the composition root, before the loop serves anybody.
#pragma once

#include <string_view>

#include "base/result.hpp"
#include "drivers/cluster/cluster_driver.hpp"
#include "config/host.hpp"
#include "config/settings.hpp"

namespace holdfast {

/// Said where a cluster has no key (`Facts::keys.key.open()`).
inline constexpr std::string_view kOpenGossip =
    "gossip is open: neither encrypted nor authenticated, because there is no cluster key (make one with "
    "'holdfastctl keys new FILE' and name it in [cluster] key_file on every node)";

/// `settings.cluster` is set; `identity` is of this start.
Result<ClusterDriver::Facts> cluster_facts_of(const config::Settings& settings, const config::Host& host,
                                            const storage::Identity& identity, storage::MainLog& log);

}  // namespace holdfast

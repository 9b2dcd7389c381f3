// cluster_preparation.hpp: what a node's part in the cluster rests on and must be known before anything is bound: who
// is who, the cluster key, the rules. Reads the files that the settings name and resolves names; doubts go to the log,
// and what cannot be is an error with file and line. Called once by the composition root, before the loop serves
// anybody.
#pragma once

#include <optional>

#include "base/result.hpp"
#include "base/warnings.hpp"
#include "config/command_line.hpp"
#include "config/host.hpp"
#include "config/settings.hpp"
#include "drivers/cluster/cluster_facts.hpp"
#include "storage/main_log.hpp"

namespace holdfast {

/// Nothing without a cluster. The arguments outlive what is returned, for keys and rules may be read anew by them.
/// `identity` is of this start. `warnings`: a cluster without a key, which everybody may join.
Result<std::optional<ClusterFacts>> prepare_cluster(const config::Settings& settings,
                                                    const config::CommandLine& command_line, const config::Host& host,
                                                    const storage::Identity& identity, storage::MainLog& log,
                                                    Warnings& warnings);

}  // namespace holdfast

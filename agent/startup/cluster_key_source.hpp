// cluster_key_source.hpp: where a node's cluster key comes from (DESIGN section 6): the file that [cluster] names, else
// the credentials of [inet_http_server], else nowhere. Asked by the composition root at the start, and when the file's
// key is changed (ClusterDriver::reload_keys).
#pragma once

#include "base/result.hpp"
#include "config/settings.hpp"
#include "transport/cluster_key.hpp"

namespace holdfast {

/// `settings.cluster` is set. An open key: there is none, and other nodes to talk to. An error: the file cannot be
/// used.
Result<transport::ClusterKeys> cluster_key_of(const config::Settings& settings);

}  // namespace holdfast

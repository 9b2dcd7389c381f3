#include "startup/cluster_key_source.hpp"

namespace holdfast {

Result<transport::ClusterKeys> cluster_key_of(const config::Settings& settings) {
  if (!settings.cluster->key_file.empty()) {
    return transport::load_cluster_keys(settings.cluster->key_file);
  }
  for (const config::HttpServerSettings& server : settings.servers) {
    if (server.kind == config::HttpServerSettings::Kind::inet && !server.username.empty()) {
      return transport::ClusterKeys{transport::ClusterKey::derive(server.username, server.password), {}};
    }
  }
  if (settings.cluster->nodes.size() <= 1 && !settings.cluster->discovery()) {
    return transport::ClusterKeys{transport::ClusterKey::generate(), {}};  // nobody to share it with
  }
  return transport::ClusterKeys{};
}

}  // namespace holdfast

#include "cluster_key_source.hpp"

namespace holdfast {

Result<transport::ClusterKey> cluster_key_of(const config::Settings& settings) {
  if (!settings.cluster->key_file.empty()) {
    return transport::load_cluster_key(settings.cluster->key_file);
  }
  for (const config::HttpServerSettings& server : settings.servers) {
    if (server.kind == config::HttpServerSettings::Kind::inet && !server.username.empty()) {
      return transport::ClusterKey::derive(server.username, server.password);
    }
  }
  if (settings.cluster->nodes.size() <= 1) {
    return transport::ClusterKey::generate();  // nobody to share it with
  }
  return transport::ClusterKey();
}

}  // namespace holdfast

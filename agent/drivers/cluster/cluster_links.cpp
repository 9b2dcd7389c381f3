#include "drivers/cluster/cluster_links.hpp"

#include <utility>

#include "drivers/cluster/peer_client.hpp"
#include "drivers/cluster/start_options.hpp"
#include "transport/curve_keys.hpp"
#include "transport/gossip_transport.hpp"

namespace holdfast {

Result<ClusterLinks> make_cluster_links(system::EventLoop& loop, const storage::StateDir& state_dir,
                                        const config::Settings& settings, const ClusterFacts& facts) {
  transport::TransportOptions options = transport_options_of(settings, facts);
  if (!facts.keys.key.open()) {
    auto keys = state_dir.writable() ? transport::load_or_create_curve_keys(state_dir.file("curve.key"))
                                     : Result<transport::CurveKeyPair>(transport::CurveKeyPair::generate());
    if (!keys) {
      return keys.error();
    }
    options.keys = keys.value();
  }
  const config::HttpServerSettings& server = inet_server_of(settings);
  return ClusterLinks{std::make_unique<transport::GossipTransport>(std::move(options)),
                      std::make_unique<PeerClient>(loop, PeerCredentials{server.username, server.password})};
}

}  // namespace holdfast

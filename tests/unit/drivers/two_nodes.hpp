// two_nodes.hpp: the settings and facts of the first of two nodes, without a cluster key, for tests of the cluster's
// driver and of telemetry; and what the second says of itself. Used by tests/unit/drivers only.
#pragma once

#include <string>

#include "cluster/codec/term.hpp"
#include "config/settings.hpp"
#include "drivers/cluster/cluster_facts.hpp"
#include "transport/hello.hpp"

namespace holdfast {

inline const std::string kHere = "10.0.0.1:60000";
inline const std::string kThere = "10.0.0.2:60000";

inline config::Settings two_nodes_settings() {
  config::Settings settings;
  settings.cluster.emplace();
  settings.cluster->wait_for.strict = true;
  config::HttpServerSettings server;
  server.host = "10.0.0.1";
  server.port = 60000;
  settings.servers.push_back(server);
  return settings;
}

inline ClusterFacts two_nodes_facts() {
  ClusterFacts facts;
  facts.nodes.nodes = {{kHere, "n1", "10.0.0.1", 60000}, {kThere, "n2", "10.0.0.2", 60000}};
  facts.identity.incarnation = 7;
  facts.machine_id = "m1";
  facts.runtime_location = "here";
  return facts;
}

/// A node of that name as HELLO has proved it.
inline transport::HelloPeer proved(const std::string& identifier, const std::string& nick) {
  transport::HelloPeer peer;
  peer.protocol = 1;
  peer.identity.identifier = identifier;
  peer.identity.nick = nick;
  peer.identity.node_id = cluster::node_id_of(identifier);
  peer.identity.incarnation = 3;
  peer.identity.machine_id = "m2";
  peer.identity.instance_uuid = "agent of " + nick;
  peer.identity.runtime_location = "there";
  peer.identity.ports = {6001, 6002, 6003};
  peer.identity.protocol_min = peer.identity.protocol_max = 1;
  return peer;
}

}  // namespace holdfast

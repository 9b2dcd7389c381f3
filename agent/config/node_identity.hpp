// node_identity.hpp: who the items of a node list are (contract supvisors.md section 0) and which of them is
// this agent (DESIGN section 6). Pure: names are resolved by the caller, find_local_node does it through a
// Host. Called by the composition root once at start.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "config/host.hpp"
#include "config/settings.hpp"

namespace holdfast::config {

/// One node as every node names it.
struct NodeIdentity {
  std::string identifier;  // host:port, the key on the wire and in every API; [host]:port for an IPv6 address
  std::string nick;        // given, else the host if the item had no port, else the identifier
  std::string host;        // as written, without brackets
  std::uint16_t port = 0;
  friend bool operator==(const NodeIdentity&, const NodeIdentity&) = default;
};

/// `[<nick>]host[:port]`, or with `[ipv6]` as host (contract ID-4; IPv6 is ours).
Result<NodeItem> parse_node_item(std::string_view text);

/// The identities in order of declaration; an item without a port has `local_port`; repeated identifiers
/// count once.
std::vector<NodeIdentity> identities_of(const std::vector<NodeItem>& items, std::uint16_t local_port);

/// The addresses of `settings.cluster->seeds`, host:port each; the cluster is set.
std::vector<std::string> seed_endpoints_of(const Settings& settings);

/// One candidate with the addresses its host resolved to (numeric text; empty: it did not resolve).
struct ResolvedNode {
  NodeIdentity node;
  std::vector<std::string> addresses;
};
/// Where a TCP server of this agent listens; no addresses: on any.
struct ListenAddress {
  std::vector<std::string> addresses;
  std::uint16_t port = 0;
};

/// Items that a person, a rule or another node cannot tell apart, by their names or by their addresses; each
/// item once. `items` and `local_port` as for identities_of. The error names both items.
Status check_distinct(const std::vector<NodeItem>& items, std::uint16_t local_port);

/// The index of the one node that is this agent: its host is an address of this machine (`own_addresses`, and
/// all of 127/8), a server listens there or on any, and the port is equal. The error names every candidate
/// and why not.
Result<std::size_t> select_local_item(const std::vector<ResolvedNode>& nodes, const std::vector<ListenAddress>& servers,
                                      const std::vector<std::string>& own_addresses);

/// The whole list and this agent's place in it.
struct LocalNode {
  std::vector<NodeIdentity> nodes;
  std::size_t self = 0;
};
/// The above for `settings` (which must have a cluster and a TCP server) on `host`. An empty node list is
/// this node alone, by its node name. Only names that could be this node are resolved: a peer that does not
/// resolve blocks nothing. Errors end with the place of the list, or of the server's port.
Result<LocalNode> find_local_node(const Settings& settings, const Host& host);

/// Names that are taken for what they are, but probably not for what was meant, as sentences for the log: a
/// core node that is not in the list and no tag of this node (contract ID-1), a tag that a node is called
/// (the node is meant then), an identifier of the daemon that is not the nick (ID-3).
std::vector<std::string> doubtful_names(const Settings& settings, const LocalNode& local);

}  // namespace holdfast::config

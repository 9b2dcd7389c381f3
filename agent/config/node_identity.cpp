#include "config/node_identity.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "base/text.hpp"
#include "config/error_text.hpp"
#include "config/python_text.hpp"
#include "config/value_types.hpp"

namespace holdfast::config {
namespace {

constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";

bool only(std::string_view text, std::string_view more) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [more](char letter) {
    return kLetters.find(letter) != std::string_view::npos || more.find(letter) != std::string_view::npos;
  });
}

Error bad_item(std::string_view text, std::string_view why) {
  return Error{repr(text) + " is no node (" + std::string(why) + "; expected [<nick>]host[:port])"};
}

std::string host_and_port(const std::string& host, std::uint16_t port) {
  const bool is_ipv6 = host.find(':') != std::string::npos;
  return (is_ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

bool contains(const std::vector<std::string>& list, const std::string& item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

/// An address of this machine: one of an interface, or any of 127/8.
bool is_own(const std::string& address, const std::vector<std::string>& own_addresses) {
  return address.starts_with("127.") || address == "::1" || contains(own_addresses, address);
}

/// Why `candidate` is not this agent; empty if it is.
std::string objection(const ResolvedNode& candidate, const std::vector<ListenAddress>& servers,
                      const std::vector<std::string>& own_addresses) {
  const bool same_port = std::any_of(servers.begin(), servers.end(),
                                     [&](const ListenAddress& server) { return server.port == candidate.node.port; });
  if (!same_port) {
    return "no server of this agent has the port " + std::to_string(candidate.node.port);
  }
  if (candidate.addresses.empty()) {
    return "its host does not resolve";
  }
  bool here = false;
  for (const std::string& address : candidate.addresses) {
    if (!is_own(address, own_addresses)) {
      continue;
    }
    here = true;
    for (const ListenAddress& server : servers) {
      if (server.port == candidate.node.port && (server.addresses.empty() || contains(server.addresses, address))) {
        return "";
      }
    }
  }
  return here ? "no server of this agent listens there"
              : text::join(candidate.addresses, ", ") + " is no address of this machine";
}

NodeIdentity identity_of(const NodeItem& item, std::uint16_t local_port) {
  NodeIdentity node;
  node.host = item.host;
  node.port = item.port != 0 ? item.port : local_port;
  node.identifier = host_and_port(node.host, node.port);
  node.nick = !item.nick.empty() ? item.nick : item.port == 0 ? item.host : node.identifier;
  return node;
}

/// As it stands in a list.
std::string item_text(const NodeIdentity& node) {
  return node.nick == node.identifier ? node.identifier : "<" + node.nick + ">" + node.identifier;
}

}  // namespace

Result<NodeItem> parse_node_item(std::string_view text) {
  NodeItem item;
  std::string_view rest = strip(text);
  if (rest.starts_with('<')) {
    const std::size_t end = rest.find('>');
    if (end == std::string_view::npos || !only(rest.substr(1, end - 1), ":.")) {
      return bad_item(text, "the nick between < and > may have letters, digits, and _ - : . only");
    }
    item.nick = rest.substr(1, end - 1);
    rest = strip_left(rest.substr(end + 1));
  }
  std::string_view port;
  if (rest.starts_with('[')) {
    const std::size_t end = rest.find(']');
    const std::string_view inside = rest.substr(1, end == std::string_view::npos ? end : end - 1);
    if (end == std::string_view::npos || inside.find(':') == std::string_view::npos ||
        inside.find_first_not_of("0123456789abcdefABCDEF:.") != std::string_view::npos) {
      return bad_item(text, "an IPv6 address stands between [ and ]");
    }
    item.host = text::lower(inside);
    port = rest.substr(end + 1);
  } else {
    const std::size_t colon = std::min(rest.find(':'), rest.size());
    item.host = rest.substr(0, colon);
    port = rest.substr(colon);
    if (!only(item.host, ".")) {
      return bad_item(text, "the host may have letters, digits, and _ - . only");
    }
  }
  if (port.empty()) {
    return item;
  }
  const auto number = text::parse_int(port.substr(1));
  if (port.front() != ':' || !number || *number < 1 || *number > 0xFFFF || port[1] == '+') {
    return bad_item(text, "a port is a number from 1 to 65535 after a colon");
  }
  item.port = static_cast<std::uint16_t>(*number);
  return item;
}

std::vector<NodeIdentity> identities_of(const std::vector<NodeItem>& items, std::uint16_t local_port) {
  std::vector<NodeIdentity> nodes;
  std::set<std::string> known;
  for (const NodeItem& item : items) {
    NodeIdentity node = identity_of(item, local_port);
    if (known.insert(node.identifier).second) {
      nodes.push_back(std::move(node));
    }
  }
  return nodes;
}

Status check_distinct(const std::vector<NodeItem>& items, std::uint16_t local_port) {
  struct Known {
    bool has_given_nick = false;
    NodeIdentity node;
  };
  std::map<std::string, Known> named;  // by nick and by identifier
  for (const NodeItem& item : items) {
    const NodeIdentity node = identity_of(item, local_port);
    for (const std::string& name : {node.identifier, node.nick}) {
      const auto [known, is_new] = named.emplace(name, Known{!item.nick.empty(), node});
      const NodeIdentity& other = known->second.node;
      const bool is_same = other.identifier == node.identifier && item.nick.empty() && !known->second.has_given_nick;
      if (is_new || other == node || is_same) {
        continue;
      }
      const std::string both = item_text(other) + " and " + item_text(node);
      return other.identifier == node.identifier
                 ? Error{"two items of the node list are at one address: " + both + "; a node has one item"}
                 : Error{"two items of the node list are called " + name + ": " + both +
                         "; each node needs a name of its own"};
    }
  }
  return {};
}

Result<std::size_t> select_local_item(const std::vector<ResolvedNode>& nodes, const std::vector<ListenAddress>& servers,
                                      const std::vector<std::string>& own_addresses) {
  std::vector<std::size_t> matches;
  std::vector<std::string> names;
  std::vector<std::string> reasons;
  for (std::size_t index = 0; index < nodes.size(); ++index) {
    const std::string why = objection(nodes[index], servers, own_addresses);
    if (why.empty()) {
      matches.push_back(index);
      names.push_back(nodes[index].node.identifier);
    }
    reasons.push_back("  " + nodes[index].node.identifier + ": " + (why.empty() ? "could be this agent" : why));
  }
  if (matches.size() == 1) {
    return matches.front();
  }
  if (matches.empty()) {
    return Error{"no item of the node list is this agent:\n" + text::join(reasons, "\n")};
  }
  return Error{"more than one item of the node list could be this agent (" + text::join(names, ", ") +
               "): give each agent's [inet_http_server] an address or a port of its own\n" + text::join(reasons, "\n")};
}

Result<LocalNode> find_local_node(const Settings& settings, const Host& host) {
  std::vector<ListenAddress> servers;
  for (const HttpServerSettings& server : settings.servers) {
    if (server.kind != HttpServerSettings::Kind::inet) {
      continue;
    }
    const bool any = server.host.empty() || server.host == "0.0.0.0" || server.host == "::";
    ListenAddress listen{any ? std::vector<std::string>() : host.resolve(server.host), server.port};
    if (!any && listen.addresses.empty()) {
      return error_at("[" + server.section + "] port: the host " + server.host + " does not resolve", server.place);
    }
    servers.push_back(std::move(listen));
  }
  if (servers.empty() || !settings.cluster) {
    return Error{"a cluster needs an [inet_http_server]: other nodes reach this one at its port"};
  }
  const std::uint16_t local_port = servers.front().port;
  if (settings.cluster->nodes.empty()) {
    LocalNode alone{identities_of({NodeItem{"", host.node_name(), 0}}, local_port), 0};
    const std::string& own = settings.daemon.identifier;
    if (settings.cluster->discovery()) {  // contract section 0: the others hear of no list, and nicks must differ
      NodeIdentity& self = alone.nodes.front();
      self.nick = own == DaemonSettings().identifier ? self.identifier : own;
    }
    return alone;
  }
  if (const Status distinct = check_distinct(settings.cluster->nodes, local_port); !distinct) {
    return error_at(distinct.error().message, settings.cluster->nodes_place);
  }
  LocalNode local{identities_of(settings.cluster->nodes, local_port), 0};
  std::vector<ResolvedNode> resolved;
  for (const NodeIdentity& node : local.nodes) {
    const bool possible = std::any_of(servers.begin(), servers.end(),
                                      [&](const ListenAddress& server) { return server.port == node.port; });
    resolved.push_back({node, possible ? host.resolve(node.host) : std::vector<std::string>()});
  }
  const auto self = select_local_item(resolved, servers, host.own_addresses());
  if (!self) {
    return error_at(self.error().message, settings.cluster->nodes_place);
  }
  local.self = self.value();
  return local;
}

std::vector<std::string> doubtful_names(const Settings& settings, const LocalNode& local) {
  std::vector<std::string> warnings;
  const auto is_called = [&](const std::string& name) {
    return std::any_of(local.nodes.begin(), local.nodes.end(),
                       [&](const NodeIdentity& node) { return name == node.nick || name == node.identifier; });
  };
  for (const std::string& name : settings.cluster->core) {
    if (!is_called(name) && !settings.cluster->discovery() && !contains(settings.cluster->stereotypes, name)) {
      warnings.push_back(settings.cluster->core_place + ": " + repr(name) +
                         " is named as a core node, but no item of the node list is called so; it counts only if a "
                         "node carries it as a stereotype");
    }
  }
  for (const std::string& tag : settings.cluster->stereotypes) {
    if (is_called(tag)) {
      warnings.push_back(repr(tag) +
                         " is a stereotype of this node, but also what a node of the list is called; where it is "
                         "written, that node is meant");
    }
  }
  const std::string& own = settings.daemon.identifier;
  const std::string& nick = local.nodes[local.self].nick;
  if (own != DaemonSettings().identifier && own != nick) {
    warnings.push_back("[supervisord] identifier is " + own + ", but the node list calls this node " + nick +
                       "; the cluster uses " + nick);
  }
  return warnings;
}

std::vector<std::string> seed_endpoints_of(const Settings& settings) {
  std::vector<std::string> endpoints;
  for (const NodeIdentity& seed : identities_of(settings.cluster->seeds, inet_server_of(settings).port)) {
    endpoints.push_back(seed.identifier);
  }
  return endpoints;
}

}  // namespace holdfast::config

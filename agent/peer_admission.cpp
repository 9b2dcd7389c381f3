#include "peer_admission.hpp"

#include <algorithm>
#include <utility>

#include "base/clock.hpp"

namespace holdfast {
namespace {

constexpr std::uint16_t kProtocol = 1;

}  // namespace

PeerAdmission::PeerAdmission(Parts parts, transport::HelloSelf self, Tell tell, Trouble on_trouble)
    : parts_(parts),
      self_(std::move(self)),
      tell_(std::move(tell)),
      on_trouble_(std::move(on_trouble)),
      responder_(this->self()) {}

transport::HelloSelf PeerAdmission::self() const {
  transport::HelloSelf self = self_;
  self.identity.incarnation = parts_.node.identity().incarnation;
  self.identity.protocol_min = kProtocol;
  self.identity.protocol_max = kProtocol;
  self.identity.version = HOLDFAST_VERSION;
  self.heard = [this](std::string_view identifier) {
    cluster::AgentId heard = parts_.node.heard_agent(identifier, monotonic_now());
    return transport::HeardAgent{std::move(heard.instance), std::move(heard.place)};
  };
  self.known_incarnation = [this](std::string_view identifier) {
    return parts_.node.known_incarnation(identifier);
  };
  return self;
}

void PeerAdmission::set_keys(const transport::ClusterKeys& keys) {
  self_.key = keys.key;
  self_.former_key = keys.former;
  responder_.set_keys(keys);
}

const config::NodeIdentity* PeerAdmission::find(const std::string& identifier) const {
  const auto& nodes = parts_.nodes.nodes;
  const auto found = std::ranges::find(nodes, identifier, &config::NodeIdentity::identifier);
  return found == nodes.end() ? nullptr : &*found;
}

void PeerAdmission::greet(const std::string& identifier) {
  const config::NodeIdentity* node = find(identifier);
  if (node == nullptr) {
    return;
  }
  parts_.contact.hello(*node, [this, identifier](const PeerContact::HelloResult& result) {
    const bool duplicate = result.fault == cluster::HelloFault::duplicate && !result.peer;
    on_trouble_("HELLO with " + identifier, duplicate ? result.why : "");
    if (result.peer) {
      return admit(*result.peer, result.address, Role::asked);
    }
    const std::string text = "node " + identifier + " cannot be greeted: " + result.why;
    duplicate ? parts_.troubles.critical(identifier, text) : parts_.troubles.warn(identifier, text);
    tell_(cluster::HelloFailed{identifier, result.fault, result.why});
  });
}

void PeerAdmission::probe(const std::string& identifier) {
  if (const config::NodeIdentity* node = find(identifier)) {
    parts_.contact.probe(*node, [this, identifier](bool accepted, bool refused) {
      tell_(cluster::HttpProbe{identifier, accepted, refused});
    });
  }
}

/// A peer has proved who it is: its key and ports are taken, and the node is told.
void PeerAdmission::admit(const transport::HelloPeer& peer, const std::string& address, Role role) {
  const transport::NodeIdentity& identity = peer.identity;
  const auto refuse = [&](cluster::HelloFault fault, const std::string& why) {
    parts_.troubles.warn(identity.identifier, "node " + identity.identifier + ": " + why);
    tell_(cluster::HelloFailed{identity.identifier, fault, why});
  };
  if (find(identity.identifier) == nullptr) {
    return refuse(cluster::HelloFault::refused, "it has the cluster key but is not in the list of nodes");
  }
  if (peer.protocol == 0) {
    return refuse(cluster::HelloFault::incompatible,
                  "it speaks protocol " + std::to_string(identity.protocol_min) + " to " +
                      std::to_string(identity.protocol_max) + ", we speak " + std::to_string(kProtocol));
  }
  transport::Peer admitted;
  admitted.node_id = identity.node_id;
  admitted.identifier = identity.identifier;
  admitted.curve_public = identity.curve_public;
  admitted.address = address;
  admitted.ports = identity.ports;
  admitted.comes_first = role == Role::answered;
  if (const Status taken = parts_.transport.admit(admitted); !taken) {
    return refuse(cluster::HelloFault::unreachable, taken.error().message);
  }
  if (identity.rules_hash != self_.identity.rules_hash) {
    parts_.troubles.warn(identity.identifier, "node " + identity.identifier + ": its rules differ from ours");
  } else {
    parts_.troubles.forget(identity.identifier);
  }
  cluster::HelloDone done;
  done.identifier = identity.identifier;
  done.nick = identity.nick;
  done.incarnation = identity.incarnation;
  done.machine_id = identity.machine_id;
  done.my_incarnation_known = identity.knows;
  done.agent = {identity.instance_uuid, identity.place};
  for (const auto& [key, value] : identity.facts) {
    if (key == transport::fact_stereotype) {
      done.stereotypes.push_back(value);
    }
  }
  tell_(std::move(done));
}

Web::HelloAnswer PeerAdmission::answer(const std::string& body, const std::string& from) {
  responder_.set_identity(self().identity);
  const auto answer = responder_.answer(body, monotonic_now());
  if (answer.cause) {
    const std::string address = from.substr(0, from.rfind(':'));
    parts_.troubles.warn_first("from " + address + ", " + std::string(transport::name_of(*answer.cause)),
                               "a HELLO from " + address + " was refused: " + answer.message);
  }
  if (answer.peer) {
    // Not the address it came from: a node with several speaks to us from any of them.
    const config::NodeIdentity* node = find(answer.peer->identity.identifier);
    if (node == nullptr) {
      admit(*answer.peer, "", Role::answered);
    } else {
      parts_.contact.resolve(*node,
                             [this, peer = *answer.peer](const std::string& address, const std::string&) {
                               if (!address.empty()) {
                                 admit(peer, address, Role::answered);
                               }
                             });
    }
  }
  return {answer.http_status, answer.body};
}

}  // namespace holdfast

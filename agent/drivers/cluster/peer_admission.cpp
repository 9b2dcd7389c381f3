#include "drivers/cluster/peer_admission.hpp"

#include <algorithm>
#include <utility>

#include "base/clock.hpp"
#include "base/text.hpp"
#include "drivers/cluster/start_options.hpp"

namespace holdfast {
namespace {

constexpr std::uint16_t kProtocol = 1;

/// host:port, or [host]:port.
PeerTarget target_at(const std::string& endpoint) {
  PeerTarget target;
  const auto colon = endpoint.rfind(':');
  std::string& host = target.node.host;
  host = endpoint.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  }
  const auto port = colon == std::string::npos ? std::nullopt : text::parse_int(endpoint.substr(colon + 1));
  target.node.port = static_cast<std::uint16_t>(port.value_or(0));
  return target;
}

/// The first fact of that key; empty: none.
std::string fact_of(const transport::NodeIdentity& identity, std::string_view key) {
  const auto found = std::ranges::find(identity.facts, key, &std::pair<std::string, std::string>::first);
  return found == identity.facts.end() ? std::string() : found->second;
}

}  // namespace

PeerAdmission::PeerAdmission(Parts parts, transport::HelloSelf self, Tell tell, Warnings& warnings)
    : parts_(parts), self_(std::move(self)), tell_(std::move(tell)), warnings_(warnings), responder_(this->self()) {}

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
  self.objection = [this](std::string_view identifier, std::string_view nick) {
    return parts_.node.objection_to(identifier, nick);
  };
  self.known_incarnation = [this](std::string_view identifier) { return parts_.node.known_incarnation(identifier); };
  return self;
}

void PeerAdmission::set_keys(const transport::ClusterKeys& keys) {
  self_.key = keys.key;
  self_.former_key = keys.former;
  responder_.set_keys(keys);
}

void PeerAdmission::set_rules(const std::string& hash, const cluster::NamedValues& common) {
  self_.identity.rules_hash = hash;
  say_common_values(self_.identity, common);
}

const config::NodeIdentity* PeerAdmission::declared(const std::string& identifier) const {
  const auto& nodes = parts_.nodes.nodes;
  const auto found = std::ranges::find(nodes, identifier, &config::NodeIdentity::identifier);
  return found == nodes.end() ? nullptr : &*found;
}

std::optional<PeerTarget> PeerAdmission::find(const std::string& identifier) const {
  if (const config::NodeIdentity* node = declared(identifier)) {
    return PeerTarget{*node, ""};
  }
  const cluster::MemberView* member = parts_.node.view().find(cluster::node_id_of(identifier));
  if (member == nullptr) {
    return std::nullopt;
  }
  PeerTarget target = target_at(identifier);
  target.node.identifier = identifier;
  target.node.nick = member->nick;
  target.contact = member->contact;
  return target;
}

void PeerAdmission::send_hello(const std::string& identifier) {
  const std::optional<PeerTarget> target = find(identifier);
  if (!target) {
    return;
  }
  parts_.contact.hello(
      *target, [this] { return self(); },
      [this, identifier](const PeerContact::HelloResult& result) {
        const bool duplicate = result.fault == cluster::HelloFault::duplicate && !result.peer;
        warnings_.set_warning("HELLO with " + identifier, duplicate ? result.why : "");
        if (result.peer) {
          (void)admit(*result.peer, result.address, Role::asked);
          return;
        }
        const std::string text = "node " + identifier + " cannot be greeted: " + result.why;
        duplicate ? parts_.troubles.critical(identifier, text) : parts_.troubles.warn(identifier, text);
        tell_(cluster::HelloFailed{identifier, result.fault, result.why});
      });
}

void PeerAdmission::send_hello_to_seed(const std::string& endpoint) {
  parts_.contact.hello(
      target_at(endpoint), [this] { return self(); },
      [this, endpoint](const PeerContact::HelloResult& result) {
        cluster::SeedAnswered answered{endpoint, "", result.why};
        if (result.myself) {
          answered.identifier = self_.identity.identifier;
        } else if (result.peer) {
          answered.reason = admit(*result.peer, result.address, Role::asked);
          answered.identifier = answered.reason.empty() ? result.peer->identity.identifier : "";
          answered.objects = !fact_of(result.peer->identity, transport::fact_objection).empty() &&
                             objection_to(result.peer->identity).empty();
        }
        const bool is_seed = parts_.seeds.contains(endpoint);  // else it was announced
        const std::string about = (is_seed ? "seed " : "announced address ") + endpoint;
        const std::string trouble =
            answered.identifier.empty() ? about + " is no way into the cluster: " + answered.reason : "";
        if (is_seed) {
          warnings_.set_warning(about, trouble);
          trouble.empty() ? parts_.troubles.forget(about) : parts_.troubles.warn(about, trouble);
        } else if (!trouble.empty()) {
          parts_.troubles.warn_first(about, trouble);
        }
        tell_(std::move(answered));
      });
}

void PeerAdmission::probe(const std::string& identifier) {
  if (const std::optional<PeerTarget> target = find(identifier)) {
    parts_.contact.probe(*target, [this, identifier](bool accepted, bool refused) {
      tell_(cluster::HttpProbe{identifier, accepted, refused});
    });
  }
}

std::string PeerAdmission::objection_to(const transport::NodeIdentity& identity) const {
  return parts_.node.objection_to(identity.identifier, identity.nick);
}

/// A peer has proved who it is: its key and ports are taken, and the node is told.
std::string PeerAdmission::admit(const transport::HelloPeer& peer, const std::string& address, Role role) {
  const transport::NodeIdentity& identity = peer.identity;
  const auto refuse = [&](cluster::HelloFault fault, const std::string& why) {
    parts_.troubles.warn(identity.identifier, "node " + identity.identifier + ": " + why);
    tell_(cluster::HelloFailed{identity.identifier, fault, why});
    return why;
  };
  if (const std::string why = objection_to(identity); !why.empty()) {
    if (parts_.node.view().discovery) {
      tell_(cluster::MemberRefused{identity.identifier, identity.nick});
      return why;
    }
    return refuse(cluster::HelloFault::refused, "it has the cluster key, but " + why);
  }
  if (const std::string why = fact_of(identity, transport::fact_objection); !why.empty()) {
    return refuse(cluster::HelloFault::objection, "it refuses this node: " + why);
  }
  if (peer.protocol == 0) {
    return refuse(cluster::HelloFault::incompatible, "it speaks protocol " + std::to_string(identity.protocol_min) +
                                                         " to " + std::to_string(identity.protocol_max) +
                                                         ", we speak " + std::to_string(kProtocol));
  }
  transport::Peer admitted;
  admitted.node_id = identity.node_id;
  admitted.identifier = identity.identifier;
  admitted.curve_public = identity.curve_public;
  admitted.address = address;
  admitted.ports = identity.ports;
  admitted.connects_first = role == Role::answered;
  if (const Status taken = parts_.gate.admit(admitted); !taken) {
    return refuse(cluster::HelloFault::unreachable, taken.error().message);
  }
  parts_.troubles.forget(identity.identifier);
  cluster::HelloDone done;
  done.identifier = identity.identifier;
  done.contact = declared(identity.identifier) == nullptr ? address : "";
  done.nick = identity.nick;
  done.incarnation = identity.incarnation;
  done.machine_id = identity.machine_id;
  done.my_incarnation_known = identity.known_incarnation;
  done.agent = {identity.instance_uuid, identity.runtime_location};
  for (const auto& [key, value] : identity.facts) {
    if (key == transport::fact_stereotype) {
      done.stereotypes.push_back(value);
    } else if (key.starts_with(transport::fact_common)) {
      done.common.emplace_back(key.substr(transport::fact_common.size()), value);
    }
  }
  tell_(std::move(done));
  return "";
}

api::HelloAnswer PeerAdmission::answer(const std::string& body, const std::string& from) {
  responder_.set_identity(self().identity);
  const auto answer = responder_.answer(body, monotonic_now());
  if (answer.cause) {
    const std::string address = from.substr(0, from.rfind(':'));
    parts_.troubles.warn_first("from " + address + ", " + std::string(transport::name_of(*answer.cause)),
                               "a HELLO from " + address + " was refused: " + answer.message);
  }
  if (answer.peer) {
    // Not the address it came from: a node with several speaks to us from any of them.
    const transport::NodeIdentity& identity = answer.peer->identity;
    PeerTarget target = target_at(identity.identifier);
    if (const config::NodeIdentity* node = declared(identity.identifier)) {
      target.node = *node;
    } else {  // but of one that nobody has declared it is the best there is, if it does not say more
      const std::string said = fact_of(identity, transport::fact_address);
      target.contact = said.empty() ? from.substr(0, from.rfind(':')) : said;
    }
    parts_.contact.resolve(target, [this, peer = *answer.peer](const std::string& address, const std::string&) {
      if (!address.empty()) {
        (void)admit(peer, address, Role::answered);
      }
    });
  }
  return {answer.http_status, answer.body};
}

}  // namespace holdfast

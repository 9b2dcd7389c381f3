// peer_admission.hpp: who may gossip with this node. Says HELLO to nodes and seeds when the core asks for it, answers
// theirs, gives the key and ports of whoever has proved to be one to the transport, and tells the core what came of
// it (HelloDone, HelloFailed, HttpProbe). Who is sent a HELLO, when, and what a failure means is the core's to decide.
// What is wrong with a peer is said in the log once, until it is well again. Used by ClusterDriver; loop thread only.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>

#include "api/ports.hpp"
#include "base/warnings.hpp"
#include "cluster/node.hpp"
#include "config/node_identity.hpp"
#include "drivers/cluster/log_deduplicator.hpp"
#include "drivers/cluster/peer_contact.hpp"
#include "transport/gossip.hpp"
#include "transport/hello.hpp"

namespace holdfast {

class PeerAdmission {
 public:
  struct Parts {
    PeerContact& contact;
    transport::PeerGate& gate;
    const cluster::Node& node;
    const config::LocalNode& nodes;
    std::set<std::string> seeds;  // as the core names them
    LogDeduplicator& troubles;
  };
  using Tell = std::function<void(const cluster::Input&)>;
  /// `self`: what this node proves and says of itself, but for incarnation, protocol and version, which are filled in
  /// here each time.
  /// `warnings`: two agents with one id, and seeds that do not answer.
  PeerAdmission(Parts parts, transport::HelloSelf self, Tell tell, Warnings& warnings);

  /// What this node says of itself when a HELLO begins.
  [[nodiscard]] transport::HelloSelf self() const;
  /// From here on HELLOs prove these keys; who is admitted stays so.
  void set_keys(const transport::ClusterKeys& keys);
  /// From here on HELLOs say these of this node.
  void set_rules(const std::string& hash, const cluster::NamedValues& common);
  void send_hello(const std::string& identifier);
  /// Whoever is at `endpoint`, host:port; answered by SeedAnswered.
  void send_hello_to_seed(const std::string& endpoint);
  /// Whether a silent node's HTTP port still accepts.
  void probe(const std::string& identifier);
  /// The answer to a HELLO request of somebody at `from` (address:port).
  api::HelloAnswer answer(const std::string& body, const std::string& from);
  /// Where the member of that identifier is asked for; nothing: there is none.
  [[nodiscard]] std::optional<PeerTarget> find(const std::string& identifier) const;
  [[nodiscard]] const transport::HelloCounters& counters() const { return responder_.counters(); }

 private:
  enum class Role { asked, answered };  // of this node in the HELLO
  /// Why it is no member for this node; empty: it may be one.
  [[nodiscard]] std::string objection_to(const transport::NodeIdentity& identity) const;
  /// Why not; empty: it is admitted.
  std::string admit(const transport::HelloPeer& peer, const std::string& address, Role role);
  [[nodiscard]] const config::NodeIdentity* declared(const std::string& identifier) const;

  Parts parts_;
  transport::HelloSelf self_;
  Tell tell_;
  Warnings& warnings_;
  transport::HelloResponder responder_;
};

}  // namespace holdfast

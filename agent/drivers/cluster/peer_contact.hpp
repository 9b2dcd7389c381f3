// peer_contact.hpp: what the cluster's driver asks of the HTTP ports of other nodes: HELLO, whether a silent node's
// port still accepts, the numeric address of a node's name, calls of methods that only read. PeerClient is the real
// one; the tests have a fake. Each question is answered exactly once, within its deadline. Loop thread only.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "cluster/input.hpp"
#include "config/node_identity.hpp"
#include "transport/hello.hpp"
#include "wire/xmlrpc_value.hpp"

namespace holdfast {

/// Where a node is asked for.
struct PeerTarget {
  config::NodeIdentity node;  // an empty identifier: whoever is at host and port
  std::string contact;        // address at which it was reached before, numeric; tried first, then the name
};

class PeerContact {
 public:
  /// Either a peer at a numeric address, or why not.
  struct HelloResult {
    std::optional<transport::HelloPeer> peer;
    std::string address;
    cluster::HelloFault fault = cluster::HelloFault::unreachable;
    std::string why;
    bool myself = false;  // it is this very agent
  };
  /// What this node says of itself, asked anew each time a HELLO begins.
  using MakeSelf = std::function<transport::HelloSelf()>;
  using HelloDone = std::function<void(const HelloResult&)>;
  using ProbeDone = std::function<void(bool accepted, bool refused)>;
  using Asked = std::function<void(const Result<wire::Value>& answer)>;
  /// An empty address: `why` tells.
  using Resolved = std::function<void(const std::string& address, const std::string& why)>;

  virtual ~PeerContact() = default;
  /// One HELLO with a node at a time; a second call while one is under way does nothing.
  virtual void hello(const PeerTarget& target, MakeSelf self, HelloDone done) = 0;
  virtual void probe(const PeerTarget& target, ProbeDone done) = 0;
  /// One XML-RPC call. An error's code is a fault's.
  virtual void ask(const PeerTarget& target, const std::string& method, const std::vector<wire::Value>& params,
                   Asked done) = 0;
  /// At once, within this call, when the host is written as a number or the target has a contact.
  virtual void resolve(const PeerTarget& target, Resolved done) = 0;
};

}  // namespace holdfast

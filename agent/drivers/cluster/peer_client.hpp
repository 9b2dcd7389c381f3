// peer_client.hpp: speaks to the HTTP ports of the other nodes for ClusterDriver: HELLO (two requests),
// whether a silent node's port still accepts, the numeric address of a node's name, and calls of methods that
// only read. Each question is
// answered exactly once, within its deadline. It decides nothing and keeps nothing but what is under way.
// Loop thread only.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>

#include "cluster/input.hpp"
#include "config/node_identity.hpp"
#include "http/client.hpp"
#include "system/event_loop.hpp"
#include "transport/hello.hpp"
#include "wire/xmlrpc_codec.hpp"

namespace holdfast {

/// Where a node is asked for.
struct PeerTarget {
  config::NodeIdentity node;  // an empty identifier: whoever is at host and port
  std::string contact;        // address at which it was reached before, numeric; tried first, then the name
};

/// What every HELLO of this node starts from, asked anew each time.
struct PeerClientOptions {
  std::function<transport::HelloSelf()> self;
  std::string username;  // of the HTTP servers: equal on all nodes (contract supvisors.md CFG-P2)
  std::string password;
};

class PeerClient {
 public:
  /// Either a peer at a numeric address, or why not.
  struct HelloResult {
    std::optional<transport::HelloPeer> peer;
    std::string address;
    cluster::HelloFault fault = cluster::HelloFault::unreachable;
    std::string why;
    bool myself = false;  // it is this very agent
  };
  using HelloDone = std::function<void(const HelloResult&)>;
  using ProbeDone = std::function<void(bool accepted, bool refused)>;
  using Asked = std::function<void(const Result<wire::Value>& answer)>;
  /// An empty address: `why` tells.
  using Resolved = std::function<void(const std::string& address, const std::string& why)>;

  PeerClient(system::EventLoop& loop, PeerClientOptions options)
      : loop_(loop), client_(loop.context()), options_(std::move(options)) {}

  /// One HELLO with a node at a time; a second call while one is under way does nothing.
  void hello(const PeerTarget& target, HelloDone done);
  void probe(const PeerTarget& target, ProbeDone done);
  /// One XML-RPC call, with the credentials that HELLO uses. At most kQuestionsMax at a time; the answer, or
  /// why there is none, comes within kQuestionTimeout. An error's code is a fault's.
  void ask(const PeerTarget& target, const std::string& method, const std::vector<wire::Value>& params, Asked done);
  /// At once, within this call, when the host is written as a number or the target has a contact.
  void resolve(const PeerTarget& target, Resolved done);

 private:
  struct Exchange;
  void find_and_send(const std::shared_ptr<Exchange>& exchange);
  void send(const std::shared_ptr<Exchange>& exchange);
  void on_answer(const std::shared_ptr<Exchange>& exchange, const Result<http::ClientResponse>& response);
  void end(const std::shared_ptr<Exchange>& exchange, HelloResult result);

  system::EventLoop& loop_;
  http::Client client_;
  PeerClientOptions options_;
  std::set<std::string> talking_to_;
  std::size_t questions_ = 0;  // under way
};

}  // namespace holdfast

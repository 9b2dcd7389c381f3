// peer_client.hpp: speaks to the HTTP ports of the other nodes for ClusterDriver (peer_contact.hpp says what): HELLO is
// two requests, calls carry the credentials that HELLO uses. It decides nothing and keeps nothing but what is under
// way. Loop thread only.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "drivers/cluster/peer_contact.hpp"
#include "http/client.hpp"
#include "system/event_loop.hpp"

namespace holdfast {

/// Of the HTTP servers: equal on all nodes (contract supvisors.md CFG-P2).
struct PeerCredentials {
  std::string username;
  std::string password;
};

class PeerClient final : public PeerContact {
 public:
  PeerClient(system::EventLoop& loop, PeerCredentials credentials)
      : loop_(loop), client_(loop.context()), credentials_(std::move(credentials)) {}

  void hello(const PeerTarget& target, MakeSelf self, HelloDone done) override;
  void probe(const PeerTarget& target, ProbeDone done) override;
  /// At most kQuestionsMax at a time; the answer, or why there is none, comes within kQuestionTimeout.
  void ask(const PeerTarget& target, const std::string& method, const std::vector<wire::Value>& params,
           Asked done) override;
  void resolve(const PeerTarget& target, Resolved done) override;

 private:
  struct Exchange;
  void find_and_send(const std::shared_ptr<Exchange>& exchange);
  void send(const std::shared_ptr<Exchange>& exchange);
  void on_answer(const std::shared_ptr<Exchange>& exchange, const Result<http::ClientResponse>& response);
  void end(const std::shared_ptr<Exchange>& exchange, HelloResult result);

  system::EventLoop& loop_;
  http::Client client_;
  PeerCredentials credentials_;
  std::set<std::string> talking_to_;
  std::size_t questions_ = 0;  // under way
};

}  // namespace holdfast

#include "drivers/cluster/peer_client.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <optional>
#include <utility>

#include "base/fault.hpp"
#include "wire/xmlrpc_codec.hpp"

namespace holdfast {
namespace {

namespace asio = boost::asio;

constexpr Duration kHelloTimeout = 2s;
constexpr std::size_t kHelloAnswerBytesMax = 64 * 1024;  // also of a server that has only a page for an error
constexpr Duration kProbeTimeout = 300ms;
constexpr Duration kQuestionTimeout = 2s;
constexpr std::size_t kQuestionsMax = 32;
constexpr std::size_t kAnswerBytesMax = 1024 * 1024;
constexpr int kFailed = code_of(Fault::failed);

cluster::HelloFault fault_of(transport::HelloCause cause) {
  switch (cause) {
    case transport::HelloCause::other_cluster:
      return cluster::HelloFault::other_cluster;
    case transport::HelloCause::no_key:
    case transport::HelloCause::wrong_key:
      return cluster::HelloFault::wrong_key;
    case transport::HelloCause::duplicate_node:
      return cluster::HelloFault::duplicate;
    case transport::HelloCause::garbage:
    case transport::HelloCause::oversized:
    case transport::HelloCause::replayed:
    case transport::HelloCause::bad_identity:
    case transport::HelloCause::own_identity:
    case transport::HelloCause::unexpected:
    case transport::HelloCause::refused:
      return cluster::HelloFault::refused;
  }
  return cluster::HelloFault::refused;
}

/// What an answer to an XML-RPC call says; errors are sentences about the node.
Result<wire::Value> value_of(const std::string& node, const Result<http::ClientResponse>& response) {
  if (!response) {
    return Error{node + " does not answer (" + response.error().message + ")", kFailed};
  }
  if (response.value().status == 401) {
    return Error{node + " does not accept this node's username and password", kFailed};
  }
  if (response.value().status != 200) {
    return Error{node + " answers with HTTP status " + std::to_string(response.value().status), kFailed};
  }
  auto reply = wire::decode_response(response.value().body);
  if (!reply) {
    return Error{node + " has sent no XML-RPC answer (" + reply.error().message + ")", kFailed};
  }
  if (const auto* fault = std::get_if<wire::Fault>(&reply.value())) {
    return Error{node + " answers " + fault->text, fault->code};
  }
  return std::get<wire::Value>(std::move(reply).value());
}

/// One question to a port, bounded by its timer.
struct Probe {
  explicit Probe(asio::io_context& io) : socket(io), timer(io) {}
  asio::ip::tcp::socket socket;
  asio::steady_timer timer;
  PeerContact::ProbeDone done;

  void answer(bool accepted, bool refused) {
    if (done) {
      boost::system::error_code ignored;
      socket.close(ignored);
      timer.cancel();
      std::exchange(done, nullptr)(accepted, refused);
    }
  }
};

}  // namespace

struct PeerClient::Exchange {
  Exchange(MakeSelf as, PeerTarget with, HelloDone then)
      : make_self(std::move(as)), self(make_self()), target(std::move(with)), done(std::move(then)) {
    begin();
  }
  [[nodiscard]] std::string name() const {
    return target.node.identifier.empty() ? "at " + target.node.host + ":" + std::to_string(target.node.port)
                                          : target.node.identifier;
  }
  void begin() {
    initiator.emplace(self, target.node.identifier);
    body = initiator->start();
  }
  /// Once more with the former key, for a node that has not heard of the new one yet.
  bool begin_with_former_key() {
    if (!self.former_key) {
      return false;
    }
    self.key = *std::exchange(self.former_key, std::nullopt);
    begin();
    return true;
  }

  /// Once more by the node's name, when it is not where it was before.
  bool begin_by_name() {
    boost::system::error_code no_number;
    (void)asio::ip::make_address(target.node.host, no_number);
    if (!no_number || target.contact.empty()) {
      return false;
    }
    target.contact.clear();
    self = make_self();
    begin();
    return true;
  }

  MakeSelf make_self;
  transport::HelloSelf self;
  std::optional<transport::HelloInitiator> initiator;
  PeerTarget target;
  HelloDone done;
  std::string address;
  std::string body;  // to be sent next
};

void PeerClient::hello(const PeerTarget& target, MakeSelf self, HelloDone done) {
  auto exchange = std::make_shared<Exchange>(std::move(self), target, std::move(done));
  if (talking_to_.insert(exchange->name()).second) {
    find_and_send(exchange);
  }
}

void PeerClient::find_and_send(const std::shared_ptr<Exchange>& exchange) {
  resolve(exchange->target, [this, exchange](const std::string& address, const std::string& why) {
    if (address.empty()) {
      return end(exchange, {std::nullopt, "", cluster::HelloFault::unreachable, why});
    }
    exchange->address = address;
    send(exchange);
  });
}

void PeerClient::send(const std::shared_ptr<Exchange>& exchange) {
  http::ClientRequest request;
  request.method = "POST";
  request.target = std::string(transport::hello_path);
  request.content_type = "application/json";
  request.body = exchange->body;
  request.username = credentials_.username;
  request.password = credentials_.password;
  http::Endpoint endpoint;
  endpoint.host = exchange->address;
  endpoint.port = exchange->target.node.port;
  client_.request(endpoint, std::move(request), {kHelloTimeout, kHelloAnswerBytesMax},
                  [this, exchange](const Result<http::ClientResponse>& response) { on_answer(exchange, response); });
}

void PeerClient::on_answer(const std::shared_ptr<Exchange>& exchange, const Result<http::ClientResponse>& response) {
  if (!response) {
    return end(exchange, {std::nullopt, "", cluster::HelloFault::unreachable, response.error().message});
  }
  if (response.value().status == 401) {
    return end(exchange, {std::nullopt, "", cluster::HelloFault::refused,
                          "its HTTP server does not accept our username and password"});
  }
  auto next = exchange->initiator->on_answer(response.value().status, response.value().body);
  const bool may_be_the_key =
      next.cause == transport::HelloCause::refused || next.cause == transport::HelloCause::wrong_key;
  if (may_be_the_key && exchange->begin_with_former_key()) {
    return send(exchange);
  }
  if (next.cause) {
    HelloResult result{std::nullopt, "", fault_of(*next.cause), next.message};
    result.myself = *next.cause == transport::HelloCause::own_identity;
    return end(exchange, std::move(result));
  }
  if (next.peer) {
    return end(exchange, {std::move(next.peer), exchange->address, {}, ""});
  }
  exchange->body = std::move(next.body);
  send(exchange);
}

void PeerClient::end(const std::shared_ptr<Exchange>& exchange, HelloResult result) {
  const bool is_elsewhere = !result.peer && result.fault != cluster::HelloFault::duplicate;
  if (is_elsewhere && exchange->begin_by_name()) {
    return find_and_send(exchange);
  }
  talking_to_.erase(exchange->name());
  exchange->done(result);
}

void PeerClient::resolve(const PeerTarget& target, Resolved done) {
  const config::NodeIdentity& node = target.node;
  boost::system::error_code no_number;
  if (const auto address = asio::ip::make_address(node.host, no_number); !no_number) {
    return done(address.to_string(), "");
  }
  if (!target.contact.empty()) {
    return done(target.contact, "");
  }
  auto resolver = std::make_shared<asio::ip::tcp::resolver>(loop_.context());
  resolver->async_resolve(
      node.host, std::to_string(node.port),
      [host = node.host, done = std::move(done), resolver](const boost::system::error_code& error,
                                                           const asio::ip::tcp::resolver::results_type& results) {
        if (error || results.empty()) {
          return done("", "the name " + host + " does not resolve: " + error.message());
        }
        done(results.begin()->endpoint().address().to_string(), "");
      });
}

void PeerClient::probe(const PeerTarget& target, ProbeDone done) {
  auto probe = std::make_shared<Probe>(loop_.context());
  probe->done = std::move(done);
  probe->timer.expires_after(kProbeTimeout);
  probe->timer.async_wait([probe](const boost::system::error_code& error) {
    if (!error) {
      probe->answer(false, false);
    }
  });
  resolve(target, [probe, port = target.node.port](const std::string& address, const std::string&) {
    if (address.empty() || !probe->done) {
      return probe->answer(false, false);
    }
    probe->socket.async_connect({asio::ip::make_address(address), port},
                                [probe](const boost::system::error_code& failed) {
                                  probe->answer(!failed, failed == asio::error::connection_refused);
                                });
  });
}

void PeerClient::ask(const PeerTarget& target, const std::string& method, const std::vector<wire::Value>& params,
                     Asked done) {
  if (questions_ >= kQuestionsMax) {
    return loop_.post([done = std::move(done)] {
      done(Error{"too many questions to other nodes are under way; ask again", kFailed});
    });
  }
  ++questions_;
  http::ClientRequest request;
  request.method = "POST";
  request.target = "/RPC2";
  request.content_type = "text/xml";
  request.body = wire::encode_call(method, params);
  request.username = credentials_.username;
  request.password = credentials_.password;
  http::Endpoint endpoint;
  endpoint.host = target.contact.empty() ? target.node.host : target.contact;  // resolved within the deadline
  endpoint.port = target.node.port;
  client_.request(
      endpoint, std::move(request), {kQuestionTimeout, kAnswerBytesMax},
      [this, nick = target.node.nick, done = std::move(done)](const Result<http::ClientResponse>& response) {
        --questions_;
        done(value_of(nick, response));
      });
}

}  // namespace holdfast

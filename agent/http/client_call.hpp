// client_call.hpp: one request of the loop's client on its way: addresses, connection, request out, answer in, under
// one deadline. It tries the addresses of a host in turn, and once more when a connection that was kept open turns out
// to be closed. Ends by one callback, never from within start(). Keeps itself alive while it runs. Loop thread only;
// made by Client.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/unique_fd.hpp"
#include "http/asio_types.hpp"
#include "http/client.hpp"
#include "http/response_parser.hpp"
#include "http/socket_address.hpp"

namespace holdfast::http {

class ClientCall : public std::enable_shared_from_this<ClientCall> {
 public:
  ClientCall(boost::asio::io_context& io, Endpoint to, const ClientRequest& request, const ClientOptions& options);

  /// How the call ends: with a result, and with the socket if it can be used again.
  using Done = std::function<void(Result<ClientResponse>, UniqueFd)>;

  /// `reused`: a connection that the server kept open, or invalid.
  void start(Duration timeout, UniqueFd reused, Done done);
  /// Ends it without a callback.
  void abandon();

 private:
  using Resolver = boost::asio::ip::basic_resolver<boost::asio::ip::tcp, Executor>;

  void find_addresses();
  bool adopt(UniqueFd socket);
  void close_socket();
  void connect();
  void on_connected();
  void write();
  void wait_readable();
  void read();
  void judge(ResponseParser::Progress progress, bool server_closed);
  void succeed(bool reusable);
  void fail(ClientError kind, std::string_view what);
  void finish(Result<ClientResponse> result, UniqueFd kept);
  void release();

  boost::asio::io_context& io_;
  Endpoint to_;
  std::string bytes_;
  ResponseParser::Expect expect_;
  std::size_t body_bytes_max_;
  Descriptor socket_;
  Timer timer_;
  Resolver resolver_;
  std::vector<SocketAddress> addresses_;
  std::size_t next_address_ = 0;
  int last_errno_ = EHOSTUNREACH;
  std::size_t sent_ = 0;
  bool reused_ = false;
  std::optional<ResponseParser> parser_;
  Done done_;
};

}  // namespace holdfast::http

// request.hpp: one HTTP request as a handler sees it: complete (body included), within its limits,
// authenticated. The session owns and reuses the object: a handler reads it during its call and copies, or
// moves out, what it keeps.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "http/headers.hpp"
#include "http/uri.hpp"

namespace holdfast::http {

enum class Method { get, head, post, put, del, options, other };

/// Who is at the other end, and by which of our sockets they came. Constant for a connection.
struct Peer {
  bool is_unix = false;
  std::string address;           // "127.0.0.1", "::1"; "" for a unix socket
  std::uint16_t port = 0;        // of the peer
  std::uint16_t local_port = 0;  // ours; 0 for a unix socket
  std::string server;            // the listening socket's name, as given to Server::add_listener
  std::int64_t uid = -1;         // of a unix socket's peer, by SO_PEERCRED; else -1
  std::int64_t pid = -1;
  std::string description;  // for logs and history: "127.0.0.1:40812", "unix socket (pid 12, uid 0)"
};

struct Request {
  Method method = Method::get;
  std::string method_text;  // as received
  std::string target;       // as received: path and query
  std::string path;         // percent-decoded, without the query; always begins with '/'
  std::string_view query;   // as received, without '?'; part of `target`
  int minor_version = 1;    // of HTTP/1.x
  Headers headers;
  std::string body;
  std::string user;  // who was authenticated; "" when the server asks for nobody
  Peer peer;

  Request() = default;
  Request(const Request&) = delete;  // `query` points into `target`
  Request& operator=(const Request&) = delete;

  [[nodiscard]] std::string_view header(std::string_view name) const { return headers.get(name); }
  [[nodiscard]] std::vector<Parameter> query_parameters() const { return parse_form(query); }
  /// The fields of an application/x-www-form-urlencoded body; empty for any other type.
  [[nodiscard]] std::vector<Parameter> form_parameters() const;

  /// Forgets the message, keeps `peer` and the memory.
  void clear_message();
};

}  // namespace holdfast::http

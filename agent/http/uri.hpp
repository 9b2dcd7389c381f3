// uri.hpp: percent-encoding, query strings, form bodies, server URLs. Pure functions on bounded input;
// nothing is guessed: a malformed escape stays as it is, as browsers and Python do.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace holdfast::http {

struct Parameter {
  std::string name;
  std::string value;
  friend bool operator==(const Parameter&, const Parameter&) = default;
};

/// %XX decoded; a malformed escape stays.
std::string percent_decode(std::string_view text);
/// Everything but letters, digits, `-._~` (and '/' when `keep_slash`) as %XX.
enum class Slash { keep, encode };
std::string percent_encode(std::string_view text, Slash slash);

/// `a=1&b=2` with `+` as blank; at most limits::http_parameters, the rest is left out.
std::vector<Parameter> parse_form(std::string_view text);
/// The last value of `name` (as web.py and cgi read it), or nullptr.
const std::string* find_parameter(const std::vector<Parameter>& parameters, std::string_view name);
std::string encode_form(const std::vector<Parameter>& parameters);

/// Where a server is: a TCP host and port, or the path of a unix socket.
struct Endpoint {
  std::string host;
  std::uint16_t port = 0;
  std::string unix_path;  // not empty: unix socket, host and port unused

  [[nodiscard]] bool is_unix() const { return !unix_path.empty(); }
  /// "host:port" ("[::1]:9001") or "unix:///path", for messages and the Host header.
  [[nodiscard]] std::string text() const;
  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

/// `http://host[:port][/…]` (port 80 without one, IPv6 in brackets) or `unix:///path` (contract
/// supervisor.md 1.10).
Result<Endpoint> parse_server_url(std::string_view url);

}  // namespace holdfast::http

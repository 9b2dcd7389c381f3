// security.hpp: what protects a browser's user: the Host allow-list (DNS rebinding), the Origin check and
// CSRF tokens for requests that change something, and the headers every page carries. Called by the page and
// API routes; never by the XML-RPC route for clients without an Origin (they are no browsers). Loop thread
// only; the secret is per process.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "http/request.hpp"
#include "http/response.hpp"

namespace holdfast::http {

/// The names by which this server may be addressed: every IP literal, "localhost" and names ending in
/// ".localhost", and those added (the host name, configured names). A foreign name that resolves to us is
/// refused.
class HostAllowList {
 public:
  void add(std::string_view host);
  /// Judges a Host header (with or without port). An absent one is allowed only to HTTP/1.0.
  [[nodiscard]] bool allows(std::string_view host_header, int minor_version) const;

 private:
  std::vector<std::string> hosts_;
};

/// A request that changes something may come only from our own pages or from no page at all: its Origin (else
/// its Referer) must be absent or name the host of the Host header; Sec-Fetch-Site, where sent, must be
/// same-origin or none.
bool same_origin(const Request& request);

/// Tokens for forms: HMAC-SHA-256 of (hour, user) by a secret made at start.
class CsrfTokens {
 public:
  CsrfTokens();                                  // a random secret
  explicit CsrfTokens(std::string_view secret);  // a given one (tests; the same across an agent's restart)

  [[nodiscard]] std::string issue(std::string_view user, WallTime now) const;
  /// True for a token issued to `user` at most limits::csrf_token_age ago.
  [[nodiscard]] bool valid(std::string_view token, std::string_view user, WallTime now) const;

 private:
  [[nodiscard]] std::string sign(std::string_view user, std::int64_t hour) const;

  std::string secret_;
};

/// Adds Content-Security-Policy, X-Content-Type-Options, X-Frame-Options, Referrer-Policy and Cache-Control:
/// no-store.
void add_page_headers(Response& response);

/// A Set-Cookie value: HttpOnly, SameSite=Strict, Path=/.
std::string session_cookie(std::string_view name, std::string_view value);

}  // namespace holdfast::http

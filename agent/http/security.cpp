#include "http/security.hpp"

#include <arpa/inet.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>

#include "base/check.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"
#include "http/authentication.hpp"

namespace holdfast::http {
namespace {

/// The host of "host", "host:port" or "[v6]:port", lower-cased, without brackets; nullopt if it is none.
std::optional<std::string> host_of(std::string_view authority) {
  if (authority.empty() || authority.find_first_of("/@\\ \t,") != std::string_view::npos) {
    return std::nullopt;
  }
  std::string_view host = authority;
  std::string_view port;
  if (authority.front() == '[') {
    const auto close = authority.find(']');
    if (close == std::string_view::npos) {
      return std::nullopt;
    }
    host = authority.substr(1, close - 1);
    port = authority.substr(close + 1);
  } else if (const auto colon = authority.find(':'); colon != std::string_view::npos) {
    host = authority.substr(0, colon);
    port = authority.substr(colon);
  }
  const bool port_right =
      port.empty() || (port.front() == ':' && port.find_first_not_of("0123456789", 1) == std::string_view::npos);
  if (host.empty() || !port_right) {
    return std::nullopt;
  }
  std::string name = text::lower(host);
  if (name.size() > 1 && name.back() == '.') {
    name.pop_back();
  }
  return name;
}

bool is_ip_literal(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> address{};
  return inet_pton(AF_INET, host.c_str(), address.data()) == 1 ||
         inet_pton(AF_INET6, host.c_str(), address.data()) == 1;
}

std::string to_hex(const unsigned char* bytes, std::size_t size) {
  constexpr std::string_view hex = "0123456789abcdef";
  std::string out;
  for (std::size_t i = 0; i < size; ++i) {
    out.push_back(hex[bytes[i] >> 4U]);
    out.push_back(hex[bytes[i] & 15U]);
  }
  return out;
}

constexpr std::int64_t kSecondsPerHour = 3600;

}  // namespace

void HostAllowList::add(std::string_view host) {
  if (auto name = host_of(host); name && std::find(hosts_.begin(), hosts_.end(), *name) == hosts_.end()) {
    hosts_.push_back(std::move(*name));
  }
}

bool HostAllowList::allows(std::string_view host_header, int minor_version) const {
  if (host_header.empty()) {
    return minor_version == 0;
  }
  const auto host = host_of(host_header);
  if (!host) {
    return false;
  }
  return is_ip_literal(*host) || *host == "localhost" || host->ends_with(".localhost") ||
         std::find(hosts_.begin(), hosts_.end(), *host) != hosts_.end();
}

bool same_origin(const Request& request) {
  const std::string_view site = request.header("Sec-Fetch-Site");
  if (!site.empty() && site != "same-origin" && site != "none") {
    return false;
  }
  const std::string_view origin = request.header("Origin");
  const std::string_view from = origin.empty() ? request.header("Referer") : origin;
  if (from.empty()) {
    return true;
  }
  const auto scheme = from.find("://");
  if (scheme == std::string_view::npos) {
    return false;  // "null" of a sandboxed page, or nonsense
  }
  std::string_view authority = from.substr(scheme + 3);
  authority = authority.substr(0, authority.find_first_of("/?#"));
  return !authority.empty() && equals_ignoring_case(authority, request.header("Host"));
}

CsrfTokens::CsrfTokens() : secret_(32, '\0') {
  CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(secret_.data()), static_cast<int>(secret_.size())) == 1);
}

CsrfTokens::CsrfTokens(std::string_view secret) : secret_(secret) {
  CHECK(!secret_.empty());
}

std::string CsrfTokens::sign(std::string_view user, std::int64_t hour) const {
  const std::string message = "csrf\n" + std::to_string(hour) + "\n" + std::string(user);
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
  unsigned size = 0;
  CHECK(HMAC(EVP_sha256(), secret_.data(), static_cast<int>(secret_.size()),
             reinterpret_cast<const unsigned char*>(message.data()), message.size(), mac.data(), &size) != nullptr);
  return to_hex(mac.data(), size);
}

std::string CsrfTokens::issue(std::string_view user, WallTime now) const {
  const std::int64_t hour = now.seconds() / kSecondsPerHour;
  return std::to_string(hour) + "-" + sign(user, hour);
}

bool CsrfTokens::valid(std::string_view token, std::string_view user, WallTime now) const {
  const auto dash = token.find('-');
  const auto hour = text::parse_int(token.substr(0, dash));
  if (dash == std::string_view::npos || !hour) {
    return false;
  }
  const std::int64_t current = now.seconds() / kSecondsPerHour;
  const std::int64_t oldest = current - std::chrono::duration_cast<std::chrono::hours>(limits::csrf_token_age).count();
  // One hour ahead is allowed, since the wall clock may have been set back.
  if (*hour < oldest || *hour > current + 1) {
    return false;
  }
  return equal_in_constant_time(token.substr(dash + 1), sign(user, *hour));
}

void add_page_headers(Response& response) {
  response.headers.emplace_back("Content-Security-Policy",
                                "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
                                "object-src 'none'");
  response.headers.emplace_back("X-Content-Type-Options", "nosniff");
  response.headers.emplace_back("X-Frame-Options", "DENY");
  response.headers.emplace_back("Referrer-Policy", "same-origin");
  response.headers.emplace_back("Cache-Control", "no-store");
}

std::string session_cookie(std::string_view name, std::string_view value) {
  return std::string(name) + "=" + std::string(value) + "; Path=/; HttpOnly; SameSite=Strict";
}

}  // namespace holdfast::http

#include "http/uri.hpp"

#include <optional>

#include "base/limits.hpp"
#include "base/text.hpp"

namespace holdfast::http {
namespace {

constexpr std::string_view kHex = "0123456789ABCDEF";

int hex_value(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  if (c >= 'a' && c <= 'f') {
    return c - 'a' + 10;
  }
  if (c >= 'A' && c <= 'F') {
    return c - 'A' + 10;
  }
  return -1;
}

enum class Plus { literal, blank };

std::string decode(std::string_view text, Plus plus) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 && hex_value(text[i + 2]) >= 0) {
      out.push_back(static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2])));
      i += 2;
    } else {
      out.push_back(text[i] == '+' && plus == Plus::blank ? ' ' : text[i]);
    }
  }
  return out;
}

bool unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  const auto number = text::parse_int(text);
  if (!number || *number < 1 || *number > 65535 || text.front() == '+') {
    return std::nullopt;
  }
  return static_cast<std::uint16_t>(*number);
}

}  // namespace

std::string percent_decode(std::string_view text) {
  return decode(text, Plus::literal);
}

std::string percent_encode(std::string_view text, Slash slash) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (unreserved(c) || (c == '/' && slash == Slash::keep)) {
      out.push_back(c);
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out.push_back('%');
      out.push_back(kHex[byte >> 4U]);
      out.push_back(kHex[byte & 15U]);
    }
  }
  return out;
}

std::vector<Parameter> parse_form(std::string_view text) {
  std::vector<Parameter> parameters;
  while (!text.empty() && parameters.size() < limits::http_parameters) {
    const auto end = text.find('&');
    const std::string_view pair = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (pair.empty()) {
      continue;
    }
    const auto equals = pair.find('=');
    const std::string_view value = equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
    parameters.push_back(Parameter{decode(pair.substr(0, equals), Plus::blank), decode(value, Plus::blank)});
  }
  return parameters;
}

const std::string* find_parameter(const std::vector<Parameter>& parameters, std::string_view name) {
  for (auto at = parameters.rbegin(); at != parameters.rend(); ++at) {
    if (at->name == name) {
      return &at->value;
    }
  }
  return nullptr;
}

std::string encode_form(const std::vector<Parameter>& parameters) {
  std::string out;
  for (const Parameter& parameter : parameters) {
    if (!out.empty()) {
      out.push_back('&');
    }
    out += percent_encode(parameter.name, Slash::encode) + "=" + percent_encode(parameter.value, Slash::encode);
  }
  return out;
}

std::string Endpoint::text() const {
  if (is_unix()) {
    return "unix://" + unix_path;
  }
  const bool literal_v6 = host.find(':') != std::string::npos;
  return (literal_v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Result<Endpoint> parse_server_url(std::string_view url) {
  const auto failure = [&] {
    std::string text(1, '\'');
    text.append(url).append("' is not a server URL: http://host:port or unix:///path is expected");
    return Error{std::move(text), 0};
  };
  constexpr std::string_view unix_scheme = "unix://";
  constexpr std::string_view http_scheme = "http://";
  if (url.starts_with(unix_scheme)) {
    const std::string_view path = url.substr(unix_scheme.size());
    if (path.empty() || path.front() != '/') {
      return failure();
    }
    return Endpoint{{}, 0, std::string(path)};
  }
  if (!url.starts_with(http_scheme)) {
    return failure();
  }
  std::string_view authority = url.substr(http_scheme.size());
  authority = authority.substr(0, authority.find_first_of("/?#"));
  std::string_view host = authority;
  std::string_view port;
  if (authority.starts_with('[')) {
    const auto close = authority.find(']');
    if (close == std::string_view::npos) {
      return failure();
    }
    host = authority.substr(1, close - 1);
    port = authority.substr(close + 1);
    if (!port.empty() && port.front() != ':') {
      return failure();
    }
  } else if (const auto colon = authority.rfind(':'); colon != std::string_view::npos) {
    host = authority.substr(0, colon);
    port = authority.substr(colon);
  }
  const auto number = port.size() > 1 ? parse_port(port.substr(1)) : std::optional<std::uint16_t>(80);
  if (host.empty() || host.find('@') != std::string_view::npos || !number) {
    return failure();
  }
  return Endpoint{std::string(host), *number, {}};
}

}  // namespace holdfast::http

// authentication.hpp: HTTP Basic authentication as Supervisor has it (contract supervisor.md 4.1): one
// account per listening socket, the password plain or as `{SHA}<40 hex>`. Comparisons take the same time for
// every wrong value. Pure functions over OpenSSL; the session calls them before it reads a body.
#pragma once

#include <string>
#include <string_view>

namespace holdfast::http {

struct Credentials {
  std::string username;  // "" = no authentication
  std::string password;  // as configured
  [[nodiscard]] bool required() const { return !username.empty(); }
};

enum class AuthenticationResult {
  granted,
  denied,     // 401: none, other scheme, wrong name or password
  malformed,  // 400: Basic with a value that is not base64 of name:password
};

/// Checks an Authorization header ("" = absent). `user` is set to the name when granted.
AuthenticationResult authenticate(const Credentials& credentials, std::string_view authorization, std::string& user);

/// The value of an Authorization header.
std::string basic_authorization(std::string_view username, std::string_view password);

/// True when equal; takes a time that depends on the sizes only.
bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace holdfast::http

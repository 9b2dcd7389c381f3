#include "config/settings.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace holdfast::config {

const HttpServerSettings& inet_server_of(const Settings& settings) {
  const auto found = std::ranges::find(settings.servers, HttpServerSettings::Kind::inet, &HttpServerSettings::kind);
  CHECK(found != settings.servers.end());
  return *found;
}

}  // namespace holdfast::config

#include "config/discovery_values.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/limits.hpp"
#include "base/text.hpp"
#include "config/node_identity.hpp"
#include "config/python_text.hpp"

namespace holdfast::config {
namespace {

std::optional<std::uint32_t> ipv4_of(std::string_view text) {
  in_addr address{};
  return ::inet_pton(AF_INET, std::string(text).c_str(), &address) == 1 ? std::optional(ntohl(address.s_addr))
                                                                        : std::nullopt;
}

}  // namespace

/// The bases of blocks that mean something of their own are no groups to join (contract CFG-04).
Result<std::optional<MulticastGroup>> parse_multicast_group(std::string_view text) {
  constexpr std::uint32_t kFirst = 0xE0000000;  // 224.0.0.0
  constexpr std::uint32_t kLast = 0xEFFFFFFF;
  constexpr std::array<std::uint32_t, 4> kBases{kFirst, 0xE8000000, 0xE9000000, 0xEF000000};
  const std::string_view stripped = strip(text);
  const auto colon = stripped.rfind(':');
  const auto address = colon == std::string_view::npos ? std::nullopt : ipv4_of(stripped.substr(0, colon));
  const bool is_group = address && *address >= kFirst && *address <= kLast &&
                        std::find(kBases.begin(), kBases.end(), *address) == kBases.end();
  const auto port = is_group ? python_int(stripped.substr(colon + 1), 10) : std::nullopt;
  if (!port || *port < 1 || *port > 0xFFFF) {
    return Error{repr(text) + " is no multicast group (224.0.0.1 to 239.255.255.255) with a port (a.b.c.d:port)"};
  }
  return std::optional(MulticastGroup{std::string(stripped.substr(0, colon)), static_cast<std::uint16_t>(*port)});
}

Result<std::string> parse_multicast_interface(std::string_view text) {
  const std::string_view stripped = strip(text);
  const std::string word = text::upper(stripped);
  if (word == "ANY" || word == "INADDR_ANY") {
    return std::string();
  }
  if (!ipv4_of(stripped)) {
    return Error{repr(text) + " is neither the IPv4 address of an interface nor ANY"};
  }
  return std::string(stripped);
}

Result<int> parse_multicast_ttl(std::string_view text) {
  const auto ttl = python_int(text, 10);
  if (!ttl || *ttl < 0 || *ttl > 255) {
    return Error{repr(text) + " is no whole number from 0 to 255"};
  }
  return static_cast<int>(*ttl);
}

Result<std::vector<NodeItem>> parse_seeds(std::string_view text) {
  std::vector<NodeItem> seeds;
  for (const std::string& part : text::split_list(text, ',')) {
    auto item = parse_node_item(part);
    if (!item) {
      return item.error();
    }
    if (!item.value().nick.empty()) {
      return Error{repr(part) + " is no seed: a seed is an address, and says itself who it is (expected host[:port])"};
    }
    if (std::find(seeds.begin(), seeds.end(), item.value()) == seeds.end()) {
      seeds.push_back(std::move(item).value());
    }
  }
  if (seeds.empty() || seeds.size() > limits::config_seeds) {
    return Error{"there are between 1 and " + std::to_string(limits::config_seeds) + " seeds"};
  }
  return seeds;
}

}  // namespace holdfast::config

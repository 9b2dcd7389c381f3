#include "system/network_interfaces.hpp"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <memory>

namespace holdfast::system {
namespace {

std::string text_of(const sockaddr* address) {
  if (address == nullptr || address->sa_family != AF_INET) {
    return {};
  }
  std::array<char, INET_ADDRSTRLEN> text{};
  const auto* ip = reinterpret_cast<const sockaddr_in*>(address);
  return inet_ntop(AF_INET, &ip->sin_addr, text.data(), text.size()) == nullptr ? std::string() : text.data();
}

}  // namespace

std::string host_name() {
  std::array<char, HOST_NAME_MAX + 1> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

std::vector<NetworkInterface> network_interfaces() {
  ifaddrs* all = nullptr;
  if (getifaddrs(&all) != 0) {
    return {};
  }
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owned(all, &freeifaddrs);
  std::vector<NetworkInterface> interfaces;
  for (const ifaddrs* one = all; one != nullptr; one = one->ifa_next) {
    std::string address = text_of(one->ifa_addr);
    if (!address.empty() && (one->ifa_flags & IFF_UP) != 0) {
      interfaces.push_back({one->ifa_name, std::move(address), text_of(one->ifa_netmask)});
    }
  }
  return interfaces;
}

}  // namespace holdfast::system

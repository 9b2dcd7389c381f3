// network_interfaces.hpp: the name of this machine and its IPv4 interfaces, as the system has them now. Asks no name
// server. Called when a client wants to know, on the loop.
#pragma once

#include <string>
#include <vector>

namespace holdfast::system {

struct NetworkInterface {
  std::string name;     // "eth0"
  std::string address;  // "192.0.2.7"
  std::string netmask;  // "255.255.255.0"
};

/// As gethostname says it; empty when it does not.
std::string host_name();

/// One for each IPv4 address of an interface that is up, in the system's order; none when the system does not tell.
std::vector<NetworkInterface> network_interfaces();

}  // namespace holdfast::system

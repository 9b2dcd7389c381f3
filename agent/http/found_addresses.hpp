// found_addresses.hpp: what getaddrinfo found, given back when it goes out of scope. Called by the listener and
// the blocking client.
#pragma once

#include <netdb.h>

#include <memory>

namespace holdfast::http {

struct AddressFree {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};
using FoundAddresses = std::unique_ptr<addrinfo, AddressFree>;

}  // namespace holdfast::http

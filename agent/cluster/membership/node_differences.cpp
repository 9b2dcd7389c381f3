#include "cluster/membership/node_differences.hpp"

#include <algorithm>

namespace holdfast::cluster {

std::vector<std::string> differences_of(const NamedValues& mine, const NamedValues& theirs) {
  std::vector<std::string> differences;
  for (const auto& [name, value] : mine) {
    const auto other = std::ranges::find(theirs, name, &NamedValues::value_type::first);
    if (other != theirs.end() && other->second != value) {
      differences.push_back(name + " is " + value + " here, " + other->second + " there");
    }
  }
  return differences;
}

}  // namespace holdfast::cluster

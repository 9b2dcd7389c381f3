#include "cluster/codec/term.hpp"

#include <algorithm>

namespace holdfast::cluster {
namespace {

std::uint64_t mix(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}

}  // namespace

std::uint64_t stable_hash(std::string_view text) {
  std::uint64_t hash = 0xCBF29CE484222325ULL;  // FNV-1a, then a finaliser: short texts differ in all bits
  for (const char c : text) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
  }
  return mix(hash + text.size());
}

NodeId node_id_of(std::string_view identifier) {
  const std::uint64_t id = stable_hash(identifier);
  return id == 0 ? 1 : id;
}

std::uint64_t cluster_id_of(std::string_view cluster_name) {
  return stable_hash("cluster:" + std::string(cluster_name));
}

std::uint32_t roster_hash_of(std::vector<std::string> identifiers) {
  std::sort(identifiers.begin(), identifiers.end());
  std::string all;
  for (const std::string& identifier : identifiers) {
    all += identifier;
    all += '\n';
  }
  return static_cast<std::uint32_t>(stable_hash(all) >> 32);
}

}  // namespace holdfast::cluster

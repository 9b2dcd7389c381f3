// term.hpp: who a node is on the wire and which Master it follows. A node is known by the hash of its
// identifier (host:port), a cluster by the hash of its name, a roster by the hash of its sorted identifiers.
// A term is the pair (epoch, master), compared as a pair and on disk before it is used. Values only; decides
// nothing.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::cluster {

using NodeId = std::uint64_t;  // hash of the identifier; 0 = nobody

/// (epoch, master). Epoch 0 = no Master was ever followed.
struct Term {
  std::uint64_t epoch = 0;
  NodeId master = 0;
  friend auto operator<=>(const Term&, const Term&) = default;
};

/// A well mixed hash of `text`, the same on every machine and in every version (it is on the wire).
std::uint64_t stable_hash(std::string_view text);

/// Never 0.
NodeId node_id_of(std::string_view identifier);
std::uint64_t cluster_id_of(std::string_view cluster_name);

/// Of the identifiers in any order: nodes whose lists have the same members agree.
std::uint32_t roster_hash_of(std::vector<std::string> identifiers);

}  // namespace holdfast::cluster

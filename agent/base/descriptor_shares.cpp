#include "base/descriptor_shares.hpp"

#include <algorithm>

#include "base/limits.hpp"

namespace holdfast {

DescriptorShares share_descriptors(const DescriptorNeeds& needs) {
  DescriptorShares shares;
  shares.clients =
      std::clamp(needs.limit / limits::descriptors_per_client, limits::http_connections_min, limits::http_connections);
  shares.followers = shares.clients / 4;
  const std::size_t own = limits::descriptors_own + needs.servers + shares.clients + 2 * shares.followers +
                          (needs.cluster ? limits::descriptors_of_cluster : 0) +
                          needs.peers * limits::descriptors_of_peer;
  // A cluster that is too large for the limit must not leave its programs with nothing.
  shares.programs = std::max(needs.limit - std::min(needs.limit, own), needs.limit / 8);
  return shares;
}

bool DescriptorLedger::take(std::uint64_t start_id, std::size_t count) {
  if (count > left_) {
    return false;
  }
  left_ -= count;
  taken_[start_id] += count;
  return true;
}

void DescriptorLedger::give_back(std::uint64_t start_id, std::size_t count) {
  const auto found = taken_.find(start_id);
  if (found == taken_.end()) {
    return;
  }
  const std::size_t given = std::min(count, found->second);
  left_ += given;
  found->second -= given;
  if (found->second == 0) {
    taken_.erase(found);
  }
}

void DescriptorLedger::release(std::uint64_t start_id) {
  give_back(start_id, SIZE_MAX);
}

}  // namespace holdfast

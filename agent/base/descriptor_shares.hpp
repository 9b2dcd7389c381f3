// descriptor_shares.hpp: how the agent divides the descriptors that it may have: programs, HTTP clients and
// what it needs itself each have a share, so that programs that cannot be started keep no client from its
// answer, and no clients keep a program from being started again. Arithmetic only: no descriptor is looked at
// here. Made at the agent's start; the ledger is used by ProgramDriver, on the loop's thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>

namespace holdfast {

struct DescriptorNeeds {
  std::size_t limit = 0;    // RLIMIT_NOFILE
  std::size_t servers = 0;  // listening HTTP sockets
  bool cluster = false;
  std::size_t peers = 0;  // nodes of the cluster beside this one
};

struct DescriptorShares {
  std::size_t clients = 0;    // connections of HTTP clients
  std::size_t followers = 0;  // of them may follow a log, which takes two more each
  std::size_t programs = 0;   // their pipes and logs
};

/// With less than limits::descriptors_min programs would have no share: the agent does not start then.
DescriptorShares share_descriptors(const DescriptorNeeds& needs);

/// What each program has of the programs' share, from before its start until its last output is in its logs.
class DescriptorLedger {
 public:
  explicit DescriptorLedger(std::size_t share) : left_(share) {}

  /// False: there are not so many, and nothing was taken.
  bool take(std::uint64_t start_id, std::size_t count);
  /// Some of what it has, at most all.
  void give_back(std::uint64_t start_id, std::size_t count);
  void release(std::uint64_t start_id);

  [[nodiscard]] std::size_t left() const { return left_; }

 private:
  std::size_t left_;
  std::map<std::uint64_t, std::size_t> taken_;
};

}  // namespace holdfast

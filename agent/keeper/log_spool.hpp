// log_spool.hpp: the file format in which the keeper parks a program's output while no agent runs:
// STATE/spool/<start id>.<channel>. A header, then bytes. The keeper appends, only while no agent is there;
// the agent reads from `taken` on, and moves `taken` by one small write at offset 8, so that a kill at any
// instant leaves either the old or the new number. Nothing is ever dropped: when the bound is reached the
// program waits, as for a full pipe.
#pragma once

#include <cstddef>
#include <cstdint>

namespace holdfast::keeper {

struct SpoolHeader {
  std::uint64_t magic = 0x314C'4F4F'5053'4648;  // "HFSPOOL1"
  std::uint64_t taken = 0;                      // bytes after the header that are in the log already
};

inline constexpr std::uint64_t max_spool_bytes = 64ULL << 20;       // for one channel
inline constexpr std::uint64_t max_spool_bytes_total = 1ULL << 30;  // for all of them

}  // namespace holdfast::keeper

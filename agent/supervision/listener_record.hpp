// listener_record.hpp: what of the event listeners outlives an agent, and its bytes, which the keeper holds
// without reading them. Written and read by ListenerPools only. Decoding trusts nothing; a version it does not
// know is refused whole (the events are lost then, the programs go on).
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "supervision/listener_pool.hpp"
#include "supervision/ticks.hpp"

namespace holdfast::supervision {

inline constexpr std::size_t kListenersRecordBytes = 16 * 1024 * 1024;  // of all pools together

/// What is written: the live pools.
struct ListenersView {
  std::int64_t next_serial = 0;
  Ticks::Slices slices{};
  const std::vector<std::unique_ptr<ListenerPool>>& pools;
};

/// What is read.
struct ListenersRecord {
  struct Pool {
    std::string name;
    std::int64_t next_serial = 0;
    std::deque<PoolEvent> buffer;
    std::vector<ListenerMember> members;  // key, child, protocol, event, unsent, unreachable, seen
  };
  std::int64_t next_serial = 0;
  Ticks::Slices slices{};
  std::vector<Pool> pools;
};

std::string encode_listeners(const ListenersView& view);
Result<ListenersRecord> decode_listeners(std::string_view bytes);

}  // namespace holdfast::supervision

// free_descriptors.hpp: whether this process could open so many descriptors more. Asked before something is
// begun that would need them, so that a few always stay for what must go on: answers, signals, ends. The
// kernel is asked, nothing is counted here and nothing opened. What other threads do meanwhile is not seen:
// whoever asks leaves room for that. std and libc only, used by the keeper and by the agent; any thread.
#pragma once

#include <poll.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstddef>

namespace holdfast::keeper {

/// Looks from the highest number downwards: there they are free, but for a process that is short of them.
/// Without a limit, or when it cannot be told, they are taken to be there.
inline bool descriptors_left(std::size_t wanted) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) {
    return true;
  }
  std::array<pollfd, 64> asked{};
  std::size_t free = 0;
  for (auto end = static_cast<std::size_t>(std::min<rlim_t>(limit.rlim_cur, INT_MAX)); end > 0 && free < wanted;) {
    const std::size_t count = std::min(asked.size(), end);
    end -= count;
    for (std::size_t i = 0; i < count; ++i) {
      asked[i] = {static_cast<int>(end + i), 0, 0};
    }
    if (poll(asked.data(), count, 0) < 0) {
      return true;
    }
    free += static_cast<std::size_t>(std::count_if(asked.begin(), asked.begin() + static_cast<std::ptrdiff_t>(count),
                                                   [](const pollfd& each) { return (each.revents & POLLNVAL) != 0; }));
  }
  return free >= wanted;
}

}  // namespace holdfast::keeper

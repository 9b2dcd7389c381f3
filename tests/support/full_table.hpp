// full_table.hpp: a process without a free descriptor: for tests of what happens then.
#pragma once

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <vector>

#include "base/check.hpp"

namespace holdfast {

/// As long as it lives only `free` more descriptors can be opened. The limit is lowered first, so that it
/// takes few.
class FullTable {
 public:
  explicit FullTable(std::size_t free = 0) {
    CHECK(::getrlimit(RLIMIT_NOFILE, &before_) == 0);
    rlimit low = before_;
    low.rlim_cur = std::min<rlim_t>(low.rlim_cur, 512);
    CHECK(::setrlimit(RLIMIT_NOFILE, &low) == 0);
    for (int fd = 0; (fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0;) {
      taken_.push_back(fd);
    }
    CHECK(taken_.size() >= free);
    leave(free);
  }
  FullTable(const FullTable&) = delete;
  FullTable& operator=(const FullTable&) = delete;
  ~FullTable() {
    leave(taken_.size());
    (void)::setrlimit(RLIMIT_NOFILE, &before_);
  }

  /// So many more can be opened.
  void leave(std::size_t count) {
    for (; count > 0 && !taken_.empty(); --count) {
      ::close(taken_.back());
      taken_.pop_back();
    }
  }

 private:
  rlimit before_{};
  std::vector<int> taken_;
};

}  // namespace holdfast

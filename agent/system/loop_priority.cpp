#include "system/loop_priority.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>

namespace holdfast::system {

bool raise_loop_priority() {
  // Nice values belong to threads on Linux: both calls are about the caller only.
  const id_t self = static_cast<id_t>(gettid());
  errno = 0;
  const int given = getpriority(PRIO_PROCESS, self);  // -1 is a value too
  return errno == 0 && setpriority(PRIO_PROCESS, self, given - loop_nice_steps) == 0;
}

}  // namespace holdfast::system

#include "transport/thread_priority.hpp"

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

namespace holdfast::transport {

Priority raise_thread_priority() {
  constexpr int kNice = -10;
  sched_param parameter{};
  parameter.sched_priority = 1;
  if (pthread_setschedparam(pthread_self(), SCHED_RR, &parameter) == 0) {
    return Priority::realtime;
  }
  // Nice values belong to threads on Linux: this changes the caller only.
  if (setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kNice) == 0) {
    return Priority::nice;
  }
  return Priority::normal;
}

}  // namespace holdfast::transport

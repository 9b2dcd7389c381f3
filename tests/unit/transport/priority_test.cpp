// The gossip thread and libzmq's threads get what the operating system grants, and the transport says what
// that is.
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "harness.hpp"
#include "transport/thread_priority.hpp"

namespace holdfast::transport::test {
namespace {

/// The scheduling of this process's threads whose name begins with `name`.
std::vector<Priority> priorities_of(const std::string& name) {
  std::vector<Priority> found;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::string comm;
    std::getline(std::ifstream(task.path() / "comm"), comm);
    if (!comm.starts_with(name)) {
      continue;
    }
    const pid_t tid = std::stoi(task.path().filename().string());
    const bool realtime = (sched_getscheduler(tid) & ~SCHED_RESET_ON_FORK) == SCHED_RR;
    const bool nice = getpriority(PRIO_PROCESS, static_cast<id_t>(tid)) == -10;
    found.push_back(realtime ? Priority::realtime : nice ? Priority::nice : Priority::normal);
  }
  return found;
}

TEST(ThreadPriority, IsReportedAsItIsForTheThreadAndForThoseOfLibzmq) {
  Node a("127.0.0.1", "a:1");
  const Priority said = a->priority();
  for (const std::string& name : {std::string("gossip"), std::string("ZMQbg/")}) {
    const std::vector<Priority> real = priorities_of(name);
    ASSERT_FALSE(real.empty()) << name;
    for (const Priority priority : real) {
      EXPECT_EQ(name_of(priority), name_of(said)) << name;
    }
  }
  // The loop's own thread stays as it was.
  EXPECT_EQ(sched_getscheduler(0), SCHED_OTHER);
}

TEST(ThreadPriority, IsNotTouchedWhenNotAskedFor) {
  TransportOptions options;
  options.bind_address = "127.0.0.1";
  options.node_id = 1;
  options.keys = CurveKeyPair::generate();
  options.raise_priority = false;
  GossipTransport transport(std::move(options));
  ASSERT_TRUE(transport.start().ok());
  EXPECT_EQ(transport.priority(), Priority::normal);
  for (const Priority priority : priorities_of("ZMQbg/")) {
    EXPECT_EQ(priority, Priority::normal);
  }
}

TEST(ThreadPriority, IsRefusedToAnUnprivilegedUserAndThatIsSaid) {
  if (::geteuid() != 0) {
    GTEST_SKIP() << "only root can become an unprivileged user";
  }
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const rlimit none{0, 0};
    constexpr uid_t kNobody = 65534;
    if (::setrlimit(RLIMIT_RTPRIO, &none) != 0 || ::setrlimit(RLIMIT_NICE, &none) != 0 ||
        ::setresuid(kNobody, kNobody, kNobody) != 0) {
      ::_exit(2);
    }
    ::_exit(raise_thread_priority() == Priority::normal ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace holdfast::transport::test

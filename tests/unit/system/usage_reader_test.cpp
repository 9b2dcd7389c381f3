// Texts of /proc as machines have given them, and this machine's own: what contract supvisors.md section 9 measures.
#include "system/usage_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <iterator>
#include <thread>

#include "base/clock.hpp"
#include "system/proc_text.hpp"

namespace holdfast::system {
namespace {

using testing::ElementsAre;
using testing::Gt;
using testing::IsEmpty;

TEST(ProcText, Cores) {  // work: user nice system irq softirq steal; idle: idle iowait; guest is in user already
  const auto cores = cores_of(
      "cpu  2032 11 1000 40000 100 5 50 7 900 0\n"
      "cpu0 1000 10 500 20000 60 3 20 4 900 0\n"
      "cpu1 1032 1 500 20000 40 2 30 3 0 0\n"
      "intr 123456 0 9\nctxt 990\n",
      64);
  ASSERT_EQ(cores.size(), 2U);
  EXPECT_EQ(cores[0].work, 1537U);
  EXPECT_EQ(cores[0].idle, 20060U);
  EXPECT_EQ(cores[1].work, 1568U);
  EXPECT_EQ(cores_of("cpu0 1 2 3 4 5 6 7 8\ncpu1 1 2 3 4 5 6 7 8\n", 1).size(), 1U);
  EXPECT_THAT(cores_of("cpu0 1 2 3\ncpu1 1 x\n\n", 64), IsEmpty());
}

TEST(ProcText, Memory) {
  const auto memory = memory_of(
      "MemTotal:        8000000 kB\nMemFree:          100000 kB\nMemAvailable:    6000000 kB\nBuffers: 1 kB\n");
  ASSERT_TRUE(memory);
  EXPECT_EQ(memory->total_bytes, 8'192'000'000ULL);
  EXPECT_EQ(memory->available_bytes, 6'144'000'000ULL);
  EXPECT_FALSE(memory_of("MemTotal: 8000000 kB\n"));
  EXPECT_FALSE(memory_of("MemTotal: 0 kB\nMemAvailable: 0 kB\n"));
}

TEST(ProcText, Networks) {
  const auto networks = networks_of(
      "Inter-|   Receive                                                |  Transmit\n"
      " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier "
      "compressed\n"
      "    lo: 4689662317 9066580    0    0    0     0          0         0 4689662317 9066580    0    0    0     0    "
      "   0          0\n"
      "eth0:12345 1 0 0 0 0 0 0 678 1 0 0 0 0 0 0\n"
      "cut: 1 2 3\n");
  ASSERT_EQ(networks.size(), 2U);
  EXPECT_EQ(networks[0].name, "lo");
  EXPECT_EQ(networks[0].first, 4689662317U);
  EXPECT_EQ(networks[1].name, "eth0");
  EXPECT_EQ(networks[1].first, 12345U);
  EXPECT_EQ(networks[1].second, 678U);
}

TEST(ProcText, Disks) {
  const auto disks = disks_of(
      "   7       0 loop0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n"
      " 259       0 nvme0n1 53535 12 4000 900 999 888 2000 77 0 66 55 0 0 0 0 44 33\n"
      "   8       1 sda1 10 0 8 1 0 0 0 0 0 0 0\n");
  ASSERT_EQ(disks.size(), 2U);
  EXPECT_EQ(disks[0].name, "nvme0n1");
  EXPECT_EQ(disks[0].first, 4000U * 512);
  EXPECT_EQ(disks[0].second, 2000U * 512);
  EXPECT_EQ(disks[1].name, "sda1");
}

TEST(ProcText, MountPoints) {  // of devices only: a dead file server must not hold anybody
  EXPECT_THAT(mount_points_of("/dev/sda1 / ext4 rw 0 0\nproc /proc proc rw 0 0\nserver:/x /far nfs4 rw 0 0\n"
                              "/dev/sdb1 /my\\040disk\\134 vfat rw 0 0\npool/a /pool zfs rw 0 0\n"
                              "overlay /var/lib/x overlay rw 0 0\n/dev/sda1 / ext4 rw 0 0\n",
                              "nodev\tsysfs\nnodev\tproc\nnodev\tnfs4\nnodev\toverlay\n\text4\n\tvfat\nnodev\tzfs\n"),
              ElementsAre("/", "/my disk\\", "/pool"));
}

TEST(ProcText, ProcessStat) {  // the command's name holds what looks like the end of it
  const auto stat = process_stat_of(
      "4711 (a) R (b c) S 1 4711 4711 0 -1 4194560 1000 2000 3 4 50 60 700 800 20 0 9 0 123456 18446744073709551615 "
      "4321 "
      "18446744073709551615 1 1 0 0 0\n");
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->own_ticks, 110U);
  EXPECT_EQ(stat->waited_ticks, 1500U);
  EXPECT_EQ(stat->threads, 9);
  EXPECT_EQ(stat->resident_pages, 4321);
  EXPECT_FALSE(process_stat_of(""));
  EXPECT_FALSE(process_stat_of("4711 (a) S 1 2"));
  EXPECT_FALSE(process_stat_of("4711 a S 1 4711 4711 0 -1 4194560 1000"));
}

TEST(ProcText, Children) {
  EXPECT_THAT(pids_of("12 345 6 "), ElementsAre(12, 345, 6));
  EXPECT_THAT(pids_of(""), IsEmpty());
}

TEST(UsageReader, ThisHost) {
  UsageReader reader;
  const HostUsage usage = reader.host();
  EXPECT_EQ(usage.cores.size(), static_cast<std::size_t>(::sysconf(_SC_NPROCESSORS_ONLN)));
  EXPECT_GT(usage.memory_percent, 0);
  EXPECT_LT(usage.memory_percent, 100);
  EXPECT_THAT(usage.networks, testing::Contains(testing::Field(&UsageCounter::name, "lo")));
  for (const auto& [point, percent] : usage.mounts) {
    EXPECT_GE(percent, 0) << point;
    EXPECT_LE(percent, 100) << point;
  }
}

/// A child that makes `count` children of its own, of which each sleeps. One process group, which is killed as a whole:
/// a child that has just been made does not know yet that it is to end with its parent.
class Family {
 public:
  explicit Family(int count) {
    pid_ = ::fork();
    if (pid_ == 0) {
      ::setpgid(0, 0);
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      for (int i = 0; i < count; ++i) {
        if (::fork() == 0) {
          ::prctl(PR_SET_PDEATHSIG, SIGKILL);
          ::pause();
        }
      }
      ::pause();
    }
    ::setpgid(pid_, pid_);  // here too: it may not have run yet when it is killed
  }
  ~Family() {
    ::kill(-pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  [[nodiscard]] std::int32_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
};

TEST(UsageReader, AFamilyIsReadPieceByPiece) {
  UsageReader reader;
  ASSERT_TRUE(reader.tells_children());
  const Family family(30);
  const auto give_up = monotonic_now() + 60s;
  // Of each its own text and one for each thread's children: a sanitizer's runtime may have a thread of its own.
  const std::filesystem::directory_iterator threads("/proc/" + std::to_string(family.pid()) + "/task");
  const auto wanted = 31U * (1U + static_cast<std::size_t>(std::distance(threads, {})));
  std::size_t texts = 0;
  while (texts != wanted && monotonic_now() < give_up) {  // until all 31 are there
    texts = 0;
    FamilyRead read(family.pid());
    while (!read.done()) {
      const std::size_t piece = reader.go_on(read, 10);
      EXPECT_LE(piece, 12U);
      texts += piece;
    }
    const auto usage = reader.result_of(read);
    ASSERT_TRUE(usage);
    EXPECT_GT(usage->memory_percent, 0);
  }
  EXPECT_EQ(texts, wanted);
  FamilyRead alone(std::vector<std::int32_t>{family.pid(), ::getpid()});
  EXPECT_EQ(reader.go_on(alone, 100), 2U);
  EXPECT_TRUE(alone.done());
}

/// Turns until it has used so much CPU.
void burn(Duration cpu) {
  timespec now{};
  do {
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  } while (now.tv_sec * 1'000'000'000LL + now.tv_nsec < cpu.count());
}

TEST(UsageReader, ChildrenThatEndedCount) {
  int pipe_fds[2];
  ASSERT_EQ(::pipe(pipe_fds), 0);
  const pid_t parent = ::fork();
  if (parent == 0) {
    const pid_t child = ::fork();
    if (child == 0) {
      burn(300ms);
      ::_exit(0);
    }
    ::waitpid(child, nullptr, 0);
    (void)!::write(pipe_fds[1], "x", 1);
    ::pause();
  }
  char byte = 0;
  ASSERT_EQ(::read(pipe_fds[0], &byte, 1), 1);
  UsageReader reader;
  FamilyRead read(parent);
  (void)reader.go_on(read, 100);
  EXPECT_GE(reader.result_of(read).value_or(ProcessUsage{}).cpu_s, 0.25);
  ::kill(parent, SIGKILL);
  ::waitpid(parent, nullptr, 0);
  FamilyRead gone(parent);
  EXPECT_EQ(reader.go_on(gone, 100), 1U);
  EXPECT_TRUE(gone.done());
  EXPECT_FALSE(reader.result_of(gone));
  ::close(pipe_fds[0]);
  ::close(pipe_fds[1]);
}

TEST(UsageReader, ChildrenOfOtherThreadsCount) {
  pid_t child = -1;
  std::thread maker([&] {  // lives on while its child does: children belong to the thread
    child = ::fork();
    if (child == 0) {
      ::pause();
    }
    UsageReader reader;
    FamilyRead read(::getpid());
    std::size_t texts = 0;
    while (!read.done()) {
      texts += reader.go_on(read, 100);
    }
    EXPECT_THAT(texts, Gt(3U));  // the two threads' children, and the child's own two
  });
  maker.join();
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
}

}  // namespace
}  // namespace holdfast::system

#include "keeper/spawner.hpp"

#include <grp.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace holdfast::keeper {
namespace {

constexpr int first_kept = 512;  // what a child is given lies below, what the keeper keeps of a pipe above

struct Pipe {
  Fd read;
  Fd write;
};

/// `fd` under a number that a child does not copy; as it is when there is none to be had.
void move_up(Fd& fd) {
  const int moved = fd.valid() ? fcntl(fd.get(), F_DUPFD_CLOEXEC, first_kept) : -1;
  if (moved >= 0) {
    fd = Fd(moved);
  }
}

/// A pipe whose `ours` end does not block; 0 or an errno.
int make_pipe(Pipe& out, Fd Pipe::*ours, std::uint32_t capacity) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    return errno;
  }
  out.read = Fd(ends[0]);
  out.write = Fd(ends[1]);
  if (capacity > 0) {
    fcntl(ends[1], F_SETPIPE_SZ, static_cast<int>(capacity));  // a wish: users have a quota of pipe pages
  }
  move_up(out.*ours);
  return fcntl((out.*ours).get(), F_SETFL, O_NONBLOCK) == 0 ? 0 : errno;
}

void say(const char* text) {
  [[maybe_unused]] const ssize_t ignored = ::write(STDERR_FILENO, text, std::strlen(text));
}

const char* errno_name(int error) {
  const char* name = strerrorname_np(error);
  return name != nullptr ? name : "EUNKNOWN";
}

void note_failed(SetupReport& report, Stage stage, int error) {
  report.stage = stage;
  report.error = error;
}

/// In the child: the end of one that does not become its program. Supervisor's texts, on what is its stderr
/// by now.
[[noreturn]] void give_up(SetupReport& report, Stage stage, int error, const std::string& text) {
  note_failed(report, stage, error);
  say(("supervisor: " + text + "\n").c_str());
  say("supervisor: child process was not spawned\n");
  _exit(127);
}

void set_soft_limit(__rlimit_resource which, std::uint64_t soft, SetupReport& report) {
  rlimit limit{};
  getrlimit(which, &limit);
  if (limit.rlim_cur == soft) {
    return;
  }
  limit.rlim_cur = soft;
  if (limit.rlim_max != RLIM_INFINITY && limit.rlim_max < soft) {
    limit.rlim_max = soft;
  }
  if (setrlimit(which, &limit) != 0) {
    const int error = errno;
    give_up(report, Stage::limits, error, std::string("couldn't set limits: ") + errno_name(error));
  }
}

/// supervisor/options.py drop_privileges: nothing to do when the child is that user already.
void set_ids(const Ids& ids, SetupReport& report) {
  if (ids.uid == getuid()) {
    return;
  }
  const std::string start = "couldn't setuid to " + std::to_string(ids.uid) + ": ";
  if (getuid() != 0) {
    give_up(report, Stage::user_id, EPERM, start + "Can't drop privilege as nonroot user");
  }
  if (setgroups(ids.groups.size(), ids.groups.data()) != 0) {
    give_up(report, Stage::groups, errno, start + "Could not set groups of effective user");
  }
  if (setgid(ids.gid) != 0) {
    give_up(report, Stage::group_id, errno, start + "Could not set group id of effective user");
  }
  if (setuid(ids.uid) != 0) {
    const int error = errno;
    give_up(report, Stage::user_id, error, start + errno_name(error));
  }
}

/// Now, in the unit and of the clock of field 22 of /proc/PID/stat (proc(5)).
std::uint64_t boot_ticks() {
  static const auto tick_ns = static_cast<std::uint64_t>(1'000'000'000 / sysconf(_SC_CLK_TCK));
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return (static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec)) / tick_ns;
}

struct ChildSide {
  int in = -1;
  int out = -1;
  int err = -1;
  [[nodiscard]] bool below(int number) const { return in < number && out < number && err < number; }
};

/// In the child: away from the keeper's table of descriptors, with a copy of what lies below `first_kept`.
void leave_table(SetupReport& report, int events) {
  if (syscall(SYS_close_range, first_kept, ~0U, CLOSE_RANGE_UNSHARE) != 0 && unshare(CLONE_FILES) != 0) {
    note_failed(report, Stage::descriptors, errno);
    _exit(127);
  }
  report.apart.store(true);
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t ignored = ::write(events, &one, sizeof one);
}

/// fork(), but that both have one table of descriptors.
pid_t fork_with_our_table() {
  return static_cast<pid_t>(syscall(SYS_clone, CLONE_FILES | SIGCHLD, nullptr, nullptr, nullptr, nullptr));
}

/// In the child, from fork to execve. All other descriptors of the keeper are close-on-exec.
[[noreturn]] void become_program(const SpawnRequest& request, const ChildSide& fds, const Limits& limits,
                                 SetupReport& report) {
  if (setpgid(0, 0) != 0) {
    note_failed(report, Stage::process_group, errno);
    _exit(127);
  }
  if (dup2(fds.in, 0) < 0 || dup2(fds.out, 1) < 0 || dup2(fds.err, 2) < 0) {
    note_failed(report, Stage::descriptors, errno);
    _exit(127);
  }
  set_soft_limit(RLIMIT_NOFILE, request.nofile.value_or(limits.nofile_programs), report);
  if (request.nproc) {
    set_soft_limit(RLIMIT_NPROC, *request.nproc, report);
  }
  if (request.root && (chroot(request.root->c_str()) != 0 || chdir("/") != 0)) {
    const int error = errno;
    give_up(report, Stage::root, error, "couldn't chroot to " + *request.root + ": " + errno_name(error));
  }
  if (request.ids) {
    set_ids(*request.ids, report);
  }
  if (request.directory && chdir(request.directory->c_str()) != 0) {
    const int error = errno;
    give_up(report, Stage::directory, error, "couldn't chdir to " + *request.directory + ": " + errno_name(error));
  }
  if (request.umask) {
    ::umask(static_cast<mode_t>(*request.umask));
  }
  std::vector<char*> argv;
  std::vector<char*> environment;
  for (const std::string& arg : request.argv) {
    argv.push_back(const_cast<char*>(arg.c_str()));  // NOLINT: execve writes to neither
  }
  for (const std::string& entry : request.environment) {
    environment.push_back(const_cast<char*>(entry.c_str()));  // NOLINT
  }
  argv.push_back(nullptr);
  environment.push_back(nullptr);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);  // a signal sent since the fork ends the child here
  execve(request.filename.c_str(), argv.data(), environment.data());
  const int error = errno;
  give_up(report, Stage::exec, error, "couldn't exec " + request.argv[0] + ": " + errno_name(error));
}

}  // namespace

Spawner::Spawner() : events_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

SpawnOutcome Spawner::spawn(const SpawnRequest& request, Fd passed_stdin, const Limits& limits, SetupReport& report) {
  close_given();
  SpawnOutcome outcome;
  Pipe in;
  Pipe out;
  Pipe err;
  outcome.error = request.stdin_passed ? 0 : make_pipe(in, &Pipe::write, 0);
  if (outcome.error == 0) {
    outcome.error = make_pipe(out, &Pipe::read, request.pipe_size);
  }
  if (outcome.error == 0 && !request.redirect_stderr) {
    outcome.error = make_pipe(err, &Pipe::read, request.pipe_size);
  }
  if (outcome.error != 0) {
    outcome.stage = Stage::pipe;
    return outcome;
  }
  if (request.stdin_passed) {
    in.read = std::move(passed_stdin);
  }
  const ChildSide child{in.read.get(), out.write.get(), request.redirect_stderr ? out.write.get() : err.write.get()};
  const bool shared = events_.valid() && events_.get() < first_kept && child.below(first_kept);
  report.apart.store(!shared);
  report.stage = Stage::none;
  report.error = 0;
  const std::uint64_t ticks_before = boot_ticks();
  outcome.pid = shared ? fork_with_our_table() : fork();
  if (outcome.pid == 0) {
    if (shared) {
      leave_table(report, events_.get());
    }
    become_program(request, child, limits, report);
  }
  if (outcome.pid < 0) {
    outcome.stage = Stage::fork;
    outcome.error = errno;
    return outcome;
  }
  outcome.start_time_ticks = start_time(outcome.pid, ticks_before, boot_ticks());
  if (shared) {
    given_.push_back({&report, std::move(in.read), std::move(out.write), std::move(err.write)});
  }
  setpgid(outcome.pid,
          outcome.pid);  // here too: a signal to the group may be asked for before the child has run
  outcome.ends = {std::move(in.write), std::move(out.read), std::move(err.read)};
  return outcome;
}

std::uint64_t Spawner::start_time(pid_t pid, std::uint64_t ticks_before, std::uint64_t ticks_after) {
  if (clock_ == Clock::agrees && ticks_before == ticks_after) {
    return ticks_before;
  }
  const std::uint64_t told = start_time_ticks(pid);
  if (clock_ == Clock::unproved && ticks_before == ticks_after) {
    clock_ = told == ticks_before ? Clock::agrees : Clock::differs;
  }
  return told;
}

void Spawner::drain_events() {
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t ignored = ::read(events_.get(), &count, sizeof count);
  close_given();
}

void Spawner::close_given() {
  std::erase_if(given_, [](const Given& given) { return given.to->apart.load(); });
}

void Spawner::wait_apart(int most_ms) {
  close_given();
  pollfd watched{events_.get(), POLLIN, 0};
  while (!given_.empty() && poll(&watched, 1, most_ms) > 0) {
    drain_events();
  }
}

std::uint64_t start_time_ticks(pid_t pid) {
  char path[32];
  std::snprintf(path, sizeof path, "/proc/%d/stat", pid);
  const Fd file(open(path, O_RDONLY | O_CLOEXEC));
  char text[1024];
  const ssize_t got = file.valid() ? ::read(file.get(), text, sizeof text - 1) : -1;
  if (got <= 0) {
    return 0;
  }
  text[got] = '\0';
  const char* at = std::strrchr(text, ')');  // the command's name may hold anything, also blanks and brackets
  for (int field = 2; at != nullptr && field < 22; ++field) {
    at = std::strchr(at + 1, ' ');
  }
  return at != nullptr ? std::strtoull(at + 1, nullptr, 10) : 0;
}

}  // namespace holdfast::keeper

#include "keeper/spawner.hpp"

#include <grp.h>
#include <signal.h>
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>

namespace holdfast::keeper {
namespace {

struct Pipe {
  Fd read;
  Fd write;
};

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
  return fcntl((out.*ours).get(), F_SETFL, O_NONBLOCK) == 0 ? 0 : errno;
}

void say(const char* text) {
  [[maybe_unused]] const ssize_t ignored = ::write(STDERR_FILENO, text, std::strlen(text));
}

const char* errno_name(int error) {
  const char* name = strerrorname_np(error);
  return name != nullptr ? name : "EUNKNOWN";
}

/// In the child: the end of one that does not become its program. Supervisor's texts, on what is its stderr
/// by now.
[[noreturn]] void give_up(SetupFailure& failure, Stage stage, int error, const std::string& text) {
  failure.stage = stage;
  failure.error = error;
  say(("supervisor: " + text + "\n").c_str());
  say("supervisor: child process was not spawned\n");
  _exit(127);
}

void set_soft_limit(__rlimit_resource which, std::uint64_t soft, SetupFailure& failure) {
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
    give_up(failure, Stage::limits, error, std::string("couldn't set limits: ") + errno_name(error));
  }
}

/// supervisor/options.py drop_privileges: nothing to do when the child is that user already.
void set_ids(const Ids& ids, SetupFailure& failure) {
  if (ids.uid == getuid()) {
    return;
  }
  const std::string start = "couldn't setuid to " + std::to_string(ids.uid) + ": ";
  if (getuid() != 0) {
    give_up(failure, Stage::user_id, EPERM, start + "Can't drop privilege as nonroot user");
  }
  if (setgroups(ids.groups.size(), ids.groups.data()) != 0) {
    give_up(failure, Stage::groups, errno, start + "Could not set groups of effective user");
  }
  if (setgid(ids.gid) != 0) {
    give_up(failure, Stage::group_id, errno, start + "Could not set group id of effective user");
  }
  if (setuid(ids.uid) != 0) {
    const int error = errno;
    give_up(failure, Stage::user_id, error, start + errno_name(error));
  }
}

struct ChildSide {
  int in = -1;
  int out = -1;
  int err = -1;
};

/// In the child, from fork to execve. All other descriptors of the keeper are close-on-exec.
[[noreturn]] void become_program(const SpawnRequest& request, const ChildSide& fds, const Limits& limits,
                                 SetupFailure& failure) {
  if (setpgid(0, 0) != 0) {
    failure = {Stage::process_group, errno};
    _exit(127);
  }
  if (dup2(fds.in, 0) < 0 || dup2(fds.out, 1) < 0 || dup2(fds.err, 2) < 0) {
    failure = {Stage::descriptors, errno};
    _exit(127);
  }
  set_soft_limit(RLIMIT_NOFILE, request.nofile.value_or(limits.nofile_programs), failure);
  if (request.nproc) {
    set_soft_limit(RLIMIT_NPROC, *request.nproc, failure);
  }
  if (request.root && (chroot(request.root->c_str()) != 0 || chdir("/") != 0)) {
    const int error = errno;
    give_up(failure, Stage::root, error, "couldn't chroot to " + *request.root + ": " + errno_name(error));
  }
  if (request.ids) {
    set_ids(*request.ids, failure);
  }
  if (request.directory && chdir(request.directory->c_str()) != 0) {
    const int error = errno;
    give_up(failure, Stage::directory, error,
            "couldn't chdir to " + *request.directory + ": " + errno_name(error));
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
  give_up(failure, Stage::exec, error, "couldn't exec " + request.argv[0] + ": " + errno_name(error));
}

}  // namespace

SpawnOutcome spawn_child(const SpawnRequest& request, int passed_stdin, const Limits& limits,
                         SetupFailure& failure) {
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
  const ChildSide child{request.stdin_passed ? passed_stdin : in.read.get(), out.write.get(),
                        request.redirect_stderr ? out.write.get() : err.write.get()};
  failure = {};
  outcome.pid = fork();
  if (outcome.pid == 0) {
    become_program(request, child, limits, failure);
  }
  if (outcome.pid < 0) {
    outcome.stage = Stage::fork;
    outcome.error = errno;
    return outcome;
  }
  setpgid(outcome.pid,
          outcome.pid);  // here too: a signal to the group may be asked for before the child has run
  outcome.ends = {std::move(in.write), std::move(out.read), std::move(err.read)};
  return outcome;
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

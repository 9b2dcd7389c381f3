#include "keeper/launch.hpp"

#include <grp.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <charconv>
#include <cstdio>

#include "keeper/limits.hpp"

namespace holdfast::keeper {
namespace {

constexpr int only_shown = 3;  // the agent's status for "I printed what was asked for, there is nothing to start"

template <typename T>
bool parse_number(std::string_view text, T& out, int base = 10) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out, base);
  return error == std::errc{} && end == text.data() + text.size();
}

bool parse_optional(std::string_view text, std::optional<std::uint32_t>& out, int base = 10) {
  std::uint32_t value = 0;
  if (!parse_number(text, value, base)) {
    return false;
  }
  out = value;
  return true;
}

bool parse_list(std::string_view text, std::vector<std::uint32_t>& out) {
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    std::uint32_t number = 0;
    if (!parse_number(text.substr(0, comma), number)) {
      return false;
    }
    out.push_back(number);
    text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
  }
  return true;
}

bool set_value(std::string_view key, std::string_view value, LaunchSettings& out) {
  if (key == "nodaemon") {
    out.nodaemon = value == "1" || value == "true";
    return out.nodaemon || value == "0" || value == "false";
  }
  if (key == "pidfile") {
    out.pidfile = value;
  } else if (key == "directory") {
    out.directory = value;
  } else if (key == "state_dir") {
    out.state_dir = value;
  } else if (key == "umask") {
    return parse_optional(value, out.umask, 8);
  } else if (key == "uid") {
    return parse_optional(value, out.uid);
  } else if (key == "gid") {
    return parse_optional(value, out.gid);
  } else if (key == "groups") {
    return parse_list(value, out.groups);
  } else if (key == "restart_delays_ms") {
    out.restart_delays_ms.clear();
    return parse_list(value, out.restart_delays_ms) && !out.restart_delays_ms.empty();
  } else if (key == "trial_ms") {
    return parse_number(value, out.trial_ms);
  } else if (key == "nofile") {
    return parse_number(value, out.nofile);
  } else if (key == "nproc") {
    return parse_number(value, out.nproc);
  }
  return true;
}

void write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t wrote = ::write(fd, text.data(), text.size());
    if (wrote < 0 && errno != EINTR) {
      return;
    }
    text.remove_prefix(wrote > 0 ? static_cast<std::size_t>(wrote) : 0);
  }
}

std::string read_all(int fd, std::size_t limit) {
  std::string text;
  char buffer[4096];
  ssize_t got = 0;
  while (text.size() < limit && (got = ::read(fd, buffer, sizeof buffer)) != 0) {
    if (got < 0 && errno != EINTR) {
      break;
    }
    text.append(buffer, got > 0 ? static_cast<std::size_t>(got) : 0);
  }
  return text;
}

[[noreturn]] void exec_launch_settings(const std::string& agent, const std::vector<std::string>& args, int out) {
  std::vector<char*> argv;
  std::string name = agent;
  std::string flag = "--launch-settings";
  std::vector<std::string> copies = args;
  argv.push_back(name.data());
  argv.push_back(flag.data());
  for (std::string& arg : copies) {
    argv.push_back(arg.data());
  }
  argv.push_back(nullptr);
  dup2(out, STDOUT_FILENO);
  execv(agent.c_str(), argv.data());
  std::fprintf(stderr, "holdfastd: cannot run %s: %s\n", agent.c_str(), strerror(errno));
  _exit(1);
}

std::string pidfile_text() {
  return std::to_string(getpid()) + "\n";
}

/// As Supervisor does: never lowered; the hard limit only if it is in the way.
std::uint64_t raise_soft(int which, std::uint64_t wanted, std::uint64_t& before) {
  rlimit limit{};
  if (getrlimit(static_cast<__rlimit_resource>(which), &limit) != 0) {
    return 0;
  }
  before = limit.rlim_cur;
  if (limit.rlim_cur != RLIM_INFINITY && limit.rlim_cur < wanted) {
    rlimit raised{wanted, limit.rlim_max != RLIM_INFINITY && limit.rlim_max < wanted ? wanted : limit.rlim_max};
    if (setrlimit(static_cast<__rlimit_resource>(which), &raised) == 0) {
      return wanted;
    }
  }
  return before;
}

}  // namespace

bool parse_launch_settings(std::string_view text, LaunchSettings& out, std::string& error) {
  while (!text.empty()) {
    const std::size_t newline = text.find('\n');
    const std::string_view line = text.substr(0, newline);
    text = newline == std::string_view::npos ? std::string_view{} : text.substr(newline + 1);
    const std::size_t equals = line.find('=');
    if (line.empty()) {
      continue;
    }
    if (equals == std::string_view::npos || !set_value(line.substr(0, equals), line.substr(equals + 1), out)) {
      error = "holdfastd: launch settings: not understood: " + std::string(line);
      return false;
    }
  }
  return true;
}

std::string own_path() {
  std::string self(4096, '\0');
  const ssize_t length = readlink("/proc/self/exe", self.data(), self.size());
  self.resize(length > 0 ? static_cast<std::size_t>(length) : 0);
  return self;
}

std::string find_agent(const std::string& own, std::string& error) {
  if (own.empty()) {
    error = "holdfastd: cannot read /proc/self/exe, so holdfast-agent cannot be found";
    return {};
  }
  const std::string folder = own.substr(0, own.rfind('/'));
  for (const std::string& path : {folder + "/holdfast-agent", folder + "/../libexec/holdfast/holdfast-agent"}) {
    if (access(path.c_str(), X_OK) == 0) {
      return path;
    }
  }
  error = "holdfastd: holdfast-agent is neither in " + folder + " nor in " + folder + "/../libexec/holdfast";
  return {};
}

bool may_run(const std::string& agent, std::string& error) {
  if (access(agent.c_str(), X_OK) == 0) {
    return true;
  }
  error = "user " + std::to_string(getuid()) + " may not run " + agent + ": " + strerror(errno) +
          "; nothing was started. Every folder of that path must be open to the user of the configuration";
  return false;
}

LaunchAnswer ask_agent(const std::string& agent, const std::vector<std::string>& args) {
  LaunchAnswer answer;
  int ends[2];
  const pid_t pid = pipe2(ends, O_CLOEXEC) == 0 ? fork() : -1;
  if (pid == 0) {
    exec_launch_settings(agent, args, ends[1]);
  }
  if (pid < 0) {
    std::fprintf(stderr, "holdfastd: cannot start %s: %s\n", agent.c_str(), strerror(errno));
    answer.exit_status = 1;
    return answer;
  }
  ::close(ends[1]);
  const std::string text = read_all(ends[0], limits::max_launch_answer);
  if (text.size() >= limits::max_launch_answer) {
    write_all(STDOUT_FILENO, text);
    for (std::string more; !(more = read_all(ends[0], limits::max_launch_answer)).empty();) {
      write_all(STDOUT_FILENO, more);
    }
  }
  ::close(ends[0]);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
    std::string error = "holdfastd: launch settings: more than " + std::to_string(limits::max_launch_answer) + " bytes";
    if (text.size() >= limits::max_launch_answer || !parse_launch_settings(text, answer.settings, error)) {
      std::fprintf(stderr, "%s\n", error.c_str());
      answer.exit_status = 1;
    }
    return answer;
  }
  if (text.size() < limits::max_launch_answer) {
    write_all(STDOUT_FILENO, text);
  }
  answer.exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : 1;
  if (answer.exit_status == only_shown) {
    answer.exit_status = 0;
  }
  return answer;
}

Limits raise_limits(const LaunchSettings& settings) {
  Limits limits;
  limits.nofile_programs = raise_soft(RLIMIT_NOFILE, settings.nofile, limits.nofile_before);
  limits.nproc_programs = raise_soft(RLIMIT_NPROC, settings.nproc, limits.nproc_before);
  rlimit own{};
  if (getrlimit(RLIMIT_NOFILE, &own) == 0) {
    own.rlim_cur = own.rlim_max;
    setrlimit(RLIMIT_NOFILE, &own);
  }
  return limits;
}

bool drop_privileges(const LaunchSettings& settings, std::string& error) {
  if (!settings.uid || *settings.uid == getuid()) {  // already that user: nothing to do (supervisor/options.py)
    return true;
  }
  if (getuid() != 0) {
    error = "Can't drop privilege as nonroot user";
  } else if (setgroups(settings.groups.size(), settings.groups.data()) != 0) {
    error = "Could not set groups of effective user";
  } else if (settings.gid && setgid(*settings.gid) != 0) {
    error = "Could not set group id of effective user";
  } else if (setuid(*settings.uid) != 0) {
    error = "Could not set user id " + std::to_string(*settings.uid) + ": " + strerror(errno);
  }
  return error.empty();
}

Fd daemonise(const LaunchSettings& settings, int& directory_errno) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    return Fd();
  }
  const pid_t first = fork();
  if (first < 0) {
    return Fd();
  }
  if (first > 0) {
    ::close(ends[1]);
    const std::string told = read_all(ends[0], max_fail_text + 1);
    if (told.empty()) {
      std::fprintf(stderr, "holdfastd: the daemon ended before it was ready\n");
      _exit(1);
    }
    write_all(STDERR_FILENO, std::string_view(told).substr(1));
    _exit(told[0]);
  }
  ::close(ends[0]);
  setsid();
  const pid_t second = fork();
  if (second != 0) {
    _exit(second < 0 ? 1 : 0);  // no grandchild: the pipe closes, and the starting process says so
  }
  if (!settings.directory.empty() && chdir(settings.directory.c_str()) != 0) {
    directory_errno = errno;
  }
  const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int fd = 0; null >= 0 && fd < 3; ++fd) {
    dup2(null, fd);
  }
  if (null > 2) {
    ::close(null);
  }
  ::umask(static_cast<mode_t>(settings.umask.value_or(022)));
  return Fd(ends[1]);
}

void tell_starter(Fd& starter, int exit_status, std::string_view text) {
  if (starter.valid()) {
    std::string message(1, static_cast<char>(exit_status));
    message.append(text);
    write_all(starter.get(), message);
    starter.close();
  } else {
    write_all(STDERR_FILENO, text);
  }
}

int write_pidfile(const std::string& path) {
  const Fd file(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0666));
  if (!file.valid()) {
    return errno;
  }
  const std::string text = pidfile_text();
  const ssize_t wrote = ::write(file.get(), text.data(), text.size());
  return wrote == static_cast<ssize_t>(text.size()) ? 0 : (wrote < 0 ? errno : ENOSPC);
}

void remove_pidfile(const std::string& path) {
  struct stat info {};
  if (lstat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) {
    return;
  }
  const std::string own = pidfile_text();
  const Fd file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (file.valid() && read_all(file.get(), own.size() + 1) == own) {
    unlink(path.c_str());
  }
}

}  // namespace holdfast::keeper

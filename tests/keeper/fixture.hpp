// fixture.hpp: one holdfastd with the test agent in a folder of its own, and the conversation with whichever
// agent is there: commands out, events in. Ends what it started, by pid. Waits for events, with one generous
// bound; never sleeps.
#pragma once

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/unique_fd.hpp"

namespace holdfast {

inline constexpr int patience_ms = 60000;

inline std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

/// The exit status of a wait status, or minus the signal.
inline int exited_with(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

class KeeperTest : public testing::Test {
 protected:
  KeeperTest() {
    char pattern[] = "/tmp/hf-keeper-XXXXXX";
    dir_ = mkdtemp(pattern);
    chmod(dir_.c_str(), 0755);
    std::filesystem::copy_file(HOLDFASTD, dir_ + "/holdfastd");
    std::filesystem::create_symlink(TEST_AGENT, dir_ + "/holdfast-agent");
    mkdir((dir_ + "/state").c_str(), 0700);
    settings("nodaemon=1\npidfile=" + dir_ + "/keeper.pid\nstate_dir=" + dir_ + "/state\n");
    listener_.reset(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    const std::string path = dir_ + "/control";
    std::copy(path.begin(), path.end(), at.sun_path);
    EXPECT_EQ(bind(listener_.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at), 0);
    EXPECT_EQ(listen(listener_.get(), 8), 0);
  }
  ~KeeperTest() override {
    if (keeper_ > 0) {
      for (const pid_t pid : started_) {
        kill(-pid, SIGKILL);
      }
      kill(keeper_, SIGKILL);
      waitpid(keeper_, nullptr, 0);  // its agent sees the end of the socket and exits
    }
    std::error_code ignored;
    std::filesystem::remove_all(dir_, ignored);
  }

  void settings(const std::string& text) const { std::ofstream(dir_ + "/settings") << text; }

  /// `before`: a command that becomes the keeper, or starts it (unshare): its words stand first.
  void start_keeper(const std::vector<std::string>& args = {}, const std::vector<std::string>& before = {}) {
    keeper_ = fork();
    if (keeper_ == 0) {
      setenv("HF_TEST_DIR", dir_.c_str(), 1);
      const int out = open((dir_ + "/out").c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
      const int err = open((dir_ + "/err").c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
      dup2(out, 1);
      dup2(err, 2);
      std::vector<std::string> words = before;
      words.push_back(dir_ + "/holdfastd");
      words.insert(words.end(), args.begin(), args.end());
      std::vector<char*> argv;
      for (std::string& word : words) {
        argv.push_back(word.data());
      }
      argv.push_back(nullptr);
      execvp(argv[0], argv.data());
      _exit(99);
    }
  }
  /// Waits for the next agent's connection and its first events, up to list_end.
  std::vector<std::string> meet_agent() {
    pollfd watched{listener_.get(), POLLIN, 0};
    if (poll(&watched, 1, patience_ms) != 1) {
      ADD_FAILURE() << "no agent came";
      return {};
    }
    control_.reset(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    ucred peer{};
    socklen_t size = sizeof peer;
    getsockopt(control_.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size);
    agent_ = peer.pid;
    std::vector<std::string> events;
    do {
      events.push_back(event());
    } while (events.back() != "list_end" && !events.back().empty());
    return events;
  }
  void start() {
    start_keeper();
    meet_agent();
    EXPECT_EQ(event(), "started 0");
  }
  void command(const std::string& text) {
    ASSERT_EQ(send(control_.get(), text.data(), text.size(), MSG_NOSIGNAL), ssize_t(text.size()));
  }
  /// The next event; empty when the agent is gone or nothing came.
  std::string event() {
    pollfd watched{control_.get(), POLLIN, 0};
    if (poll(&watched, 1, patience_ms) != 1) {
      ADD_FAILURE() << "nothing came";
      return {};
    }
    char buffer[8192];
    const ssize_t got = recv(control_.get(), buffer, sizeof buffer, 0);
    return got > 0 ? std::string(buffer, static_cast<std::size_t>(got)) : std::string();
  }
  std::string event_starting(const std::string& start) {
    for (;;) {
      const std::string told = event();
      if (told.empty() || told.starts_with(start)) {
        return told;
      }
    }
  }
  /// Spawns a shell script; its pid.
  pid_t spawn_script(int id, const std::string& script, const std::string& more = "") {
    command("spawn\nid=" + std::to_string(id) + "\nfile=/bin/sh\narg=sh\narg=-c\narg=" + script +
            "\nenv=PATH=/usr/bin:/bin\n" + more);
    const std::string told = event_starting("spawned " + std::to_string(id) + " ");
    const pid_t pid = told.empty() ? -1 : std::stoi(word(told, 2));
    if (pid > 0) {
      started_.push_back(pid);
    }
    return pid;
  }
  std::string output(int id, const std::string& channel = "out") {
    command("read " + std::to_string(id) + " " + channel);
    const std::string told = event_starting("output ");
    return told.substr(std::min(told.size(), std::string("output ").size() + std::to_string(id).size() + 1));
  }
  static std::string word(const std::string& text, int index) {
    std::istringstream in(text);
    std::string found;
    for (int i = 0; i <= index; ++i) {
      found.clear();
      in >> found;
    }
    return found;
  }
  /// SIGKILL to the keeper; returns when it and its agent are gone, and a new one can be started.
  void kill_keeper() {
    kill(keeper_, SIGKILL);
    waitpid(keeper_, nullptr, 0);
    keeper_ = -1;
    while (!event().empty()) {
    }
  }
  void kill_agent() { ASSERT_EQ(kill(agent_, SIGKILL), 0); }
  /// The value of a field of /proc/PID/status, its blanks as one.
  static std::string status_field(pid_t pid, const std::string& field) {
    std::istringstream status(read_text("/proc/" + std::to_string(pid) + "/status"));
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with(field + ":")) {
        std::istringstream words(line.substr(field.size() + 1));
        std::string joined;
        for (std::string each; words >> each;) {
          joined += (joined.empty() ? "" : " ") + each;
        }
        return joined;
      }
    }
    return {};
  }
  /// What the keeper's descriptors are; a socket without its number, as it is another for each agent, and
  /// without the request that it may be about to close.
  [[nodiscard]] std::vector<std::string> open_files() const {
    std::vector<std::string> found;
    const std::string folder = "/proc/" + std::to_string(keeper_) + "/fd";
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      std::error_code gone;
      const std::string target = std::filesystem::read_symlink(entry, gone).string();
      if (!gone && target.find("memfd:spawn-request") == std::string::npos) {
        found.push_back(target.substr(0, target.find(":[")) == "socket" ? "socket" : target);
      }
    }
    std::sort(found.begin(), found.end());
    return found;
  }
  /// Waits until the keeper holds so many descriptors: a child that was just cloned shares its table for a moment.
  void await_open_files(std::size_t count) const {
    const Instant patience = monotonic_now() + std::chrono::seconds(60);
    while (open_files().size() != count) {
      ASSERT_LT(monotonic_now(), patience) << testing::PrintToString(open_files()) << ", not " << count;
      std::this_thread::yield();
    }
  }
  static UniqueFd pidfd_of(pid_t pid) { return UniqueFd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0))); }
  /// Waits for the end of a process (by its pidfd).
  static bool wait_end(const UniqueFd& pidfd) {
    pollfd watched{pidfd.get(), POLLIN, 0};
    return poll(&watched, 1, patience_ms) == 1;
  }
  /// Waits for the keeper's end; its wait status.
  int keeper_end() {
    int status = -1;
    EXPECT_TRUE(wait_end(UniqueFd(static_cast<int>(syscall(SYS_pidfd_open, keeper_, 0))))) << "the keeper goes on";
    if (waitpid(keeper_, &status, WNOHANG) == keeper_) {
      keeper_ = -1;
    }
    return status;
  }

  std::string dir_;
  UniqueFd listener_;
  UniqueFd control_;
  pid_t keeper_ = -1;
  pid_t agent_ = -1;
  std::vector<pid_t> started_;
};

}  // namespace holdfast

// A small agent for the keeper's tests, built as `holdfast-agent`. It answers --launch-settings with the file
// $HF_TEST_DIR/settings, and else speaks through KeeperClient: it tells every event to the test, and takes
// the test's commands, over a SOCK_SEQPACKET connection to $HF_TEST_DIR/control. A child whose blob is
// "log=PATH" has its output captured by a second thread through LogPipe, before and after any death of this
// process.
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <sstream>
#include <thread>

#include "system/event_loop.hpp"
#include "system/keeper_client.hpp"
#include "system/log_pipe.hpp"
#include "tests/support/full_table.hpp"

namespace {

using namespace holdfast;          // NOLINT: a test's program
using namespace holdfast::system;  // NOLINT

std::string directory() {
  return std::getenv("HF_TEST_DIR");
}

/// Whether this is a copy that a test has installed, not the program that its keeper was started with.
bool installed_anew() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() == directory();
}

/// One of the words that may end the command line of others; empty: what agents do.
std::string what_new_ones_do() {
  std::ifstream file(directory() + "/new-agent");
  std::string word;
  file >> word;
  return word;
}

/// The second thread: moves output into files.
class Capture {
 public:
  Capture(LogIntents& intents, std::function<void(std::uint64_t)> drained,
          std::function<void(std::uint64_t)> spool_taken)
      : wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
        pump_(LogPump::create(intents, 0).value()),
        drained_(std::move(drained)),
        spool_taken_(std::move(spool_taken)),
        thread_([this] { run(); }) {
    thread_.detach();
  }
  void add(std::uint64_t id, const std::string& path, UniqueFd pipe, UniqueFd spool) {
    const std::lock_guard lock(mutex_);
    Sink sink;
    sink.path = path;
    sink.file.reset(open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    sink.pipe = std::make_unique<LogPipe>(*pump_, id, keeper::Channel::out, std::move(pipe), std::move(spool));
    sinks_[id] = std::move(sink);
    wake();
  }
  bool ended(std::uint64_t id) {
    const std::lock_guard lock(mutex_);
    const auto found = sinks_.find(id);
    if (found == sinks_.end()) {
      return false;
    }
    found->second.ended = true;
    wake();
    return true;
  }

 private:
  struct Sink {
    std::string path;
    UniqueFd file;
    std::unique_ptr<LogPipe> pipe;
    bool ended = false;
  };
  void wake() const {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t ignored = write(wake_.get(), &one, sizeof one);
  }
  void run() {
    for (;;) {
      std::vector<pollfd> watched{{wake_.get(), POLLIN, 0}};
      {
        const std::lock_guard lock(mutex_);
        for (const auto& [id, sink] : sinks_) {
          watched.push_back({sink.pipe->descriptor(), POLLIN, 0});
        }
      }
      poll(watched.data(), watched.size(), -1);
      std::uint64_t count = 0;
      [[maybe_unused]] const ssize_t ignored = read(wake_.get(), &count, sizeof count);
      const std::lock_guard lock(mutex_);
      for (auto at = sinks_.begin(); at != sinks_.end();) {
        const bool had_spool = at->second.pipe->spool_left();
        const bool empty = move(at->second);
        if (had_spool && !at->second.pipe->spool_left()) {
          spool_taken_(at->first);
        }
        if (empty && at->second.ended) {
          drained_(at->first);
          at = sinks_.erase(at);
        } else {
          ++at;
        }
      }
    }
  }
  static bool move(Sink& sink) {
    const LogPipe::Chunk chunk = sink.pipe->peek().value();
    if (chunk.bytes.empty()) {
      return true;
    }
    struct stat info {};
    fstat(sink.file.get(), &info);
    sink.pipe->begin(
        LogSpan{sink.path, info.st_dev, info.st_ino, static_cast<std::uint64_t>(info.st_size), chunk.bytes.size()},
        chunk.bytes.size());
    // In two halves with a pause: most kills are to fall into a write.
    const std::size_t half = chunk.bytes.size() / 2;
    CHECK(write(sink.file.get(), chunk.bytes.data(), half) == static_cast<ssize_t>(half));
    poll(nullptr, 0, 1);
    const std::size_t rest = chunk.bytes.size() - half;
    CHECK(write(sink.file.get(), chunk.bytes.data() + half, rest) == static_cast<ssize_t>(rest));
    CHECK(sink.pipe->finish().ok());
    return false;
  }

  UniqueFd wake_;
  std::unique_ptr<LogPump> pump_;
  std::function<void(std::uint64_t)> drained_;
  std::function<void(std::uint64_t)> spool_taken_;
  std::mutex mutex_;
  std::map<std::uint64_t, Sink> sinks_;
  std::thread thread_;
};

class Agent {
 public:
  Agent() : client_(loop_.context(), UniqueFd(keeper::agent_socket_fd), handlers()), control_(loop_.context()) {}

  int run() {
    CHECK(client_.start().ok());
    loop_.run();
    return status_;
  }

 private:
  KeeperClient::Handlers handlers() {
    KeeperClient::Handlers told;
    told.on_welcome = [this](const keeper::Welcome& welcome) {
      welcome_ = welcome;
      CHECK(client_.list_held().ok());
    };
    told.on_held = [this](std::string name, UniqueFd fd) {
      if (name == log_intents_name) {
        intents_.emplace(LogIntents::adopt(std::move(fd)).value());
      } else {
        held_[name] = std::move(fd);
      }
    };
    told.on_held_end = [this] { CHECK(client_.list().ok()); };
    told.on_child = [this](FoundChild found) {
      if (found.child.cut) {
        loop_.post([] { raise_limit(); });  // later: the agent's blob may be cut, too, and is asked for again
      }
      found_.push_back(std::move(found));
    };
    told.on_agent_blob = [this](std::string blob) { agent_blob_ = std::move(blob); };
    told.on_list_end = [this] { begin(); };
    told.on_started = [this](int error) { tell("started " + std::to_string(error)); };
    told.on_spawned = [this](SpawnedChild child) {
      tell("spawned " + std::to_string(child.start_id) + " " + std::to_string(child.pid) + " " +
           std::to_string(child.start_time_ticks) + (child.cut ? " cut" : ""));
      watch(std::move(child), blobs_[child.start_id]);
    };
    told.on_spawn_failed = [this](std::uint64_t id, keeper::Stage stage, int error) {
      tell("spawn_failed " + std::to_string(id) + " " + std::to_string(static_cast<int>(stage)) + " " +
           std::to_string(error));
    };
    told.on_descriptors = [this](std::uint64_t id, ChildDescriptors descriptors, bool cut) {
      tell("descriptors " + std::to_string(id) + (cut ? " cut" : descriptors.stdout_read.valid() ? " whole" : " none"));
      descriptors_[id] = std::move(descriptors);
    };
    told.on_hold_failed = [this](const std::string& name) { tell("hold_failed " + name); };
    told.on_exited = [this](const ChildExit& exit) { exited(exit); };
    told.on_signal = [this](int signo) { tell("signal " + std::to_string(signo)); };
    told.on_reaped = [this](std::int32_t pid, int status) {
      tell("reaped " + std::to_string(pid) + " " + std::to_string(status));
    };
    told.on_trouble = [this](keeper::TroubleWith with, std::string text) {
      troubles_.push_back((with == keeper::TroubleWith::keeper ? "trouble keeper " : "trouble agent ") + text);
    };
    told.on_lost = [](const Error&) { std::_Exit(keeper::agent_lost_keeper); };
    return told;
  }

  /// A test may have lowered it, so that some of what an agent is told at its start is cut.
  static void raise_limit() {
    rlimit limit{};
    CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    limit.rlim_cur = limit.rlim_max;
    CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
  }

  /// After Welcome, ListHeld and List are answered: undo, adopt, say READY.
  void begin() {
    raise_limit();
    if (!intents_) {
      intents_.emplace(LogIntents::create().value());
      CHECK(client_.hold(log_intents_name, intents_->descriptor()).ok());
    }
    const auto open = intents_->open_intents([this](std::uint64_t id, keeper::Channel) {
      for (const FoundChild& found : found_) {
        if (found.child.start_id == id) {
          return found.child.descriptors.stdout_spool.get();
        }
      }
      return -1;
    });
    for (const OpenIntent& intent : open) {
      CHECK(undo(intent).ok());
    }
    intents_->clear();
    capture_ = std::make_unique<Capture>(
        *intents_, [this](std::uint64_t id) { loop_.post([this, id] { tell("drained " + std::to_string(id)); }); },
        [this](std::uint64_t id) {
          loop_.post([this, id] { CHECK(client_.spool_taken(id, keeper::Channel::out).ok()); });
        });
    connect_control();
    tell("welcome " + std::to_string(welcome_.agent_starts) + " " + std::to_string(static_cast<int>(welcome_.reason)) +
         " " + std::to_string(welcome_.last_wait_status) + " " + std::to_string(welcome_.keeper_pid) + " undone " +
         std::to_string(open.size()) + " blob " + agent_blob_);
    if (welcome_.handover_error != 0) {
      tell("handover_error " + std::to_string(welcome_.handover_error));
    }
    for (const std::string& trouble : troubles_) {
      tell(trouble);
    }
    if (welcome_.former_agent != 0) {
      tell("former");
    }
    for (FoundChild& found : found_) {
      const std::uint64_t id = found.child.start_id;
      tell((found.of_killed_keeper ? "found " : "child ") + std::to_string(id) + " " + std::to_string(found.child.pid) +
           " " + (found.exit ? "ended " + status_text(*found.exit) : "alive 0") + " " +
           (found.child.cut                                ? "cut"
            : found.child.descriptors.stdout_spool.valid() ? "spool"
                                                           : "-") +
           " " + found.blob);
      watch(std::move(found.child), found.blob);
      if (found.exit) {
        capture_->ended(id);
      }
    }
    found_.clear();
    tell("list_end");
    CHECK(client_.ready().ok());
  }

  static std::string status_text(const ChildExit& exit) {
    return exit.status_unknown ? "unknown" : std::to_string(exit.wait_status);
  }

  void watch(SpawnedChild child, const std::string& blob) {
    if (blob.starts_with("log=")) {
      capture_->add(child.start_id, blob.substr(4), std::move(child.descriptors.stdout_read),
                    std::move(child.descriptors.stdout_spool));
    }
    descriptors_[child.start_id] = std::move(child.descriptors);
  }

  void exited(const ChildExit& exit) {
    tell("exited " + std::to_string(exit.start_id) + " " + std::to_string(exit.pid) + " " + status_text(exit) + " " +
         std::to_string(static_cast<int>(exit.failed_stage)) + " " + std::to_string(exit.failed_errno));
    capture_->ended(exit.start_id);
  }

  void connect_control() {
    const int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    const std::string path = directory() + "/control";
    CHECK(path.size() < sizeof to.sun_path);
    std::memcpy(to.sun_path, path.c_str(), path.size());
    CHECK(connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0);
    control_.assign(fd);
    wait_command();
  }
  void tell(const std::string& event) {
    [[maybe_unused]] const ssize_t sent = send(control_.native_handle(), event.data(), event.size(), MSG_NOSIGNAL);
  }
  void wait_command() {
    control_.async_wait(boost::asio::posix::stream_descriptor::wait_read, [this](boost::system::error_code error) {
      char buffer[8192];
      const ssize_t got = error ? -1 : recv(control_.native_handle(), buffer, sizeof buffer, 0);
      if (got > 0) {
        obey(std::string(buffer, static_cast<std::size_t>(got)));
        wait_command();
      }
    });
  }

  void obey(const std::string& text) {
    std::istringstream in(text);
    std::string verb;
    std::uint64_t id = 0;
    std::string rest;
    in >> verb;
    if (verb == "spawn") {
      spawn(text);
      return;
    }
    in >> id;
    std::getline(in >> std::ws, rest);
    if (verb == "signal") {
      CHECK(client_.signal(id, std::stoi(rest), keeper::SignalTo::process).ok());
    } else if (verb == "signal_group") {
      CHECK(client_.signal(id, std::stoi(rest), keeper::SignalTo::group).ok());
    } else if (verb == "blob") {
      CHECK(client_.set_blob(id, rest).ok());
    } else if (verb == "agent_blob") {
      CHECK(client_.set_agent_blob(rest).ok());
    } else if (verb == "ack") {
      CHECK(client_.acknowledge(id).ok());
    } else if (verb == "release_pipes") {
      CHECK(client_.release_pipes(id).ok());
    } else if (verb == "line") {
      rest += '\n';
      CHECK(write(descriptors_[id].stdin_write.get(), rest.data(), rest.size()) > 0);
    } else if (verb == "read") {
      read_output(id, rest == "err" ? descriptors_[id].stderr_read : descriptors_[id].stdout_read);
    } else if (verb == "hold") {
      UniqueFd fd(memfd_create("held", MFD_CLOEXEC));
      CHECK(write(fd.get(), rest.data(), rest.size()) == static_cast<ssize_t>(rest.size()));
      CHECK(client_.hold("text", fd.get()).ok());
    } else if (verb == "fetch") {
      CHECK(client_.fetch(id).ok());
    } else if (verb == "full") {  // so many descriptors stay free
      table_.emplace(id);
    } else if (verb == "room") {
      table_.reset();
    } else if (verb == "release") {
      CHECK(client_.release("text").ok());
    } else if (verb == "burst") {  // asks for many programs and reads nothing until it is continued
      for (std::uint64_t number = 0; number < std::stoull(rest); ++number) {
        spawn("spawn\nid=" + std::to_string(id + number) + "\nfile=/bin/sleep\narg=sleep\narg=60\n");
      }
      (void)::raise(SIGSTOP);
    } else if (verb == "ping") {
      tell("pong");
    } else if (verb == "held") {
      char buffer[64];
      const ssize_t got = pread(held_["text"].get(), buffer, sizeof buffer, 0);
      tell("held " + std::string(buffer, got > 0 ? static_cast<std::size_t>(got) : 0));
    } else if (verb == "close") {
      ::close(keeper::agent_socket_fd);
    } else if (verb == "exit") {
      status_ = static_cast<int>(id);
      loop_.stop();
    }
  }
  void read_output(std::uint64_t id, const UniqueFd& fd) {
    pollfd watched{fd.get(), POLLIN, 0};
    poll(&watched, 1, 5000);
    char buffer[4096];
    const ssize_t got = ::read(fd.get(), buffer, sizeof buffer);
    tell("output " + std::to_string(id) + " " + std::string(buffer, got > 0 ? static_cast<std::size_t>(got) : 0));
  }
  void spawn(const std::string& text) {
    keeper::SpawnRequest request;
    UniqueFd stdin_fd;
    std::uint64_t id = 0;
    std::istringstream lines(text);
    std::string line;
    std::getline(lines, line);
    while (std::getline(lines, line)) {
      const std::string key = line.substr(0, line.find('='));
      const std::string value = line.substr(line.find('=') + 1);
      if (key == "id") {
        id = std::stoull(value);
      } else if (key == "file") {
        request.filename = value;
      } else if (key == "arg") {
        request.argv.push_back(value);
      } else if (key == "env") {
        request.environment.push_back(value);
      } else if (key == "dir") {
        request.directory = value;
      } else if (key == "umask") {
        request.umask = static_cast<std::uint32_t>(std::stoul(value, nullptr, 8));
      } else if (key == "ids") {
        const auto number = static_cast<std::uint32_t>(std::stoul(value));
        request.ids = keeper::Ids{number, number, {number, number + 1}};
      } else if (key == "pipe_size") {
        request.pipe_size = static_cast<std::uint32_t>(std::stoul(value));
      } else if (key == "root") {
        request.root = value;
      } else if (key == "nofile") {
        request.nofile = std::stoull(value);
      } else if (key == "nproc") {
        request.nproc = std::stoull(value);
      } else if (key == "stdin_text") {  // a file as the child's standard input
        stdin_fd.reset(memfd_create("stdin", MFD_CLOEXEC));
        CHECK(write(stdin_fd.get(), value.data(), value.size()) == static_cast<ssize_t>(value.size()));
        CHECK(lseek(stdin_fd.get(), 0, SEEK_SET) == 0);
        request.stdin_passed = true;
      } else if (key == "redirect") {
        request.redirect_stderr = true;
      } else if (key == "blob") {
        request.blob = value;
      }
    }
    blobs_[id] = request.blob;
    CHECK(client_.spawn(id, request, stdin_fd.get()).ok());
  }

  EventLoop loop_;
  KeeperClient client_;
  boost::asio::posix::stream_descriptor control_;
  keeper::Welcome welcome_;
  std::optional<LogIntents> intents_;
  std::unique_ptr<Capture> capture_;
  std::map<std::uint64_t, ChildDescriptors> descriptors_;
  std::map<std::uint64_t, std::string> blobs_;
  std::map<std::string, UniqueFd> held_;
  std::vector<FoundChild> found_;
  std::vector<std::string> troubles_;
  std::optional<FullTable> table_;
  std::string agent_blob_;
  int status_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  const std::string first = argc > 1 ? argv[1] : "";
  const std::string what = argc > 1 ? argv[argc - 1] : "";  // after how the keeper was started
  if (first == "--launch-settings") {
    if (what == "--broken") {
      std::fputs("Error: the file is broken\n", stderr);
      return 2;
    }
    if (what == "--help") {
      std::fputs("help text\n", stdout);
      return 3;
    }
    if (what == "--help-long") {
      std::fputs(std::string(300'000, '.').c_str(), stdout);
      return 3;
    }
    std::ifstream settings(directory() + "/settings");
    std::fputs(std::string(std::istreambuf_iterator<char>(settings), {}).c_str(), stdout);
    return 0;
  }
  const std::string does = installed_anew() ? what_new_ones_do() : what;
  if (does == "--refuse") {
    boost::asio::io_context loop;
    KeeperClient client(loop, UniqueFd(keeper::agent_socket_fd), {});
    CHECK(client.start().ok());
    client.fail("Error: address already in use\n");
    std::_Exit(2);
  }
  if (does == "--hello") {  // and crashes when it is answered
    boost::asio::io_context loop;
    KeeperClient::Handlers handlers;
    handlers.on_welcome = [](const keeper::Welcome&) { std::abort(); };
    KeeperClient client(loop, UniqueFd(keeper::agent_socket_fd), handlers);
    CHECK(client.start().ok());
    loop.run();
  }
  if (does == "--hang") {
    std::ofstream(directory() + "/hanging") << getpid();
    for (;;) {
      pause();
    }
  }
  if (does == "--crash") {
    std::abort();
  }
  std::_Exit(Agent().run());
}

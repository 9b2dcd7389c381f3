#include "drivers/frontend/log_follow.hpp"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <utility>

#include "base/limits.hpp"
#include "base/unique_fd.hpp"

namespace holdfast {
namespace {

constexpr std::string_view kTruncated = "==> File truncated <==\n";

/// One client and its file. `reader` parts run on the disk thread, the others on the loop; the two speak by
/// post and report only.
class Follower : public std::enable_shared_from_this<Follower> {
 public:
  Follower(storage::DiskThread& disk, std::string path, std::int64_t tail_bytes, http::Response head,
           http::Responder responder, const LogFollowers& followers)
      : followers_(followers),
        disk_(disk),
        path_(std::move(path)),
        tail_bytes_(tail_bytes),
        head_(std::move(head)),
        responder_(std::move(responder)) {
    ++*followers_.count;
  }
  ~Follower() { --*followers_.count; }
  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;

  void start() {
    if (*followers_.count > followers_.max) {
      return responder_.respond(http::error_response(503, "Too many clients follow a log"));
    }
    responder_.on_closed([weak = weak_from_this()] {
      if (const auto self = weak.lock()) {
        self->stop();
      }
    });
    if (!disk_.post([self = shared_from_this()] { self->open(); }, 0)) {
      responder_.respond(http::error_response(503));
    }
  }

 private:
  // ---- disk thread ----
  void open() {
    file_.reset(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat facts {};
    const int error = file_.valid() && ::fstat(file_.get(), &facts) == 0 ? 0 : errno;
    if (error == 0) {
      inotify_.reset(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
    }
    if (error == EMFILE || error == ENFILE || (error == 0 && !inotify_.valid())) {
      file_.reset();
      return tell([](Follower& self) {
        self.responder_.respond(http::error_response(503, "No file descriptor is left to follow a log with"));
      });
    }
    if (error != 0) {
      return tell([](Follower& self) { self.responder_.respond(http::error_response(404)); });
    }
    position_ = std::max<std::int64_t>(0, facts.st_size - tail_bytes_);
    head_.headers.emplace_back("Last-Modified", http::http_date(facts.st_mtime));  // contract 4.10
    watch_file();
    const std::string folder = path_.substr(0, path_.rfind('/') + 1);
    (void)::inotify_add_watch(inotify_.get(), folder.empty() ? "." : folder.c_str(), IN_CREATE | IN_MOVED_TO);
    (void)disk_.watch(inotify_.get(), EPOLLIN, [this](std::uint32_t) { on_inotify(); });
    keep_alive_ = shared_from_this();
    tell([](Follower& self) { self.responder_.start_stream(std::move(self.head_)); });
    read_more();
  }

  void watch_file() { (void)::inotify_add_watch(inotify_.get(), path_.c_str(), IN_MODIFY | IN_ATTRIB | IN_MOVE_SELF); }

  void on_inotify() {
    char events[4096];
    while (::read(inotify_.get(), events, sizeof events) > 0) {
    }
    read_more();
  }

  /// Sends one chunk; the next one when the client has taken it.
  void read_more() {
    if (sending_ || !file_.valid()) {
      return;
    }
    std::string chunk = next_chunk();
    if (chunk.empty() && moved_on()) {
      chunk = next_chunk();
    }
    if (chunk.empty()) {
      return;
    }
    sending_ = true;
    tell([chunk = std::move(chunk)](Follower& self) { self.send(chunk); });
  }

  std::string next_chunk() {
    struct stat facts {};
    if (::fstat(file_.get(), &facts) == 0 && S_ISREG(facts.st_mode) && facts.st_size < position_) {
      position_ = 0;
      return std::string(kTruncated);
    }
    std::string chunk(limits::log_follow_chunk_bytes, '\0');
    const ssize_t got = ::pread(file_.get(), chunk.data(), chunk.size(), position_);
    chunk.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    position_ += static_cast<std::int64_t>(chunk.size());
    return chunk;
  }

  /// After a rotation the name is another file: everything of the old one has been read, so go on with the
  /// new one.
  bool moved_on() {
    struct stat mine {};
    struct stat named {};
    if (::fstat(file_.get(), &mine) != 0 || ::stat(path_.c_str(), &named) != 0 ||
        (mine.st_ino == named.st_ino && mine.st_dev == named.st_dev)) {
      return false;
    }
    UniqueFd next(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!next.valid()) {
      return false;
    }
    file_ = std::move(next);
    position_ = 0;
    watch_file();
    return true;
  }

  void close() {
    if (inotify_.valid()) {
      disk_.unwatch(inotify_.get());
      inotify_.reset();
    }
    file_.reset();
    keep_alive_.reset();
  }

  template <typename OnLoop>
  void tell(OnLoop on_loop) {
    if (!disk_.report([self = shared_from_this(), on_loop = std::move(on_loop)]() mutable { on_loop(*self); })) {
      close();  // the loop does not keep up: this client is given up
    }
  }

  // ---- loop ----
  void send(const std::string& chunk) {
    if (responder_.write_chunk(chunk) != http::ChunkResult::queued) {
      return stop();
    }
    responder_.on_drained([weak = weak_from_this()] {
      if (const auto self = weak.lock()) {
        (void)self->disk_.post(
            [self] {
              self->sending_ = false;
              self->read_more();
            },
            0);
      }
    });
  }

  void stop() {
    (void)disk_.post([self = shared_from_this()] { self->close(); }, 0);
  }

  const LogFollowers followers_;
  storage::DiskThread& disk_;
  const std::string path_;
  const std::int64_t tail_bytes_;
  http::Response head_;        // completed by open(), then the loop's
  http::Responder responder_;  // loop
  UniqueFd file_;              // disk thread from here on
  UniqueFd inotify_;
  std::int64_t position_ = 0;
  bool sending_ = false;
  std::shared_ptr<Follower> keep_alive_;
};

}  // namespace

void follow_log(storage::DiskThread& disk, const std::string& path, std::int64_t tail_bytes, http::Response head,
                http::Responder responder, const LogFollowers& followers) {
  std::make_shared<Follower>(disk, path, tail_bytes, std::move(head), std::move(responder), followers)->start();
}

}  // namespace holdfast

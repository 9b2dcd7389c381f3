// loopback.hpp: what the HTTP tests share: a server on its own loop thread, and a raw client socket that
// sends exactly the bytes it is told to and waits for what comes, never longer than a deadline.
#pragma once

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <future>
#include <string>
#include <thread>

#include "http/listener.hpp"
#include "http/server.hpp"

namespace holdfast::http::testing {

/// A slow machine is no fault of the server.
inline constexpr std::chrono::milliseconds patience = std::chrono::seconds(60);

/// A loop of its own, as the agent has one. Everything on it goes through call().
class LoopThread {
 public:
  LoopThread() : work_(io_.get_executor()), thread_([this] { io_.run(); }) {}
  ~LoopThread() {
    work_.reset();
    io_.stop();
    thread_.join();
  }
  LoopThread(const LoopThread&) = delete;
  LoopThread& operator=(const LoopThread&) = delete;

  boost::asio::io_context& io() { return io_; }

  template <typename Function>
  auto call(Function function) {
    std::packaged_task<decltype(function())()> task(std::move(function));
    auto result = task.get_future();
    boost::asio::post(io_, [&task] { task(); });
    return result.get();
  }

 private:
  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::thread thread_;
};

/// One connection whose every byte the test decides.
class RawClient {
 public:
  static RawClient tcp(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const bool connected = ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    return RawClient(connected ? std::move(fd) : UniqueFd());
  }
  static RawClient unix_socket(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const bool connected = ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    return RawClient(connected ? std::move(fd) : UniqueFd());
  }

  [[nodiscard]] bool connected() const { return fd_.valid(); }
  [[nodiscard]] int fd() const { return fd_.get(); }
  void close() { fd_.reset(); }
  void half_close() { ::shutdown(fd_.get(), SHUT_WR); }

  /// False when the server has closed.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) {
        return false;
      }
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  /// Waits for more bytes; false at the end of the connection or of the time.
  bool receive(std::chrono::milliseconds timeout = patience) {
    pollfd poll{fd_.get(), POLLIN, 0};
    if (::poll(&poll, 1, static_cast<int>(timeout.count())) <= 0) {
      return false;
    }
    char bytes[65536];
    const ssize_t got = ::recv(fd_.get(), bytes, sizeof bytes, 0);
    if (got <= 0) {
      ended_ = true;
      return false;
    }
    received_.append(bytes, static_cast<std::size_t>(got));
    return true;
  }

  /// Everything up to and with `mark`, taken out of what was received; "" if it does not come.
  std::string take_until(std::string_view mark) {
    for (;;) {
      if (const auto at = received_.find(mark); at != std::string::npos) {
        std::string taken = received_.substr(0, at + mark.size());
        received_.erase(0, at + mark.size());
        return taken;
      }
      if (!receive()) {
        return {};
      }
    }
  }

  std::string take_bytes(std::size_t count) {
    while (received_.size() < count && receive()) {
    }
    std::string taken = received_.substr(0, count);
    received_.erase(0, taken.size());
    return taken;
  }

  struct Answer {
    int status = 0;
    std::string head;
    std::string body;
    [[nodiscard]] bool has(std::string_view line) const { return head.find(line) != std::string::npos; }
  };

  /// One answer with Content-Length; status 0 if none comes.
  Answer answer() {
    Answer result;
    result.head = take_until("\r\n\r\n");
    if (result.head.size() < 12) {
      return result;
    }
    result.status = std::atoi(result.head.c_str() + 9);
    const auto at = result.head.find("Content-Length: ");
    if (at != std::string::npos) {
      result.body = take_bytes(static_cast<std::size_t>(std::atoi(result.head.c_str() + at + 16)));
    }
    return result;
  }

  /// The server closes within the time (and sends nothing more).
  bool closed_by_server(std::chrono::milliseconds timeout = patience) {
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    while (!ended_ && std::chrono::steady_clock::now() < deadline) {
      if (!receive(timeout)) {
        break;
      }
    }
    return ended_;
  }

 private:
  explicit RawClient(UniqueFd fd) : fd_(std::move(fd)) {}

  UniqueFd fd_;
  std::string received_;
  bool ended_ = false;
};

/// A server on 127.0.0.1 (port()) and on a unix socket (path()).
class TestServer {
 public:
  TestServer(ServerOptions options, Handler handler, Credentials credentials = {}) {
    char directory[] = "/tmp/holdfast_http_XXXXXX";
    directory_ = ::mkdtemp(directory);
    path_ = directory_ + "/http.sock";
    loop_.call([&] {
      server_ = std::make_unique<Server>(loop_.io(), std::move(options), std::move(handler));
      auto tcp = make_tcp_listener("127.0.0.1", 0);
      port_ = local_port_of(tcp.value().get());
      CHECK(server_->add_listener(std::move(tcp).value(), "inet_http_server", credentials).ok());
      auto local = make_unix_listener(path_, 0700, std::nullopt);
      CHECK(server_->add_listener(std::move(local).value(), "unix_http_server", credentials).ok());
    });
  }
  ~TestServer() {
    loop_.call([&] { server_.reset(); });
    ::unlink(path_.c_str());
    ::rmdir(directory_.c_str());
  }
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] const std::string& path() const { return path_; }
  RawClient client() { return RawClient::tcp(port_); }
  RawClient unix_client() { return RawClient::unix_socket(path_); }
  LoopThread& loop() { return loop_; }
  Server& server() { return *server_; }
  ServerStatistics statistics() {
    return loop_.call([&] { return server_->statistics(); });
  }
  /// Waits until the condition on the statistics holds; false after a minute.
  template <typename Condition>
  bool eventually(Condition condition) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (std::chrono::steady_clock::now() < deadline) {
      if (condition(statistics())) {
        return true;
      }
      std::this_thread::yield();
    }
    return false;
  }

 private:
  LoopThread loop_;
  std::unique_ptr<Server> server_;
  std::uint16_t port_ = 0;
  std::string directory_;
  std::string path_;
};

}  // namespace holdfast::http::testing

// load_client.hpp: connections to an XML-RPC server for bench_load: one that waits for its answer, and a set of
// them that wait together. They count an answer's bytes and look at its status and beginning only, so that the
// client costs little beside what is measured. Single-threaded; anything unexpected ends the program.
#pragma once

#include <arpa/inet.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <list>
#include <string>
#include <string_view>
#include <vector>

#include "base/unique_fd.hpp"

namespace holdfast::bench {

using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;

inline double milliseconds(Clock::duration time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

inline Clock::duration from_seconds(double seconds) {
  return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

[[noreturn]] inline void die(const std::string& why) {
  std::fprintf(stderr, "bench_load: %s\n", why.c_str());
  std::exit(1);
}

/// The path of a unix socket, or HOST:PORT (IPv4).
class Address {
 public:
  explicit Address(const std::string& text) {
    const std::size_t colon = text.rfind(':');
    if (text.front() == '/') {
      auto& at = reinterpret_cast<sockaddr_un&>(bytes_);
      at.sun_family = AF_UNIX;
      if (text.size() >= sizeof at.sun_path) {
        die("too long for a unix socket: " + text);
      }
      std::memcpy(at.sun_path, text.data(), text.size());
      length_ = sizeof at;
      return;
    }
    auto& at = reinterpret_cast<sockaddr_in&>(bytes_);
    at.sin_family = AF_INET;
    if (colon == std::string::npos || ::inet_pton(AF_INET, text.substr(0, colon).c_str(), &at.sin_addr) != 1) {
      die("neither a path nor HOST:PORT: " + text);
    }
    at.sin_port = htons(static_cast<std::uint16_t>(std::stoi(text.substr(colon + 1))));
    length_ = sizeof at;
  }

  [[nodiscard]] UniqueFd connect() const {
    UniqueFd fd(::socket(bytes_.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!fd.valid() || ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&bytes_), length_) != 0) {
      die(std::string("cannot connect: ") + std::strerror(errno));
    }
    return fd;
  }

 private:
  sockaddr_storage bytes_{};
  socklen_t length_ = 0;
};

/// A call without arguments, with the header fields that Python's client sends.
inline std::string request_of(const std::string& method) {
  const std::string body = "<?xml version='1.0'?>\n<methodCall>\n<methodName>" + method +
                           "</methodName>\n<params>\n</params>\n</methodCall>\n";
  return "POST /RPC2 HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: identity\r\nContent-Type: text/xml\r\n"
         "User-Agent: Python-xmlrpc/3.11\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

/// One connection. Made anew when the server has closed it after an answer.
class Client {
 public:
  explicit Client(const Address& address) : address_(address), fd_(address.connect()) {}

  [[nodiscard]] int fd() const { return fd_.get(); }

  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) {
        die(std::string("cannot send: ") + std::strerror(errno));
      }
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  /// Where it does not matter whether the server still listens.
  void try_send(std::string_view bytes) { (void)::send(fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT); }

  /// Sends a request; its answer is to be received before the next.
  void ask(std::string_view request) {
    head_.clear();
    in_body_ = false;
    left_ = 0;
    send(request);
  }

  /// What is there now; true when the answer is complete.
  bool receive() {
    static std::array<char, 256 * 1024> buffer;  // shared: what was received is looked at and forgotten
    const ssize_t got = ::recv(fd(), buffer.data(), buffer.size(), 0);
    if (got <= 0) {
      die(got == 0 ? "the server has closed without an answer"
                   : std::string("cannot receive: ") + std::strerror(errno));
    }
    return in_body_ ? take_body(static_cast<std::size_t>(got))
                    : take_head(std::string_view(buffer.data(), static_cast<std::size_t>(got)));
  }

  /// Waits until the answer is complete; false when it is not at `deadline`.
  bool wait_answer(TimePoint deadline) {
    for (;;) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
      pollfd waiting{fd(), POLLIN, 0};
      if (left <= 0 || ::poll(&waiting, 1, static_cast<int>(left)) <= 0) {
        return false;
      }
      if (receive()) {
        return true;
      }
    }
  }

  /// After an answer. True: the connection is another one now.
  bool renew_if_closed() {
    if (!closes_) {
      return false;
    }
    fd_ = address_.connect();
    closes_ = false;
    return true;
  }

 private:
  bool take_head(std::string_view bytes) {
    const std::size_t before = head_.size();
    head_.append(bytes.substr(0, 16384));
    const std::size_t end = head_.find("\r\n\r\n");
    if (end == std::string::npos) {
      return false;
    }
    const std::size_t body_begin = end + 4;
    const std::string_view beginning = std::string_view(head_).substr(body_begin, 300);
    if (head_.compare(9, 3, "200") != 0 || beginning.find("<fault>") != std::string_view::npos) {
      die("a wrong answer: " + head_.substr(0, 400));
    }
    std::string lower = head_.substr(0, body_begin);
    std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
    const std::size_t at = lower.find("content-length:");
    if (at == std::string::npos) {
      die("an answer without its length: " + head_.substr(0, 400));
    }
    closes_ = lower.find("connection: close") != std::string::npos;
    left_ = static_cast<std::size_t>(std::atol(lower.c_str() + at + std::strlen("content-length:")));
    in_body_ = true;
    return take_body(before + bytes.size() - body_begin);
  }

  bool take_body(std::size_t size) {
    if (size > left_) {
      die("more bytes than one answer has");
    }
    left_ -= size;
    return left_ == 0;
  }

  const Address& address_;
  UniqueFd fd_;
  std::string head_;
  std::size_t left_ = 0;
  bool in_body_ = false;
  bool closes_ = false;
};

/// Some clients that wait together.
class ClientSet {
 public:
  ClientSet(const Address& address, int count) : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    for (int i = 0; i < count; ++i) {
      clients_.emplace_back(address);
      members_.push_back(&clients_.back());
      watch(members_.size() - 1);
    }
  }

  [[nodiscard]] Client& client(std::size_t index) { return *members_[index]; }

  /// Waits for bytes of any of them; calls `answered(index)` for each complete answer.
  template <typename Answered>
  void wait(Answered answered) {
    std::array<epoll_event, 64> ready{};
    int count = 1;  // a single one just waits in its receive
    if (members_.size() > 1) {
      count = ::epoll_wait(epoll_.get(), ready.data(), ready.size(), 120'000);
      if (count <= 0) {
        die("no answer in two minutes");
      }
    }
    for (int i = 0; i < count; ++i) {
      const std::size_t index = ready[static_cast<std::size_t>(i)].data.u64;
      if (members_[index]->receive()) {
        if (members_[index]->renew_if_closed()) {
          watch(index);
        }
        answered(index);
      }
    }
  }

 private:
  void watch(std::size_t index) {
    epoll_event wanted{};
    wanted.events = EPOLLIN;
    wanted.data.u64 = index;
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, members_[index]->fd(), &wanted) != 0) {
      die("epoll refuses a connection");
    }
  }

  UniqueFd epoll_;
  std::list<Client> clients_;
  std::vector<Client*> members_;
};

}  // namespace holdfast::bench

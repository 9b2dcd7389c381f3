// socket.hpp: one packet with its descriptors out of or into a SOCK_SEQPACKET socket, and sealed memfds.
// Inline, std and libc only; used by the keeper and by system/keeper_client. Never blocks (MSG_DONTWAIT),
// never leaks a descriptor: what arrives beyond the expected is closed by its owner, and everything received
// is close-on-exec.
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "keeper/protocol.hpp"

namespace holdfast::keeper {

/// An owned descriptor (the keeper includes nothing of base, so it has its own).
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) {
      close();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() { close(); }
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool valid() const { return fd_ >= 0; }
  [[nodiscard]] int release() { return std::exchange(fd_, -1); }
  void close() {
    if (fd_ >= 0) {
      ::close(std::exchange(fd_, -1));
    }
  }

 private:
  int fd_ = -1;
};

/// Descriptors to send with a record, not owned.
struct FdList {
  std::array<int, max_descriptors> fds{};
  std::size_t count = 0;
  void add(int fd) { fds[count++] = fd; }
};

/// One received packet.
struct Packet {
  alignas(8) std::array<char, max_packet> bytes;
  std::size_t length = 0;
  std::array<Fd, max_descriptors> fds;
  std::size_t fd_count = 0;
  bool cut = false;  // it came with descriptors that are lost

  [[nodiscard]] std::uint16_t kind() const { return kind_of(bytes.data(), length); }
  template <typename R>
  [[nodiscard]] bool read(R& record) const {
    return read_record(bytes.data(), length, record);
  }
};

/// Sends one packet; 0 or an errno (EAGAIN: no room now, nothing was sent).
inline int send_packet(int socket, const void* bytes, std::size_t length, const FdList& fds = {}) {
  iovec part{const_cast<void*>(bytes), length};  // NOLINT: sendmsg does not write to it
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * max_descriptors)] = {};
  if (fds.count > 0) {
    message.msg_control = control;
    message.msg_controllen = CMSG_SPACE(sizeof(int) * fds.count);
    cmsghdr* head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof(int) * fds.count);
    std::memcpy(CMSG_DATA(head), fds.fds.data(), sizeof(int) * fds.count);
  }
  while (sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
    if (errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

template <typename R>
int send_record(int socket, const R& record, const FdList& fds = {}) {
  return send_packet(socket, &record, wire_size(record), fds);
}

/// Receives one packet; 0 (a length of 0 is the end of the connection) or an errno. A packet that did not fit
/// is returned with length 1, which no record has. One whose descriptors did not all fit into this process is
/// `cut`: its record is whole, and those that came are closed again, as nobody can tell which they are.
inline int receive_packet(int socket, Packet& packet) {
  iovec part{packet.bytes.data(), packet.bytes.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * max_descriptors)];
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  for (Fd& fd : packet.fds) {
    fd.close();
  }
  packet.fd_count = 0;
  packet.cut = false;
  ssize_t got = -1;
  while ((got = recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC)) < 0) {
    if (errno != EINTR) {
      return errno;
    }
  }
  for (cmsghdr* head = CMSG_FIRSTHDR(&message); head != nullptr; head = CMSG_NXTHDR(&message, head)) {
    if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS) {
      continue;
    }
    const std::size_t count = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(head) + i * sizeof(int), sizeof fd);
      if (packet.fd_count < packet.fds.size()) {
        packet.fds[packet.fd_count++] = Fd(fd);
      } else {
        ::close(fd);
      }
    }
  }
  packet.cut = (message.msg_flags & MSG_CTRUNC) != 0;
  for (std::size_t i = 0; packet.cut && i < packet.fd_count; ++i) {
    packet.fds[i].close();
  }
  packet.fd_count = packet.cut ? 0 : packet.fd_count;
  packet.length = (message.msg_flags & MSG_TRUNC) != 0 ? 1 : static_cast<std::size_t>(got);
  return 0;
}

inline constexpr int all_seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

/// A sealed memfd with these bytes; invalid (errno set) when there is none to be had.
inline Fd make_sealed_memfd(const char* name, std::string_view bytes) {
  Fd fd(memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
  std::size_t done = 0;
  while (fd.valid() && done < bytes.size()) {
    const ssize_t wrote = ::write(fd.get(), bytes.data() + done, bytes.size() - done);
    if (wrote < 0 && errno != EINTR) {
      return Fd();
    }
    done += wrote > 0 ? static_cast<std::size_t>(wrote) : 0;
  }
  if (fd.valid() && fcntl(fd.get(), F_ADD_SEALS, all_seals) != 0) {
    return Fd();
  }
  return fd;
}

/// The content of a sealed memfd of at most `limit` bytes; nullopt when it is none, not sealed or larger.
inline std::optional<std::string> read_sealed_memfd(int fd, std::size_t limit) {
  struct stat info {};
  const int seals = fcntl(fd, F_GET_SEALS);
  if (seals < 0 || (seals & all_seals) != all_seals || fstat(fd, &info) != 0 || info.st_size < 0 ||
      static_cast<std::size_t>(info.st_size) > limit) {
    return std::nullopt;
  }
  std::string bytes(static_cast<std::size_t>(info.st_size), '\0');
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t got = pread(fd, bytes.data() + done, bytes.size() - done, static_cast<off_t>(done));
    if (got <= 0 && errno != EINTR) {
      return std::nullopt;
    }
    done += got > 0 ? static_cast<std::size_t>(got) : 0;
  }
  return bytes;
}

}  // namespace holdfast::keeper

// persistent_blob.hpp: bytes that one agent leaves for the next: a memfd that the keeper holds too, so that it
// outlives a SIGKILL at any instant. save() replaces the whole by two system calls, the second of which makes it
// valid: a reader finds the old bytes or the new ones. It does not know what they mean. Loop thread only; never
// waits.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace holdfast::system {

class PersistentBlob {
 public:
  /// An empty one, of at most `bytes_max` bytes. Give descriptor() to KeeperClient::hold.
  static Result<PersistentBlob> create(std::uint64_t bytes_max);
  /// One that the keeper held.
  static Result<PersistentBlob> adopt(UniqueFd held, std::uint64_t bytes_max);

  [[nodiscard]] int descriptor() const { return fd_.get(); }
  [[nodiscard]] Result<std::string> load() const;
  /// An error leaves the bytes of before.
  Status save(std::string_view bytes);

 private:
  struct Header;
  PersistentBlob(UniqueFd fd, std::uint64_t bytes_max) : fd_(std::move(fd)), bytes_max_(bytes_max) {}
  [[nodiscard]] std::int64_t offset_of(std::uint64_t half) const;

  UniqueFd fd_;
  std::uint64_t bytes_max_;
};

}  // namespace holdfast::system

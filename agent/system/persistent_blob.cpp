#include "system/persistent_blob.hpp"

#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace holdfast::system {

/// At the beginning; the bytes lie in one of two places behind it, as sparse as a memfd is.
struct PersistentBlob::Header {
  static constexpr std::uint64_t expected = 0x3154'4154'5350'464BULL;
  std::uint64_t magic = expected;
  std::uint64_t half = 0;  // which place is valid
  std::uint64_t size = 0;
  std::uint64_t bytes_max = 0;
};

namespace {

constexpr std::int64_t kPage = 4096;

Error failed(const std::string& what, int code) {
  return Error{what + ": " + std::strerror(code), code};
}

}  // namespace

std::int64_t PersistentBlob::offset_of(std::uint64_t half) const {
  const auto stride = (static_cast<std::int64_t>(bytes_max_) / kPage + 1) * kPage;
  return kPage + static_cast<std::int64_t>(half) * stride;
}

Result<PersistentBlob> PersistentBlob::create(std::uint64_t bytes_max) {
  UniqueFd fd(::memfd_create("kept-state", MFD_CLOEXEC));
  if (!fd.valid()) {
    return failed("no memfd for what the next agent is to know", errno);
  }
  PersistentBlob made(std::move(fd), bytes_max);
  if (Status saved = made.save({}); !saved) {
    return saved.error();
  }
  return made;
}

Result<PersistentBlob> PersistentBlob::adopt(UniqueFd held, std::uint64_t bytes_max) {
  Header header;
  const bool whole = ::pread(held.get(), &header, sizeof header, 0) == ssize_t{sizeof header};
  if (!whole || header.magic != Header::expected || header.bytes_max != bytes_max || header.size > header.bytes_max ||
      header.half > 1) {
    return Error{"what the keeper holds was not left by an agent of this version"};
  }
  return PersistentBlob(std::move(held), bytes_max);
}

Result<std::string> PersistentBlob::load() const {
  Header header;
  if (::pread(fd_.get(), &header, sizeof header, 0) != ssize_t{sizeof header} || header.size > bytes_max_) {
    return Error{"what the agent before left cannot be read"};
  }
  std::string bytes(header.size, '\0');
  if (::pread(fd_.get(), bytes.data(), bytes.size(), offset_of(header.half)) != static_cast<ssize_t>(bytes.size())) {
    return Error{"what the agent before left is cut off"};
  }
  return bytes;
}

Status PersistentBlob::save(std::string_view bytes) {
  if (bytes.size() > bytes_max_) {
    return failed("what the next agent is to know is too much", EFBIG);
  }
  Header header;
  (void)::pread(fd_.get(), &header, sizeof header, 0);  // nothing yet: the defaults
  header.half = 1 - header.half;
  header.size = bytes.size();
  header.bytes_max = bytes_max_;
  if (::pwrite(fd_.get(), bytes.data(), bytes.size(), offset_of(header.half)) != static_cast<ssize_t>(bytes.size()) ||
      ::pwrite(fd_.get(), &header, sizeof header, 0) != ssize_t{sizeof header}) {
    return failed("what the next agent is to know cannot be kept", errno);
  }
  return {};
}

}  // namespace holdfast::system

// spawn_request.hpp: what a program's start needs, and its bounded encoding. The agent encodes it into a
// sealed memfd (socket.hpp), the keeper decodes it; only numbers name users, because a static program looks
// up no names. Nothing is defaulted here: the environment is the whole one. std only, no I/O; the decoder
// believes no length it reads.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "keeper/protocol.hpp"

namespace holdfast::keeper {

struct Ids {
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::vector<std::uint32_t> groups;  // all of them, primary first
  friend bool operator==(const Ids&, const Ids&) = default;
};

struct SpawnRequest {
  std::string filename;                  // given to execve; argv[0] may differ
  std::vector<std::string> argv;         // at least one
  std::vector<std::string> environment;  // "KEY=value", complete
  std::optional<std::string> directory;
  std::optional<std::string> root;  // chroot, before the ids change
  std::optional<std::uint32_t> umask;
  std::optional<Ids> ids;
  std::optional<std::uint64_t> nofile;  // soft limits; absent = as the daemon's launch settings raised them
  std::optional<std::uint64_t> nproc;
  bool redirect_stderr = false;  // stderr is the stdout pipe
  bool stdin_passed = false;     // the second descriptor of the record is the child's stdin; no stdin pipe
  std::uint32_t pipe_size = 0;   // wanted capacity of the output pipes; 0 = the kernel's default
  std::string blob;              // the child's first blob: no child is ever without one
  friend bool operator==(const SpawnRequest&, const SpawnRequest&) = default;
};

namespace detail {

inline constexpr std::uint32_t spawn_magic = 0x5152'5053;  // "SPRQ"
inline constexpr std::uint32_t spawn_version = 1;
inline constexpr std::uint32_t max_strings = 65536;
inline constexpr std::uint32_t max_groups = 65536;  // NGROUPS_MAX

class Encoder {
 public:
  void u32(std::uint32_t value) { put(&value, sizeof value); }
  void u64(std::uint64_t value) { put(&value, sizeof value); }
  void text(std::string_view value) {
    u32(static_cast<std::uint32_t>(value.size()));
    put(value.data(), value.size());
  }
  void texts(const std::vector<std::string>& values) {
    u32(static_cast<std::uint32_t>(values.size()));
    for (const std::string& value : values) {
      text(value);
    }
  }
  std::string take() { return std::move(bytes_); }

 private:
  void put(const void* data, std::size_t size) { bytes_.append(static_cast<const char*>(data), size); }
  std::string bytes_;
};

class Decoder {
 public:
  explicit Decoder(std::string_view bytes) : rest_(bytes) {}
  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] bool at_end() const { return ok_ && rest_.empty(); }
  void refuse() { ok_ = false; }
  std::uint32_t u32() { return number<std::uint32_t>(); }
  std::uint64_t u64() { return number<std::uint64_t>(); }
  std::string_view bytes() {
    const std::uint32_t size = u32();
    if (!ok_ || size > rest_.size()) {
      ok_ = false;
      return {};
    }
    const std::string_view value = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return value;
  }
  /// A string that can become a C string.
  std::string text() {
    const std::string_view value = bytes();
    ok_ = ok_ && value.find('\0') == std::string_view::npos;
    return std::string(value);
  }
  std::vector<std::string> texts() {
    const std::uint32_t count = u32();
    std::vector<std::string> values;
    if (!ok_ || count > max_strings || count > rest_.size() / sizeof(std::uint32_t)) {
      ok_ = false;
      return values;
    }
    values.reserve(count);
    for (std::uint32_t i = 0; ok_ && i < count; ++i) {
      values.push_back(text());
    }
    return values;
  }

 private:
  template <typename T>
  T number() {
    T value{};
    if (!ok_ || rest_.size() < sizeof value) {
      ok_ = false;
      return value;
    }
    std::memcpy(&value, rest_.data(), sizeof value);
    rest_.remove_prefix(sizeof value);
    return value;
  }
  std::string_view rest_;
  bool ok_ = true;
};

enum SpawnFlag : std::uint32_t {
  has_directory = 1,
  has_root = 2,
  has_umask = 4,
  has_ids = 8,
  has_nofile = 16,
  has_nproc = 32,
  redirects_stderr = 64,
  passes_stdin = 128,
  all_flags = 255,
};

inline std::uint32_t flags_of(const SpawnRequest& r) {
  return (r.directory ? has_directory : 0U) | (r.root ? has_root : 0U) | (r.umask ? has_umask : 0U) |
         (r.ids ? has_ids : 0U) | (r.nofile ? has_nofile : 0U) | (r.nproc ? has_nproc : 0U) |
         (r.redirect_stderr ? redirects_stderr : 0U) | (r.stdin_passed ? passes_stdin : 0U);
}

inline Ids decode_ids(Decoder& in) {
  Ids ids;
  ids.uid = in.u32();
  ids.gid = in.u32();
  const std::uint32_t count = in.u32();
  if (!in.ok() || count > max_groups) {
    in.refuse();
    return ids;
  }
  for (std::uint32_t i = 0; in.ok() && i < count; ++i) {
    ids.groups.push_back(in.u32());
  }
  return ids;
}

}  // namespace detail

/// The bytes of a request.
inline std::string encode(const SpawnRequest& request) {
  detail::Encoder out;
  out.u32(detail::spawn_magic);
  out.u32(detail::spawn_version);
  out.u32(detail::flags_of(request));
  out.u32(request.pipe_size);
  out.text(request.filename);
  out.texts(request.argv);
  out.texts(request.environment);
  out.text(request.blob);
  if (request.directory) {
    out.text(*request.directory);
  }
  if (request.root) {
    out.text(*request.root);
  }
  if (request.umask) {
    out.u32(*request.umask);
  }
  if (request.ids) {
    out.u32(request.ids->uid);
    out.u32(request.ids->gid);
    out.u32(static_cast<std::uint32_t>(request.ids->groups.size()));
    for (const std::uint32_t group : request.ids->groups) {
      out.u32(group);
    }
  }
  if (request.nofile) {
    out.u64(*request.nofile);
  }
  if (request.nproc) {
    out.u64(*request.nproc);
  }
  return out.take();
}

/// The request in `bytes`, or nullopt when they are not exactly one valid request.
inline std::optional<SpawnRequest> decode_spawn_request(std::string_view bytes) {
  detail::Decoder in(bytes);
  if (bytes.size() > max_spawn_request || in.u32() != detail::spawn_magic || in.u32() != detail::spawn_version) {
    return std::nullopt;
  }
  SpawnRequest request;
  const std::uint32_t flags = in.u32();
  if ((flags & ~std::uint32_t{detail::all_flags}) != 0) {
    return std::nullopt;
  }
  request.pipe_size = in.u32();
  request.filename = in.text();
  request.argv = in.texts();
  request.environment = in.texts();
  request.blob = std::string(in.bytes());
  if ((flags & detail::has_directory) != 0) {
    request.directory = in.text();
  }
  if ((flags & detail::has_root) != 0) {
    request.root = in.text();
  }
  if ((flags & detail::has_umask) != 0) {
    request.umask = in.u32();
  }
  if ((flags & detail::has_ids) != 0) {
    request.ids = detail::decode_ids(in);
  }
  if ((flags & detail::has_nofile) != 0) {
    request.nofile = in.u64();
  }
  if ((flags & detail::has_nproc) != 0) {
    request.nproc = in.u64();
  }
  request.redirect_stderr = (flags & detail::redirects_stderr) != 0;
  request.stdin_passed = (flags & detail::passes_stdin) != 0;
  if (!in.at_end() || request.filename.empty() || request.argv.empty() || request.blob.size() > max_blob) {
    return std::nullopt;
  }
  return request;
}

}  // namespace holdfast::keeper

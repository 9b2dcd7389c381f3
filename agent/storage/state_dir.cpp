#include "storage/state_dir.hpp"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <optional>
#include <vector>

#include "base/check.hpp"
#include "base/clock.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"

namespace holdfast::storage {

namespace {

constexpr std::size_t kHashDigits = 12;

/// The first hexadecimal digits of SHA-256.
std::string short_hash(const std::string& text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  CHECK(EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr) == 1);
  std::string hex;
  for (std::size_t i = 0; hex.size() < kHashDigits; ++i) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    hex += kDigits[digest[i] >> 4];
    hex += kDigits[digest[i] & 15];
  }
  return hex;
}

std::string reason() {
  return std::strerror(errno);
}

/// Whether a folder is a state directory of before, or holds nothing yet. Any other is somebody else's, named by
/// mistake
/// (/tmp, a link to /proc): its mode is not ours to change.
bool is_ours(const std::string& path) {
  std::error_code error;
  bool empty = true;
  for (std::filesystem::directory_iterator entry(path, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename();
    if (name == "identity") {
      return true;
    }
    empty = empty && name == "lost+found";
  }
  return empty && !error;
}

bool open_to_others(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && (status.st_mode & 077) != 0;
}

/// mkdir -p; parents get the usual mode, the last one 0700.
Status make_directories(const std::string& path) {
  for (std::size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    const bool last = slash == std::string::npos;
    const std::string part = path.substr(0, slash);
    if (::mkdir(part.c_str(), last ? 0700 : 0755) != 0 && errno != EEXIST) {
      return Error{"cannot make " + part + ": " + reason(), errno};
    }
    if (last) {
      break;
    }
  }
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    return Error{"cannot use " + path + ": " + reason(), errno};
  }
  if (!S_ISDIR(status.st_mode)) {
    return Error{"cannot use " + path + ": it is not a directory", ENOTDIR};
  }
  return {};
}

Status close_to_others(const std::string& path) {
  if (open_to_others(path) && ::chmod(path.c_str(), 0700) != 0) {
    return Error{"cannot close " + path + " to others (mode 0700): " + reason(), errno};
  }
  return {};
}

/// The whole of a small file; nullopt with errno when it cannot be read.
std::optional<std::string> read_small(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status {};
  if (fd.valid() && ::fstat(fd.get(), &status) == 0 && !S_ISREG(status.st_mode)) {
    errno = EINVAL;
    return std::nullopt;
  }
  if (!fd.valid()) {
    return std::nullopt;
  }
  std::string data(limits::identity_file_bytes, '\0');
  ssize_t got = 0;
  do {
    got = ::read(fd.get(), data.data(), data.size());
  } while (got < 0 && errno == EINTR);
  if (got < 0) {
    return std::nullopt;
  }
  data.resize(static_cast<std::size_t>(got));
  return data;
}

/// Takes the lock; false with errno. The agent of a keeper that was killed needs a moment to end after it.
bool lock_patiently(const UniqueFd& lock) {
  const Instant until = monotonic_now() + limits::state_dir_lock_wait;
  while (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK || monotonic_now() >= until) {
      return false;
    }
    ::usleep(10'000);
    errno = EWOULDBLOCK;
  }
  return true;
}

std::optional<std::uint64_t> parse_count(std::string_view word) {
  const auto value = text::parse_int(word);
  if (!value || *value < 0) {
    return std::nullopt;
  }
  return static_cast<std::uint64_t>(*value);
}

std::string body_of(const Identity& identity) {
  return "holdfast-identity 1\nincarnation " + std::to_string(identity.incarnation) + "\nepoch " +
         std::to_string(identity.epoch) + "\nmaster " + identity.master + "\n";
}

/// The inverse of body_of, and nothing else: a half or strange file is no identity.
std::optional<Identity> parse_identity(const std::string& data) {
  const std::vector<std::string_view> lines = text::split(data, '\n');
  constexpr std::string_view kIncarnation = "incarnation ";
  constexpr std::string_view kEpoch = "epoch ";
  constexpr std::string_view kMaster = "master ";
  if (lines.size() != 5 || !lines[1].starts_with(kIncarnation) || !lines[2].starts_with(kEpoch) ||
      !lines[3].starts_with(kMaster)) {
    return std::nullopt;
  }
  const auto incarnation = parse_count(lines[1].substr(kIncarnation.size()));
  const auto epoch = parse_count(lines[2].substr(kEpoch.size()));
  if (!incarnation || !epoch) {
    return std::nullopt;
  }
  Identity identity{*incarnation, *epoch, std::string(lines[3].substr(kMaster.size()))};
  return body_of(identity) == data ? std::optional(identity) : std::nullopt;
}

bool write_all(int fd, std::string_view data) {
  while (!data.empty()) {
    const ssize_t wrote = ::write(fd, data.data(), data.size());
    if (wrote < 0 && errno == EINTR) {
      continue;
    }
    if (wrote <= 0) {
      return false;
    }
    data.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return true;
}

}  // namespace

Result<std::string> default_state_dir(const StateDirPlace& place, const std::string& config_real_path) {
  std::string leaf(1, '/');
  leaf += short_hash(config_real_path);
  if (place.root) {
    return "/var/lib/holdfast" + leaf;
  }
  if (place.xdg_state_home.starts_with('/')) {  // the XDG specification: a relative value is to be ignored
    return place.xdg_state_home + "/holdfast" + leaf;
  }
  if (place.home.starts_with('/')) {
    return place.home + "/.local/state/holdfast" + leaf;
  }
  return Error{"no place for the state directory: neither XDG_STATE_HOME nor HOME is set; give [holdfast] state_dir"};
}

std::string StateDir::file(std::string_view name) const {
  return path_ + "/" + std::string(name);
}

Result<StateDir> StateDir::open(const std::string& path, const Say& say) {
  StateDir state(path);
  const auto not_writable = [&](const std::string& why) {
    say(LogLevel::warn, "state directory: " + why +
                            "; supervision goes on, but history is off and a restart of this agent remembers nothing");
    return StateDir(path);
  };
  Status made = make_directories(path);
  if (made && open_to_others(path) && !is_ours(path)) {
    return Error{"state directory " + path +
                     " is somebody else's: others may enter it, and it holds other files; nothing was changed. Give "
                     "[holdfast] state_dir a folder of its own",
                 kStateDirRefused};
  }
  made = made ? close_to_others(path) : made;
  if (!made) {
    return not_writable(made.error().message);
  }
  const std::string lock_path = state.file("lock");
  UniqueFd lock(::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!lock.valid()) {
    return not_writable("cannot write " + lock_path + ": " + reason());
  }
  if (!lock_patiently(lock)) {
    if (errno == EWOULDBLOCK) {
      return Error{"state directory " + path +
                       " is in use by another agent; stop it, or give this one its own [holdfast] state_dir",
                   kStateDirRefused};
    }
    return not_writable("cannot lock " + lock_path + ": " + reason());
  }
  state.lock_ = std::move(lock);
  return state;
}

Identity StateDir::load_identity(const Say& say) const {
  const std::string path = file("identity");
  const std::optional<std::string> data = read_small(path);
  if (!data) {
    if (errno != ENOENT && errno != ENOTDIR) {
      say(LogLevel::warn, "cannot read " + path + ": " + reason() + "; a new identity is begun");
    }
    return {};
  }
  const std::optional<Identity> identity = parse_identity(*data);
  if (!identity) {
    const std::string aside = path + ".corrupt-" + std::to_string(wall_now().seconds());
    const bool moved = std::rename(path.c_str(), aside.c_str()) == 0;
    say(LogLevel::warn, path + " is damaged; " + (moved ? "kept as " + aside : "it could not be renamed") +
                            "; a new identity is begun");
    return {};
  }
  return *identity;
}

std::uint64_t StateDir::next_incarnation(const Identity& stored, WallTime now) {
  const auto by_clock = static_cast<std::uint64_t>(std::max<std::int64_t>(now.us / 1000, 1));
  return std::max(stored.incarnation + 1, by_clock);
}

Status StateDir::save_identity(const Identity& identity) const {
  if (!writable()) {
    return Error{"identity not saved: " + path_ + " is not writable"};
  }
  CHECK(identity.master.find('\n') == std::string::npos);
  const std::string path = file("identity");
  const std::string temporary = path + ".new";
  const auto failed = [&](const std::string& what) {
    return Error{"identity not saved, " + path + " is unchanged: cannot " + what + ": " + reason(), errno};
  };
  {
    const UniqueFd fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd.valid()) {
      return failed("write " + temporary);
    }
    if (!write_all(fd.get(), body_of(identity)) || ::fsync(fd.get()) != 0) {
      return failed("write " + temporary);
    }
  }
  if (std::rename(temporary.c_str(), path.c_str()) != 0) {
    return failed("rename " + temporary);
  }
  const UniqueFd directory(::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.valid() || ::fsync(directory.get()) != 0) {
    return failed("sync " + path_);
  }
  return {};
}

}  // namespace holdfast::storage

#include "drivers/programs/automatic_logs.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/text.hpp"
#include "base/unique_fd.hpp"

namespace holdfast {
namespace {

constexpr int kSuffixBytes = 4;  // ".log"

/// Supervisor's automatic names have eight random characters; six of them are mkstemps's.
std::string two_random_letters() {
  std::uint8_t bytes[2] = {};
  (void)::getentropy(bytes, sizeof bytes);
  return {static_cast<char>('a' + bytes[0] % 26), static_cast<char>('a' + bytes[1] % 26)};
}

/// The `…---<identifier>-<8 random>.log` of a name that may go on with `.N`; empty: it is none of ours.
std::string_view automatic_part(std::string_view name, const std::string& identifier) {
  const auto at = name.find("---" + identifier + "-");
  const auto log = at == std::string_view::npos ? at : name.find(".log", at);
  if (log == std::string_view::npos) {
    return {};
  }
  const std::string_view rest = name.substr(log + kSuffixBytes);
  const bool backup = rest.size() > 1 && rest[0] == '.' && text::parse_int(rest.substr(1)).has_value();
  return rest.empty() || backup ? name.substr(0, log + kSuffixBytes) : std::string_view();
}

template <typename Work>
void for_each_name(const std::string& folder_path, Work work) {
  DIR* folder = ::opendir(folder_path.c_str());
  if (folder == nullptr) {
    return;
  }
  while (const dirent* entry = ::readdir(folder)) {
    work(::dirfd(folder), entry->d_name);
  }
  ::closedir(folder);
}

}  // namespace

std::string AutomaticLogs::start_of(const std::string& process, std::string_view channel) const {
  return daemon_.childlogdir + "/" + process + "-" + std::string(channel) + "---" + daemon_.identifier + "-";
}

Result<std::string> AutomaticLogs::make(const ProcessId& key, std::string_view channel) {
  const std::string start = start_of(key.name, channel);
  if (const auto left = left_.find(start); left != left_.end()) {
    return std::move(left_.extract(left).mapped());
  }
  std::string path = start + two_random_letters() + "XXXXXX.log";
  const UniqueFd made(::mkstemps(path.data(), kSuffixBytes));
  if (!made.valid()) {
    return Error{"cannot make a log file for " + make_namespec(key) + " in " + daemon_.childlogdir + ": " +
                     ::strerrordesc_np(errno) + "; its " + std::string(channel) + " is not kept",
                 errno};
  }
  return path;
}

void AutomaticLogs::look_for_left(const std::set<std::string>& owned) {
  for_each_name(daemon_.childlogdir, [&](int folder, const char* entry) {
    const std::string_view name = entry;
    const std::string path = daemon_.childlogdir + "/" + entry;
    struct stat info {};
    if (automatic_part(name, daemon_.identifier) != name || owned.contains(path) ||
        ::fstatat(folder, entry, &info, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(info.st_mode) || info.st_size != 0 ||
        info.st_uid != ::geteuid()) {
      return;
    }
    constexpr std::size_t kEndBytes = 8 + kSuffixBytes;  // random letters and suffix
    left_.emplace(path.substr(0, path.size() - std::min(path.size(), kEndBytes)), path);
  });
}

void AutomaticLogs::clean(const std::set<std::string>& owned) const {
  for_each_name(daemon_.childlogdir, [&](int folder, const char* entry) {
    const std::string_view log = automatic_part(entry, daemon_.identifier);
    struct stat info {};
    if (!log.empty() && ::fstatat(folder, entry, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(info.st_mode) &&
        !owned.contains(daemon_.childlogdir + "/" + std::string(log))) {
      ::unlinkat(folder, entry, 0);
    }
  });
}

}  // namespace holdfast

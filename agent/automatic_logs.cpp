#include "automatic_logs.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

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

bool is_automatic_log(std::string_view name, const std::string& identifier) {
  const auto at = name.find("---" + identifier + "-");
  const auto log = at == std::string_view::npos ? at : name.find(".log", at);
  if (log == std::string_view::npos) {
    return false;
  }
  const std::string_view rest = name.substr(log + kSuffixBytes);
  return rest.empty() || (rest.size() > 1 && rest[0] == '.' && text::parse_int(rest.substr(1)).has_value());
}

}  // namespace

Result<std::string> make_automatic_log(const config::DaemonSettings& daemon, const supervision::ProcessKey& key,
                                       std::string_view channel) {
  std::string path = daemon.childlogdir + "/" + key.name + "-" + std::string(channel) + "---" +
                     daemon.identifier + "-" + two_random_letters() + "XXXXXX.log";
  const UniqueFd made(::mkstemps(path.data(), kSuffixBytes));
  if (!made.valid()) {
    return Error{"cannot make a log file for " + supervision::make_namespec(key) + " in " + daemon.childlogdir +
                     ": " + ::strerrordesc_np(errno) + "; its " + std::string(channel) + " is not kept",
                 errno};
  }
  return path;
}

void clean_automatic_logs(const config::DaemonSettings& daemon) {
  DIR* folder = ::opendir(daemon.childlogdir.c_str());
  if (folder == nullptr) {
    return;
  }
  while (const dirent* entry = ::readdir(folder)) {
    struct stat info {};
    if (is_automatic_log(entry->d_name, daemon.identifier) &&
        ::fstatat(::dirfd(folder), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(info.st_mode)) {
      ::unlinkat(::dirfd(folder), entry->d_name, 0);
    }
  }
  ::closedir(folder);
}

}  // namespace holdfast

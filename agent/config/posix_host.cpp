#include "config/posix_host.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <glob.h>
#include <grp.h>
#include <ifaddrs.h>
#include <netdb.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "base/limits.hpp"
#include "base/text.hpp"
#include "base/unique_fd.hpp"

namespace holdfast::config {
namespace {

Environment copy_environment() {
  Environment environment;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view pair(*entry);
    const std::size_t equals = pair.find('=');
    if (equals != std::string_view::npos) {
      environment.emplace(pair.substr(0, equals), pair.substr(equals + 1));
    }
  }
  return environment;
}

/// Calls a getXXX_r function with a growing buffer; true if it found an entry, which `use` sees.
template <typename Entry, typename Lookup, typename Use>
bool look_up(Lookup lookup, Use use) {
  std::vector<char> buffer(4096);
  for (;;) {
    Entry entry{};
    Entry* found = nullptr;
    const int error = lookup(&entry, buffer.data(), buffer.size(), &found);
    if (error == ERANGE && buffer.size() < limits::config_account_bytes) {
      buffer.resize(buffer.size() * 2);
      continue;
    }
    if (error == 0 && found != nullptr) {
      use(entry);
      return true;
    }
    return false;
  }
}

Account account_of(const passwd& entry) {
  Account account{entry.pw_name, entry.pw_uid, entry.pw_gid, {}};
  std::vector<gid_t> groups(64);
  int count = static_cast<int>(groups.size());
  while (getgrouplist(entry.pw_name, entry.pw_gid, groups.data(), &count) < 0 && count <= limits::config_groups_max &&
         static_cast<std::size_t>(count) > groups.size()) {
    groups.resize(static_cast<std::size_t>(count));
  }
  groups.resize(std::min(groups.size(), static_cast<std::size_t>(std::max(count, 0))));
  account.groups.push_back(entry.pw_gid);
  for (const gid_t gid : groups) {
    if (std::find(account.groups.begin(), account.groups.end(), gid) == account.groups.end()) {
      account.groups.push_back(gid);
    }
  }
  return account;
}

template <typename Lookup>
std::optional<Account> find_account(Lookup lookup) {
  std::optional<Account> account;
  look_up<passwd>(lookup, [&](const passwd& entry) { account = account_of(entry); });
  return account;
}

std::optional<std::string> numeric_address(const sockaddr* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* bytes = nullptr;
  if (address == nullptr) {
    return std::nullopt;
  }
  if (address->sa_family == AF_INET) {
    bytes = &reinterpret_cast<const sockaddr_in*>(address)->sin_addr;
  } else if (address->sa_family == AF_INET6) {
    bytes = &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr;
  }
  if (bytes == nullptr || inet_ntop(address->sa_family, bytes, text.data(), text.size()) == nullptr) {
    return std::nullopt;
  }
  return std::string(text.data());
}

/// Whether a wildcard of `pattern` stands for `.` or `..` in `path`: glibc's `.*` matches them, Python's does
/// not.
bool goes_nowhere(std::string_view path, std::string_view pattern) {
  const auto parts = text::split(path, '/');
  const auto wanted = text::split(pattern, '/');
  for (std::size_t index = 0; index < parts.size() && parts.size() == wanted.size(); ++index) {
    if ((parts[index] == "." || parts[index] == "..") && parts[index] != wanted[index]) {
      return true;
    }
  }
  return false;
}

void add_once(std::vector<std::string>& list, const std::optional<std::string>& item) {
  if (item && std::find(list.begin(), list.end(), *item) == list.end()) {
    list.push_back(*item);
  }
}

}  // namespace

PosixHost::PosixHost() : PosixHost(std::string()) {}

PosixHost::PosixHost(std::string folder) : folder_(std::move(folder)), environment_(copy_environment()) {}

std::string PosixHost::at(const std::string& path) const {
  const bool as_it_is = folder_.empty() || path.empty() || path.starts_with('/');
  return as_it_is ? path : folder_ + "/" + path;
}

Result<std::string> PosixHost::read_file(const std::string& path) const {
  const UniqueFd fd(::open(at(path).c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd.valid()) {
    return Error{"cannot open " + path + ": " + std::strerror(errno), errno};
  }
  struct stat status {};
  if (::fstat(fd.get(), &status) == 0 && S_ISFIFO(status.st_mode)) {  // reading it waits for who writes it
    return Error{"cannot read " + path + ": it is a pipe, not a file", EINVAL};
  }
  std::string content;
  std::array<char, 65536> chunk{};
  for (;;) {
    const ssize_t count = ::read(fd.get(), chunk.data(), chunk.size());
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      return Error{"cannot read " + path + ": " + std::strerror(errno), errno};
    }
    if (count == 0) {
      return content;
    }
    content.append(chunk.data(), static_cast<std::size_t>(count));
    if (content.size() > limits::config_file_bytes) {
      return Error{path + " is larger than " + std::to_string(limits::config_file_bytes) + " bytes", EFBIG};
    }
  }
}

bool PosixHost::exists(const std::string& path) const {
  struct stat status {};
  return ::stat(at(path).c_str(), &status) == 0;
}

bool PosixHost::is_directory(const std::string& path) const {
  struct stat status {};
  return ::stat(at(path).c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

std::vector<std::string> PosixHost::glob(const std::string& pattern) const {
  std::vector<std::string> paths;
  glob_t found{};
  // Python's glob knows no escapes and no braces; neither does this. The order is by byte, not by locale.
  if (::glob(pattern.c_str(), GLOB_NOESCAPE | GLOB_NOSORT, nullptr, &found) == 0) {
    paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  }
  ::globfree(&found);
  std::erase_if(paths, [&](const std::string& path) { return goes_nowhere(path, pattern); });
  std::sort(paths.begin(), paths.end());
  return paths;
}

std::string PosixHost::node_name() const {
  utsname names{};
  return ::uname(&names) == 0 ? names.nodename : "";
}

std::string PosixHost::working_directory() const {
  if (!folder_.empty()) {
    return folder_;
  }
  std::array<char, PATH_MAX> path{};
  return ::getcwd(path.data(), path.size()) != nullptr ? path.data() : "/";
}

std::string PosixHost::temporary_directory() const {
  std::vector<std::string> candidates;
  for (const char* name : {"TMPDIR", "TEMP", "TMP"}) {
    if (const auto found = environment_.find(name); found != environment_.end() && !found->second.empty()) {
      candidates.push_back(found->second);
    }
  }
  candidates.insert(candidates.end(), {"/tmp", "/var/tmp", "/usr/tmp"});
  for (const std::string& path : candidates) {
    if (is_directory(path) && ::access(at(path).c_str(), W_OK | X_OK) == 0) {
      return path.front() == '/' ? path : working_directory() + "/" + path;
    }
  }
  return working_directory();
}

std::uint32_t PosixHost::own_uid() const {
  return ::getuid();
}

std::optional<Account> PosixHost::find_user(const std::string& name) const {
  return find_account([&](passwd* entry, char* buffer, std::size_t size, passwd** found) {
    return ::getpwnam_r(name.c_str(), entry, buffer, size, found);
  });
}

std::optional<Account> PosixHost::find_user(std::uint32_t uid) const {
  return find_account([&](passwd* entry, char* buffer, std::size_t size, passwd** found) {
    return ::getpwuid_r(uid, entry, buffer, size, found);
  });
}

std::optional<std::uint32_t> PosixHost::find_group(const std::string& name) const {
  std::optional<std::uint32_t> gid;
  look_up<group>([&](group* entry, char* buffer, std::size_t size,
                     group** found) { return ::getgrnam_r(name.c_str(), entry, buffer, size, found); },
                 [&](const group& entry) { gid = entry.gr_gid; });
  return gid;
}

bool PosixHost::group_exists(std::uint32_t gid) const {
  return look_up<group>([&](group* entry, char* buffer, std::size_t size,
                            group** found) { return ::getgrgid_r(gid, entry, buffer, size, found); },
                        [](const group&) {});
}

std::optional<std::string> PosixHost::home_of(const std::string& user) const {
  std::optional<std::string> home;
  look_up<passwd>(
      [&](passwd* entry, char* buffer, std::size_t size, passwd** found) {
        return user.empty() ? ::getpwuid_r(::getuid(), entry, buffer, size, found)
                            : ::getpwnam_r(user.c_str(), entry, buffer, size, found);
      },
      [&](const passwd& entry) { home = entry.pw_dir; });
  return home;
}

std::vector<std::string> PosixHost::resolve(const std::string& host) const {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  std::vector<std::string> addresses;
  if (::getaddrinfo(host.c_str(), nullptr, &hints, &list) == 0) {
    for (const addrinfo* item = list; item != nullptr; item = item->ai_next) {
      add_once(addresses, numeric_address(item->ai_addr));
    }
    ::freeaddrinfo(list);
  }
  return addresses;
}

std::vector<std::string> PosixHost::own_addresses() const {
  ifaddrs* list = nullptr;
  std::vector<std::string> addresses;
  if (::getifaddrs(&list) == 0) {
    for (const ifaddrs* item = list; item != nullptr; item = item->ifa_next) {
      add_once(addresses, numeric_address(item->ifa_addr));
    }
    ::freeifaddrs(list);
  }
  return addresses;
}

}  // namespace holdfast::config

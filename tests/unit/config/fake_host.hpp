// fake_host.hpp: an invented machine for the tests of agent/config: files, directories, accounts and
// addresses are what a test says they are.
#pragma once

#include <fnmatch.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "config/host.hpp"

namespace holdfast::config {

class FakeHost final : public Host {
 public:
  std::map<std::string, std::string> files;
  std::set<std::string> unreadable;
  std::set<std::string> directories{"/", "/etc", "/tmp", "/var/log", "/root"};
  Environment variables{{"HOME", "/root"}, {"TOWN", "Bergen"}};
  std::vector<Account> accounts{{"root", 0, 0, {0}}, {"nobody", 65534, 65534, {65534}}, {"www", 33, 33, {33, 44}}};
  std::map<std::string, std::uint32_t> group_ids{{"root", 0}, {"adm", 4}};
  std::map<std::string, std::vector<std::string>> names;
  std::vector<std::string> addresses{"127.0.0.1", "192.0.2.7"};
  std::uint32_t uid = 0;

  Result<std::string> read_file(const std::string& path) const override {
    const auto found = files.find(path);
    if (found == files.end() || unreadable.contains(path)) {
      return Error{"cannot open " + path};
    }
    return found->second;
  }
  bool exists(const std::string& path) const override { return files.contains(path) || directories.contains(path); }
  bool is_directory(const std::string& path) const override { return directories.contains(path); }
  std::vector<std::string> glob(const std::string& pattern) const override {
    std::vector<std::string> paths;
    for (const auto& [path, text] : files) {
      if (::fnmatch(pattern.c_str(), path.c_str(), FNM_PATHNAME | FNM_NOESCAPE) == 0) {
        paths.push_back(path);
      }
    }
    return paths;
  }
  const Environment& environment() const override { return variables; }
  std::string node_name() const override { return "box"; }
  std::string working_directory() const override { return "/srv/demo"; }
  std::string temporary_directory() const override { return "/tmp"; }
  std::uint32_t own_uid() const override { return uid; }
  std::optional<Account> find_user(const std::string& name) const override {
    for (const Account& account : accounts) {
      if (account.name == name) {
        return account;
      }
    }
    return std::nullopt;
  }
  std::optional<Account> find_user(std::uint32_t wanted) const override {
    for (const Account& account : accounts) {
      if (account.uid == wanted) {
        return account;
      }
    }
    return std::nullopt;
  }
  std::optional<std::uint32_t> find_group(const std::string& name) const override {
    const auto found = group_ids.find(name);
    return found == group_ids.end() ? std::nullopt : std::optional(found->second);
  }
  bool group_exists(std::uint32_t gid) const override { return gid == 0 || gid == 4; }
  std::optional<std::string> home_of(const std::string& user) const override {
    return user.empty() || user == "root" ? std::optional<std::string>("/root") : std::nullopt;
  }
  std::vector<std::string> resolve(const std::string& host) const override {
    const auto found = names.find(host);
    const bool numeric = host.find_first_not_of("0123456789.:abcdef") == std::string::npos;
    return found != names.end() ? found->second : numeric ? std::vector<std::string>{host} : std::vector<std::string>{};
  }
  std::vector<std::string> own_addresses() const override { return addresses; }
};

}  // namespace holdfast::config

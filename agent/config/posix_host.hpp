// posix_host.hpp: the Host of this machine: files, glob(3), environment, account and address look-ups by
// glibc. The environment is copied when it is made. Made by composition roots and tests; used by one thread.
#pragma once

#include "config/host.hpp"

namespace holdfast::config {

class PosixHost final : public Host {
 public:
  /// Relative paths belong to the process's working directory.
  PosixHost();
  /// Relative paths belong to `folder` (absolute, or empty for the above): a daemon may have left the one it
  /// was started in.
  explicit PosixHost(std::string folder);

  [[nodiscard]] Result<std::string> read_file(const std::string& path) const override;
  [[nodiscard]] bool exists(const std::string& path) const override;
  [[nodiscard]] bool is_directory(const std::string& path) const override;
  [[nodiscard]] std::vector<std::string> glob(const std::string& pattern) const override;
  [[nodiscard]] const Environment& environment() const override { return environment_; }
  [[nodiscard]] std::string node_name() const override;
  [[nodiscard]] std::string working_directory() const override;
  [[nodiscard]] std::string temporary_directory() const override;
  [[nodiscard]] std::uint32_t own_uid() const override;
  [[nodiscard]] std::optional<Account> find_user(const std::string& name) const override;
  [[nodiscard]] std::optional<Account> find_user(std::uint32_t uid) const override;
  [[nodiscard]] std::optional<std::uint32_t> find_group(const std::string& name) const override;
  [[nodiscard]] bool group_exists(std::uint32_t gid) const override;
  [[nodiscard]] std::optional<std::string> home_of(const std::string& user) const override;
  [[nodiscard]] std::vector<std::string> resolve(const std::string& host) const override;
  [[nodiscard]] std::vector<std::string> own_addresses() const override;

 private:
  [[nodiscard]] std::string at(const std::string& path) const;

  std::string folder_;  // absolute, or empty
  Environment environment_;
};

}  // namespace holdfast::config

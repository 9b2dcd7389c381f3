// host.hpp: what reading a configuration needs to know of the machine, as one small interface, so that the
// reader itself does no I/O and tests invent machines. PosixHost is the real one. Nothing here changes the
// machine. Calls may block (files, name service): only before start-up is complete and on reread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "config/settings.hpp"

namespace holdfast::config {

class Host {
 public:
  virtual ~Host() = default;

  /// The whole file; the error says why not. At most limits::config_file_bytes.
  [[nodiscard]] virtual Result<std::string> read_file(const std::string& path) const = 0;
  [[nodiscard]] virtual bool exists(const std::string& path) const = 0;
  [[nodiscard]] virtual bool is_directory(const std::string& path) const = 0;
  /// The paths that match a shell pattern, sorted by byte; a literal path matches itself if it exists.
  [[nodiscard]] virtual std::vector<std::string> glob(const std::string& pattern) const = 0;
  /// The daemon's own environment.
  [[nodiscard]] virtual const Environment& environment() const = 0;
  /// The kernel's node name (`host_node_name`).
  [[nodiscard]] virtual std::string node_name() const = 0;
  [[nodiscard]] virtual std::string working_directory() const = 0;
  /// Where temporary files go: TMPDIR, TEMP, TMP, else /tmp, /var/tmp, /usr/tmp, the working directory.
  [[nodiscard]] virtual std::string temporary_directory() const = 0;
  [[nodiscard]] virtual std::uint32_t own_uid() const = 0;
  /// The account with its full group list, primary first; nullopt if unknown.
  [[nodiscard]] virtual std::optional<Account> find_user(const std::string& name) const = 0;
  [[nodiscard]] virtual std::optional<Account> find_user(std::uint32_t uid) const = 0;
  [[nodiscard]] virtual std::optional<std::uint32_t> find_group(const std::string& name) const = 0;
  [[nodiscard]] virtual bool group_exists(std::uint32_t gid) const = 0;
  /// The home directory of `user`, or of the own account if empty; nullopt if unknown.
  [[nodiscard]] virtual std::optional<std::string> home_of(const std::string& user) const = 0;
  /// The numeric addresses of a host name or address, as text; empty if it does not resolve.
  [[nodiscard]] virtual std::vector<std::string> resolve(const std::string& host) const = 0;
  /// The numeric addresses of this machine's interfaces, as text.
  [[nodiscard]] virtual std::vector<std::string> own_addresses() const = 0;
};

}  // namespace holdfast::config

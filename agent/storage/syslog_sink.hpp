// syslog_sink.hpp: lines of programs for the system's log daemon (contract supervisor.md 3.2), sent as datagrams
// that never wait: a daemon that is absent or does not keep up costs lines, which are counted, not time. At least
// once by nature: what was sent cannot be taken back. Disk thread only; not thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/instant.hpp"
#include "base/unique_fd.hpp"

namespace holdfast::storage {

class SyslogSink {
 public:
  /// `path`: of the daemon's socket; `ident`: who speaks.
  explicit SyslogSink(std::string path = "/dev/log", std::string ident = "holdfast")
      : path_(std::move(path)), ident_(std::move(ident)) {}

  /// One message for each line of `text`, `<program> <line>`, facility user, priority info. Returns 0 or the
  /// errno of the first line that was lost.
  int send_lines(std::string_view program, std::string_view text, WallTime now);

  [[nodiscard]] std::uint64_t lines_lost() const { return lines_lost_; }

 private:
  int send(const std::string& message);
  int connect();

  std::string path_;
  std::string ident_;
  UniqueFd socket_;
  std::uint64_t lines_lost_ = 0;
};

}  // namespace holdfast::storage

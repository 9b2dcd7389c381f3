// automatic_logs.hpp: the files of `*_logfile=AUTO` (contract supervisor.md 3.2): made when a group joins the
// configuration, deleted when the daemon starts the next time. A program that an agent has made one for and never
// started is recorded nowhere; the next agent of the same daemon finds its file by its name. Names only; who writes
// into them is ChildLogs. Used by ProgramDriver, on the loop.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "base/process_id.hpp"
#include "base/result.hpp"
#include "config/settings.hpp"

namespace holdfast {

class AutomaticLogs {
 public:
  /// `daemon` outlives it.
  explicit AutomaticLogs(const config::DaemonSettings& daemon) : daemon_(daemon) {}

  /// An empty file `<childlogdir>/<process>-<channel>---<identifier>-<8 random>.log` of mode 0600; its path.
  Result<std::string> make(const ProcessId& key, std::string_view channel);

  /// An agent follows another: make() takes what that left empty before it makes a new one, but what is `owned`.
  void look_for_left(const std::set<std::string>& owned);
  void forget_left() { left_.clear(); }

  /// A daemon starts: deletes those of earlier ones, `*---<identifier>-*.log[.N]` in childlogdir, but what is
  /// `owned` by a program that outlived its daemon, and its backups.
  void clean(const std::set<std::string>& owned) const;

 private:
  [[nodiscard]] std::string start_of(const std::string& process, std::string_view channel) const;

  const config::DaemonSettings& daemon_;
  std::multimap<std::string, std::string> left_;  // path by what stands before its random letters
};

}  // namespace holdfast

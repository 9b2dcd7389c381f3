// automatic_logs.hpp: the files of `*_logfile=AUTO` (contract supervisor.md 3.2): made when a group joins the
// configuration, deleted when the daemon starts the next time. Names only; who writes into them is ChildLogs. Any
// thread; used by the composition root.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "config/settings.hpp"
#include "supervision/process_key.hpp"

namespace holdfast {

/// An empty file `<childlogdir>/<process>-<channel>---<identifier>-<8 random>.log` of mode 0600; its path.
Result<std::string> make_automatic_log(const config::DaemonSettings& daemon, const supervision::ProcessKey& key,
                                       std::string_view channel);

/// Deletes those of earlier lives: `*---<identifier>-*.log[.N]` in childlogdir.
void clean_automatic_logs(const config::DaemonSettings& daemon);

}  // namespace holdfast

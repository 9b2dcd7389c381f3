// cluster_log.hpp: where the cluster's layer writes its lines: a log of its own when Supvisors' section names a file
// (contract supvisors.md CFG-28 to CFG-31), else the daemon's. Made by the composition root before the cluster;
// rotates, is reopened and never waits for a disk as the daemon's does.
#pragma once

#include <memory>

#include "config/settings.hpp"
#include "storage/disk_thread.hpp"
#include "storage/main_log.hpp"

namespace holdfast {

class ClusterLog {
 public:
  /// The error names the file that cannot be opened; then the agent does not start, as with Supvisors.
  static Result<std::unique_ptr<ClusterLog>> open(storage::DiskThread& disk, storage::MainLog& daemons,
                                                  const config::Settings& settings);

  [[nodiscard]] storage::MainLog& log() { return own_ ? *own_ : daemons_; }
  /// Closes and opens the own file again (USR2); the daemon's is reopened by who owns it.
  void reopen();
  void flush();

 private:
  ClusterLog(storage::MainLog& daemons, std::unique_ptr<storage::MainLog> own)
      : daemons_(daemons), own_(std::move(own)) {}

  storage::MainLog& daemons_;
  std::unique_ptr<storage::MainLog> own_;  // nullptr: the daemon's is shared
};

}  // namespace holdfast

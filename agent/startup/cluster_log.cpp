#include "startup/cluster_log.hpp"

#include <utility>

namespace holdfast {

Result<std::unique_ptr<ClusterLog>> ClusterLog::open(storage::DiskThread& disk, storage::MainLog& daemons,
                                                     const config::Settings& settings) {
  std::unique_ptr<storage::MainLog> own;
  if (settings.cluster && !settings.cluster->log.file.empty()) {
    const config::ClusterLogSettings& wanted = settings.cluster->log;
    storage::MainLogOptions options;
    options.path = wanted.file;
    options.max_bytes = wanted.max_bytes;
    options.backups = wanted.backups;
    options.level = wanted.level;
    options.prefix = settings.cluster->branding.name;
    auto opened = storage::MainLog::open(disk, std::move(options));
    if (!opened) {
      return opened.error();
    }
    own = std::move(opened).value();
    daemons.info("the cluster's lines go to " + wanted.file);
  }
  return std::unique_ptr<ClusterLog>(new ClusterLog(daemons, std::move(own)));
}

void ClusterLog::reopen() {
  if (own_) {
    own_->reopen();
  }
}

void ClusterLog::flush() {
  if (own_) {
    (void)own_->flush();
  }
}

}  // namespace holdfast

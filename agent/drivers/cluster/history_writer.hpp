// history_writer.hpp: where the cluster core's history rows go: decisions, members and states to the main log and the
// history, operations and processes to the history alone. It rewords nothing and leaves nothing out. Used by
// ClusterDriver; loop thread only.
#pragma once

#include <string>

#include "cluster/outcome.hpp"
#include "cluster/view.hpp"
#include "storage/history.hpp"
#include "storage/main_log.hpp"

namespace holdfast {

class HistoryWriter {
 public:
  /// `node`: this node's identifier, which every row carries.
  HistoryWriter(storage::MainLog& log, storage::History& history, std::string node)
      : log_(log), history_(history), node_(std::move(node)) {}

  /// `view`: of the node that made the row, for the term and the Master that a decision was taken under.
  void record(const cluster::HistoryRow& row, const cluster::View& view);

 private:
  storage::MainLog& log_;
  storage::History& history_;
  std::string node_;
};

}  // namespace holdfast

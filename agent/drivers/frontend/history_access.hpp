// history_access.hpp: the rows of the history as lines for people, and what is asked for besides supervision as rows.
// Translates only. Implements api::HistoryPort. Loop thread only.
#pragma once

#include <cstddef>
#include <string>
#include <utility>

#include "api/ports.hpp"
#include "storage/history.hpp"

namespace holdfast {

class HistoryAccess final : public api::HistoryPort {
 public:
  /// `node`: the identifier that this node's rows carry.
  HistoryAccess(storage::History& history, std::string node) : history_(history), node_(std::move(node)) {}
  void query(const std::string& name, WallTime since, std::size_t limit, bool causes_only, Answer answer) override;
  void record(const api::Caller& caller, const std::string& namespec, const std::string& action,
              const std::string& outcome) override;

 private:
  storage::History& history_;
  const std::string node_;
};

}  // namespace holdfast

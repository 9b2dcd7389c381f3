// keeper_report.hpp: what the keeper says of itself and of the agents before when this one starts, and what of it
// people are to know as long as it is so. A plain store, filled by KeeperHandshake as the keeper's news come in;
// loop thread only.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/warnings.hpp"
#include "keeper/protocol.hpp"
#include "startup/startup_log.hpp"
#include "storage/main_log.hpp"

namespace holdfast {

class KeeperReport {
 public:
  void set_welcome(const keeper::Welcome& welcome) {
    welcome_ = welcome;
    keeper_problem_ = keeper_problem_of(welcome);
    agent_problem_ = agent_problem_of(welcome);
  }
  /// Told after the welcome: the reasons.
  void add_trouble(keeper::TroubleWith with, const std::string& text) {
    troubles_.push_back(text);
    if (with == keeper::TroubleWith::keeper) {
      keeper_problem_ = text;
    } else if (welcome_.former_agent != 0) {
      agent_problem_ = text;
    }
  }
  /// Each of them once, when this agent is ready: until then the next one would be told the same.
  void log_troubles(storage::MainLog& log) {
    for (const std::string& trouble : std::exchange(troubles_, {})) {
      log.error(trouble);
    }
  }

  [[nodiscard]] const keeper::Welcome& welcome() const { return welcome_; }
  /// An agent has ended before, and the keeper has gone on.
  [[nodiscard]] bool resumed() const { return welcome_.reason == keeper::StartReason::crashed || handed_over(); }
  [[nodiscard]] bool handed_over() const { return welcome_.reason == keeper::StartReason::handed_over; }
  /// Why this agent was started, for the history.
  [[nodiscard]] std::string start_reason() const {
    return handed_over() ? "on request" : resumed() ? "the agent before ended by itself" : "start";
  }
  /// Above the start id of every child that the keeper has seen.
  [[nodiscard]] std::uint64_t first_start_id() const { return (std::uint64_t{welcome_.agent_starts} << 32U) + 1; }
  /// Why the keeper is not the installed program, when that was asked for; empty: nothing is wrong.
  [[nodiscard]] const std::string& keeper_problem() const { return keeper_problem_; }
  /// Why this agent is not the installed program; empty: it is, or was when it started.
  [[nodiscard]] const std::string& agent_problem() const { return agent_problem_; }

 private:
  keeper::Welcome welcome_;
  std::string keeper_problem_;
  std::string agent_problem_;
  std::vector<std::string> troubles_;
};

}  // namespace holdfast

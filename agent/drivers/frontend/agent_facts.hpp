// agent_facts.hpp: who this agent is, what the clocks say, and what every page must say as long as it is so. Implements
// api::AgentPort and Warnings. Loop thread only.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "api/ports.hpp"
#include "base/warnings.hpp"
#include "config/settings.hpp"

namespace holdfast {

class AgentFacts final : public api::AgentPort, public Warnings {
 public:
  explicit AgentFacts(const config::Settings& settings) : settings_(settings) {}

  void set_daemon_pid(std::int64_t pid) { daemon_pid_ = pid; }
  /// Why keeper and agent are not the installed programs; empty: nothing is wrong.
  void set_problems(const std::string& keeper, const std::string& agent);

  // Warnings
  void set_warning(const std::string& about, const std::string& text) override;

  // api::AgentPort
  [[nodiscard]] const config::Settings& settings() const override { return settings_; }
  [[nodiscard]] std::int64_t daemon_pid() const override { return daemon_pid_; }
  [[nodiscard]] std::int64_t agent_pid() const override;
  [[nodiscard]] std::string keeper_problem() const override { return keeper_problem_; }
  [[nodiscard]] std::string agent_problem() const override { return agent_problem_; }
  [[nodiscard]] Instant now() const override;
  [[nodiscard]] WallTime wall() const override;
  [[nodiscard]] std::int64_t utc_offset_s(std::int64_t unix_seconds) const override;
  [[nodiscard]] std::vector<std::string> warnings() const override;
  [[nodiscard]] std::string host_name() const override;
  [[nodiscard]] std::vector<api::NetworkAddress> addresses() const override;

 private:
  const config::Settings& settings_;
  std::int64_t daemon_pid_ = 0;
  std::string keeper_problem_;
  std::string agent_problem_;
  std::map<std::string, std::string> warnings_;  // by what they are about
};

}  // namespace holdfast

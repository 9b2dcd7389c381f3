// process_group.hpp: the processes of one group in configuration order, and the orders in which Supervisor
// goes through them (contract supervisor.md 2.6). Holds, finds and sorts; decides nothing. Owned by
// Supervisor.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"
#include "supervision/process.hpp"

namespace holdfast::supervision {

class ProcessGroup {
 public:
  /// Takes ordinals from `next_ordinal` for its processes.
  ProcessGroup(config::GroupSettings settings, std::uint64_t& next_ordinal);

  [[nodiscard]] const std::string& name() const { return settings_.name; }
  [[nodiscard]] int priority() const { return settings_.priority; }
  [[nodiscard]] config::GroupKind kind() const { return settings_.kind; }
  /// Without those of its processes: each has its own.
  [[nodiscard]] const config::GroupSettings& settings() const { return settings_; }
  /// With those of its processes.
  [[nodiscard]] config::GroupSettings whole_settings() const;

  /// In configuration order.
  [[nodiscard]] const std::vector<std::unique_ptr<Process>>& processes() const { return processes_; }

  /// Adds a process that the configuration does not have (a child found running after its section was taken
  /// out of the file). From then on the group differs from any configured one.
  Process& add_orphan(config::ProcessSettings settings, std::uint64_t& next_ordinal);

  [[nodiscard]] Process* find(std::string_view name);
  [[nodiscard]] const Process* find(std::string_view name) const;

  /// By ascending priority; equal ones in configuration order (start, stop, signal requests).
  [[nodiscard]] std::vector<Process*> ascending();

  /// The exact reverse (shutdown and restart).
  [[nodiscard]] std::vector<Process*> descending();

  [[nodiscard]] bool all_stopped() const;

  /// Those not in a stopped state, in configuration order.
  [[nodiscard]] std::vector<Process*> unstopped();

  /// Whether this group has to be replaced to become `other` (contract 6.3: kind, name, priority, or the list
  /// of processes differ; an automatic log in `other` equals any log), or runs children of other settings
  /// than its own.
  [[nodiscard]] bool differs_from(const config::GroupSettings& other) const;

 private:
  config::GroupSettings settings_;  // its processes' were given to them
  std::vector<std::unique_ptr<Process>> processes_;
  std::map<std::string, Process*, std::less<>> by_name_;
};

}  // namespace holdfast::supervision

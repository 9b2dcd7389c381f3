#include "drivers/programs/programs.hpp"

#include "drivers/programs/child_start.hpp"

namespace holdfast {

Programs::Programs(Parts parts, ProgramDriver::Facts facts, Left left)
    : listeners_({parts.loop, parts.keeper, parts.log, parts.warnings}, facts.settings.daemon.identifier,
                 std::move(left.listeners)),
      fcgi_(parts.keeper, parts.log),
      driver_({parts.loop, parts.keeper, parts.output, parts.log, parts.history, listeners_, fcgi_, parts.restart_check,
               parts.warnings, parts.observer},
              facts) {
  for (auto& [name, socket] : left.fcgi) {
    fcgi_.take_over(name, std::move(socket));
  }
  if (left.agent_blob) {
    driver_.resume(std::move(*left.agent_blob));
  }
  const auto& cluster = facts.settings.cluster;
  if (cluster && !cluster->disabilities_file.empty()) {
    disabilities_.emplace(cluster->disabilities_file, parts.disk, parts.log);
    if (disabilities_->found()) {
      driver_.disable(*disabilities_->found());
    }
  }
  for (system::FoundChild& child : left.children) {
    driver_.found(std::move(child));
  }
}

void Programs::keep_disabilities() {
  if (disabilities_) {
    disabilities_->write(driver_.supervisor().disabilities());
  }
}

std::size_t descriptors_of(const std::vector<config::GroupSettings>& groups) {
  std::size_t wanted = 0;
  for (const config::GroupSettings& group : groups) {
    for (const config::ProcessSettings& process : group.processes) {
      wanted += descriptors_of(process);
    }
  }
  return wanted;
}

}  // namespace holdfast

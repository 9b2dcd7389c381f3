#include "drivers/frontend/agent_facts.hpp"

#include <unistd.h>

#include <utility>

#include "base/clock.hpp"
#include "system/network_interfaces.hpp"

namespace holdfast {

void AgentFacts::set_problems(const std::string& keeper, const std::string& agent) {
  keeper_problem_ = keeper;
  agent_problem_ = agent;
  set_warning("agent's program", agent);
}

void AgentFacts::set_warning(const std::string& about, const std::string& text) {
  if (text.empty()) {
    warnings_.erase(about);
  } else {
    warnings_[about] = text;
  }
}

std::int64_t AgentFacts::agent_pid() const {
  return ::getpid();
}

Instant AgentFacts::now() const {
  return monotonic_now();
}

WallTime AgentFacts::wall() const {
  return wall_now();
}

std::int64_t AgentFacts::utc_offset_s(std::int64_t unix_seconds) const {
  return local_utc_offset_s(unix_seconds);
}

std::vector<std::string> AgentFacts::warnings() const {
  std::vector<std::string> texts;
  for (const auto& [about, text] : warnings_) {
    texts.push_back(text);
  }
  return texts;
}

std::string AgentFacts::host_name() const {
  return system::host_name();
}

std::vector<api::NetworkAddress> AgentFacts::addresses() const {
  std::vector<api::NetworkAddress> addresses;
  for (system::NetworkInterface& one : system::network_interfaces()) {
    addresses.push_back({std::move(one.name), std::move(one.address), std::move(one.netmask)});
  }
  return addresses;
}

}  // namespace holdfast

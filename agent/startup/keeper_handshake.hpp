// keeper_handshake.hpp: from the keeper's greeting to the end of its list: what it says of itself and of the agents
// before, and what those left, is gathered and logged; then the agent can be put together. Once for each agent, by the
// composition root; loop thread only.
#pragma once

#include <functional>

#include "config/settings.hpp"
#include "startup/agent_storage.hpp"
#include "startup/inheritance.hpp"
#include "startup/keeper_report.hpp"
#include "system/keeper_client.hpp"

namespace holdfast {

class KeeperHandshake {
 public:
  /// `storage` is open before the keeper is greeted.
  KeeperHandshake(AgentStorage& storage, const config::Settings& settings) : storage_(storage), settings_(settings) {}

  /// The handlers of the keeper's client that take part. `keeper` is made with them; `done`: everything is here.
  void take_part(system::KeeperClient::Handlers& handlers, system::KeeperClient& keeper, std::function<void()> done);

  [[nodiscard]] KeeperReport& report() { return report_; }
  [[nodiscard]] Inheritance& inheritance() { return inheritance_; }

 private:
  void on_welcome(const keeper::Welcome& welcome);

  AgentStorage& storage_;
  const config::Settings& settings_;
  KeeperReport report_;
  Inheritance inheritance_;
};

}  // namespace holdfast

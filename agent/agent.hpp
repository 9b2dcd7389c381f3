// agent.hpp: the composition root: makes every part of one agent, connects them, and ends them in reverse. It
// holds the order of a start (settings, state directory, log, what the keeper knows, sockets, cluster, READY)
// and of an end; decisions are the parts'. Used by main only; everything here runs on the loop's thread.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "drivers/cluster/cluster_driver.hpp"
#include "drivers/frontend/agent_facts.hpp"
#include "drivers/frontend/frontend.hpp"
#include "drivers/output/child_logs.hpp"
#include "drivers/programs/programs.hpp"
#include "drivers/telemetry/telemetry.hpp"
#include "startup/agent_storage.hpp"
#include "startup/installed_programs.hpp"
#include "startup/keeper_handshake.hpp"
#include "startup/launch.hpp"
#include "startup/start_memory.hpp"
#include "system/event_loop.hpp"
#include "system/keeper_client.hpp"
#include "system/service_notifier.hpp"

namespace holdfast {

/// Runs the agent until it is told to stop. Returns its exit status (keeper/protocol.hpp).
int run_agent(const Invocation& invocation);

/// One agent from its start to its end.
class Agent final : private ProgramObserver, private ClusterObserver {
 public:
  /// `host` outlives it.
  Agent(Invocation invocation, Launch launch, const config::Host& host);
  /// Once. Returns the exit status.
  int run();

 private:
  // The start, in order.
  void on_keeper_known();
  Status assemble();
  void make_programs(system::LogIntents intents, const DescriptorShares& shares);
  Status start_cluster(ClusterFacts facts);
  void make_frontend();
  void on_begun();
  int refuse(const Error& error);
  [[nodiscard]] system::KeeperClient::Handlers keeper_handlers();

  // ProgramObserver
  void on_process_changed(const supervision::StateChanged& change) override;
  void on_groups_changed() override;
  void on_disabilities_changed() override;
  void on_reopen_logs() override { storage_.reopen_logs(); }
  void on_stopping() override;
  void on_exit(int status) override;

  // ClusterObserver
  void on_step() override { telemetry_->on_step(); }
  void on_view_changed() override { frontend_->refresh_soon(); }
  void on_samples(const cluster::PeerSamples& samples) override { telemetry_->on_samples(samples); }
  void on_end(cluster::ClusterEnd end) override;

  Invocation invocation_;
  Launch launch_;
  const config::Settings& settings_ = launch_.settings;
  const config::Host& host_;
  system::EventLoop loop_;
  AgentStorage storage_{loop_};
  KeeperHandshake handshake_{storage_, settings_};
  AgentFacts facts_{settings_};
  system::KeeperClient keeper_;
  StartMemory start_memory_{loop_};
  system::ServiceNotifier notifier_;
  int exit_status_ = keeper::agent_done;
  std::string node_name_ = settings_.daemon.identifier;  // what history rows carry

  std::optional<ChildLogs> logs_;
  std::optional<InstalledPrograms> restart_check_;
  std::optional<Programs> programs_;
  std::optional<Frontend> frontend_;
  std::optional<ClusterDriver> cluster_;  // these two only with a cluster
  std::optional<Telemetry> telemetry_;
};

}  // namespace holdfast

// cluster_driver.hpp: drives the pure cluster::Node: frames, timers, requests and local news go in, its outcomes go to
// OutcomeExecutor. Each kind of effect has its own room: HELLO and probes in PeerAdmission, orders for this node's
// programs in OrderExecutor, history rows in HistoryWriter, the identity in IdentityStore; frames go to the gossip. It
// decides nothing. Implements api::ClusterPort. Loop thread only.
#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/ports.hpp"
#include "base/counter_list.hpp"
#include "base/warnings.hpp"
#include "cluster/node.hpp"
#include "config/settings.hpp"
#include "drivers/cluster/cluster_facts.hpp"
#include "drivers/cluster/cluster_links.hpp"
#include "drivers/cluster/cluster_observer.hpp"
#include "drivers/cluster/history_writer.hpp"
#include "drivers/cluster/identity_store.hpp"
#include "drivers/cluster/log_deduplicator.hpp"
#include "drivers/cluster/node_announcer.hpp"
#include "drivers/cluster/order_executor.hpp"
#include "drivers/cluster/outcome_executor.hpp"
#include "drivers/cluster/peer_admission.hpp"
#include "drivers/ports/statistics_exchange.hpp"
#include "storage/history.hpp"
#include "storage/main_log.hpp"
#include "storage/state_dir.hpp"
#include "supervision/process.hpp"
#include "supervision/restart_policy.hpp"
#include "system/event_loop.hpp"
#include "transport/gossip.hpp"

namespace holdfast {

class ClusterDriver final : public api::ClusterPort, public api::HelloPort, public StatisticsExchange {
 public:
  struct Parts {
    system::EventLoop& loop;
    storage::DiskThread& disk;
    storage::MainLog& log;
    storage::History& history;
    storage::StateDir& state_dir;
    api::SupervisionPort& programs;
    Warnings& warnings;
    ClusterObserver& observer;
  };

  ClusterDriver(Parts parts, ClusterLinks links, const config::Settings& settings, ClusterFacts facts);
  ~ClusterDriver() override;

  /// Binds the gossip sockets and starts their thread. The error names address and port.
  Status start();
  /// The programs are adopted: their table is what this node says from now on.
  void begin();
  /// This agent stops on purpose: LEAVE.
  void leave();
  void stop();

  void process_changed(const supervision::StateChanged& change);
  void groups_changed();
  /// By this node's rules (contract supvisors.md CFG-E5); from start() on.
  [[nodiscard]] supervision::RestartPolicy restart_policy_of(const ProcessId& id) const;
  /// More for counters(); nullptr: no more.
  void add_counters(const CounterSource* more) { more_counters_ = more; }

  // StatisticsExchange
  void want_statistics(cluster::StatisticsKinds kinds) override;
  void tell_samples(const cluster::LocalSamples& samples) override;

  // api::HelloPort
  api::HelloAnswer answer_hello(const std::string& body, const std::string& from) override;

  // api::ClusterPort
  [[nodiscard]] const cluster::Node& node() const override { return *node_; }
  [[nodiscard]] const std::string& name() const override { return settings_.cluster->name; }
  [[nodiscard]] CounterList counters() const override;
  void submit(cluster::OperatorRequest request, const api::Caller& caller, Answer answer) override;
  void ask(const std::string& identifier, const std::string& method, std::vector<wire::Value> params,
           NodeAnswer answer) override;
  Result<int> reload_keys() override;
  Result<RulesReload> reload_rules() override;

 private:
  void make_announcer();
  void warn_of_overridden_autorestart(const supervision::Process& process);
  void step(const cluster::Input& input);
  void receive_frames();
  void tell_refusals();
  void wait_for_frames();
  void arm_timer();

  Parts parts_;
  const config::Settings& settings_;
  ClusterFacts facts_;
  ClusterLinks links_;
  LogDeduplicator troubles_;
  HistoryWriter history_;
  OrderExecutor orders_;
  DiskIdentityStore identity_;
  std::unique_ptr<cluster::Node> node_;  // from start() on, as the two that follow
  std::unique_ptr<PeerAdmission> admission_;
  std::optional<OutcomeExecutor> outcomes_;
  std::unique_ptr<NodeAnnouncer> announcer_;  // null: no multicast
  system::Deadline timer_;
  std::unique_ptr<boost::asio::posix::stream_descriptor> frames_fd_;
  std::vector<transport::Received> frames_;
  cluster::StatisticsKinds wanted_;
  bool begun_ = false;
  std::uint64_t next_handle_ = 1;
  const CounterSource* more_counters_ = nullptr;
};

}  // namespace holdfast

// cluster_driver.hpp: drives the pure cluster::Node: frames, timers, requests and local news go in, its outcomes go out
// in the order that outcome.hpp lays down. Each kind of effect has its own room: HELLO and probes in PeerAdmission,
// orders for this node's programs in OrderExecutor, history rows in HistoryWriter; frames, the identity file and
// answers are carried out here. It decides nothing. Implements api::ClusterPort. Loop thread only.
#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "api/ports.hpp"
#include "cluster/node.hpp"
#include "drivers/cluster/order_executor.hpp"
#include "drivers/cluster/history_writer.hpp"
#include "config/node_identity.hpp"
#include "config/settings.hpp"
#include "drivers/programs/program_driver.hpp"
#include "drivers/cluster/node_announcer.hpp"
#include "drivers/cluster/peer_admission.hpp"
#include "drivers/cluster/peer_client.hpp"
#include "drivers/cluster/log_deduplicator.hpp"
#include "storage/history.hpp"
#include "storage/main_log.hpp"
#include "storage/state_dir.hpp"
#include "system/event_loop.hpp"
#include "transport/gossip_transport.hpp"
#include "drivers/frontend/web.hpp"

namespace holdfast {

class ClusterDriver final : public api::ClusterPort {
 public:
  struct Parts {
    system::EventLoop& loop;
    storage::DiskThread& disk;
    storage::MainLog& log;
    storage::History& history;
    storage::StateDir& state_dir;
    ProgramDriver& programs;
  };
  struct Observers {
    std::function<void()> on_view_changed;
    /// After each step that changed something, before its effects.
    std::function<void()> on_step;
    std::function<void(cluster::ClusterEnd)> on_end;
    /// Something that people should see as long as it is so; an empty text: it is over.
    std::function<void(const std::string& about, const std::string& trouble)> on_trouble;
    /// Points of a peer's statistics, while want_statistics says so.
    std::function<void(const cluster::PeerSamples&)> on_samples;
    /// More for counters().
    std::function<std::vector<std::pair<std::string, std::uint64_t>>()> more_counters;
  };
  /// What is known before the link is made.
  struct Facts {
    config::LocalNode nodes;
    storage::Identity identity;  // of this start: incarnation already counted up and saved
    std::string machine_id;
    std::string place;  // transport::NodeIdentity::place
    rules::RuleSet rules;
    std::string rules_hash;
    transport::ClusterKeys keys;
  };

  ClusterDriver(Parts parts, const config::Settings& settings, Facts facts, Observers observers);
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
  /// What somebody here looks at, of all nodes' statistics. Not from within a step.
  void want_statistics(cluster::StatisticsKinds kinds);
  /// Points of this node, which peers may look at.
  void tell_samples(const cluster::LocalSamples& samples);
  /// A HELLO request of a peer at `from`.
  Web::HelloAnswer answer_hello(const std::string& body, const std::string& from);
  [[nodiscard]] bool open_mode() const { return transport_->open_mode(); }
  [[nodiscard]] const std::string& local_identifier() const { return identifier_; }

  // api::ClusterPort
  [[nodiscard]] const cluster::Node& node() const override { return *node_; }
  [[nodiscard]] const std::string& name() const override { return settings_.cluster->name; }
  [[nodiscard]] std::vector<std::pair<std::string, std::uint64_t>> counters() const override;
  void submit(cluster::OperatorRequest request, const api::Caller& caller, Answer answer) override;
  void ask(const std::string& identifier, const std::string& method, std::vector<wire::Value> params,
           NodeAnswer answer) override;
  Result<int> reload_keys() override;

 private:
  [[nodiscard]] Result<transport::TransportOptions> transport_options() const;
  [[nodiscard]] cluster::NodeOptions node_options() const;
  [[nodiscard]] transport::HelloSelf hello_self(const transport::CurvePublicKey& curve_public,
                                                const transport::Ports& ports) const;

  void make_announcer();
  [[nodiscard]] std::string own_address() const;

  void step(const cluster::Input& input);
  void pump_outcomes();
  void carry_out(cluster::Outcome& outcome);
  void persist(const cluster::Identity& identity, std::function<void()> done);
  void give(const cluster::Reply& reply);
  void receive_frames();
  void tell_refusals();
  void wait_for_frames();
  void arm_timer();

  Parts parts_;
  const config::Settings& settings_;
  Facts facts_;
  Observers observers_;
  std::string identifier_;
  LogDeduplicator troubles_;
  HistoryWriter record_;
  OrderExecutor orders_;
  PeerClient contact_;
  std::unique_ptr<transport::GossipTransport> transport_;
  std::unique_ptr<cluster::Node> node_;
  std::unique_ptr<PeerAdmission> admission_;  // from start() on, as the two before
  std::unique_ptr<NodeAnnouncer> announcer_;  // null: no multicast
  system::Deadline timer_;
  std::unique_ptr<boost::asio::posix::stream_descriptor> frames_fd_;
  std::vector<transport::Received> frames_;
  std::deque<cluster::Outcome> outcomes_;
  cluster::StatisticsKinds wanted_;
  bool carrying_out_ = false;
  bool persisting_ = false;
  bool begun_ = false;
  std::uint64_t next_handle_ = 1;
  std::map<std::uint64_t, Answer> answers_;
};

}  // namespace holdfast

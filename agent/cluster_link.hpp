// cluster_link.hpp: drives this agent's part in the cluster: frames, HELLOs, timers, requests and local news
// into the pure cluster::Node, its outcomes out to the gossip thread, the peers' HTTP ports, the local
// programs, the identity file and the history, in the order that outcome.hpp lays down. It decides nothing.
// Implements api::ClusterPort. Loop thread only.
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
#include "config/node_identity.hpp"
#include "config/settings.hpp"
#include "local_programs.hpp"
#include "peer_contact.hpp"
#include "said_once.hpp"
#include "storage/history.hpp"
#include "storage/main_log.hpp"
#include "storage/state_dir.hpp"
#include "system/event_loop.hpp"
#include "transport/gossip_transport.hpp"
#include "transport/hello.hpp"
#include "web.hpp"

namespace holdfast {

class ClusterLink final : public api::ClusterPort {
 public:
  struct Parts {
    system::EventLoop& loop;
    storage::DiskThread& disk;
    storage::MainLog& log;
    storage::History& history;
    storage::StateDir& state_dir;
    LocalPrograms& programs;
  };
  struct Observers {
    std::function<void()> on_view_changed;
    std::function<void(cluster::ClusterEnd)> on_end;
  };
  /// What is known before the link is made.
  struct Facts {
    config::LocalNode nodes;
    storage::Identity identity;  // of this start: incarnation already counted up and saved
    std::string machine_id;
    rules::RuleSet rules;
    std::string rules_hash;
    transport::ClusterKey key;
  };

  ClusterLink(Parts parts, const config::Settings& settings, Facts facts, Observers observers);
  ~ClusterLink() override;

  /// Binds the gossip sockets and starts their thread. The error names address and port.
  Status start();
  /// The programs are adopted: their table is what this node says from now on.
  void begin();
  /// This agent stops on purpose: LEAVE.
  void leave();
  void stop();

  void process_changed(const supervision::StateChanged& change);
  void groups_changed();
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

 private:
  [[nodiscard]] cluster::NodeOptions node_options() const;
  [[nodiscard]] transport::NodeIdentity identity_text() const;
  [[nodiscard]] transport::HelloSelf hello_self() const;

  void step(const cluster::Input& input);
  void pump_outcomes();
  void carry_out(cluster::Outcome& outcome);
  void persist(const cluster::Identity& identity, std::function<void()> done);
  void record(const cluster::HistoryRow& row);
  void execute(const cluster::LocalCommand& command);
  void execute_simple(const cluster::LocalCommand& command, supervision::Action action,
                      std::function<void(cluster::ResultCode, std::string)> done);
  void say_hello(const std::string& identifier);
  void probe(const std::string& identifier);
  enum class Role { asked, answered };  // of this node in the HELLO
  void admit(const transport::HelloPeer& peer, const std::string& address, Role role);
  void receive_frames();
  void tell_refusals();
  void wait_for_frames();
  void arm_timer();
  [[nodiscard]] const config::NodeIdentity* find(const std::string& identifier) const;
  [[nodiscard]] cluster::ProcessFact fact_of(const supervision::Process& process) const;

  Parts parts_;
  const config::Settings& settings_;
  Facts facts_;
  Observers observers_;
  std::string identifier_;
  std::string instance_uuid_;
  PeerContact contact_;
  std::unique_ptr<transport::GossipTransport> transport_;
  transport::Ports ports_;
  transport::CurvePublicKey curve_public_;
  std::unique_ptr<transport::HelloResponder> responder_;
  std::unique_ptr<cluster::Node> node_;
  system::Deadline timer_;
  std::unique_ptr<boost::asio::posix::stream_descriptor> frames_fd_;
  std::vector<transport::Received> frames_;
  std::deque<cluster::Outcome> outcomes_;
  bool carrying_out_ = false;
  bool persisting_ = false;
  bool begun_ = false;
  SaidOnce troubles_;
  std::uint64_t next_handle_ = 1;
  std::map<std::uint64_t, Answer> answers_;
};

}  // namespace holdfast

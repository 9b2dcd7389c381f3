// cluster_fakes.hpp: what stands in for the neighbours of the cluster's driver in its tests. They write what they were
// asked into one list, `told`, so that a test sees the order across them, and answer when the test says so. Used by
// tests/unit/drivers only.
#pragma once

#include <sys/eventfd.h>

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "api/ports.hpp"
#include "base/unique_fd.hpp"
#include "drivers/cluster/cluster_observer.hpp"
#include "drivers/cluster/identity_store.hpp"
#include "drivers/cluster/peer_contact.hpp"
#include "supervision/supervisor.hpp"
#include "transport/gossip.hpp"

namespace holdfast {

using Told = std::vector<std::string>;

class FakeGossip final : public transport::Gossip {
 public:
  explicit FakeGossip(Told& told) : told_(told), news_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

  Result<transport::Ports> start() override {
    told_.emplace_back("start gossip");
    return ports;
  }
  void stop() override { told_.emplace_back("stop gossip"); }
  [[nodiscard]] transport::Priority priority() const override { return transport::Priority::normal; }
  [[nodiscard]] const transport::CurvePublicKey& public_key() const override { return key; }
  Status admit(const transport::Peer& peer) override {
    told_.push_back("admit " + peer.identifier);
    admitted.push_back(peer);
    return admission;
  }
  bool set_heartbeat(std::string_view frame) override { return note("heartbeat", frame); }
  bool publish(transport::Stream stream, std::string_view frame) override {
    return note("publish " + std::string(transport::name_of(stream)), frame);
  }
  bool send(std::uint64_t node_id, std::string_view frame) override {
    return note("send " + std::to_string(node_id), frame);
  }
  bool follow_bulk(std::uint64_t node_id, bool follow) override {
    return note("follow " + std::to_string(node_id) + (follow ? " on" : " off"), {});
  }
  bool reconnect(std::uint64_t node_id) override { return note("reconnect " + std::to_string(node_id), {}); }
  void loop_turned(Instant now) override { turned = now; }
  [[nodiscard]] int event_fd() const override { return news_.get(); }
  std::size_t drain(std::vector<transport::Received>& into, std::size_t max) override {
    eventfd_t count = 0;
    (void)::eventfd_read(news_.get(), &count);
    const std::size_t drained = std::min(max, arrived_.size());
    for (transport::Received& frame : arrived_) {
      into.push_back(std::move(frame));
    }
    arrived_.clear();
    return drained;
  }
  void drain_refusals(std::vector<transport::Refusal>& into) override { into.swap(refusals); }
  [[nodiscard]] transport::Counters counters() const override { return counted; }

  /// A frame of that node has come.
  void arrives(transport::Received frame) {
    arrived_.push_back(std::move(frame));
    wake();
  }
  void wake() { (void)::eventfd_write(news_.get(), 1); }

  // What it answers, and what it was given.
  Result<transport::Ports> ports = transport::Ports{5001, 5002, 5003};
  Status admission;
  transport::CurvePublicKey key;
  transport::Counters counted;
  std::vector<transport::Refusal> refusals;
  std::vector<transport::Peer> admitted;
  std::string heartbeat;  // the last one
  std::map<std::uint64_t, std::vector<std::string>> sent;
  Instant turned;

 private:
  bool note(std::string what, std::string_view frame) {
    if (what == "heartbeat") {
      heartbeat = frame;
    } else if (what.starts_with("send ")) {
      sent[std::stoull(what.substr(5))].emplace_back(frame);
    }
    told_.push_back(std::move(what));
    return true;
  }
  Told& told_;
  UniqueFd news_;
  std::vector<transport::Received> arrived_;
};

class FakePeerContact final : public PeerContact {
 public:
  explicit FakePeerContact(Told& told) : told_(told) {}

  void hello(const PeerTarget& target, MakeSelf self, HelloDone done) override {
    told_.push_back("hello " + address_of(target));
    targets.push_back(target);
    self_ = std::move(self);
    hello_ = std::move(done);
  }
  void probe(const PeerTarget& target, ProbeDone done) override {
    told_.push_back("probe " + address_of(target));
    probe_ = std::move(done);
  }
  void ask(const PeerTarget& target, const std::string& method, const std::vector<wire::Value>&, Asked done) override {
    told_.push_back("ask " + address_of(target) + " " + method);
    asked_ = std::move(done);
  }
  void resolve(const PeerTarget& target, Resolved done) override {
    told_.push_back("resolve " + address_of(target));
    if (resolves) {
      done(target.contact.empty() ? target.node.host : target.contact, "");
    } else {
      done("", "the name does not resolve");
    }
  }

  // The end of what was asked last.
  void answer_hello(const HelloResult& result) { std::exchange(hello_, nullptr)(result); }
  void answer_probe(bool accepted, bool refused) { std::exchange(probe_, nullptr)(accepted, refused); }
  void answer_question(const Result<wire::Value>& value) { std::exchange(asked_, nullptr)(value); }
  /// What the last HELLO would say.
  [[nodiscard]] transport::HelloSelf self() const { return self_(); }

  std::vector<PeerTarget> targets;  // of HELLOs
  bool resolves = true;

 private:
  static std::string address_of(const PeerTarget& target) {
    return target.node.host + ":" + std::to_string(target.node.port);
  }
  Told& told_;
  MakeSelf self_;
  HelloDone hello_;
  ProbeDone probe_;
  Asked asked_;
};

class FakeIdentityStore final : public IdentityStore {
 public:
  explicit FakeIdentityStore(Told& told) : told_(told) {}
  void save(const storage::Identity& identity, std::function<void()> done) override {
    told_.push_back("save epoch " + std::to_string(identity.epoch) + " of " + identity.master);
    waiting_ = std::move(done);
  }
  /// It is on the disk.
  void saved() { std::exchange(waiting_, nullptr)(); }

 private:
  Told& told_;
  std::function<void()> waiting_;
};

class FakeClusterObserver final : public ClusterObserver {
 public:
  explicit FakeClusterObserver(Told& told) : told_(told) {}
  void on_step() override { told_.emplace_back("step"); }
  void on_view_changed() override { told_.emplace_back("view changed"); }
  void on_samples(const cluster::PeerSamples& samples) override { told_.push_back("samples of " + samples.identifier); }
  void on_end(cluster::ClusterEnd end) override {
    told_.emplace_back(end == cluster::ClusterEnd::restart ? "restart all" : "shut all down");
  }

 private:
  Told& told_;
};

/// Programs that do what the test says: a request waits until it is answered.
class FakePrograms final : public api::SupervisionPort {
 public:
  explicit FakePrograms(Told& told, std::vector<config::GroupSettings> groups = {})
      : told_(told), supervisor_(std::move(groups), {[](const config::ProcessSettings&) { return std::nullopt; }}) {
    supervisor_.step(Instant{}, WallTime{}, supervision::Begin{});
    (void)supervisor_.take_effects();
  }
  [[nodiscard]] const supervision::Supervisor& supervisor() const override { return supervisor_; }
  void submit(supervision::Input request, const api::Caller& caller, Answer answer) override {
    const auto& asked = std::get<supervision::ProcessRequest>(request);
    told_.push_back(std::string(asked.action == supervision::Action::start  ? "start "
                                : asked.action == supervision::Action::stop ? "stop "
                                                                            : "signal ") +
                    asked.namespec + " for " + caller.user +
                    (asked.extra_args && !asked.extra_args->empty() ? " with " + *asked.extra_args : "") +
                    (asked.signal.empty() ? "" : " by " + asked.signal));
    answer_ = std::move(answer);
    if (at_once) {
      answer_last({});
    }
  }
  Result<std::vector<config::GroupSettings>> reread() override { return Error{"there is no file"}; }
  Status send_stdin(const ProcessId&, std::string) override { return {}; }
  void remote_event(std::string, std::string) override {}

  void answer_last(const supervision::Completed& completed) { std::exchange(answer_, nullptr)(completed); }
  bool at_once = false;

 private:
  Told& told_;
  supervision::Supervisor supervisor_;
  Answer answer_;
};

}  // namespace holdfast

#include "drivers/cluster/cluster_driver.hpp"

#include <sys/random.h>

#include <boost/asio/ip/address.hpp>
#include <cstdio>
#include <utility>

#include "base/check.hpp"
#include "base/clock.hpp"
#include "startup/cluster_key_source.hpp"
#include "drivers/cluster/mapping.hpp"
#include "transport/curve_keys.hpp"

namespace holdfast {
namespace {

constexpr int kDefaultTicks = 2;
constexpr Duration kTick = 5s;  // Supvisors' (contract supvisors.md, head)
constexpr Duration kSlowBeyondFast = 2s;

std::uint64_t random_number() {
  std::uint64_t number = 0;
  CHECK(::getrandom(&number, sizeof number, 0) == sizeof number);
  return number;
}

std::string hex(std::uint64_t number) {
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(number));
  return text;
}

}  // namespace

ClusterDriver::ClusterDriver(Parts parts, const config::Settings& settings, Facts facts, Observers observers)
    : parts_(parts),
      settings_(settings),
      facts_(std::move(facts)),
      observers_(std::move(observers)),
      identifier_(facts_.nodes.nodes[facts_.nodes.self].identifier),
      troubles_(parts.log),
      record_(parts.log, parts.history, identifier_),
      orders_(parts.programs, [this](cluster::LocalCommandDone done) { step(std::move(done)); }),
      contact_(parts.loop, {[this] { return admission_->self(); }, inet_server_of(settings).username,
                            inet_server_of(settings).password}),
      timer_(parts.loop) {}

ClusterDriver::~ClusterDriver() {
  stop();
}

Status ClusterDriver::start() {
  auto options = transport_options();
  if (!options) {
    return options.error();
  }
  const transport::CurvePublicKey public_key = options.value().keys.public_key();
  transport_ = std::make_unique<transport::GossipTransport>(std::move(options).value());
  const auto ports = transport_->start();
  if (!ports) {
    return ports.error();
  }
  node_ = std::make_unique<cluster::Node>(node_options(), Random(random_number()));
  const std::vector<std::string> seeds = seed_endpoints_of(settings_);
  admission_ = std::make_unique<PeerAdmission>(
      PeerAdmission::Parts{contact_, *transport_, *node_, facts_.nodes, {seeds.begin(), seeds.end()}, troubles_},
      hello_self(public_key, ports.value()), [this](const cluster::Input& input) { step(input); },
      observers_.on_trouble);
  frames_fd_ =
      std::make_unique<boost::asio::posix::stream_descriptor>(parts_.loop.context(), transport_->event_fd());
  make_announcer();
  return {};
}

void ClusterDriver::make_announcer() {
  const config::ClusterSettings& settings = *settings_.cluster;
  if (!settings.multicast_group) {
    return;
  }
  transport::Announcement self;
  self.cluster = settings.name;
  self.identifier = identifier_;
  self.nick = facts_.nodes.nodes[facts_.nodes.self].nick;
  self.port = inet_server_of(settings_).port;
  self.address = own_address();
  announcer_ = std::make_unique<NodeAnnouncer>(
      parts_.loop, parts_.log,
      transport::MulticastOptions{settings.multicast_group->address, settings.multicast_group->port,
                                  settings.multicast_interface, settings.multicast_ttl},
      std::move(self), facts_.keys,
      NodeAnnouncer::Handlers{[this](const cluster::NodeSighted& sighted) { step(sighted); }, observers_.on_trouble});
}

/// The address that others find this node's servers at, if that is one; empty: any of this machine.
std::string ClusterDriver::own_address() const {
  const std::string& host = inet_server_of(settings_).host;
  boost::system::error_code no_number;
  const auto address = boost::asio::ip::make_address(host, no_number);
  return no_number || address.is_unspecified() ? "" : address.to_string();
}

Result<transport::TransportOptions> ClusterDriver::transport_options() const {
  transport::TransportOptions options;
  options.bind_address = inet_server_of(settings_).host;
  if (const auto& fixed = settings_.cluster->gossip_ports) {
    options.ports = {fixed->first, fixed->second, static_cast<std::uint16_t>(fixed->second + 1)};
  }
  options.node_id = cluster::node_id_of(identifier_);
  options.cluster_id = cluster::cluster_id_of(settings_.cluster->name);
  if (!facts_.keys.key.open()) {
    auto keys = parts_.state_dir.writable()
                    ? transport::load_or_create_curve_keys(parts_.state_dir.file("curve.key"))
                    : Result<transport::CurveKeyPair>(transport::CurveKeyPair::generate());
    if (!keys) {
      return keys.error();
    }
    options.keys = keys.value();
  }
  return options;
}

cluster::NodeOptions ClusterDriver::node_options() const {
  const config::ClusterSettings& settings = *settings_.cluster;
  cluster::NodeOptions options = node_options_of(settings_, facts_.nodes);
  options.incarnation = facts_.identity.incarnation;
  options.term = {facts_.identity.epoch,
                  facts_.identity.master.empty() ? 0 : cluster::node_id_of(facts_.identity.master)};
  options.machine_id = facts_.machine_id;
  options.rules = facts_.rules;
  options.common = common_values_of(settings, facts_.rules_hash);
  options.wall_minus_mono_us = wall_now().us - monotonic_now().ns / 1000;
  const bool fast = settings.detection == config::DetectionProfile::fast ||
                    (settings.detection == config::DetectionProfile::automatic &&
                     transport_->priority() != transport::Priority::normal);
  options.detection =
      fast ? cluster::DetectorTimings::fast_profile() : cluster::DetectorTimings::tolerant_profile();
  if (settings.inactivity_ticks > kDefaultTicks) {  // who asks for patience gets it; the default is faster than Supvisors
    options.detection.fast = std::max<Duration>(options.detection.fast, settings.inactivity_ticks * kTick);
    options.detection.slow = std::max<Duration>(options.detection.slow, options.detection.fast + kSlowBeyondFast);
  }
  parts_.log.info("cluster '" + settings.name + "': this is node " + identifier_ + ", detection " +
                  (fast ? "fast" : "tolerant") + ", gossip thread priority " +
                  std::string(transport::name_of(transport_->priority())));
  return options;
}

transport::HelloSelf ClusterDriver::hello_self(const transport::CurvePublicKey& curve_public,
                                             const transport::Ports& ports) const {
  transport::HelloSelf self;
  self.cluster = settings_.cluster->name;
  self.key = facts_.keys.key;
  self.former_key = facts_.keys.former;
  self.identity.identifier = identifier_;
  self.identity.nick = facts_.nodes.nodes[facts_.nodes.self].nick;
  self.identity.node_id = cluster::node_id_of(identifier_);
  self.identity.machine_id = facts_.machine_id;
  self.identity.place = facts_.place;
  self.identity.instance_uuid = hex(random_number()) + hex(random_number());
  self.identity.curve_public = curve_public;
  self.identity.ports = ports;
  self.identity.rules_hash = facts_.rules_hash;
  for (const std::string& tag : settings_.cluster->stereotypes) {
    self.identity.facts.emplace_back(transport::fact_stereotype, tag);
  }
  if (const std::string address = own_address(); !address.empty()) {
    self.identity.facts.emplace_back(transport::fact_address, address);
  }
  for (const auto& [name, value] : common_values_of(*settings_.cluster, facts_.rules_hash)) {
    self.identity.facts.emplace_back(std::string(transport::fact_common) + name, value);
  }
  return self;
}

void ClusterDriver::begin() {
  begun_ = true;
  wait_for_frames();
  transport_->loop_turned(monotonic_now());
  groups_changed();
  want_statistics(wanted_);
  if (announcer_) {
    announcer_->start();
  }
}

void ClusterDriver::leave() {
  if (begun_) {
    step(cluster::PlannedStop{});
  }
}

void ClusterDriver::stop() {
  timer_.cancel();
  if (announcer_) {
    announcer_->stop();
  }
  if (frames_fd_) {
    (void)frames_fd_->release();  // the transport owns the descriptor
    frames_fd_.reset();
  }
  if (transport_) {
    transport_->stop();
  }
}

// ---- local news
// -------------------------------------------------------------------------------------------------------

void ClusterDriver::process_changed(const supervision::StateChanged& change) {
  if (!begun_) {
    return;
  }
  if (const supervision::Process* process =
          parts_.programs.supervisor().find(change.key.group, change.key.name)) {
    const bool disabled = parts_.programs.supervisor().is_disabled(process->settings());
    step(cluster::LocalProcessChanged{fact_of(*process, change, disabled)});
  }
}

void ClusterDriver::groups_changed() {
  if (!begun_) {
    return;
  }
  cluster::LocalTable table;
  for (const supervision::ProcessGroup* group : parts_.programs.supervisor().groups()) {
    for (const auto& process : group->processes()) {
      table.facts.push_back(fact_of(*process, parts_.programs.supervisor().is_disabled(process->settings())));
    }
  }
  step(std::move(table));
}

void ClusterDriver::want_statistics(cluster::StatisticsKinds kinds) {
  wanted_ = kinds;
  if (begun_) {
    step(cluster::StatisticsWanted{kinds});
  }
}

void ClusterDriver::tell_samples(const cluster::LocalSamples& samples) {
  if (node_->view().statistics_asked.any()) {
    step(samples);
  }
}

// ---- the node
// ---------------------------------------------------------------------------------------------------------

void ClusterDriver::step(const cluster::Input& input) {
  const Instant now = monotonic_now();
  transport_->loop_turned(now);
  node_->step(now, input);
  outcomes_.push_back(node_->take_outcome());
  if (outcomes_.back().view_changed) {
    observers_.on_step();
  }
  pump_outcomes();
  arm_timer();
}

/// Outcomes in order, one at a time; what stands below `persist` waits for the disk.
void ClusterDriver::pump_outcomes() {
  if (carrying_out_) {
    return;
  }
  carrying_out_ = true;
  while (!outcomes_.empty() && !persisting_) {
    cluster::Outcome& outcome = outcomes_.front();
    if (outcome.persist) {
      persisting_ = true;
      const cluster::Identity identity = *std::exchange(outcome.persist, std::nullopt);
      persist(identity, [this] {
        persisting_ = false;
        pump_outcomes();
      });
      continue;
    }
    cluster::Outcome current = std::move(outcome);
    outcomes_.pop_front();
    carry_out(current);
  }
  carrying_out_ = false;
}

void ClusterDriver::persist(const cluster::Identity& identity, std::function<void()> done) {
  storage::Identity record;
  record.incarnation = identity.incarnation;
  record.epoch = identity.term.epoch;
  if (const cluster::MemberView* master = node_->view().find(identity.term.master)) {
    record.master = master->identifier;
  }
  if (!parts_.state_dir.writable()) {
    return parts_.loop.post(std::move(done));  // said at start; supervision goes on
  }
  const bool asked = parts_.disk.ask(
      [this, record, done]() -> storage::DiskThread::Job {
        return [this, status = parts_.state_dir.save_identity(record), done] {
          if (!status) {
            parts_.log.error("the node's identity cannot be kept: " + status.error().message);
          }
          done();
        };
      },
      sizeof record);
  CHECK(asked);
}

void ClusterDriver::carry_out(cluster::Outcome& outcome) {
  for (const cluster::HistoryRow& row : outcome.history) {
    record_.record(row, node_->view());
  }
  for (const cluster::LocalCommand& command : outcome.commands) {
    orders_.execute(command);
  }
  if (outcome.heartbeat) {
    (void)transport_->set_heartbeat(std::move(outcome.heartbeat->bytes));
  }
  for (const cluster::Publish& publish : outcome.publish) {
    (void)transport_->publish(publish.stream, publish.bytes);
  }
  for (const cluster::BulkFollow& bulk : outcome.follows) {
    (void)transport_->follow_bulk(bulk.node_id, bulk.follow);  // said again while it lasts
  }
  for (const cluster::Send& send : outcome.sends) {
    (void)transport_->send(send.node_id, send.bytes);
  }
  for (const std::string& identifier : outcome.hellos) {
    admission_->greet(identifier);
  }
  for (const std::string& endpoint : outcome.seeds) {
    admission_->greet_seed(endpoint);
  }
  for (const std::string& identifier : outcome.probes) {
    admission_->probe(identifier);
  }
  for (const cluster::NodeId node_id : outcome.reconnects) {
    (void)transport_->reconnect(node_id);
  }
  for (const cluster::Reply& reply : outcome.replies) {
    give(reply);
  }
  for (const cluster::PeerSamples& samples : outcome.samples) {
    observers_.on_samples(samples);
  }
  if (outcome.end) {
    observers_.on_end(*outcome.end);
  }
  if (outcome.view_changed) {
    observers_.on_view_changed();
  }
}

/// To whoever asked; an answer for good is the last.
void ClusterDriver::give(const cluster::Reply& reply) {
  const auto found = answers_.find(reply.handle);
  if (found == answers_.end()) {
    return;
  }
  const Answer answer = found->second;
  if (reply.phase != cluster::AnswerPhase::accepted) {
    answers_.erase(found);
  }
  answer(reply);
}

void ClusterDriver::arm_timer() {
  const std::optional<Instant> due = node_->next_deadline();
  if (!due) {
    timer_.cancel();
  } else if (!timer_.armed() || timer_.at() != *due) {
    timer_.set(*due, [this, at = *due] {
      receive_frames();  // what waits is heard before time is judged
      const Duration late = monotonic_now() - at;
      if (late > limits::loop_stall_told) {
        step(cluster::LoopStalled{late});
      }
      step(cluster::TimePassed{});
    });
  }
}

void ClusterDriver::wait_for_frames() {
  frames_fd_->async_wait(boost::asio::posix::stream_descriptor::wait_read,
                         [this](const boost::system::error_code& error) {
                           if (!error) {
                             receive_frames();
                             wait_for_frames();
                           }
                         });
}

void ClusterDriver::receive_frames() {
  frames_.clear();
  (void)transport_->drain(frames_, limits::loop_gossip_frames);
  for (transport::Received& frame : frames_) {
    step(cluster::FrameReceived{frame.node_id, frame.stream, std::move(frame.bytes), frame.stamp});
  }
  tell_refusals();
}

/// What the gossip ports have refused; the counters have every one.
void ClusterDriver::tell_refusals() {
  std::vector<transport::Refusal> refusals;
  transport_->drain_refusals(refusals);
  for (const transport::Refusal& refusal : refusals) {
    const std::string cause(transport::name_of(refusal.cause));
    const std::string from = refusal.from.empty() ? "somebody" : refusal.from;
    troubles_.warn_first("gossip from " + from + ", " + cause,
                         "what " + from + " sent to a gossip port was refused: " + cause);
  }
}

// ---- requests
// ---------------------------------------------------------------------------------------------------------

void ClusterDriver::submit(cluster::OperatorRequest request, const api::Caller& caller, Answer answer) {
  request.handle = next_handle_++;
  request.user = caller.user.empty() ? caller.origin : caller.user + " at " + caller.origin;
  answers_[request.handle] = std::move(answer);
  step(std::move(request));
}

void ClusterDriver::ask(const std::string& identifier, const std::string& method,
                      std::vector<wire::Value> params, NodeAnswer answer) {
  const std::optional<PeerTarget> target = admission_->find(identifier);
  CHECK(target);  // the caller has it from the view
  contact_.ask(*target, method, params, std::move(answer));
}

/// Who gossips already goes on: its own CURVE key stays what it was. HELLOs from here on prove the file's keys.
Result<int> ClusterDriver::reload_keys() {
  const std::string& file = settings_.cluster->key_file;
  if (file.empty()) {
    return Error{"there is no key_file in [cluster]: the key comes from username and password of [inet_http_server], and "
                 "changes with a restart of every node"};
  }
  auto keys = cluster_key_of(settings_);
  if (!keys) {
    return Error{keys.error().message + "; the keys stay as they were"};
  }
  facts_.keys = std::move(keys).value();
  admission_->set_keys(facts_.keys);
  if (announcer_) {
    announcer_->set_keys(facts_.keys);
  }
  const int count = facts_.keys.former ? 2 : 1;
  parts_.log.info("cluster key: " + file + " is read anew; " +
                  (count == 2 ? "its first key is used, its second still accepted" : "its key alone is valid"));
  return count;
}

std::vector<std::pair<std::string, std::uint64_t>> ClusterDriver::counters() const {
  std::vector<std::pair<std::string, std::uint64_t>> all;
  const transport::Counters frames = transport_->counters();
  all.emplace_back("frames in", frames.frames_in);
  all.emplace_back("frames out", frames.frames_out);
  for (std::size_t i = 0; i < transport::drop_causes; ++i) {
    all.emplace_back("frames dropped: " + std::string(transport::name_of(static_cast<transport::Drop>(i))),
                     frames.dropped[i]);
  }
  const transport::HelloCounters& hellos = admission_->counters();
  all.emplace_back("hellos accepted", hellos.accepted);
  for (std::size_t i = 0; i < transport::hello_causes; ++i) {
    all.emplace_back(
        "hellos refused: " + std::string(transport::name_of(static_cast<transport::HelloCause>(i))),
        hellos.refused[i]);
  }
  const cluster::Counters& heard = node_->view().counters;
  all.emplace_back("members refused", heard.members_refused);
  all.emplace_back("statistics sent to nodes", heard.points_sent);
  all.emplace_back("statistics heard from nodes", heard.points_heard);
  all.emplace_back("statistics heard unasked", heard.points_unwanted);
  if (announcer_) {
    for (auto& counter : announcer_->counters()) {
      all.push_back(std::move(counter));
    }
  }
  for (auto& counter : observers_.more_counters()) {
    all.push_back(std::move(counter));
  }
  return all;
}

Web::HelloAnswer ClusterDriver::answer_hello(const std::string& body, const std::string& from) {
  return begun_ ? admission_->answer(body, from) : Web::HelloAnswer{503, ""};
}

}  // namespace holdfast

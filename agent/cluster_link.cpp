#include "cluster_link.hpp"

#include <sys/random.h>

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstdio>
#include <utility>

#include "base/clock.hpp"
#include "supervision/process_info.hpp"
#include "transport/curve_keys.hpp"

namespace holdfast {
namespace {

constexpr std::uint16_t kProtocol = 1;

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

cluster::Synchronisation synchronisation_of(const config::SynchronisationSettings& from) {
  cluster::Synchronisation to;
  to.strict = from.strict;
  to.list = from.list;
  to.core = from.core;
  to.majority = from.majority;
  to.user = from.user;
  if (from.timeout_s) {
    to.timeout = std::chrono::seconds(*from.timeout_s);
  }
  return to;
}

bool is_core(const config::ClusterSettings& settings, const config::NodeIdentity& node) {
  return std::ranges::any_of(
      settings.core, [&](const std::string& name) { return name == node.nick || name == node.identifier; });
}

/// The server whose address and credentials the cluster uses (contract supvisors.md CFG-P1; the reader
/// demands one).
const config::HttpServerSettings& inet_server_of(const config::Settings& settings) {
  const auto found = std::ranges::find(settings.servers, config::HttpServerSettings::Kind::inet,
                                       &config::HttpServerSettings::kind);
  CHECK(found != settings.servers.end());
  return *found;
}

/// "application" and "process" of a history subject: an application, group:name, or a node.
std::pair<std::string, std::string> split_subject(const std::string& subject) {
  const auto colon = subject.find(':');
  return colon == std::string::npos ? std::pair{subject, std::string()}
                                    : std::pair{subject.substr(0, colon), subject.substr(colon + 1)};
}

}  // namespace

ClusterLink::ClusterLink(Parts parts, const config::Settings& settings, Facts facts, Observers observers)
    : parts_(parts),
      settings_(settings),
      facts_(std::move(facts)),
      observers_(std::move(observers)),
      identifier_(facts_.nodes.nodes[facts_.nodes.self].identifier),
      instance_uuid_(hex(random_number()) + hex(random_number())),
      contact_(parts.loop, {[this] { return hello_self(); }, inet_server_of(settings).username,
                            inet_server_of(settings).password}),
      timer_(parts.loop),
      troubles_(parts.log) {}

ClusterLink::~ClusterLink() {
  stop();
}

Status ClusterLink::start() {
  transport::TransportOptions options;
  options.bind_address = inet_server_of(settings_).host;
  if (const auto& fixed = settings_.cluster->gossip_ports) {
    options.ports = {fixed->first, fixed->second, static_cast<std::uint16_t>(fixed->second + 1)};
  }
  options.node_id = cluster::node_id_of(identifier_);
  options.cluster_id = cluster::cluster_id_of(settings_.cluster->name);
  if (!facts_.key.open()) {
    auto keys = parts_.state_dir.writable()
                    ? transport::load_or_create_curve_keys(parts_.state_dir.file("curve.key"))
                    : Result<transport::CurveKeyPair>(transport::CurveKeyPair::generate());
    if (!keys) {
      return keys.error();
    }
    options.keys = keys.value();
  }
  const transport::CurvePublicKey public_key = options.keys.public_key();
  transport_ = std::make_unique<transport::GossipTransport>(std::move(options));
  auto ports = transport_->start();
  if (!ports) {
    return ports.error();
  }
  ports_ = ports.value();
  curve_public_ = public_key;
  responder_ = std::make_unique<transport::HelloResponder>(hello_self());
  node_ = std::make_unique<cluster::Node>(node_options(), Random(random_number()));
  frames_fd_ =
      std::make_unique<boost::asio::posix::stream_descriptor>(parts_.loop.context(), transport_->event_fd());
  return {};
}

cluster::NodeOptions ClusterLink::node_options() const {
  const config::ClusterSettings& settings = *settings_.cluster;
  cluster::NodeOptions options;
  options.cluster_name = settings.name;
  options.identifier = identifier_;
  for (const config::NodeIdentity& node : facts_.nodes.nodes) {
    options.roster.push_back({node.identifier, node.nick, is_core(settings, node)});
  }
  options.incarnation = facts_.identity.incarnation;
  options.term = {facts_.identity.epoch,
                  facts_.identity.master.empty() ? 0 : cluster::node_id_of(facts_.identity.master)};
  options.machine_id = facts_.machine_id;
  const bool fast = settings.detection == config::DetectionProfile::fast ||
                    (settings.detection == config::DetectionProfile::automatic &&
                     transport_->priority() != transport::Priority::normal);
  options.detection =
      fast ? cluster::DetectorTimings::fast_profile() : cluster::DetectorTimings::tolerant_profile();
  parts_.log.info("cluster '" + settings.name + "': this is node " + identifier_ + ", detection " +
                  (fast ? "fast" : "tolerant") + ", gossip thread priority " +
                  std::string(transport::name_of(transport_->priority())));
  options.synchronisation = synchronisation_of(settings.wait_for);
  options.away_grace = std::chrono::milliseconds(settings.away_grace_ms);
  options.starting_strategy = settings.starting_strategy;
  options.conciliation_strategy = settings.conciliation_strategy;
  options.rules = facts_.rules;
  return options;
}

transport::NodeIdentity ClusterLink::identity_text() const {
  transport::NodeIdentity identity;
  identity.identifier = identifier_;
  identity.nick = facts_.nodes.nodes[facts_.nodes.self].nick;
  identity.node_id = cluster::node_id_of(identifier_);
  identity.machine_id = facts_.machine_id;
  identity.incarnation = node_ ? node_->identity().incarnation : facts_.identity.incarnation;
  identity.instance_uuid = instance_uuid_;
  identity.curve_public = curve_public_;
  identity.ports = ports_;
  identity.protocol_min = kProtocol;
  identity.protocol_max = kProtocol;
  identity.rules_hash = facts_.rules_hash;
  identity.version = HOLDFAST_VERSION;
  return identity;
}

transport::HelloSelf ClusterLink::hello_self() const {
  return {settings_.cluster->name, facts_.key, identity_text(), [this](std::string_view identifier) {
            return node_ ? node_->known_incarnation(identifier) : 0;
          }};
}

void ClusterLink::begin() {
  begun_ = true;
  wait_for_frames();
  transport_->loop_turned(monotonic_now());
  groups_changed();
}

void ClusterLink::leave() {
  if (begun_) {
    step(cluster::PlannedStop{});
  }
}

void ClusterLink::stop() {
  timer_.cancel();
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

cluster::ProcessFact ClusterLink::fact_of(const supervision::Process& process) const {
  const config::ProcessSettings& settings = process.settings();
  const supervision::ProcessRecord& record = process.record();
  cluster::ProcessFact fact;
  fact.group = process.key().group;
  fact.name = process.key().name;
  fact.program_name = settings.program_name;
  fact.process_index = settings.process_index;
  fact.state = process.state();
  fact.exit_status = record.exit_status.value_or(0);
  fact.expected_exit = record.spawnerr.empty();
  fact.has_stdout = settings.stdout_channel.log.kind != config::LogTarget::Kind::none;
  fact.has_stderr =
      !settings.redirect_stderr && settings.stderr_channel.log.kind != config::LogTarget::Kind::none;
  fact.pid = static_cast<std::int32_t>(process.pid());
  fact.startsecs = settings.startsecs;
  fact.stopwaitsecs = settings.stopwaitsecs;
  fact.start_us = record.start_wall.us;
  fact.stop_us = record.stop_wall.us;
  fact.since_mono_ms = static_cast<std::uint64_t>(record.started_at.ms());
  fact.spawn_error = record.spawnerr;
  return fact;
}

void ClusterLink::process_changed(const supervision::StateChanged& change) {
  if (!begun_) {
    return;
  }
  if (const supervision::Process* process =
          parts_.programs.supervisor().find(change.key.group, change.key.name)) {
    cluster::ProcessFact fact = fact_of(*process);
    fact.state = change.to;  // of this change; the process may be further already
    fact.pid = static_cast<std::int32_t>(change.pid);
    fact.expected_exit = change.expected;
    step(cluster::LocalProcessChanged{std::move(fact)});
  }
}

void ClusterLink::groups_changed() {
  if (!begun_) {
    return;
  }
  cluster::LocalTable table;
  for (const supervision::ProcessGroup* group : parts_.programs.supervisor().groups()) {
    for (const auto& process : group->processes()) {
      table.facts.push_back(fact_of(*process));
    }
  }
  step(std::move(table));
}

// ---- the node
// ---------------------------------------------------------------------------------------------------------

void ClusterLink::step(const cluster::Input& input) {
  const Instant now = monotonic_now();
  transport_->loop_turned(now);
  node_->step(now, input);
  outcomes_.push_back(node_->take_outcome());
  pump_outcomes();
  arm_timer();
}

/// Outcomes in order, one at a time; what stands below `persist` waits for the disk.
void ClusterLink::pump_outcomes() {
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

void ClusterLink::persist(const cluster::Identity& identity, std::function<void()> done) {
  storage::Identity record;
  record.incarnation = identity.incarnation;
  record.epoch = identity.term.epoch;
  for (const config::NodeIdentity& node : facts_.nodes.nodes) {
    if (cluster::node_id_of(node.identifier) == identity.term.master) {
      record.master = node.identifier;
    }
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

void ClusterLink::carry_out(cluster::Outcome& outcome) {
  for (const cluster::HistoryRow& row : outcome.history) {
    record(row);
  }
  for (const cluster::LocalCommand& command : outcome.commands) {
    execute(command);
  }
  if (outcome.heartbeat) {
    (void)transport_->set_heartbeat(std::move(outcome.heartbeat->bytes));
  }
  for (const cluster::Publish& publish : outcome.publish) {
    (void)transport_->publish(publish.stream, publish.bytes);
  }
  for (const cluster::Send& send : outcome.sends) {
    (void)transport_->send(send.node_id, send.bytes);
  }
  for (const std::string& identifier : outcome.hellos) {
    say_hello(identifier);
  }
  for (const std::string& identifier : outcome.probes) {
    probe(identifier);
  }
  for (const cluster::NodeId node_id : outcome.reconnects) {
    (void)transport_->reconnect(node_id);
  }
  for (const cluster::Reply& reply : outcome.replies) {
    if (const auto found = answers_.find(reply.handle); found != answers_.end()) {
      const Answer answer = found->second;
      if (reply.phase != cluster::AnswerPhase::accepted) {
        answers_.erase(found);
      }
      answer(reply);
    }
  }
  if (outcome.end) {
    observers_.on_end(*outcome.end);
  }
  if (outcome.view_changed) {
    observers_.on_view_changed();
  }
}

void ClusterLink::arm_timer() {
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

void ClusterLink::wait_for_frames() {
  frames_fd_->async_wait(boost::asio::posix::stream_descriptor::wait_read,
                         [this](const boost::system::error_code& error) {
                           if (!error) {
                             receive_frames();
                             wait_for_frames();
                           }
                         });
}

void ClusterLink::receive_frames() {
  frames_.clear();
  (void)transport_->drain(frames_, limits::loop_gossip_frames);
  for (transport::Received& frame : frames_) {
    step(cluster::FrameReceived{frame.node_id, frame.stream, std::move(frame.bytes), frame.stamp});
  }
  tell_refusals();
}

/// What the gossip ports have refused; the counters have every one.
void ClusterLink::tell_refusals() {
  std::vector<transport::Refusal> refusals;
  transport_->drain_refusals(refusals);
  for (const transport::Refusal& refusal : refusals) {
    const std::string cause(transport::name_of(refusal.cause));
    const std::string from = refusal.from.empty() ? "somebody" : refusal.from;
    troubles_.warn_first("gossip from " + from + ", " + cause,
                         "what " + from + " sent to a gossip port was refused: " + cause);
  }
}

// ---- history
// ----------------------------------------------------------------------------------------------------------

void ClusterLink::record(const cluster::HistoryRow& row) {
  const auto [application, process] = split_subject(row.subject);
  const std::string master = node_->view().master.value_or("");
  switch (row.kind) {
    case cluster::HistoryRow::Kind::decision:
      parts_.log.info("decided: " + row.what + (row.subject.empty() ? "" : " (" + row.subject + ")") + ": " +
                      row.why);
      return parts_.history.record(storage::Decision{wall_now(), row.operation, node_->view().term.epoch,
                                                     master, "", application, process, row.what, row.why});
    case cluster::HistoryRow::Kind::member:
    case cluster::HistoryRow::Kind::state:
      parts_.log.info("cluster: " + (row.subject.empty() ? "" : row.subject + " ") + row.what +
                      (row.why.empty() ? "" : ": " + row.why));
      return parts_.history.record(storage::NodeEvent{
          wall_now(), row.subject.empty() ? identifier_ : row.subject,
          row.kind == cluster::HistoryRow::Kind::member ? "state" : "cluster", "", row.what, row.why});
    case cluster::HistoryRow::Kind::operation:
    case cluster::HistoryRow::Kind::process:
      return parts_.history.record(storage::Action{wall_now(), row.operation, row.user, "cluster",
                                                   identifier_, application, process, row.what, row.why});
  }
}

// ---- commands for this node's programs
// ----------------------------------------------------------------------------------

void ClusterLink::execute(const cluster::LocalCommand& command) {
  const auto finish = [this, operation = command.operation](cluster::ResultCode code, std::string text) {
    step(cluster::LocalCommandDone{operation, code, std::move(text)});
  };
  switch (command.action) {
    case cluster::Action::start_process:
      return execute_simple(command, supervision::Action::start, finish);
    case cluster::Action::stop_process:
      return execute_simple(command, supervision::Action::stop, finish);
    case cluster::Action::signal_process:
      return execute_simple(command, supervision::Action::signal, finish);
    case cluster::Action::restart_process:
      return execute_simple(
          command, supervision::Action::stop,
          [this, command, finish](cluster::ResultCode code, const std::string& text) {
            if (code != cluster::ResultCode::success && code != cluster::ResultCode::not_running) {
              return finish(code, text);
            }
            execute_simple(command, supervision::Action::start, finish);
          });
    case cluster::Action::start_application:
    case cluster::Action::stop_application:
    case cluster::Action::restart_application:
    case cluster::Action::conciliate:
    case cluster::Action::restart_cluster:
    case cluster::Action::shutdown_cluster:
    case cluster::Action::restart_sequence:
    case cluster::Action::end_sync:
      break;
  }
  finish(cluster::ResultCode::failed, "not an order for one node");
}

void ClusterLink::execute_simple(const cluster::LocalCommand& command, supervision::Action action,
                                 std::function<void(cluster::ResultCode, std::string)> done) {
  supervision::ProcessRequest request;
  request.action = action;
  request.namespec = command.namespec;
  request.signal = command.argument;
  const api::Caller caller{command.user, "cluster", command.operation};
  parts_.programs.submit(std::move(request), caller, [done](const supervision::Completed& completed) {
    if (const auto* fault = std::get_if<supervision::FaultText>(&completed.answer)) {
      const bool spawn =
          fault->fault == supervision::Fault::no_file || fault->fault == supervision::Fault::not_executable;
      return done(spawn ? cluster::ResultCode::spawn_error
                        : cluster::result_of_fault(supervision::code_of(fault->fault)),
                  supervision::text_of(*fault));
    }
    done(cluster::ResultCode::success, "");
  });
}

// ---- requests
// ---------------------------------------------------------------------------------------------------------

void ClusterLink::submit(cluster::OperatorRequest request, const api::Caller& caller, Answer answer) {
  request.handle = next_handle_++;
  request.user = caller.user.empty() ? caller.origin : caller.user + " at " + caller.origin;
  answers_[request.handle] = std::move(answer);
  step(std::move(request));
}

void ClusterLink::ask(const std::string& identifier, const std::string& method,
                      std::vector<wire::Value> params, NodeAnswer answer) {
  const config::NodeIdentity* node = find(identifier);
  CHECK(node != nullptr);  // the caller has it from the view
  contact_.ask(*node, method, params, std::move(answer));
}

std::vector<std::pair<std::string, std::uint64_t>> ClusterLink::counters() const {
  std::vector<std::pair<std::string, std::uint64_t>> all;
  const transport::Counters frames = transport_->counters();
  all.emplace_back("frames in", frames.frames_in);
  all.emplace_back("frames out", frames.frames_out);
  for (std::size_t i = 0; i < transport::drop_causes; ++i) {
    all.emplace_back("frames dropped: " + std::string(transport::name_of(static_cast<transport::Drop>(i))),
                     frames.dropped[i]);
  }
  const transport::HelloCounters& hellos = responder_->counters();
  all.emplace_back("hellos accepted", hellos.accepted);
  for (std::size_t i = 0; i < transport::hello_causes; ++i) {
    all.emplace_back(
        "hellos refused: " + std::string(transport::name_of(static_cast<transport::HelloCause>(i))),
        hellos.refused[i]);
  }
  return all;
}

// ---- HELLO
// ------------------------------------------------------------------------------------------------------------

void ClusterLink::say_hello(const std::string& identifier) {
  const config::NodeIdentity* node = find(identifier);
  if (node == nullptr) {
    return;
  }
  contact_.hello(*node, [this, identifier](const PeerContact::HelloResult& result) {
    if (result.peer) {
      return admit(*result.peer, result.address, Role::asked);
    }
    troubles_.warn(identifier, "node " + identifier + " cannot be greeted: " + result.why);
    step(cluster::HelloFailed{identifier, result.fault, result.why});
  });
}

void ClusterLink::probe(const std::string& identifier) {
  if (const config::NodeIdentity* node = find(identifier)) {
    contact_.probe(*node, [this, identifier](bool accepted, bool refused) {
      step(cluster::HttpProbe{identifier, accepted, refused});
    });
  }
}

const config::NodeIdentity* ClusterLink::find(const std::string& identifier) const {
  const auto& nodes = facts_.nodes.nodes;
  const auto found = std::ranges::find(nodes, identifier, &config::NodeIdentity::identifier);
  return found == nodes.end() ? nullptr : &*found;
}

/// A peer has proved who it is: its key and ports are taken, and the node is told.
void ClusterLink::admit(const transport::HelloPeer& peer, const std::string& address, Role role) {
  const transport::NodeIdentity& identity = peer.identity;
  const auto refuse = [&](cluster::HelloFault fault, const std::string& why) {
    troubles_.warn(identity.identifier, "node " + identity.identifier + ": " + why);
    step(cluster::HelloFailed{identity.identifier, fault, why});
  };
  if (find(identity.identifier) == nullptr) {
    return refuse(cluster::HelloFault::refused, "it has the cluster key but is not in the list of nodes");
  }
  if (peer.protocol == 0) {
    return refuse(cluster::HelloFault::incompatible,
                  "it speaks protocol " + std::to_string(identity.protocol_min) + " to " +
                      std::to_string(identity.protocol_max) + ", we speak " + std::to_string(kProtocol));
  }
  transport::Peer admitted;
  admitted.node_id = identity.node_id;
  admitted.identifier = identity.identifier;
  admitted.curve_public = identity.curve_public;
  admitted.address = address;
  admitted.ports = identity.ports;
  admitted.comes_first = role == Role::answered;
  if (const Status taken = transport_->admit(admitted); !taken) {
    return refuse(cluster::HelloFault::unreachable, taken.error().message);
  }
  if (identity.rules_hash != facts_.rules_hash) {
    troubles_.warn(identity.identifier, "node " + identity.identifier + ": its rules differ from ours");
  } else {
    troubles_.forget(identity.identifier);
  }
  cluster::HelloDone done;
  done.identifier = identity.identifier;
  done.nick = identity.nick;
  done.incarnation = identity.incarnation;
  done.machine_id = identity.machine_id;
  done.my_incarnation_known = identity.knows;
  step(std::move(done));
}

Web::HelloAnswer ClusterLink::answer_hello(const std::string& body, const std::string& from) {
  if (!begun_) {
    return {503, ""};
  }
  responder_->set_identity(identity_text());
  const auto answer = responder_->answer(body, monotonic_now());
  if (answer.cause) {
    const std::string address = from.substr(0, from.rfind(':'));
    troubles_.warn_first("from " + address + ", " + std::string(transport::name_of(*answer.cause)),
                         "a HELLO from " + address + " was refused: " + answer.message);
  }
  if (answer.peer) {
    // Not the address it came from: a node with several speaks to us from any of them.
    const config::NodeIdentity* node = find(answer.peer->identity.identifier);
    if (node == nullptr) {
      admit(*answer.peer, "", Role::answered);
    } else {
      contact_.resolve(*node, [this, peer = *answer.peer](const std::string& address, const std::string&) {
        if (!address.empty()) {
          admit(peer, address, Role::answered);
        }
      });
    }
  }
  return {answer.http_status, answer.body};
}

}  // namespace holdfast

#include "drivers/cluster/cluster_driver.hpp"

#include <sys/random.h>

#include <cstdio>
#include <utility>

#include "base/check.hpp"
#include "base/clock.hpp"
#include "drivers/cluster/cluster_counters.hpp"
#include "drivers/cluster/mapping.hpp"
#include "drivers/cluster/start_options.hpp"
#include "rules/rule_review.hpp"

namespace holdfast {
namespace {

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

ClusterDriver::ClusterDriver(Parts parts, ClusterLinks links, const config::Settings& settings, ClusterFacts facts)
    : parts_(parts),
      settings_(settings),
      facts_(std::move(facts)),
      links_(std::move(links)),
      troubles_(parts.log),
      history_(parts.log, parts.history, facts_.self().identifier),
      orders_(parts.programs, [this](cluster::LocalCommandDone done) { step(std::move(done)); }),
      identity_(parts.loop, parts.disk, parts.log, parts.state_dir),
      timer_(parts.loop) {}

ClusterDriver::~ClusterDriver() {
  stop();
}

Status ClusterDriver::start() {
  transport::HelloSelf self = hello_self_of(settings_, facts_);
  self.identity.instance_uuid = hex(random_number()) + hex(random_number());
  self.identity.curve_public = links_.gossip->public_key();
  const auto ports = links_.gossip->start();
  if (!ports) {
    return ports.error();
  }
  self.identity.ports = ports.value();
  const transport::Priority priority = links_.gossip->priority();
  const bool fast = detects_fast(*settings_.cluster, priority);
  node_ = std::make_unique<cluster::Node>(
      node_options_of(settings_, facts_, fast, wall_now().us - monotonic_now().ns / 1000), Random(random_number()));
  parts_.log.info("cluster '" + settings_.cluster->name + "': this is node " + facts_.self().identifier +
                  ", detection " + (fast ? "fast" : "tolerant") + ", gossip thread priority " +
                  std::string(transport::name_of(priority)));
  const std::vector<std::string> seeds = seed_endpoints_of(settings_);
  admission_ = std::make_unique<PeerAdmission>(
      PeerAdmission::Parts{
          *links_.contact, *links_.gossip, *node_, facts_.nodes, {seeds.begin(), seeds.end()}, troubles_},
      std::move(self), [this](const cluster::Input& input) { step(input); }, parts_.warnings);
  outcomes_.emplace(
      OutcomeExecutor::Parts{identity_, history_, orders_, *links_.gossip, *admission_, parts_.observer, *node_});
  frames_fd_ =
      std::make_unique<boost::asio::posix::stream_descriptor>(parts_.loop.context(), links_.gossip->event_fd());
  make_announcer();
  return {};
}

void ClusterDriver::make_announcer() {
  const config::ClusterSettings& settings = *settings_.cluster;
  if (!settings.multicast_group) {
    return;
  }
  announcer_ = std::make_unique<NodeAnnouncer>(
      parts_.loop, parts_.log,
      transport::MulticastOptions{settings.multicast_group->address, settings.multicast_group->port,
                                  settings.multicast_interface, settings.multicast_ttl},
      announcement_of(settings_, facts_), facts_.keys, [this](const cluster::NodeSighted& sighted) { step(sighted); },
      parts_.warnings);
}

void ClusterDriver::begin() {
  begun_ = true;
  wait_for_frames();
  links_.gossip->loop_turned(monotonic_now());
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
    (void)frames_fd_->release();  // the gossip owns the descriptor
    frames_fd_.reset();
  }
  links_.gossip->stop();
}

// ---- local news ----

void ClusterDriver::process_changed(const supervision::StateChanged& change) {
  if (!begun_) {
    return;
  }
  if (const supervision::Process* process = parts_.programs.supervisor().find(change.key.group, change.key.name)) {
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
      warn_of_overridden_autorestart(*process);
      table.facts.push_back(fact_of(*process, parts_.programs.supervisor().is_disabled(process->settings())));
    }
  }
  step(std::move(table));
}

supervision::RestartPolicy ClusterDriver::restart_policy_of(const ProcessId& id) const {
  return node_->engine().matcher().program(id).overrides_autorestart() ? supervision::RestartPolicy::cluster
                                                                       : supervision::RestartPolicy::autorestart;
}

void ClusterDriver::warn_of_overridden_autorestart(const supervision::Process& process) {
  if (process.settings().lifecycle.autorestart == config::AutoRestart::never ||
      restart_policy_of(process.key()) == supervision::RestartPolicy::autorestart) {
    return;
  }
  const std::string name = full_namespec(process.key());
  const rules::ProgramRules& rules = node_->engine().matcher().program(process.key());
  troubles_.warn_first("autorestart of " + name, "autorestart of " + name +
                                                     " is not in force: its running_failure_strategy is " +
                                                     std::string(rules::name_of(rules.running_failure_strategy)) +
                                                     ", so that the cluster answers its end");
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

// ---- the node ----

void ClusterDriver::step(const cluster::Input& input) {
  const Instant now = monotonic_now();
  links_.gossip->loop_turned(now);
  node_->step(now, input);
  cluster::Outcome outcome = node_->take_outcome();
  if (outcome.view_changed) {
    parts_.observer.on_step();
  }
  outcomes_->add(std::move(outcome));
  arm_timer();
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
  (void)links_.gossip->drain(frames_, limits::loop_gossip_frames);
  for (transport::Received& frame : frames_) {
    step(cluster::FrameReceived{frame.node_id, frame.stream, std::move(frame.bytes), frame.stamp});
  }
  tell_refusals();
}

/// What the gossip ports have refused; the counters have every one.
void ClusterDriver::tell_refusals() {
  std::vector<transport::Refusal> refusals;
  links_.gossip->drain_refusals(refusals);
  for (const transport::Refusal& refusal : refusals) {
    const std::string cause(transport::name_of(refusal.cause));
    const std::string from = refusal.from.empty() ? "somebody" : refusal.from;
    troubles_.warn_first("gossip from " + from + ", " + cause,
                         "what " + from + " sent to a gossip port was refused: " + cause);
  }
}

// ---- requests ----

void ClusterDriver::submit(cluster::OperatorRequest request, const api::Caller& caller, Answer answer) {
  request.handle = next_handle_++;
  request.user = caller.user.empty() ? caller.origin : caller.user + " at " + caller.origin;
  outcomes_->expect_replies(request.handle, std::move(answer));
  step(std::move(request));
}

void ClusterDriver::ask(const std::string& identifier, const std::string& method, std::vector<wire::Value> params,
                        NodeAnswer answer) {
  const std::optional<PeerTarget> target = admission_->find(identifier);
  CHECK(target);  // the caller has it from the view
  links_.contact->ask(*target, method, params, std::move(answer));
}

/// Who gossips already goes on: its own CURVE key stays what it was. HELLOs from here on prove the file's keys.
Result<int> ClusterDriver::reload_keys() {
  const std::string& file = settings_.cluster->key_file;
  if (file.empty()) {
    return Error{
        "there is no key_file in [cluster]: the key comes from username and password of [inet_http_server], and "
        "changes with a restart of every node"};
  }
  auto keys = facts_.read_keys();
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

Result<api::ClusterPort::RulesReload> ClusterDriver::reload_rules() {
  auto read = facts_.read_rules();
  if (!read) {
    return Error{read.error().message + "\nthe rules of this node stay as they were"};
  }
  const rules::Engine& engine = node_->engine();
  const rules::Matcher after(read.value().rules, engine.options().starting_strategy);
  RulesReload told{read.value().files, read.value().warnings,
                   rules::changes_between(engine.matcher(), after, node_->view().cluster)};
  for (std::string& warning : rules::review(after, node_->view().cluster)) {
    told.warnings.push_back(std::move(warning));
  }
  facts_.rules = std::move(read).value();
  const cluster::NamedValues common = common_values_of(*settings_.cluster, facts_.rules.hash);
  admission_->set_rules(facts_.rules.hash, common);
  step(cluster::NewRules{facts_.rules.rules, common});
  parts_.log.info("rules: " + std::to_string(told.files.size()) + " files are read anew, " +
                  std::to_string(told.changes.size()) + " values differ for what the cluster knows");
  for (const std::string& warning : told.warnings) {
    parts_.log.warn(warning);
  }
  return told;
}

CounterList ClusterDriver::counters() const {
  CounterList all = counters_of(links_.gossip->counters(), admission_->counters(), node_->view().counters);
  if (announcer_) {
    for (auto& counter : announcer_->counters()) {
      all.push_back(std::move(counter));
    }
  }
  if (more_counters_ != nullptr) {
    for (auto& counter : more_counters_->counters()) {
      all.push_back(std::move(counter));
    }
  }
  return all;
}

api::HelloAnswer ClusterDriver::answer_hello(const std::string& body, const std::string& from) {
  return begun_ ? admission_->answer(body, from) : api::HelloAnswer{503, ""};
}

}  // namespace holdfast

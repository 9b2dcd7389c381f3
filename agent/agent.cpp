#include "agent.hpp"

#include <fcntl.h>
#include <malloc.h>

#include <csignal>
#include <cstdio>
#include <utility>

#include "base/descriptor_shares.hpp"
#include "config/error_text.hpp"
#include "config/posix_host.hpp"
#include "drivers/programs/child_news.hpp"
#include "drivers/programs/program_texts.hpp"
#include "startup/cluster_preparation.hpp"
#include "startup/descriptor_plan.hpp"
#include "startup/handover_check.hpp"
#include "startup/log_recovery.hpp"
#include "startup/startup_log.hpp"
#include "system/loop_priority.hpp"

namespace holdfast {

Agent::Agent(Invocation invocation, Launch launch, const config::Host& host)
    : invocation_(std::move(invocation)),
      launch_(std::move(launch)),
      host_(host),
      keeper_(loop_.context(), UniqueFd(keeper::agent_socket_fd), keeper_handlers()) {}

int Agent::run() {
  if (Status opened = storage_.open(settings_, launch_.state_dir); !opened) {
    return refuse(opened.error());
  }
  (void)system::raise_loop_priority();  // without the right to it the agent is one among its programs
  if (Status greeted = keeper_.start(); !greeted) {
    std::fprintf(stderr, "holdfast-agent: the keeper does not answer: %s\n", greeted.error().message.c_str());
    return keeper::agent_lost_keeper;
  }
  storage_.watch_results();
  loop_.run();
  if (cluster_) {
    cluster_->stop();
  }
  storage_.close();
  return exit_status_;
}

int Agent::refuse(const Error& error) {
  keeper_.fail(config::usage_error(error, launch_.program));
  return keeper::agent_refused;
}

// ---- the start, in order ----

void Agent::on_keeper_known() {
  facts_.set_daemon_pid(handshake_.report().welcome().keeper_pid);
  facts_.set_problems(handshake_.report().keeper_problem(), handshake_.report().agent_problem());
  if (Status assembled = assemble(); !assembled) {
    exit_status_ = refuse(assembled.error());
    loop_.stop();
  }
}

Status Agent::assemble() {
  auto recovered = recover_log_intents(handshake_.inheritance(), keeper_, storage_.log());
  if (!recovered) {
    return recovered.error();
  }
  auto prepared =
      prepare_cluster(settings_, launch_.command_line, host_, storage_.identity(), storage_.cluster_log(), facts_);
  if (!prepared) {
    return prepared.error();
  }
  std::optional<ClusterFacts> cluster = std::move(prepared).value();
  node_name_ = cluster ? cluster->self().identifier : node_name_;
  const DescriptorShares shares = plan_descriptors(settings_, cluster ? cluster->nodes.nodes.size() - 1 : 0,
                                                   descriptors_of(settings_.groups), storage_.log());
  make_programs(std::move(recovered.value().intents), shares);
  frontend_.emplace(
      Frontend::Parts{loop_, storage_.disk(), storage_.log(), storage_.cluster_log(), storage_.history(), keeper_},
      shares);
  std::map<std::string, UniqueFd>& held = handshake_.inheritance().held;
  if (Status opened = frontend_->sockets().open(settings_, held, frontend_->web()); !opened) {
    return opened;
  }
  held.clear();
  frontend_->web().allow_host(host_.node_name());
  say_daemonized(handshake_.report().welcome(), settings_.daemon, storage_.log());
  if (Status started = cluster ? start_cluster(std::move(*cluster)) : Status(); !started) {
    return started;
  }
  make_frontend();
  storage_.log().info("supervisord started with pid " + std::to_string(facts_.daemon_pid()));
  // Given away: each of a thousand programs' settings would stand here a second time.
  programs_->driver().begin(handshake_.report().resumed(), std::exchange(launch_.settings.groups, {}),
                            recovered.value().uncommitted, [this] { on_begun(); });
  return {};
}

void Agent::make_programs(system::LogIntents intents, const DescriptorShares& shares) {
  const auto handover_state = [this] {
    return encode(handover_state_of(programs_->driver().supervisor(), handshake_.report().welcome().version_used,
                                    programs_->listeners().state()));
  };
  Inheritance& inheritance = handshake_.inheritance();
  logs_.emplace(ChildLogs::Parts{storage_.disk(), storage_.log(), facts_}, std::move(intents),
                ChildLogsOptions{settings_.daemon.strip_ansi, storage_.log().enabled(LogLevel::debug)});
  restart_check_.emplace(loop_, storage_.log(),
                         InstalledPrograms::Facts{invocation_, launch_.command_line, settings_.file, host_,
                                                  facts_.daemon_pid(), handover_state});
  programs_.emplace(Programs::Parts{loop_, keeper_, storage_.disk(), storage_.log(), storage_.history(), *logs_,
                                    *restart_check_, facts_, *this},
                    ProgramDriver::Facts{settings_, host_.environment(), node_name_,
                                         handshake_.report().first_start_id(), shares.programs},
                    Programs::Left{inheritance.take(std::string(kHeldListeners)), inheritance.take_all(kHeldFcgi),
                                   std::exchange(inheritance.children, {}), std::move(inheritance.agent_blob)});
  logs_->set_observer(programs_->driver());
}

Status Agent::start_cluster(ClusterFacts facts) {
  for (const config::NodeIdentity& node : facts.nodes.nodes) {
    frontend_->web().allow_host(node.host);
  }
  auto links = make_cluster_links(loop_, storage_.state_dir(), settings_, facts);
  if (!links) {
    return links.error();
  }
  cluster_.emplace(ClusterDriver::Parts{loop_, storage_.disk(), storage_.cluster_log(), storage_.history(),
                                        storage_.state_dir(), programs_->driver(), facts_, *this},
                   std::move(links).value(), settings_, std::move(facts));
  if (Status started = cluster_->start(); !started) {
    return started;
  }
  programs_->driver().set_restart_policy([this](const ProcessId& id) { return cluster_->restart_policy_of(id); });
  // Only a node of a cluster measures itself: alone, the agent wakes for nothing.
  telemetry_.emplace(Telemetry::Parts{loop_, storage_.disk(), storage_.cluster_log(), programs_->driver(),
                                      frontend_->web(), *cluster_, cluster_->node(), facts_},
                     settings_);
  cluster_->add_counters(&*telemetry_);
  return {};
}

void Agent::make_frontend() {
  frontend_->make_api({facts_, programs_->driver(), *logs_, cluster_ ? &*cluster_ : nullptr,
                       telemetry_ ? &telemetry_->statistics() : nullptr, node_name_});
  if (telemetry_) {
    telemetry_->open();
  }
}

/// The programs of an earlier agent are taken over: from here on the agent answers.
void Agent::on_begun() {
  handshake_.report().log_troubles(storage_.log());
  programs_->keep_disabilities();
  if (cluster_) {
    cluster_->begin();
    telemetry_->begin(facts_.daemon_pid());
  }
  frontend_->begin(cluster_ ? &*cluster_ : nullptr);
  (void)keeper_.ready();
  (void)notifier_.notify("READY=1");
  start_memory_.ready();
}

system::KeeperClient::Handlers Agent::keeper_handlers() {
  system::KeeperClient::Handlers handlers;
  handshake_.take_part(handlers, keeper_, [this] { on_keeper_known(); });
  pass_child_news(handlers, [this] { return programs_ ? &programs_->driver() : nullptr; });
  handlers.on_started = [this](int error) { report_pidfile(error, settings_.daemon, storage_.log()); };
  handlers.on_hold_failed = [this](const std::string& name) { report_hold_failed(name, storage_.log()); };
  handlers.on_reaped = [this](std::int32_t pid, int wait_status) {
    storage_.log().info(reaped_text(pid, wait_status));
    storage_.log().debug(supervision::kChildQuit);
  };
  handlers.on_lost = [this](const Error& why) {
    report_lost_keeper(why, storage_.log());
    exit_status_ = keeper::agent_lost_keeper;
    loop_.stop();
  };
  return handlers;
}

// ---- while it runs ----

void Agent::on_process_changed(const supervision::StateChanged& change) {
  start_memory_.on_change();
  cluster_ ? cluster_->process_changed(change) : frontend_->refresh_soon();
}

void Agent::on_groups_changed() {
  if (cluster_) {
    cluster_->groups_changed();
    telemetry_->groups_changed();
  }
}

void Agent::on_disabilities_changed() {
  programs_->keep_disabilities();
  if (cluster_) {
    cluster_->groups_changed();
  }
}

void Agent::on_end(cluster::ClusterEnd end) {
  supervision::Input request = supervision::ShutdownRequest{};
  if (end == cluster::ClusterEnd::restart) {
    request = supervision::RestartRequest{};
  }
  programs_->driver().submit(std::move(request), {"Master", "cluster"}, [](const supervision::Completed&) {});
}

// ---- the end ----

void Agent::on_stopping() {
  (void)notifier_.notify("STOPPING=1");
  if (cluster_) {
    cluster_->leave();
  }
}

void Agent::on_exit(int status) {
  exit_status_ = status;
  if (status == keeper::agent_done) {
    frontend_->sockets().remove_files();
  }
  // After the effects in progress, so that their answers reach the clients.
  loop_.post([this] {
    frontend_->web().close();
    if (telemetry_) {
      telemetry_->close();
    }
    loop_.post([this] { loop_.stop(); });
  });
}

int run_agent(const Invocation& invocation) {
  std::signal(SIGPIPE, SIG_IGN);
  (void)::mallopt(M_ARENA_MAX, 1);  // three threads that allocate little: one heap is smaller
  const config::PosixHost host(invocation.started_in);
  auto launch = load_launch(invocation, host);
  if (!launch) {
    std::fputs(launch.error().message.c_str(), launch.error().code == kLaunchPrinted ? stdout : stderr);
    return launch.error().code == kLaunchPrinted ? keeper::agent_done : keeper::agent_refused;
  }
  // The keeper takes a closed socket for a hung agent and kills it: one descriptor stays open until the process ends.
  (void)::fcntl(keeper::agent_socket_fd, F_DUPFD_CLOEXEC, keeper::agent_socket_fd + 1);
  Agent agent(invocation, std::move(launch).value(), host);
  return agent.run();
}

}  // namespace holdfast

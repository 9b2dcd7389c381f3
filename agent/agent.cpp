#include "agent.hpp"

#include <fcntl.h>
#include <malloc.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdio>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "api/api.hpp"
#include "drivers/frontend/api_adapters.hpp"
#include "base/clock.hpp"
#include "base/descriptor_shares.hpp"
#include "base/limits.hpp"
#include "base/socket_file.hpp"
#include "base/text.hpp"
#include "drivers/output/child_logs.hpp"
#include "drivers/programs/child_start.hpp"
#include "startup/cluster_facts.hpp"
#include "drivers/cluster/cluster_driver.hpp"
#include "drivers/cluster/cluster_log.hpp"
#include "drivers/programs/disabilities_file.hpp"
#include "drivers/telemetry/external_events.hpp"
#include "drivers/programs/fcgi_sockets.hpp"
#include "startup/startup_log.hpp"
#include "startup/handover_check.hpp"
#include "startup/inheritance.hpp"
#include "keeper/free_descriptors.hpp"
#include "startup/launch.hpp"
#include "drivers/programs/listener_driver.hpp"
#include "drivers/programs/program_driver.hpp"
#include "startup/log_recovery.hpp"
#include "drivers/frontend/page_publisher.hpp"
#include "drivers/programs/program_texts.hpp"
#include "startup/renewal.hpp"
#include "drivers/telemetry/statistics_collector.hpp"
#include "storage/history.hpp"
#include "storage/main_log.hpp"
#include "storage/state_dir.hpp"
#include "system/event_loop.hpp"
#include "system/keeper_client.hpp"
#include "system/loop_priority.hpp"
#include "system/service_notifier.hpp"
#include "system/start_pages.hpp"
#include "drivers/frontend/web.hpp"

namespace holdfast {
namespace {

constexpr Duration kStartSettles = 1s;      // without a change of state: the start is over, its pages can go
constexpr Duration kStartSettledBy = 30s;  // also while programs crash in a loop

/// One agent from its start to its end.
class Agent {
 public:
  Agent(Invocation invocation, Launch launch, const config::Host& host)
      : invocation_(std::move(invocation)),
        launch_(std::move(launch)),
        settings_(launch_.settings),
        host_(host),
        keeper_(loop_.context(), UniqueFd(keeper::agent_socket_fd), keeper_handlers()),
        facts_(settings_) {}

  int run() {
    if (Status opened = open_storage(); !opened) {
      return refuse(opened.error());
    }
    (void)system::raise_loop_priority();  // without the right to it the agent is one among its programs
    if (Status greeted = keeper_.start(); !greeted) {
      std::fprintf(stderr, "holdfast-agent: the keeper does not answer: %s\n",
                   greeted.error().message.c_str());
      return keeper::agent_lost_keeper;
    }
    watch_disk_results();
    loop_.run();
    return finish();
  }

  int refuse(const Error& error) {
    keeper_.fail(config::usage_error(error, launch_.program));
    return keeper::agent_refused;
  }

 private:
  // ---- the start, in order
  // --------------------------------------------------------------------------------------------
  Status open_storage() {
    disk_ = std::make_unique<storage::DiskThread>(storage::default_disk_queue_limits());
    storage::MainLogOptions options;
    options.path = settings_.daemon.logfile;
    options.max_bytes = settings_.daemon.logfile_max_bytes;
    options.backups = settings_.daemon.logfile_backups;
    options.level = settings_.daemon.loglevel;
    options.copy_to_stdout = settings_.daemon.nodaemon && !settings_.daemon.silent;
    options.to_syslog = settings_.daemon.log_to_syslog;
    auto log = storage::MainLog::open(*disk_, std::move(options));
    if (!log) {
      return log.error();
    }
    log_ = std::move(log).value();
    storage::MainLog::install_crash_flush(*log_);
    auto cluster_log = ClusterLog::open(*disk_, *log_, settings_);
    if (!cluster_log) {
      return cluster_log.error();
    }
    cluster_log_ = std::move(cluster_log).value();
    auto state = storage::StateDir::open(launch_.state_dir, log_->say());
    if (!state) {
      return state.error();
    }
    state_dir_ = std::make_unique<storage::StateDir>(std::move(state).value());
    identity_ = state_dir_->load_identity(log_->say());
    identity_.incarnation = storage::StateDir::next_incarnation(identity_, wall_now());
    if (state_dir_->writable()) {
      if (const Status saved = state_dir_->save_identity(identity_); !saved) {
        log_->error("the node's identity cannot be kept: " + saved.error().message);
      }
    }
    auto history = storage::history_options(state_dir_->writable() ? state_dir_->file("history.db") : "");
    history.retention.age = std::chrono::hours(24) * settings_.holdfast.history_days;
    history.retention.bytes = settings_.holdfast.history_size_bytes;
    history_ = std::make_unique<storage::History>(*disk_, std::move(history), log_->say());
    return {};
  }

  void on_welcome(const keeper::Welcome& welcome) {
    resumed_ = welcome.reason == keeper::StartReason::crashed ||
               welcome.reason == keeper::StartReason::handed_over;
    welcome_ = welcome;
    agent_starts_ = welcome.agent_starts;
    facts_.set_daemon_pid(welcome.keeper_pid);
    facts_.set_keeper_problem(keeper_problem_of(welcome));
    set_agent_problem(agent_problem_of(welcome));
    write_startup_log(welcome, settings_, *log_);
    const bool handed_over = welcome.reason == keeper::StartReason::handed_over;
    history_->record(storage::RestartEvent{wall_now(), node_name(), resumed_ ? "agent" : "keeper",
                                           identity_.incarnation,
                                           handed_over ? "on request"
                                           : resumed_  ? "the agent before ended by itself"
                                                       : "start"});
    // Listening sockets before children: whatever else is short, who asks is answered.
    (void)keeper_.list_held();
  }

  /// Told after on_welcome: the reasons.
  void on_keeper_trouble(keeper::TroubleWith with, const std::string& text) {
    troubles_.push_back(text);
    if (with == keeper::TroubleWith::keeper) {
      facts_.set_keeper_problem(text);
    } else if (welcome_.former_agent != 0) {
      set_agent_problem(text);
    }
  }

  void set_agent_problem(const std::string& text) {
    facts_.set_agent_problem(text);
    facts_.set_warning("agent's program", text);
  }

  void on_held_end() { (void)keeper_.list(); }

  void on_list_end() {
    if (!resumed_) {
      say_killed_keeper(welcome_.killed_keeper, inherited_.children, *log_);
    }
    if (Status status = assemble(); !status) {
      exit_status_ = refuse(status.error());
      loop_.stop();
    }
  }

  Status assemble() {
    if (Status status = open_logs(); !status) {
      return status;
    }
    if (Status status = make_cluster_facts(); !status) {
      return status;
    }
    share_out_descriptors();
    make_programs();
    web_ = std::make_unique<Web>(loop_, *disk_, *log_, shares_);
    if (Status status = open_servers(); !status) {
      return status;
    }
    say_daemonized(welcome_, settings_.daemon, *log_);
    if (Status status = start_cluster(); !status) {
      return status;
    }
    make_api();
    log_->info("supervisord started with pid " + std::to_string(facts_.daemon_pid()));
    // Given away: each of a thousand programs' settings would stand here a second time.
    programs_->begin(resumed_, std::exchange(launch_.settings.groups, {}), untaken_, [this] { on_begun(); });
    return {};
  }

  Status open_logs() {
    auto taken = take_over_log_intents(
        inherited_.take(std::string(system::log_intents_name)),
        [this](std::uint64_t start_id, keeper::Channel channel) { return inherited_.spool_of(start_id, channel); },
        *log_);
    if (!taken) {
      return taken.error();
    }
    (void)keeper_.hold(system::log_intents_name, taken.value().intents.descriptor());
    untaken_ = std::move(taken.value().untaken);
    ChildLogsOptions options;
    options.strip_ansi = settings_.daemon.strip_ansi;
    options.copy_to_main_log = log_->enabled(LogLevel::debug);
    ChildLogs::Handlers handlers;
    handlers.on_news = [this](std::uint64_t start_id, const supervision::ProcessKey& key,
                              const OutputNews& news) { programs_->output_news(start_id, key, news); };
    handlers.on_trouble = [this](const supervision::ProcessKey& key, supervision::Channel channel,
                                 const std::string& trouble) {
      facts_.set_warning("log " + supervision::make_namespec(key) + " " + std::string(name_of(channel)), trouble);
    };
    handlers.on_spool_taken = [this](std::uint64_t start_id, keeper::Channel channel) {
      (void)keeper_.spool_taken(start_id, channel);
      programs_->spool_taken(start_id);
    };
    logs_ =
        std::make_unique<ChildLogs>(*disk_, *log_, std::move(taken.value().intents), options, std::move(handlers));
    return {};
  }

  Status make_cluster_facts() {
    if (!settings_.cluster) {
      return {};
    }
    auto facts = cluster_facts_of(settings_, host_, identity_, cluster_log_->log());
    if (!facts) {
      return facts.error();
    }
    cluster_facts_ = std::move(facts).value();
    if (cluster_facts_->keys.key.open()) {
      cluster_log_->log().critical(std::string(kOpenGossip));
      facts_.set_warning("gossip", std::string(kOpenGossip));
    }
    return {};
  }

  void share_out_descriptors() {
    rlimit limit{};
    (void)::getrlimit(RLIMIT_NOFILE, &limit);
    DescriptorNeeds needs;
    needs.limit = static_cast<std::size_t>(limit.rlim_cur);
    needs.servers = settings_.servers.size();
    needs.cluster = cluster_facts_.has_value();
    needs.peers = cluster_facts_ ? cluster_facts_->nodes.nodes.size() - 1 : 0;
    shares_ = share_descriptors(needs);
    std::size_t wanted = 0;
    for (const config::GroupSettings& group : launch_.settings.groups) {
      for (const config::ProcessSettings& process : group.processes) {
        wanted += descriptors_of(process);
      }
    }
    if (wanted > shares_.programs) {
      log_->warn("file descriptors: of " + std::to_string(needs.limit) + " that one process may have, " +
                 std::to_string(shares_.programs) + " are for programs, and all programs together need " +
                 std::to_string(wanted) +
                 "; who finds none left is not started. Raise the hard limit (ulimit -Hn, LimitNOFILE=)");
    }
  }

  void make_programs() {
    ProgramDriver::Observers observers;
    observers.on_change = [this](const supervision::StateChanged& change) { on_process_changed(change); };
    observers.on_groups_changed = [this] {
      if (link_) {
        link_->groups_changed();
        statistics_->groups_changed();
      }
    };
    observers.on_disabilities = [this] {
      keep_disabilities();
      if (link_) {
        link_->groups_changed();
      }
    };
    observers.on_reopen = [this] {
      log_->reopen();
      cluster_log_->reopen();
    };
    observers.on_stopping = [this] { on_stopping(); };
    observers.on_exit = [this](int status) { on_exit(status); };
    renewal_ = std::make_unique<Renewal>(loop_, *log_, invocation_, facts_.daemon_pid());
    observers.may_renew = [this](bool keeper_too, Renewal::Answer answer) {
      const auto state = [this] {
        return encode(handover_state_of(programs_->supervisor(), welcome_.version_used, listeners_->state()));
      };
      renewal_->ask(keeper_too, state, std::move(answer));
    };
    observers.on_trouble = [this](const std::string& about, const std::string& trouble) {
      facts_.set_warning(about, trouble);
    };
    listeners_ = std::make_unique<ListenerDriver>(ListenerDriver::Parts{loop_, keeper_, *log_},
                                                  settings_.daemon.identifier,
                                                  inherited_.take(std::string(kHeldListeners)));
    fcgi_ = std::make_unique<FcgiSockets>(keeper_, *log_);
    for (auto& [name, fd] : inherited_.held) {
      if (name.starts_with(kHeldFcgi)) {
        fcgi_->take_over(name, std::move(fd));
      }
    }
    programs_ =
        std::make_unique<ProgramDriver>(ProgramDriver::Parts{loop_, keeper_, *logs_, *log_, *history_,
                                                             *listeners_, *fcgi_, host_, shares_.programs},
                                        settings_, launch_.command_line, node_name(),
                                        (std::uint64_t{agent_starts_} << 32U) + 1, std::move(observers));
    if (inherited_.agent_blob) {
      programs_->resume(std::move(*inherited_.agent_blob));
    }
    if (settings_.cluster && !settings_.cluster->disabilities_file.empty()) {
      disabilities_ = std::make_unique<DisabilitiesFile>(settings_.cluster->disabilities_file, *disk_, *log_);
      if (disabilities_->found()) {
        programs_->disable(*disabilities_->found());
      }
    }
    for (system::FoundChild& child : inherited_.children) {
      programs_->found(std::move(child));
    }
    inherited_.children.clear();
  }

  Status open_servers() {
    for (const config::HttpServerSettings& server : settings_.servers) {
      const std::string name = held_name_of(server);
      UniqueFd socket = inherited_.take(name);
      if (!socket.valid()) {
        auto made = listen_for(server);
        if (!made) {
          return made.error();
        }
        socket = std::move(made).value();
        if (const Status kept = keeper_.hold(name, socket.get()); !kept) {
          log_->error("the socket of [" + server.section +
                      "] would not outlive this agent: " + kept.error().message);
        }
      }
      if (settings_.supervisor_interface) {
        log_->info("RPC interface 'supervisor' initialized");  // once for each server, as there
      }
      if (server.kind == config::HttpServerSettings::Kind::unix_socket) {
        if (const auto own = socket_file(server.path)) {
          own_sockets_[server.path] = *own;
        }
      }
      web_->add_server(server, std::move(socket));
      web_->allow_host(server.host);
    }
    for (const auto& [name, fd] : inherited_.held) {
      if (name.starts_with("http ")) {
        (void)keeper_.release(name);  // of a section that is gone
      }
    }
    inherited_.held.clear();
    web_->allow_host(host_.node_name());
    return {};
  }

  Status start_cluster() {
    if (!cluster_facts_) {
      return {};
    }
    for (const config::NodeIdentity& node : cluster_facts_->nodes.nodes) {
      web_->allow_host(node.host);
    }
    ClusterDriver::Observers observers;
    observers.on_view_changed = [this] { refresh_pages_soon(); };
    observers.on_step = [this] {
      if (events_) {
        events_->on_step();
      }
    };
    observers.on_samples = [this](const cluster::PeerSamples& samples) { events_->tell(samples); };
    observers.more_counters = [this] { return events_->counters(); };
    observers.on_trouble = [this](const std::string& about, const std::string& trouble) {
      facts_.set_warning(about, trouble);
    };
    observers.on_end = [this](cluster::ClusterEnd end) {
      const api::Caller caller{"Master", "cluster"};
      supervision::Input request = supervision::ShutdownRequest{};
      if (end == cluster::ClusterEnd::restart) {
        request = supervision::RestartRequest{};
      }
      programs_->submit(std::move(request), caller, [](const supervision::Completed&) {});
    };
    link_ = std::make_unique<ClusterDriver>(
        ClusterDriver::Parts{loop_, *disk_, cluster_log_->log(), *history_, *state_dir_, *programs_}, settings_,
        std::move(*cluster_facts_), std::move(observers));
    cluster_facts_.reset();  // the link has them; node_name() asks it from here on
    return link_->start();
  }

  void make_api() {
    make_statistics();
    log_access_ = std::make_unique<LogAccess>(*disk_, *log_, cluster_log_->log(), *logs_);
    history_access_ = std::make_unique<HistoryAccess>(*history_, node_name());
    ports_ = std::make_unique<api::Ports>(
        api::Ports{facts_, *programs_, *log_access_, link_.get(), *history_access_, *web_, statistics_.get()});
    api_ = std::make_unique<api::Api>(*ports_);
    refresh_ = std::make_unique<PagePublisher>(loop_, *api_, web_->events());
    if (link_) {
      events_ = std::make_unique<ExternalEvents>(
          ExternalEvents::Parts{loop_, cluster_log_->log(), *web_, [this](auto kinds) { link_->want_statistics(kinds); }},
          settings_);
      facts_.set_warning("events", events_->open(link_->node()));
    }
  }

  /// Only a node of a cluster measures itself: alone, the agent wakes for nothing.
  void make_statistics() {
    if (!link_) {
      return;
    }
    StatisticsCollector::Observers observers;
    observers.on_host = [this](auto points) { tell_samples({std::move(points), {}}); };
    observers.on_processes = [this](auto points) { tell_samples({{}, std::move(points)}); };
    observers.somebody_listens = [this] {
      return events_->wants(api::EventTopic::pstats) || link_->node().view().statistics_asked.processes;
    };
    statistics_ = std::make_unique<StatisticsCollector>(StatisticsCollector::Parts{loop_, *disk_, cluster_log_->log(), *programs_},
                                                        settings_.cluster->statistics, std::move(observers));
  }

  void tell_samples(const cluster::LocalSamples& samples) {
    events_->tell(samples);
    link_->tell_samples(samples);
  }

  void keep_disabilities() {
    if (disabilities_) {
      disabilities_->write(programs_->supervisor().disabilities());
    }
  }

  /// The programs of an earlier agent are taken over: from here on the agent answers.
  void on_begun() {
    for (const std::string& trouble : std::exchange(troubles_, {})) {
      log_->error(trouble);
    }
    keep_disabilities();
    if (link_) {
      link_->begin();
      statistics_->begin(facts_.daemon_pid());
    }
    web_->serve(
        *api_,
        [this](const std::string& body, const std::string& from) {
          return link_ ? link_->answer_hello(body, from) : Web::HelloAnswer{};
        },
        [this] { refresh_->on_watcher(); });
    (void)keeper_.ready();
    (void)notifier_.notify("READY=1");
    system::release_start_pages();
    start_settled_by_ = monotonic_now() + kStartSettledBy;
    settle(monotonic_now() + kStartSettles);
  }

  /// The memory of the start goes when no program has changed its state for a while.
  void settle(Instant at) {
    start_over_.set(at, [this] {
      const Instant quiet_at = last_change_ + kStartSettles;
      if (const Instant now = monotonic_now(); now < quiet_at && now < start_settled_by_) {
        settle(quiet_at);
      } else {
        system::release_start_pages();
      }
    });
  }

  // ---- while it runs
  // --------------------------------------------------------------------------------------------------
  void on_process_changed(const supervision::StateChanged& change) {
    last_change_ = monotonic_now();
    if (link_) {
      link_->process_changed(change);
    } else {
      refresh_pages_soon();
    }
  }

  void refresh_pages_soon() {
    if (refresh_) {
      refresh_->soon();
    }
  }

  void watch_disk_results() {
    results_.assign(disk_->result_fd());
    results_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                        [this](const boost::system::error_code& error) {
                          if (!error) {
                            (void)disk_->drain(limits::loop_disk_results);
                            const int fd = results_.release();
                            (void)fd;
                            watch_disk_results();
                          }
                        });
  }

  system::KeeperClient::Handlers keeper_handlers() {
    system::KeeperClient::Handlers handlers;
    handlers.on_welcome = [this](const keeper::Welcome& welcome) { on_welcome(welcome); };
    handlers.on_started = [this](int pidfile_errno) {
      if (pidfile_errno != 0) {
        log_->critical("could not write pidfile " + settings_.daemon.pidfile + ": " +
                       ::strerrordesc_np(pidfile_errno));
      }
    };
    handlers.on_trouble = [this](keeper::TroubleWith with, const std::string& text) { on_keeper_trouble(with, text); };
    handlers.on_child = [this](system::FoundChild child) {
      if (!keeper::descriptors_left(limits::descriptors_own)) {  // what this start itself needs comes first
        child.child.descriptors = {};
        child.child.cut = true;
      }
      inherited_.children.push_back(std::move(child));
    };
    handlers.on_agent_blob = [this](std::string blob) {
      if (!blob.empty()) {  // empty: the agent before ended in order and left nothing
        inherited_.agent_blob = std::move(blob);
      }
    };
    handlers.on_list_end = [this] { on_list_end(); };
    handlers.on_held = [this](std::string name, UniqueFd fd) {
      inherited_.held[std::move(name)] = std::move(fd);
    };
    handlers.on_held_end = [this] { on_held_end(); };
    handlers.on_spawned = [this](system::SpawnedChild child) { programs_->spawned(std::move(child)); };
    handlers.on_spawn_failed = [this](std::uint64_t start_id, keeper::Stage stage, int error) {
      programs_->spawn_failed(start_id, stage, error);
    };
    handlers.on_descriptors = [this](std::uint64_t start_id, system::ChildDescriptors descriptors, bool cut) {
      programs_->fetched(start_id, std::move(descriptors), cut);
    };
    handlers.on_hold_failed = [this](const std::string& name) {
      log_->error("the keeper has no file descriptor left to hold '" + name +
                  "': it would not outlive this agent");
    };
    handlers.on_exited = [this](const system::ChildExit& exit) {
      if (programs_) {
        programs_->exited(exit);
      }
    };
    handlers.on_signal = [this](int signo) {
      if (programs_) {
        programs_->daemon_signal(signo);
      }
    };
    handlers.on_signal_failed = [this](std::uint64_t start_id, int, int error) {
      programs_->signal_failed(start_id, error);
    };
    handlers.on_reaped = [this](std::int32_t pid, int wait_status) {
      log_->info(reaped_text(pid, wait_status));
      log_->debug(supervision::kChildQuit);
    };
    handlers.on_lost = [this](const Error& why) {
      log_->critical("the keeper is gone (" + why.message +
                     "); this agent ends. The programs live on, but one that writes to its pipe is told that nobody reads "
                     "it, and may end: start the daemon again at once");
      exit_status_ = keeper::agent_lost_keeper;
      loop_.stop();
    };
    return handlers;
  }

  // ---- the end
  // --------------------------------------------------------------------------------------------------------
  void on_stopping() {
    (void)notifier_.notify("STOPPING=1");
    if (link_) {
      link_->leave();
    }
  }

  void on_exit(int status) {
    exit_status_ = status;
    if (status == keeper::agent_done) {
      remove_unix_sockets();
    }
    // After the effects in progress, so that their answers reach the clients.
    loop_.post([this] {
      web_->close();
      if (events_) {
        events_->close();
        statistics_->stop();
      }
      loop_.post([this] { loop_.stop(); });
    });
  }

  /// Not what somebody else has put there since.
  void remove_unix_sockets() {
    for (const auto& [path, own] : own_sockets_) {
      if (socket_file(path) == own) {
        (void)remove_socket_file(path);
      }
    }
  }

  int finish() {
    if (link_) {
      link_->stop();
    }
    if (results_.is_open()) {
      const int fd = results_.release();
      (void)fd;  // the disk thread's
    }
    (void)log_->flush();
    cluster_log_->flush();
    disk_->stop();
    storage::MainLog::remove_crash_flush();
    return exit_status_;
  }

  [[nodiscard]] std::string node_name() const {
    if (cluster_facts_) {
      return cluster_facts_->nodes.nodes[cluster_facts_->nodes.self].identifier;
    }
    return link_ ? link_->local_identifier() : settings_.daemon.identifier;
  }

  Invocation invocation_;
  Launch launch_;
  const config::Settings& settings_;
  const config::Host& host_;
  system::EventLoop loop_;
  std::unique_ptr<storage::DiskThread> disk_;
  std::unique_ptr<storage::MainLog> log_;
  std::unique_ptr<ClusterLog> cluster_log_;
  std::unique_ptr<storage::StateDir> state_dir_;
  std::unique_ptr<storage::History> history_;
  storage::Identity identity_;
  system::KeeperClient keeper_;
  AgentFacts facts_;
  system::Deadline start_over_{loop_};
  Instant start_settled_by_;
  Instant last_change_;
  system::ServiceNotifier notifier_;
  boost::asio::posix::stream_descriptor results_{loop_.context()};

  bool resumed_ = false;
  std::uint32_t agent_starts_ = 1;
  keeper::Welcome welcome_;
  std::vector<std::string> troubles_;  // of the keeper, for the log
  int exit_status_ = keeper::agent_done;
  Inheritance inherited_;
  DescriptorShares shares_;
  std::map<std::string, std::pair<dev_t, ino_t>> own_sockets_;  // of HTTP servers, by path
  supervision::UntakenOutput untaken_;
  std::optional<ClusterDriver::Facts> cluster_facts_;

  std::unique_ptr<ChildLogs> logs_;
  std::unique_ptr<ListenerDriver> listeners_;
  std::unique_ptr<FcgiSockets> fcgi_;
  std::unique_ptr<DisabilitiesFile> disabilities_;  // if the configuration names one
  std::unique_ptr<ProgramDriver> programs_;
  std::unique_ptr<Renewal> renewal_;
  std::unique_ptr<Web> web_;
  std::unique_ptr<ClusterDriver> link_;
  std::unique_ptr<LogAccess> log_access_;
  std::unique_ptr<HistoryAccess> history_access_;
  std::unique_ptr<api::Ports> ports_;
  std::unique_ptr<api::Api> api_;
  std::unique_ptr<PagePublisher> refresh_;
  std::unique_ptr<StatisticsCollector> statistics_;
  std::unique_ptr<ExternalEvents> events_;
};

}  // namespace

int run_agent(const Invocation& invocation) {
  std::signal(SIGPIPE, SIG_IGN);
  (void)::mallopt(M_ARENA_MAX, 1);  // three threads that allocate little: one heap is smaller
  const config::PosixHost host(invocation.started_in);
  auto launch = load_launch(invocation, host);
  if (!launch) {
    std::fputs(launch.error().message.c_str(), launch.error().code == kLaunchPrinted ? stdout : stderr);
    return launch.error().code == kLaunchPrinted ? keeper::agent_done : keeper::agent_refused;
  }
  // The keeper takes a closed socket for a hung agent and kills it: one descriptor stays open until the
  // process is gone.
  (void)::fcntl(keeper::agent_socket_fd, F_DUPFD_CLOEXEC, keeper::agent_socket_fd + 1);
  Agent agent(invocation, std::move(launch).value(), host);
  return agent.run();
}

}  // namespace holdfast

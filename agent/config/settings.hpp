// settings.hpp: the typed form of one configuration file with its includes: what the daemon is to do. Plain
// values, comparable, no I/O and no defaults hidden elsewhere (defaults stand here; contract
// supervisor.md 1.7 to 1.15). Made by config/settings_reader; read by supervision, the composition root and
// the API. Immutable after it is read.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/instant.hpp"
#include "base/limits.hpp"
#include "base/log_level.hpp"
#include "base/strategies.hpp"

namespace holdfast::config {

/// Environment in order of key; later sources override.
using Environment = std::map<std::string, std::string>;

enum class AutoRestart { never, unexpected, always };

/// Where the output of a channel goes (contract 1.3 "logfile name"). `automatic`: childlogdir, made at group
/// creation.
struct LogTarget {
  enum class Kind { none, automatic, file } kind = Kind::none;
  std::string path;  // file only
  friend bool operator==(const LogTarget&, const LogTarget&) = default;
};

/// One output channel of a program (stdout or stderr).
struct ChannelSettings {
  LogTarget log{LogTarget::Kind::automatic, {}};
  std::int64_t log_max_bytes = 50LL * 1024 * 1024;  // 0 = never rotates
  int log_backups = 10;
  std::int64_t capture_max_bytes = 0;  // 0 = capture mode off
  bool events_enabled = false;
  bool syslog = false;
  friend bool operator==(const ChannelSettings&, const ChannelSettings&) = default;
};

/// Numeric identity a program runs as, looked up when the file is read (the static keeper looks up no names).
struct Account {
  std::string name;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::vector<std::uint32_t> groups;  // primary first
  friend bool operator==(const Account&, const Account&) = default;
};

/// By what a process that runs is judged and stopped. A child that is found running by a new agent keeps the policy
/// that it was started with (supervision/process_record.hpp), so that an edited file does not change what runs already.
struct LifecyclePolicy {
  int priority = 999;
  AutoRestart autorestart = AutoRestart::unexpected;
  int startsecs = 1;
  int startretries = 3;
  std::set<int> exitcodes{0};
  int stopsignal = 15;
  int stopwaitsecs = 10;
  bool stopasgroup = false;
  bool killasgroup = false;
  friend bool operator==(const LifecyclePolicy&, const LifecyclePolicy&) = default;
};

/// One process: a program section with numprocs expanded. Field names are the keys of contract 1.11.
struct ProcessSettings {
  std::string name;          // process_name
  std::string program_name;  // x of [program:x]
  int process_index = 0;     // 0-based, independent of numprocs_start
  std::string command;       // split at spawn time, not here
  std::optional<std::string> directory;
  std::optional<std::uint32_t> umask;
  bool autostart = true;
  LifecyclePolicy lifecycle;
  std::optional<Account> user;
  bool redirect_stderr = false;
  ChannelSettings stdout_channel;
  ChannelSettings stderr_channel;
  Environment environment;               // the section's own, merged over [supervisord] environment
  std::optional<std::string> serverurl;  // only sets SUPERVISOR_SERVER_URL
  friend bool operator==(const ProcessSettings&, const ProcessSettings&) = default;
};

enum class GroupKind { program, fcgi_program, event_listener };

/// The result_handler whose judgement is carried out here: the answer OK accepts an event, any other rejects it.
inline constexpr const char* kStockResultHandler = "supervisor.dispatchers:default_handler";

/// What [eventlistener:x] has beyond a program (contract 1.13).
struct ListenerSettings {
  int buffer_size = 10;
  std::set<std::string> events;                      // upper case, known types only
  std::string result_handler = kStockResultHandler;  // module:callable as written
  bool length_in_bytes = false;  // of an event's payload; else in characters, as Supervisor since 4.0
  friend bool operator==(const ListenerSettings&, const ListenerSettings&) = default;
};

/// What [fcgi-program:x] has beyond a program (contract 1.12).
struct FcgiSocketSettings {
  std::string url;   // normalised: tcp://host:port or unix:///path
  std::string path;  // unix only
  std::string host;  // tcp only
  std::uint16_t port = 0;
  std::optional<std::pair<std::uint32_t, std::uint32_t>> owner;  // unix: uid, gid (UINT32_MAX = unchanged)
  std::uint32_t mode = 0700;                                     // unix only
  std::optional<int> backlog;                                    // absent: the system's SOMAXCONN
  friend bool operator==(const FcgiSocketSettings&, const FcgiSocketSettings&) = default;
};

/// A group of processes in configuration order: [group:x], or the group that a lone program makes.
struct GroupSettings {
  std::string name;
  GroupKind kind = GroupKind::program;
  int priority = 999;
  std::vector<ProcessSettings> processes;
  std::string file;                               // the file that introduced the section, for messages
  std::optional<ListenerSettings> listener;       // kind event_listener only
  std::optional<FcgiSocketSettings> fcgi_socket;  // kind fcgi_program only
  friend bool operator==(const GroupSettings&, const GroupSettings&) = default;
};

/// [unix_http_server] or [inet_http_server] (one each section).
struct HttpServerSettings {
  enum class Kind { unix_socket, inet } kind = Kind::inet;
  std::string section;  // as written, for log lines
  std::string place;    // of its port or file, for errors found later
  std::string path;     // unix: absolute
  std::uint32_t mode = 0700;
  std::optional<std::pair<std::uint32_t, std::uint32_t>> owner;  // unix: uid, gid (UINT32_MAX = unchanged)
  std::string host;                                              // inet: "" = any
  std::uint16_t port = 0;
  std::string username;  // empty = no authentication
  std::string password;  // plain or {SHA}hex
};

/// [supervisord] (contract 1.9).
struct DaemonSettings {
  std::string logfile;  // absolute path; empty when syslog
  bool log_to_syslog = false;
  std::int64_t logfile_max_bytes = 50LL * 1024 * 1024;
  int logfile_backups = 10;
  LogLevel loglevel = LogLevel::info;
  std::string pidfile;  // absolute path
  std::uint32_t umask = 022;
  bool nodaemon = false;
  bool silent = false;
  int minfds = 1024;
  int minprocs = 200;
  bool nocleanup = false;
  std::string childlogdir;
  std::optional<Account> user;
  std::optional<std::string> directory;
  bool strip_ansi = false;
  Environment environment;
  std::string identifier = "supervisor";
};

/// [holdfast]: keys of our own, in a section that Supervisor ignores.
struct HoldfastSettings {
  std::string state_dir;  // empty = default (DESIGN.md section 5)
  bool legacy_get_actions = false;
  std::set<std::string> byte_length_pools;               // event listeners (contract 5.2)
  Duration restart_interval = limits::restart_interval;  // between two restarts of one program
  int history_days = 180;                                // older rows go
  std::int64_t history_size_bytes = 400 * 1024 * 1024;   // the oldest rows go when the file is bigger
};

/// One item of the node list: `<nick>host:port` (contract supvisors.md ID-4).
struct NodeItem {
  std::string nick;  // empty = not given
  std::string host;
  std::uint16_t port = 0;  // 0 = not given: the local port is assumed
  friend bool operator==(const NodeItem&, const NodeItem&) = default;
};

/// Where announcements go (contract CFG-04).
struct MulticastGroup {
  std::string address;  // IPv4
  std::uint16_t port = 0;
  friend bool operator==(const MulticastGroup&, const MulticastGroup&) = default;
};

/// Which conditions end the wait for other nodes at start; any one that is true ends it.
struct SynchronisationSettings {
  bool strict = false;           // every listed node is here
  bool list = false;             // every known node is here
  bool core = false;             // every core node is here
  bool majority = false;         // more than half of the listed nodes are here
  bool user = false;             // a user names the Master (end_sync)
  std::optional<int> timeout_s;  // this many seconds have passed
  friend bool operator==(const SynchronisationSettings&, const SynchronisationSettings&) = default;
};

/// How patient the failure detector is; automatic: fast if the gossip thread got priority, else tolerant.
enum class DetectionProfile { fast, tolerant, automatic };
constexpr std::string_view name_of(DetectionProfile profile) {
  switch (profile) {
    case DetectionProfile::fast:
      return "fast";
    case DetectionProfile::tolerant:
      return "tolerant";
    case DetectionProfile::automatic:
      return "auto";
  }
  return {};
}

/// How others hear of events (contract supvisors.md 7.5).
enum class EventLink { none, zeromq, websocket };
constexpr std::string_view name_of(EventLink link) {
  switch (link) {
    case EventLink::none:
      return "NONE";
    case EventLink::zeromq:
      return "ZMQ";
    case EventLink::websocket:
      return "WS";
  }
  return {};
}

/// How the pages look beside their own style (contract supvisors.md CFG-01, CFG-02, CFG-09).
struct BrandingSettings {
  std::string name;                    // shown at the top; empty: Holdfast
  std::string icon;                    // a picture's file beside it; empty: none
  std::vector<std::string> css_files;  // after the built-in style, in this order
  friend bool operator==(const BrandingSettings&, const BrandingSettings&) = default;
};

/// The log of the cluster's layer (CFG-28 to CFG-31).
struct ClusterLogSettings {
  std::string file;  // absolute; empty: the daemon's own log, and the rest means nothing
  std::int64_t max_bytes = 50LL * 1024 * 1024;
  int backups = 10;
  LogLevel level = LogLevel::info;
  friend bool operator==(const ClusterLogSettings&, const ClusterLogSettings&) = default;
};

/// What a node measures of itself and its programs (contract supvisors.md CFG-21 to CFG-25).
struct StatisticsSettings {
  bool host = true;
  bool processes = true;
  Duration collecting_period{5s};      // between two readings of one thing, at least
  std::vector<Duration> periods{10s};  // of integration: one to three, ascending
  std::size_t histo = 200;             // points of a series
  bool irix_mode = false;              // CPU of programs in percent of one core, not of the machine
  friend bool operator==(const StatisticsSettings&, const StatisticsSettings&) = default;
};

/// [cluster] and [rpcinterface:supvisors], merged ([cluster] wins key by key). Absent: the agent is alone.
struct ClusterSettings {
  std::string name = "holdfast";
  std::vector<NodeItem> nodes;  // in order of declaration
  std::string nodes_place;      // of the list, for errors found later
  std::vector<NodeItem> seeds;  // addresses of nodes that say themselves who they are
  std::optional<MulticastGroup> multicast_group;
  std::string multicast_interface;  // IPv4 address; empty = any
  int multicast_ttl = 1;
  /// Nodes that are not in the list may join it.
  [[nodiscard]] bool discovery() const { return multicast_group || !seeds.empty(); }
  std::vector<std::string> rules_files;                                 // globs expanded, sorted, absolute
  std::string key_file;                                                 // empty = derived from the HTTP credentials
  std::optional<std::pair<std::uint16_t, std::uint16_t>> gossip_ports;  // publish ports: ctl, bulk (bulk+1 = requests)
  SynchronisationSettings wait_for;
  std::vector<std::string> core;  // nicks, identifiers or stereotypes
  std::string core_place;
  std::vector<std::string> stereotypes;  // of this node
  int inactivity_ticks = 2;              // of 5 s: above 2, no node is given up earlier
  std::int64_t tail_limit = 1024;        // bytes of a log on its page, if the request does not say
  std::int64_t tailf_limit = 1024;       // bytes of a log before what is added to it
  StartingStrategy starting_strategy = StartingStrategy::config;
  ConciliationStrategy conciliation_strategy = ConciliationStrategy::user;
  FailureStrategy failure_strategy = FailureStrategy::continue_;
  bool auto_fence = false;        // a node that is lost stays out until a person lets it in
  std::string disabilities_file;  // absolute; empty = what is disabled is forgotten at the next start
  DetectionProfile detection = DetectionProfile::automatic;
  int away_grace_ms = 3000;
  int core_hold_ms = 0;  // CORE ends the wait not before that
  EventLink event_link = EventLink::none;
  std::uint16_t event_port = 0;      // 0 = the HTTP port plus 1
  bool event_authentication = true;  // subscribers need the account of [inet_http_server], if it has one
  bool event_snapshot = false;       // a new subscriber is told what holds
  StatisticsSettings statistics;
  BrandingSettings branding;
  ClusterLogSettings log;
};

/// A message found while reading that is not an error; logged once the log is open, in this order.
struct ReaderMessage {
  LogLevel level;
  std::string text;
};

/// Everything one configuration says.
struct Settings {
  std::string file;  // absolute path of the main file
  std::string here;  // its directory
  DaemonSettings daemon;
  HoldfastSettings holdfast;
  std::vector<HttpServerSettings> servers;
  std::vector<GroupSettings> groups;  // sorted by (priority, name)
  bool supervisor_interface = false;  // an [rpcinterface:x] with the stock factory exists
  std::optional<ClusterSettings> cluster;
  std::vector<ReaderMessage> messages;
  std::vector<std::string> unused;  // `file:line: …`, sections and keys of Supervisor without effect; for a test only
};

/// The server whose address and credentials the cluster uses (contract supvisors.md CFG-P1). A configuration with a
/// cluster has one: its reader demands it.
const HttpServerSettings& inet_server_of(const Settings& settings);

}  // namespace holdfast::config

// ports.hpp: what the API needs from the adapters, as small interfaces that the drivers implement, so that api includes
// no adapter. Everything is called on the loop thread; every callback comes on the loop, exactly once, never from
// within the call that takes it unless it says so.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/method.hpp"
#include "base/counter_list.hpp"
#include "base/instant.hpp"
#include "base/result.hpp"
#include "cluster/node.hpp"
#include "config/settings.hpp"
#include "rules/rule_changes.hpp"
#include "supervision/statistics.hpp"
#include "supervision/supervisor.hpp"

namespace holdfast::api {

// ---- the agent itself ----

/// One IPv4 address of this machine.
struct NetworkAddress {
  std::string interface_name;
  std::string address;
  std::string netmask;
};

/// Who this agent is, and the clocks.
class AgentPort {
 public:
  virtual ~AgentPort() = default;
  [[nodiscard]] virtual const config::Settings& settings() const = 0;
  [[nodiscard]] virtual std::int64_t daemon_pid() const = 0;  // the keeper's
  [[nodiscard]] virtual std::int64_t agent_pid() const = 0;
  /// Why the keeper is not the installed program, when that was asked for; empty: nothing is wrong.
  [[nodiscard]] virtual std::string keeper_problem() const = 0;
  /// Why this agent is not the installed program; empty: it is, or was when it started.
  [[nodiscard]] virtual std::string agent_problem() const = 0;
  [[nodiscard]] virtual Instant now() const = 0;
  [[nodiscard]] virtual WallTime wall() const = 0;
  [[nodiscard]] virtual std::int64_t utc_offset_s(std::int64_t unix_seconds) const = 0;
  /// Things that every page must say, like an open gossip port.
  [[nodiscard]] virtual std::vector<std::string> warnings() const = 0;
  /// This machine's name, and its addresses, asked of the system at each call.
  [[nodiscard]] virtual std::string host_name() const = 0;
  [[nodiscard]] virtual std::vector<NetworkAddress> addresses() const = 0;
};

/// This node's own programs.
class SupervisionPort {
 public:
  using Answer = std::function<void(const supervision::Completed&)>;

  virtual ~SupervisionPort() = default;
  [[nodiscard]] virtual const supervision::Supervisor& supervisor() const = 0;
  /// Hands a request to the state machines; its `id` is filled in here. The answer may come within this call.
  /// A restart or a handover with a configuration that would not start is refused with fault 92, and nothing
  /// ends.
  virtual void submit(supervision::Input request, const Caller& caller, Answer answer) = 0;
  /// Reads the configuration file anew (groups only). Nothing changes when it does not load; code 92.
  virtual Result<std::vector<config::GroupSettings>> reread() = 0;
  /// Bytes to a program's stdin. Errors carry the fault's code (contract 4.5 sendProcessStdin).
  virtual Status send_stdin(const ProcessId& key, std::string bytes) = 0;
  /// Emits REMOTE_COMMUNICATION.
  virtual void remote_event(std::string type, std::string data) = 0;
};

struct LogTail {
  std::string data;
  std::int64_t offset = 0;
  bool overflow = false;
};

/// Log files, read on the disk thread.
class LogPort {
 public:
  virtual ~LogPort() = default;
  /// The path of the main log; empty when there is none.
  [[nodiscard]] virtual std::string main_log_path() const = 0;
  /// Contract 3.7; errors carry the fault's code (3, 20, 30).
  virtual void read(const std::string& path, std::int64_t offset, std::int64_t length,
                    std::function<void(Result<std::string>)> answer) = 0;
  /// Contract 3.8.
  virtual void tail(const std::string& path, std::int64_t offset, std::int64_t length,
                    std::function<void(LogTail)> answer) = 0;
  virtual void clear_main(std::function<void(Status)> answer) = 0;
  /// Of the log that the cluster's layer writes: its own, or the main log.
  virtual void set_level(LogLevel level) = 0;
  /// A CRIT line of the main log.
  virtual void critical(const std::string& text) = 0;
  /// Removes and reopens the logs of a process that are open.
  virtual void clear_process(const ProcessId& key, std::function<void(Status)> answer) = 0;
};

// ---- the cluster ----

/// The cluster as this node sees it; absent when the agent is alone.
class ClusterPort {
 public:
  using Answer = std::function<void(const cluster::Reply&)>;

  virtual ~ClusterPort() = default;
  [[nodiscard]] virtual const cluster::Node& node() const = 0;
  [[nodiscard]] virtual const std::string& name() const = 0;
  /// Frames and HELLOs refused, by cause, for people.
  [[nodiscard]] virtual CounterList counters() const = 0;
  /// Asks for an operation; its `handle` is filled in here. `answer` is called for acceptance (phase
  /// accepted) and then for the end, or once for a refusal.
  virtual void submit(cluster::OperatorRequest request, const Caller& caller, Answer answer) = 0;

  /// Calls a method that only reads, at the HTTP port of another node. An error names the node and says why
  /// there is no value; its code is a fault's (the node's own, or 30). Bounded in time, size and number.
  using NodeAnswer = std::function<void(const Result<wire::Value>&)>;
  virtual void ask(const std::string& identifier, const std::string& method, std::vector<wire::Value> params,
                   NodeAnswer answer) = 0;
  /// Reads the key file anew; returns how many keys are valid (2 while the key is being changed). On error nothing has
  /// changed.
  virtual Result<int> reload_keys() = 0;
  /// What has become of a node's rules when they were read anew.
  struct RulesReload {
    std::vector<std::string> files;
    std::vector<std::string> warnings;  // `file:line: …`
    std::vector<rules::RuleChange> changes;
  };
  /// Reads this node's rules files anew. On error, which lists every problem with file and line, the last good rules
  /// hold.
  virtual Result<RulesReload> reload_rules() = 0;
};

/// What this node measures of itself and its programs; absent when the agent is alone.
class StatisticsPort {
 public:
  struct Status {
    bool host = false;
    bool processes = false;
    Duration period{};  // between two readings of one thing, at least
  };
  virtual ~StatisticsPort() = default;
  [[nodiscard]] virtual Status status() const = 0;
  /// What is switched off is forgotten.
  virtual void enable_host(bool on) = 0;
  virtual void enable_processes(bool on) = 0;
  virtual void set_period(Duration period) = 0;
  [[nodiscard]] virtual const supervision::HostStatistics& host() const = 0;
  [[nodiscard]] virtual const supervision::ProcessStatistics& processes() const = 0;
  [[nodiscard]] virtual std::size_t cores() const = 0;
  /// Somebody reads the statistics now: for a while every program is measured as often as the period says.
  virtual void looked_at() = 0;
};

// ---- history ----

/// A line of the history, ready to be shown.
struct HistoryLine {
  std::int64_t id = 0;
  WallTime at{};
  std::string kind;  // state action decision node restart gap
  std::string node;
  std::string application;
  std::string process;
  std::string operation;
  std::string user;
  std::string text;  // one line that says it all
  std::string reason;
  // The same in pieces, for a page that shows the subject and the node on their own:
  std::string word;    // "RUNNING", "start"
  std::string detail;  // the rest
};

class HistoryPort {
 public:
  using Answer = std::function<void(Result<std::vector<HistoryLine>>)>;

  virtual ~HistoryPort() = default;
  /// Newest first. `causes_only`: what `why` shows.
  virtual void query(const std::string& name, WallTime since, std::size_t limit, bool causes_only, Answer answer) = 0;
  /// Something asked for that SupervisionPort::submit does not see. `namespec` empty: of the daemon itself;
  /// `outcome`: "done", or the refusal in words.
  virtual void record(const Caller& caller, const std::string& namespec, const std::string& action,
                      const std::string& outcome) = 0;
};

// ---- the web ----

struct WebField {
  std::string name;
  std::string value;
};

/// One request, complete and authenticated.
struct WebRequest {
  std::string method;    // GET POST HEAD ...
  std::string path;      // percent-decoded
  std::string raw_path;  // as received, for names that hold a slash
  std::vector<WebField> query;
  std::vector<WebField> form;  // of an urlencoded body
  std::string body;
  std::string content_type;
  std::string if_none_match;
  std::string user;
  std::string origin;        // of the peer, for history and logs
  bool same_origin = true;   // not sent by a foreign page
  bool host_allowed = true;  // addressed by a name of ours

  [[nodiscard]] std::string query_value(std::string_view name) const;
  [[nodiscard]] std::string form_value(std::string_view name) const;
};

struct WebResponse {
  int status = 200;
  std::string content_type = "text/html; charset=utf-8";
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  bool page = false;  // add the security headers of a page
};

/// Answers one request, now or later; harmless when the client is gone. The first answer counts.
class WebReply {
 public:
  virtual ~WebReply() = default;
  virtual void respond(WebResponse response) = 0;
  /// The small HTML page of contract 4.1.
  virtual void error(int status) = 0;
  /// Streams a log file: its last `tail_bytes`, then what is appended, until the client goes (contract 4.10).
  virtual void follow_log(const std::string& path, std::int64_t tail_bytes) = 0;
  /// Server-sent events of the topics.
  virtual void stream_events(std::vector<std::string> topics) = 0;
};
using WebReplyPtr = std::shared_ptr<WebReply>;

/// What another node is told that asks to be admitted to the cluster.
struct HelloAnswer {
  int status = 404;  // of HTTP
  std::string body;
};

/// Answers HELLO, the request by which nodes of a cluster prove to each other that they are of it; absent when the
/// agent is alone.
class HelloPort {
 public:
  virtual ~HelloPort() = default;
  /// At once. `from`: the peer, address:port.
  virtual HelloAnswer answer_hello(const std::string& body, const std::string& from) = 0;
};

/// Form tokens.
class TokenPort {
 public:
  virtual ~TokenPort() = default;
  [[nodiscard]] virtual std::string issue(std::string_view user) const = 0;
  [[nodiscard]] virtual bool valid(std::string_view token, std::string_view user) const = 0;
};

/// Everything the API stands on. `cluster` is nullptr when the agent is alone.
struct Ports {
  AgentPort& agent;
  SupervisionPort& supervision;
  LogPort& logs;
  ClusterPort* cluster = nullptr;
  HistoryPort& history;
  TokenPort& tokens;
  StatisticsPort* statistics = nullptr;  // with `cluster`
};

}  // namespace holdfast::api

// program_driver.hpp: drives this node's supervision: inputs (the keeper's news, requests, time) into the
// pure supervision::Supervisor, its effects out to the keeper, the logs, the history and whoever observes. It
// decides nothing. Implements api::SupervisionPort. Loop thread only. Life: construct, found() for each child
// that the keeper knows, begin(), then the handlers of the keeper client call in until the Exit effect is
// reported.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "api/ports.hpp"
#include "drivers/programs/automatic_logs.hpp"
#include "drivers/output/child_logs.hpp"
#include "drivers/programs/child_start.hpp"
#include "config/command_line.hpp"
#include "config/host.hpp"
#include "drivers/programs/fcgi_sockets.hpp"
#include "drivers/programs/listener_driver.hpp"
#include "drivers/programs/program_input.hpp"
#include "storage/history.hpp"
#include "storage/main_log.hpp"
#include "supervision/supervisor.hpp"
#include "system/event_loop.hpp"
#include "system/keeper_client.hpp"
#include "drivers/programs/unread_children.hpp"

namespace holdfast {

class ProgramDriver final : public api::SupervisionPort {
 public:
  struct Parts {
    system::EventLoop& loop;
    system::KeeperClient& keeper;
    ChildLogs& logs;
    storage::MainLog& log;
    storage::History& history;
    ListenerDriver& listeners;
    FcgiSockets& fcgi;
    const config::Host& host;
    std::size_t descriptors;  // the programs' share
  };
  struct Observers {
    std::function<void(const supervision::StateChanged&)> on_change;
    std::function<void()> on_groups_changed;  // a group was added or removed
    std::function<void()> on_disabilities;    // a program was enabled or disabled
    std::function<void()> on_reopen;          // SIGUSR2
    std::function<void()> on_stopping;        // shutdown or restart has begun
    std::function<void(int status)> on_exit;  // everything is stopped
    /// Something that people should see as long as it is so; an empty text: it is over.
    std::function<void(const std::string& about, const std::string& trouble)> on_trouble;
    /// Before a restart or a handover ends anything: whether the installed programs run (Renewal).
    std::function<void(bool keeper_too, std::function<void(const Status&)>)> may_renew;
  };

  /// `node`: the identifier that history rows carry. `first_start_id`: above every one that the keeper has
  /// seen.
  ProgramDriver(Parts parts, const config::Settings& settings, config::CommandLine command_line,
                std::string node, std::uint64_t first_start_id, Observers observers);

  /// One child that an earlier agent left, alive or ended; before begin().
  void found(system::FoundChild child);
  /// The agent's own blob of the earlier agent; before the first found().
  void resume(std::string agent_blob);
  /// The programs that are disabled from the start, whatever the earlier agent knew; before begin().
  void disable(std::set<std::string, std::less<>> programs) { disabled_ = std::move(programs); }
  /// Takes over what was found, then starts what is to start; `done` follows, at once or when the output of
  /// children that ended meanwhile is in their logs. `untaken`: output that the agent before had begun to
  /// take.
  void begin(bool resumed, std::vector<config::GroupSettings> groups, const supervision::UntakenOutput& untaken,
             std::function<void()> done);

  // What the keeper says.
  void spawned(system::SpawnedChild child);
  void spawn_failed(std::uint64_t start_id, keeper::Stage stage, int error);
  void exited(const system::ChildExit& exit);
  void signal_failed(std::uint64_t start_id, int error);
  void daemon_signal(int signo);
  void fetched(std::uint64_t start_id, system::ChildDescriptors descriptors, bool cut);

  /// Every byte of one of the child's spools is in its log: the file is closed.
  void spool_taken(std::uint64_t start_id);

  /// What ChildLogs has read (its handler on_news).
  void output_news(std::uint64_t start_id, const supervision::ProcessKey& key, const OutputNews& news);

  // api::SupervisionPort
  [[nodiscard]] const supervision::Supervisor& supervisor() const override { return *supervisor_; }
  void submit(supervision::Input request, const api::Caller& caller, Answer answer) override;
  Result<std::vector<config::GroupSettings>> reread() override;
  Status send_stdin(const supervision::ProcessKey& key, std::string bytes) override;
  void remote_event(std::string type, std::string data) override;

 private:
  void record_signal(int signo, const std::string& outcome);
  struct Running {
    supervision::ProcessKey key;
    std::unique_ptr<ProgramInput> input;
  };

  void step(const supervision::Input& input);
  /// Whether a restart would find a configuration that starts; said in the log if not (contract 2.7).
  [[nodiscard]] Status restart_allowed() const;
  void adopt_found();
  void adopt_found(bool ended);
  void finish(const system::ChildExit& exit, supervision::ProcessKey key, std::function<void()> done);
  void begin_if_settled();
  void carry_out(const supervision::Effect& effect);
  void arm_timer();

  void perform(const supervision::SpawnChild& effect);
  void perform(const supervision::SignalChild& effect);
  void perform(const supervision::SaveBlob& effect);
  void perform(const supervision::SaveAgentBlob& effect);
  void perform(const supervision::AcknowledgeExit& effect);
  void perform(const supervision::LogLine& effect);
  void perform(const supervision::EmitEvent& effect);
  void perform(const supervision::StateChanged& effect);
  void perform(const supervision::OpenLogs& effect);
  void perform(const supervision::CloseLogs& effect);
  void perform(const supervision::ReattachChild& effect);
  void perform(const supervision::ReopenLogs& effect);
  void perform(const supervision::DisabilitiesChanged& effect);
  void perform(const supervision::Completed& effect);
  void perform(const supervision::Exit& effect);

  /// What is kept of a child, and what its logs need.
  ChildLogs::Child hold(std::uint64_t start_id, const supervision::ProcessKey& key, std::int64_t pid,
                        const config::ProcessSettings& settings, const ChildLogPaths& paths,
                        system::ChildDescriptors descriptors);
  /// The same, or nothing while the child's descriptors are waited for: its logs are attached when they come.
  /// `to_take`: what the ledger is still to be asked for.
  std::optional<ChildLogs::Child> take_over(system::SpawnedChild& child, const supervision::ProcessKey& key,
                                            const config::ProcessSettings& settings, const ChildLogPaths& paths,
                                            std::size_t to_take);
  void give_back_descriptors(std::uint64_t start_id);
  [[nodiscard]] ChildLogPaths paths_of(const supervision::ProcessKey& key,
                                       const config::ProcessSettings& settings) const;
  [[nodiscard]] std::string automatic_log(const supervision::ProcessKey& key, std::string_view channel);
  [[nodiscard]] std::set<std::string> owned_logs() const;
  [[nodiscard]] const config::FcgiSocketSettings* fcgi_socket_of(const std::string& group) const;
  [[nodiscard]] bool is_listener(const supervision::ProcessKey& key) const;

  Parts parts_;
  const config::Settings& settings_;
  config::CommandLine command_line_;
  std::string node_;
  std::uint64_t first_start_id_;
  Observers observers_;
  ChildStart child_start_;
  AutomaticLogs automatic_logs_;
  std::unique_ptr<supervision::Supervisor> supervisor_;

  std::deque<supervision::Input> inputs_;  // made while effects are carried out
  bool stepping_ = false;
  bool stopping_ = false;
  system::Deadline timer_;
  std::uint64_t next_request_ = 1;
  std::map<std::uint64_t, Answer> answers_;
  std::map<std::uint64_t, Running> running_;  // by start id
  DescriptorLedger descriptors_;
  UnreadChildren unread_;
  std::map<std::uint64_t, supervision::ProcessKey> spawning_;
  std::map<std::uint64_t, system::FoundChild> found_;  // until begin() has reattached them
  bool adopted_ = false;                               // all of them are with the supervisor
  std::size_t endings_ = 0;                            // of found children, whose output is being taken
  std::function<void()> begin_;                        // once they are told
  std::optional<std::string> agent_blob_;
  std::optional<std::set<std::string, std::less<>>> disabled_;
};

}  // namespace holdfast

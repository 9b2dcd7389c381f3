// program_driver.hpp: drives this node's supervision: inputs (the keeper's news, requests, time) into the
// pure supervision::Supervisor, its effects out to the keeper, the logs, the history and whoever observes. It
// decides nothing. Implements api::SupervisionPort. Loop thread only. Life cycle: construct, found() for each child
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
#include "base/warnings.hpp"
#include "drivers/ports/program_output.hpp"
#include "drivers/ports/restart_check.hpp"
#include "drivers/programs/automatic_logs.hpp"
#include "drivers/programs/child_start.hpp"
#include "drivers/programs/fcgi_sockets.hpp"
#include "drivers/programs/listener_driver.hpp"
#include "drivers/programs/live_children.hpp"
#include "drivers/programs/program_observer.hpp"
#include "drivers/programs/program_requests.hpp"
#include "storage/history.hpp"
#include "storage/main_log.hpp"
#include "supervision/supervisor.hpp"
#include "system/event_loop.hpp"
#include "system/keeper.hpp"
#include "system/keeper_client.hpp"

namespace holdfast {

class ProgramDriver final : public api::SupervisionPort, public OutputObserver {
 public:
  struct Parts {
    system::EventLoop& loop;
    system::Keeper& keeper;
    ProgramOutput& output;
    storage::MainLog& log;
    storage::History& history;
    ListenerDriver& listeners;
    FcgiSockets& fcgi;
    RestartCheck& restart_check;
    Warnings& warnings;
    ProgramObserver& observer;
  };
  /// What is known before it is made.
  struct Facts {
    const config::Settings& settings;
    config::Environment environment;   // that every child inherits
    std::string node;                  // the identifier that history rows carry
    std::uint64_t first_start_id = 1;  // above every one that the keeper has seen
    std::size_t descriptors = 0;       // the programs' share of this process's
  };

  ProgramDriver(Parts parts, Facts facts);

  /// One child that an earlier agent left, alive or ended; before begin().
  void found(system::FoundChild child);
  /// The agent's own blob of the earlier agent; before the first found().
  void resume(std::string agent_blob) { agent_blob_ = std::move(agent_blob); }
  /// The programs that are disabled from the start, whatever the earlier agent knew; before begin().
  void disable(std::set<std::string, std::less<>> programs) { disabled_ = std::move(programs); }
  /// Who restarts which process, if not always its autorestart; before begin().
  void set_restart_policy(supervision::RestartPolicyOf policy) { restart_policy_ = std::move(policy); }
  /// Takes over what was found, then starts what is to start; `done` follows, at once or when the output of
  /// children that ended meanwhile is in their logs. `uncommitted`: output that the agent before had begun to
  /// take.
  void begin(bool resumed, std::vector<config::GroupSettings> groups, const supervision::UncommittedOutput& uncommitted,
             std::function<void()> done);

  // What the keeper says.
  void spawned(system::SpawnedChild child);
  void spawn_failed(std::uint64_t start_id, keeper::Stage stage, int error);
  void exited(const system::ChildExit& exit);
  void signal_failed(std::uint64_t start_id, int error);
  void daemon_signal(int signo);
  void fetched(std::uint64_t start_id, system::ChildDescriptors descriptors, bool cut);

  // OutputObserver
  void on_output(std::uint64_t start_id, const ProcessId& key, const OutputEvents& output) override;
  void on_spool_taken(std::uint64_t start_id, keeper::Channel channel) override;

  // api::SupervisionPort
  [[nodiscard]] const supervision::Supervisor& supervisor() const override { return *supervisor_; }
  void submit(supervision::Input request, const api::Caller& caller, Answer answer) override;
  Result<std::vector<config::GroupSettings>> reread() override { return parts_.restart_check.read_groups(); }
  Status send_stdin(const ProcessId& key, std::string bytes) override;
  void remote_event(std::string type, std::string data) override;

 private:
  void step(const supervision::Input& input);
  [[nodiscard]] bool running() const;
  /// Whether a restart would find a configuration that starts; said in the log if not (contract 2.7).
  [[nodiscard]] Status restart_allowed() const;
  void adopt_found();
  void adopt_found(bool ended);
  void finish(const system::ChildExit& exit, ProcessId key, std::function<void()> done);
  void begin_if_adopted();
  void arm_timer();

  void execute(const supervision::SpawnChild& effect);
  void execute(const supervision::SignalChild& effect);
  void execute(const supervision::SaveBlob& effect);
  void execute(const supervision::SaveAgentBlob& effect);
  void execute(const supervision::AcknowledgeExit& effect);
  void execute(const supervision::LogLine& effect);
  void execute(const supervision::EmitEvent& effect);
  void execute(const supervision::StateChanged& effect);
  void execute(const supervision::OpenLogs& effect);
  void execute(const supervision::ReattachChild& effect);
  void execute(const supervision::ReopenLogs& effect);
  void execute(const supervision::DisabilitiesChanged& effect);
  void execute(const supervision::Completed& effect);
  void execute(const supervision::Exit& effect);

  [[nodiscard]] ChildLogPaths paths_of(const ProcessId& key, const config::ProcessSettings& settings) const;
  [[nodiscard]] std::string automatic_log(const ProcessId& key, std::string_view channel);
  [[nodiscard]] std::set<std::string> owned_logs() const;
  [[nodiscard]] const config::FcgiSocketSettings* fcgi_socket_of(const std::string& group) const;
  [[nodiscard]] bool is_listener(const ProcessId& key) const;

  Parts parts_;
  Facts facts_;
  supervision::RestartPolicyOf restart_policy_;
  ChildStart child_start_;
  AutomaticLogs automatic_logs_;
  std::unique_ptr<supervision::Supervisor> supervisor_;

  std::deque<supervision::Input> inputs_;  // made while effects are carried out
  bool stepping_ = false;
  bool stopping_ = false;
  system::Deadline timer_;
  ProgramRequests requests_;
  LiveChildren children_;
  std::map<std::uint64_t, ProcessId> spawning_;
  std::map<std::uint64_t, system::FoundChild> found_;  // until begin() has reattached them
  bool adopted_ = false;                               // all of them are with the supervisor
  std::size_t endings_ = 0;                            // of found children, whose output is being taken
  std::function<void()> begin_;                        // once they are told
  std::optional<std::string> agent_blob_;
  std::optional<std::set<std::string, std::less<>>> disabled_;
};

}  // namespace holdfast

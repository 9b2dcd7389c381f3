// player.hpp: carries out a transcript's commands on a real Supervisor, with a keeper of paper: it remembers
// children, blobs and exit records as the real one does, so that an agent can die and another take over. Test
// code.
//
//   program G:N key=value...   a process (group G is made as needed); before `begin`, or for the next
//   `reload` group G key=value...       its priority begin [resumed]            | status | show
//   changes|blobs|logs start|stop SPEC [nowait]   | start-group|stop-group G [nowait] | start-all|stop-all
//   [nowait] signal SPEC SIG            | signal-group G SIG | signal-all SIG spawned SPEC pid N         |
//   spawn-failed SPEC text... | signal-failed SPEC text... exit SPEC status N [ago MS] | exit SPEC signal N
//   [core] advance 1500ms             time passes; every deadline on the way is met exactly wall SECONDS the
//   wall clock jumps command SPEC KIND text...  | command SPEC ok            what the probe says of its
//   command reload | add G | remove G | clear-config | shutdown | restart | daemon-signal NAME crash | resume
//   the agent dies; another adopts what the keeper has resume-found   the keeper had died too: a new one found
//   the children, how they ended is not known
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "supervision/supervisor.hpp"

namespace holdfast::transcripts {

class Player {
 public:
  Player() = default;
  Player(const Player&) = delete;
  Player& operator=(const Player&) = delete;

  /// The lines that come of one command; an unusable command gives a line that begins with "ERROR".
  std::vector<std::string> play(const std::string& command);

 private:
  using Words = std::vector<std::string>;

  struct Child {
    ProcessId key;
    std::string blob;
    std::int64_t pid = 0;
    bool spawned = false;
    std::optional<int> wait_status;  // ended
    Instant ended_at{};
    WallTime ended_wall{};
  };

  bool define(const Words& words);
  bool ask(const Words& words, const std::string& command);
  bool news(const Words& words);
  bool world(const Words& words, const std::string& command);
  config::GroupSettings& group_named(const std::string& name);
  void set_program(const Words& words);
  void child_ended(const Words& words);
  void advance(Duration by);
  void resume(bool keeper_was_lost);
  void status();
  void set_probe(const Words& words);

  void step(const supervision::Input& input);
  void tell(const supervision::Input& input);
  void say(std::string line) { lines_.push_back(std::move(line)); }
  supervision::RequestId next_request(const std::string& command);
  std::optional<std::uint64_t> child_named(const std::string& spec);
  std::unique_ptr<supervision::Supervisor> make_supervisor();

  void effect(const supervision::SpawnChild& it);
  void effect(const supervision::SignalChild& it);
  void effect(const supervision::SaveBlob& it);
  void effect(const supervision::SaveAgentBlob& it);
  void effect(const supervision::AcknowledgeExit& it);
  void effect(const supervision::LogLine& it);
  void effect(const supervision::EmitEvent& it);
  void effect(const supervision::StateChanged& it);
  void effect(const supervision::OpenLogs& it);
  void effect(const supervision::ReattachChild& it);
  void effect(const supervision::ReopenLogs& it);
  void effect(const supervision::DisabilitiesChanged& it);
  void effect(const supervision::Completed& it);
  void effect(const supervision::Exit& it);

  std::vector<config::GroupSettings> config_;
  std::map<std::string, supervision::SpawnProblem> probes_;  // by command
  std::unique_ptr<supervision::Supervisor> supervisor_;
  std::map<std::uint64_t, Child> keeper_;  // by start id
  std::string agent_blob_;
  std::map<std::uint64_t, std::string> asked_;  // by request id
  std::uint64_t requests_ = 0;
  std::uint64_t agents_ = 0;
  bool show_changes_ = false;
  bool show_blobs_ = false;
  bool show_logs_ = false;
  Instant now_ = Instant::from_ms(1'000'000);
  WallTime wall_ = WallTime::from_seconds(1'767'225'600);  // 2026-01-01 00:00:00 UTC
  std::vector<std::string> lines_;
};

}  // namespace holdfast::transcripts

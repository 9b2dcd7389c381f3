// listener_driver.hpp: drives this node's event listeners: what happens goes into the pure
// supervision::ListenerPools, its effects out to the listeners' stdin and the log, its state to the keeper. It
// decides nothing. Wakes for a tick only when somebody subscribes to it, and for an event that waits to be sent
// again. Loop thread only; used by ProgramDriver and made by the composition root.
//
// Order, so that an agent's death loses no event: first what is to be sent is written, then the state is kept,
// then (ChildLogs) what the listener printed leaves its pipe.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/unique_fd.hpp"
#include "base/warnings.hpp"
#include "config/settings.hpp"
#include "drivers/programs/program_input.hpp"
#include "storage/main_log.hpp"
#include "supervision/listener_pools.hpp"
#include "system/event_loop.hpp"
#include "system/keeper.hpp"
#include "system/persistent_blob.hpp"
#include "system/wall_timer.hpp"

namespace holdfast {

/// The name under which the keeper holds the state of the pools.
inline constexpr std::string_view kHeldListeners = "listeners";

class ListenerDriver {
 public:
  struct Parts {
    system::EventLoop& loop;
    system::Keeper& keeper;
    storage::MainLog& log;
    Warnings& warnings;  // listeners that have broken the protocol
  };
  /// The stdin of a listener's process; nullptr when it has none (any more).
  using InputOf = std::function<ProgramInput*(supervision::StartId)>;

  /// `held`: what the keeper holds under kHeldListeners, or invalid.
  ListenerDriver(Parts parts, std::string server, UniqueFd held);

  /// Before anything else.
  void set_inputs(InputOf input_of) { input_of_ = std::move(input_of); }

  /// When programs are taken over, before the first reattached(): the groups, and what the agent before left of
  /// them (nothing, when the keeper was killed with it).
  void resume(const std::vector<config::GroupSettings>& groups, const supervision::UncommittedOutput& uncommitted);

  void group_added(const config::GroupSettings& group);
  void group_removed(const std::string& name);
  void happened(supervision::EventType type, std::string payload);
  void state_changed(const ProcessId& key, ProcessState to);
  void spawned(const ProcessId& key, supervision::StartId child);
  void reattached(const ProcessId& key, supervision::StartId child);
  void all_reattached();
  void printed(const ProcessId& key, supervision::StartId child, std::string_view bytes, std::uint64_t number);
  void exited(const ProcessId& key, supervision::StartId child);

  [[nodiscard]] bool wants(supervision::EventType type) const { return pools_.wants(type); }
  /// What the next agent would find; empty: nothing.
  [[nodiscard]] std::string state() const;

 private:
  void add(const config::GroupSettings& group);
  void advance();
  void execute(const supervision::LogLine& effect);
  void execute(const supervision::SendToListener& effect);
  void execute(const supervision::ListenerHealth& effect);
  void note_progress(const ProcessId& key, supervision::StartId child);
  void keep();
  void arm_tick();
  void arm_dispatch();

  Parts parts_;
  InputOf input_of_;
  supervision::ListenerPools pools_;
  UniqueFd held_;
  std::optional<system::PersistentBlob> kept_;
  bool keep_failed_ = false;  // said once
  std::unique_ptr<system::WallTimer> tick_;
  system::Deadline dispatch_;
};

}  // namespace holdfast

// view.hpp: what the rules engine sees of the cluster, as plain values: instances in order of declaration,
// and for each process its copies on the instances that define it. Built by agent/cluster (and by the
// simulator) from the replicated view; read by placement, the sequencer, failure handling and conciliation,
// which never see a socket or a clock.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/instant.hpp"
#include "base/process_state.hpp"

namespace holdfast::rules {

/// One agent, in order of declaration (the order of CONFIG placement).
struct InstanceView {
  std::string identifier;  // host:port, the key everywhere
  std::string nick;
  std::string node;                      // machine id: instances of one machine share it
  bool running = false;                  // may take programs: seen alive, synchronised, not leaving
  bool local = false;                    // the instance that runs this engine
  std::vector<std::string> stereotypes;  // tags; a rule that says one means every instance that carries it
};

/// A process as one instance has it.
struct CopyView {
  ProcessState state = ProcessState::stopped;
  bool expected_exit = true;  // of the last exit
  std::string failure;        // what its instance says of an end that was not expected, or of a start that failed
  bool disabled = false;
  bool awaits_restart = false;  // EXITED, and its instance will start it again by itself
  bool ever_started = false;
  bool has_crashed = false;  // FATAL or an unexpected end, ever since it is known here (contract PRC-4)
  int startsecs = 1;
  int stopwaitsecs = 10;
  Instant since{};           // when it entered RUNNING, on the viewer's clock; orders SENICIDE and INFANTICIDE
  int process_index = 0;     // as this instance numbers it
  std::uint64_t change = 0;  // from one counter of the viewer: greatest = latest news
  Instant told_at{};         // when its last event came, on the viewer's clock; only for what people read
  // Its node's wall time of its last event, 0 = never started: the same for every viewer.
  std::int64_t event_us = 0;
  std::int64_t started_us = 0;  // likewise, of its last start
  std::string extra_args;       // behind its command at that start
};

/// It runs, or will without anybody's doing: what is stopped with its application, moved from a lost instance,
/// and not started a second time.
constexpr bool is_active(const CopyView& copy) {
  return is_running(copy.state) || copy.awaits_restart;
}

/// A state shown instead of the real one, with its reason (contract PRC-5): what engine's ForcedState said
/// last.
struct ForcedView {
  ProcessState state = ProcessState::fatal;
  std::string reason;
  Instant told_at{};  // when the viewer heard it; only for what people read
};

struct ProcessView {
  std::string program_name;
  int process_index = 0;                   // of the first of its copies: the same for every viewer (contract RUL-H6)
  std::map<std::string, CopyView> copies;  // by identifier; present = that instance defines it
  std::optional<ForcedView> forced;        // display and failure evaluation only; never triggers an action
};

/// What has been done to a copy, or to what is shown of a process, for readers who follow the view change by change;
/// the engine does not read it.
struct TouchedCopy {
  enum class How {
    told,     // by its instance
    lost,     // with its instance
    removed,  // no longer defined there
    forced,   // another state is shown instead of the real ones, or no longer; `identifier` is empty
  } how = How::told;
  std::string application;
  std::string process;
  std::string identifier;
};

/// application -> process -> copies. Applications are Supervisor's groups, merged over all instances.
struct ClusterView {
  std::vector<InstanceView> instances;
  std::map<std::string, std::map<std::string, ProcessView>> applications;
  std::vector<TouchedCopy> touched;  // in the last step of the node, in order
};

}  // namespace holdfast::rules

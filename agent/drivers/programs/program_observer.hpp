// program_observer.hpp: who is told what becomes of this node's programs: the composition root, which passes it on to
// the cluster and the pages. Every call on the loop, from within a step of the supervision: nothing here may ask the
// programs for anything at once.
#pragma once

#include "supervision/effect.hpp"

namespace holdfast {

class ProgramObserver {
 public:
  virtual ~ProgramObserver() = default;
  virtual void on_process_changed(const supervision::StateChanged& change) = 0;
  /// A group was added or removed.
  virtual void on_groups_changed() = 0;
  /// A program was enabled or disabled.
  virtual void on_disabilities_changed() = 0;
  /// SIGUSR2: whatever writes a log of the daemon opens it anew.
  virtual void on_reopen_logs() = 0;
  /// Shutdown or restart has begun.
  virtual void on_stopping() = 0;
  /// Everything is stopped; the agent ends with this status.
  virtual void on_exit(int status) = 0;
};

}  // namespace holdfast

// conciliation.hpp: what happens to a managed process that runs more than once (contract supvisors.md 4.6),
// as after a healed partition. Each conflict (process and the set of its running copies) is decided once per
// epoch; if its copies do not stop, again after limits::conciliation_retry, at most
// limits::conciliation_attempts times. Owned by Engine.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "rules/failure_handling.hpp"
#include "rules/sequencer.hpp"
#include "rules/step_context.hpp"

namespace holdfast::rules {

class Conciliator {
 public:
  /// Decides every conflict of the view that is due. With `forced` (a user's order) also those decided
  /// before.
  void conciliate(StepContext& context, ConciliationStrategy strategy, std::uint64_t epoch, const Origin& origin,
                  bool forced, Sequencer& sequencer, FailureHandler& failures);
  void abort() { decided_.clear(); }

  /// Processes of managed applications with more than one copy in running-set, sorted.
  static std::vector<ProcessId> conflicts(const ClusterView& view, const Matcher& matcher);

 private:
  struct Decided {
    std::uint64_t epoch = 0;
    std::vector<std::string> running;
    int attempts = 0;
    Instant last{};
  };
  bool is_due(const StepContext& context, const ProcessId& id, std::uint64_t epoch,
              const std::vector<std::string>& running, bool forced);

  std::map<ProcessId, Decided> decided_;
};

}  // namespace holdfast::rules

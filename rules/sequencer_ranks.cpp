// The Sequencer's two orders over all applications, rank by rank: the automatic start (contract SEQ-1, SEQ-2) and the
// stop of everything (STP-3).
#include <algorithm>

#include "rules/application_state.hpp"
#include "rules/sequencer.hpp"

namespace holdfast::rules {
namespace {

/// Managed, in the automatic sequence, and never run or failed (contract SEQ-1).
bool wants_start(const StepContext& context, const std::string& name) {
  const auto& rules = context.matcher.application(name);
  if (!rules.managed || rules.start_sequence <= 0) {
    return false;
  }
  const auto status = application_status(context.view, context.matcher, name);
  return status.never_started || status.needs_repair;
}

bool anything_to_stop(const std::map<std::string, ProcessView>& processes) {
  return std::any_of(processes.begin(), processes.end(),
                     [](const auto& entry) { return !process_status(entry.second).active_on.empty(); });
}

}  // namespace

void Sequencer::automatic_start(StepContext& context, const std::string& cause) {
  if (ending()) {
    return;
  }
  RankQueue queue = sequence_.value_or(RankQueue{});
  if (!sequence_) {
    queue.origin.cause = cause;
  }
  bool any = false;
  for (const auto& [name, processes] : context.view.applications) {
    const bool busy = starts_.count(name) != 0 || stops_.count(name) != 0;
    if (busy || !wants_start(context, name)) {
      continue;
    }
    auto& rank = queue.ranks[context.matcher.application(name).start_sequence];
    if (std::find(rank.begin(), rank.end(), name) == rank.end()) {
      rank.push_back(name);
    }
    any = true;
  }
  if (any) {
    sequence_ = std::move(queue);
    changed_ = true;
  }
}

bool Sequencer::advance_sequence(StepContext& context) {
  if (!sequence_) {
    return false;
  }
  for (const auto& name : sequence_->current) {
    if (starts_.count(name) != 0) {
      return false;
    }
  }
  if (sequence_->ranks.empty()) {
    sequence_.reset();
    return true;
  }
  auto rank = sequence_->ranks.extract(sequence_->ranks.begin());
  sequence_->current = rank.mapped();
  for (const auto& name : rank.mapped()) {
    Origin origin = sequence_->origin;
    origin.cause += ", rank " + std::to_string(rank.key());
    begin_start(context, name, origin);
  }
  return true;
}

bool Sequencer::advance_shutdown(StepContext& context) {
  if (!shutdown_) {
    return false;
  }
  for (const auto& name : shutdown_->current) {
    if (stops_.count(name) != 0) {
      return false;
    }
  }
  if (shutdown_->ranks.empty()) {
    shutdown_.reset();
    return true;
  }
  auto rank = shutdown_->ranks.extract(std::prev(shutdown_->ranks.end()));  // descending
  shutdown_->current = rank.mapped();
  for (const auto& name : rank.mapped()) {
    Origin origin = shutdown_->origin;
    origin.cause += ", rank " + std::to_string(rank.key());
    const auto found = context.view.applications.find(name);
    if (starts_.count(name) != 0 || (found != context.view.applications.end() && anything_to_stop(found->second))) {
      begin_stop(context, name, origin);
    }
  }
  return true;
}

}  // namespace holdfast::rules

#include "cluster/mastery/forced_states.hpp"

#include "cluster/replication/replication.hpp"
#include "rules/application_state.hpp"
#include "rules/candidates.hpp"

namespace holdfast::cluster {
namespace {

void touch(rules::ClusterView& view, const std::string& namespec) {
  const ProcessId id = parse_process_id(namespec);
  view.touched.push_back({rules::TouchedCopy::How::forced, id.group, id.name, ""});
}

}  // namespace

void ForcedStates::touch_differences(Instant now, const ForcedRows& before) {
  for (const auto& [namespec, forced] : before) {
    if (!rows_.contains(namespec)) {
      touch(view_, namespec);
      told_at_.erase(namespec);
    }
  }
  for (const auto& [namespec, forced] : rows_) {
    const auto known = before.find(namespec);
    if (known == before.end() || !(known->second == forced)) {
      touch(view_, namespec);
      told_at_[namespec] = now;
    }
  }
}

void ForcedStates::execute(StepContext& step, const rules::ForcedState& forced) {
  const std::string namespec = full_namespec(forced.id);
  if (forced.cleared) {
    parts_.replication.unforce(step, namespec);
  } else {
    const auto state = state_of(static_cast<int>(forced.state));
    const std::int64_t at_us = step.now.ns / 1000 + step.options.wall_minus_mono_us;
    parts_.replication.force(step, {{namespec, *state, forced.reason, at_us}});
  }
  refresh(step);
}

void ForcedStates::begin_mastery(StepContext& step) {
  std::vector<ForcedFact> taken;
  for (const auto& [namespec, forced] : rows_) {
    const rules::ProcessView* process = rules::find_process(view_, parse_process_id(namespec));
    if (process != nullptr && is_stopped(rules::process_status(*process).real)) {
      taken.push_back(forced);
    }
  }
  parts_.replication.force(step, std::move(taken));
}

void ForcedStates::refresh(StepContext& step) {
  const NodeId node = step.view.term().master;
  const MemberView* master = step.members.find(node);
  const std::pair<NodeId, std::uint64_t> wanted{node, master == nullptr ? 0 : master->table.forced_revision()};
  if (shown_ == wanted || (step.has(Mutation::keep_forced) && !step.view.acting_master())) {
    return;
  }
  shown_ = wanted;
  for (const auto& [namespec, forced] : rows_) {
    if (rules::ProcessView* process = rules::find_process(view_, parse_process_id(namespec))) {
      process->forced.reset();
    }
  }
  const ForcedRows before = std::exchange(rows_, master == nullptr ? ForcedRows() : master->table.forced());
  touch_differences(step.now, before);
  for (const auto& [namespec, forced] : rows_) {
    if (rules::ProcessView* process = rules::find_process(view_, parse_process_id(namespec))) {
      process->forced = rules::ForcedView{forced.state, forced.reason, told_at_[namespec]};
    } else if (step.view.acting_master()) {
      parts_.replication.unforce(step, namespec);  // nobody defines it any more
    }
  }
  step.show_change();
}

}  // namespace holdfast::cluster

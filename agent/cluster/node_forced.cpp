// States that are shown instead of the real ones (contract PRC-5): the Master's word, in its own table, and shown by
// every node that follows it.
#include <utility>

#include "cluster/node_core.hpp"
#include "cluster/picture.hpp"
#include "rules/application_state.hpp"
#include "rules/candidates.hpp"

namespace holdfast::cluster {
namespace {

void touch_differences(rules::ClusterView& view, const ForcedRows& before, const ForcedRows& now) {
  const auto touch = [&view](const std::string& namespec) {
    const rules::ProcessId id = process_id_of(namespec);
    view.touched.push_back({rules::TouchedCopy::How::forced, id.application, id.process, ""});
  };
  for (const auto& [namespec, forced] : before) {
    if (!now.contains(namespec)) {
      touch(namespec);
    }
  }
  for (const auto& [namespec, forced] : now) {
    const auto known = before.find(namespec);
    if (known == before.end() || !(known->second == forced)) {
      touch(namespec);
    }
  }
}

}  // namespace

void NodeCore::carry_out_forced(const rules::ForcedState& forced) {
  const std::string namespec = rules::namespec_of(forced.id);
  const auto state = supervision::state_of(static_cast<int>(forced.state));
  own_changed(forced.cleared ? own_.unforce(namespec) : own_.force({{namespec, *state, forced.reason}}));
  refresh_forced();
}

/// A new Master goes on showing what the one before it did, but for what runs after all: it was seen to start when
/// nobody was Master.
void NodeCore::take_over_forced() {
  std::vector<ForcedFact> taken;
  for (const auto& [namespec, forced] : forced_rows_) {
    const rules::ProcessView* process = rules::find_process(view_.cluster, process_id_of(namespec));
    if (process != nullptr && rules::in_stopped_set(rules::process_status(*process).real)) {
      taken.push_back(forced);
    }
  }
  own_changed(own_.force(std::move(taken)));
}

/// Cheap when nothing has changed. The table of a Master that is gone speaks until there is a next one.
void NodeCore::refresh_forced() {
  const MemberView* master = view_.find(view_.term.master);
  const std::pair<NodeId, std::uint64_t> wanted{view_.term.master,
                                                master == nullptr ? 0 : master->table.forced_revision()};
  if (forced_shown_ == wanted || (options_.mutations.keep_forced && !view_.acting_master)) {
    return;
  }
  forced_shown_ = wanted;
  for (const auto& [namespec, forced] : forced_rows_) {
    if (rules::ProcessView* process = rules::find_process(view_.cluster, process_id_of(namespec))) {
      process->forced.reset();
    }
  }
  const ForcedRows before =
      std::exchange(forced_rows_, master == nullptr ? ForcedRows() : master->table.forced());
  touch_differences(view_.cluster, before, forced_rows_);
  for (const auto& [namespec, forced] : forced_rows_) {
    if (rules::ProcessView* process = rules::find_process(view_.cluster, process_id_of(namespec))) {
      process->forced = rules::ForcedView{static_cast<rules::CopyState>(code_of(forced.state)), forced.reason};
    } else if (view_.acting_master) {
      own_changed(own_.unforce(namespec));  // nobody defines it any more
    }
  }
  outcome_.view_changed = true;
}

}  // namespace holdfast::cluster

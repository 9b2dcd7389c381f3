#include "cluster/replication/copy_tracker.hpp"

#include <algorithm>
#include <utility>

#include "cluster/mastery/forced_states.hpp"
#include "cluster/mastery/rules_driver.hpp"
#include "cluster/membership/losses.hpp"
#include "cluster/replication/rules_view.hpp"

namespace holdfast::cluster {

void CopyTracker::rows_touched(StepContext& step, const MemberView& member, const std::vector<std::string>& touched) {
  if (!member.local && member.state != MemberState::running) {
    return;
  }
  Record& record = records_[member];
  record.shown = {member.table.incarnation(), member.table.seq()};
  if (touched.empty()) {
    return;
  }
  parts_.forced.look_again();  // the Master may have spoken of what is new here
  const std::int64_t offset_ms = member.local ? 0 : record.clock_offset_ms;
  std::vector<ProcessId> ids;
  for (const std::string& namespec : touched) {
    const auto row = member.table.rows().find(namespec);
    if (row == member.table.rows().end()) {
      remove_copy(view_, member.identifier, parse_process_id(namespec));
      continue;
    }
    const ProcessFact& fact = row->second;
    const std::int64_t since_ms = static_cast<std::int64_t>(fact.since_mono_ms) + offset_ms;
    put_copy(view_, member.identifier, fact, std::min(Instant::from_ms(since_ms), step.now), step.now, ++change_);
    ids.push_back({fact.id.group, fact.id.name});
    if (fact.awaits_restart || is_running(fact.state)) {
      parts_.losses.runs(ids.back());
    }
  }
  step.show_change();
  parts_.rules.refresh_conflicts(step);
  for (ProcessId& id : ids) {
    parts_.rules.tell(step, rules::CopyChanged{std::move(id), member.identifier});
  }
}

void CopyTracker::show_all(StepContext& step, const MemberView& member) {
  std::vector<std::string> all;
  for (const auto& [namespec, fact] : member.table.rows()) {
    all.push_back(namespec);
  }
  rows_touched(step, member, all);
}

void CopyTracker::end(const StepContext& step, const MemberView& member, const ProcessId& id, ProcessState state) {
  end_copy(view_, member.identifier, id, state, step.now, ++change_);
}

void CopyTracker::remove_undefined(const MemberView& member) {
  for (const ProcessId& id : defined_on(view_, member.identifier)) {
    if (!member.table.rows().contains(full_namespec(id))) {
      remove_copy(view_, member.identifier, id);
    }
  }
}

}  // namespace holdfast::cluster

#include "cluster/membership/hello_scheduler.hpp"

#include <algorithm>

#include "base/limits.hpp"
#include "cluster/membership/membership.hpp"

namespace holdfast::cluster {

void HelloScheduler::send_hellos(StepContext& step) {
  for (const MemberView& member : step.view.members) {
    if (!is_due(step, member)) {
      continue;
    }
    Record& record = records_[member];
    // One that answers and is not heard has no use for more of them; one that does not answer may be back at any time.
    const Duration longest = awaited(member) ? limits::cluster_reconnect_period_max : limits::cluster_hello_period_max;
    record.period = std::clamp<Duration>(2 * record.period, limits::cluster_hello_period, longest);
    const std::int64_t jitter_ms = step.random.between(0, record.period / 4ms);
    record.next = step.now + record.period + std::chrono::milliseconds(jitter_ms);
    record.asked = step.now;
    step.outcome.hellos.push_back(member.identifier);
  }
}

bool HelloScheduler::is_due(const StepContext& step, const MemberView& member) const {
  const Record& record = records_[member];
  const bool is_heard = member.state == MemberState::running ||
                        (member.state == MemberState::isolated && member.liveness == Liveness::fresh);
  if (member.local || parts_.membership.leaving() || (is_heard && !record.wanted)) {
    return false;
  }
  if (member.state != MemberState::stopped && member.state != MemberState::incompatible &&
      member.state != MemberState::away && record.admitted != 0 && !record.wanted &&
      step.now - member.state_since < 1s) {
    return false;  // it has just been greeted
  }
  const bool waiting = record.asked && step.now - *record.asked < limits::cluster_hello_answer_max;
  return !waiting && step.now >= record.next;
}

void HelloScheduler::greet_afresh(const MemberView& member, Instant now) {
  records_[member].next = now;
  records_[member].period = {};
}

void HelloScheduler::greet_everybody(const StepContext& step) {
  for (const MemberView& member : step.view.members) {
    records_[member].wanted = true;
    records_[member].next = step.now;
  }
}

void HelloScheduler::unadmitted_spoke(const MemberView& member, Instant now) {
  Record& record = records_[member];
  record.wanted = true;
  record.next = std::min(record.next, now + limits::cluster_watch_period);
}

bool HelloScheduler::admit(const MemberView& member, std::uint64_t incarnation, Instant now) {
  Record& record = records_[member];
  const bool anew = incarnation != record.admitted || member.heard_at.value_or(Instant{}) >= record.admitted_at;
  if (anew) {
    record.admitted_at = now;
    record.period = {};
  }
  record.admitted = incarnation;
  return anew;
}

void HelloScheduler::withdraw_admission(const MemberView& member) {
  records_[member].admitted = 0;
  records_[member].wanted = true;
}

bool HelloScheduler::awaited(const MemberView& member) const {
  const Record& record = records_[member];
  return record.admitted != 0 && member.heard_at.value_or(Instant{}) < record.admitted_at;
}

}  // namespace holdfast::cluster

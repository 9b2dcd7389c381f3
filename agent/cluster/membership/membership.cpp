#include "cluster/membership/membership.hpp"

#include <tuple>
#include <utility>

#include "cluster/fencing/fencing.hpp"
#include "cluster/mastery/mastery.hpp"
#include "cluster/mastery/rules_driver.hpp"
#include "cluster/mastery/synchronisation_wait.hpp"
#include "cluster/membership/hello_scheduler.hpp"
#include "cluster/membership/losses.hpp"
#include "cluster/membership/node_differences.hpp"
#include "cluster/membership/peer_watch.hpp"
#include "cluster/membership/roster_exchange.hpp"
#include "cluster/operations/asked_operations.hpp"
#include "cluster/replication/copy_tracker.hpp"
#include "cluster/replication/replication.hpp"

namespace holdfast::cluster {
namespace {

std::string_view text_of(HelloFault fault) {
  switch (fault) {
    case HelloFault::unreachable:
      return "unreachable";
    case HelloFault::refused:
    case HelloFault::objection:
      return "refused";
    case HelloFault::wrong_key:
      return "another cluster key";
    case HelloFault::other_cluster:
      return "another cluster";
    case HelloFault::incompatible:
      return "no protocol version in common";
    case HelloFault::duplicate:
      return "two agents with one id";
  }
  return "refused";
}

/// Of an agent whose identity file is an old copy and whose clock is behind: it has given itself a number that an
/// earlier incarnation got from the cluster. Numbers of changes would be used twice under it.
bool is_another_agent(const MemberView& member, const HelloDone& hello) {
  return hello.incarnation == member.incarnation && !hello.agent.instance.empty() && !member.agent.instance.empty() &&
         hello.agent.instance != member.agent.instance;
}

}  // namespace

void Membership::greeted(StepContext& step, const HelloDone& hello) {
  if (step.options.discovery && !parts_.roster.take(step, {hello.identifier, hello.nick, hello.contact}, "HELLO")) {
    return;
  }
  const MemberView* known = step.view.find(hello.identifier);
  if (known == nullptr || known->local) {
    return;
  }
  MemberView& member = members_.edit(*known);
  HelloScheduler& hellos = parts_.hellos;
  hellos.answered(member);
  members_.instance_of(member).stereotypes = hello.stereotypes;
  parts_.roster.refresh_core(step, member);
  if (!hello.contact.empty()) {
    member.contact = hello.contact;
  }
  if (!std::exchange(member.objection, "").empty()) {
    step.reconsider();
  }
  compare(step, member, hello.common);
  // My identity file is older than what the cluster knows of me, and so is my wall clock: begin an incarnation above
  // it (reference 1.4). An equal one is mine: the answer to an earlier HELLO was lost.
  const MemberView& me = step.view.me();
  if (hello.my_incarnation_known > me.incarnation && !step.has(Mutation::ignore_known_life)) {
    begin_own_incarnation_above(step, hello.my_incarnation_known,
                                member.nick + " knew a later life of this node than its identity file");
  }
  // It knows an earlier incarnation of this very agent (which began a new one without a restart): greet it again.
  hellos.want(member, me.incarnation != step.options.incarnation && hello.my_incarnation_known < me.incarnation);
  if (hello.incarnation < member.incarnation) {
    ++step.counters.old_incarnation;
    return;
  }
  if (is_another_agent(member, hello) && !step.has(Mutation::ignore_known_life)) {
    return refuse_other_agent(step, member);
  }
  if (!hello.machine_id.empty()) {
    member.machine_id = hello.machine_id;
  }
  if (hello.incarnation > member.incarnation || hellos.admitted(member) == 0) {
    begin_incarnation(step, member, hello.incarnation);
  }
  if (hellos.admit(member, hello.incarnation, step.now)) {
    parts_.watch.connection_is_new(member);
  }
  member.agent = hello.agent;
  refresh_instance(step, member);
  step.agenda.heartbeat_urgent = true;  // so that it hears of me at once
}

void Membership::refuse_other_agent(StepContext& step, const MemberView& member) {
  ++step.counters.old_incarnation;
  if (!std::exchange(records_[member].number_is_taken, true)) {  // which it learns from my HELLO
    parts_.hellos.greet_now(member, step.now);
    step.agenda.turn_by(step.now);
  }
  parts_.hellos.withdraw_admission(member);
}

void Membership::begin(Instant now) {
  sight_changed_ = now;
  members_.me().began_mono_ms = static_cast<std::uint64_t>(now.ms());
}

void Membership::begin_own_incarnation_above(StepContext& step, std::uint64_t known, const std::string& why) {
  MemberView& me = members_.me();
  me.incarnation = known + 1;
  parts_.replication.begin_own_incarnation(me.incarnation);
  step.persist_identity();
  step.agenda.heartbeat_urgent = true;
  parts_.hellos.greet_everybody(step);
  step.agenda.turn_by(step.now);
  step.note_member(step.options.identifier, "incarnation " + std::to_string(me.incarnation), why);
}

std::uint64_t Membership::known_incarnation(const View& view, std::string_view identifier) const {
  const MemberView* member = view.find(identifier);
  return member == nullptr ? 0 : member->incarnation + (records_[*member].number_is_taken ? 1 : 0);
}

void Membership::set_common(StepContext& step, const NamedValues& common) {
  common_ = common;
  parts_.hellos.greet_everybody(step);
  step.agenda.turn_by(step.now);
}

/// Seen at HELLO by both, and shown as long as it is so (contract CFG-X5).
void Membership::compare(StepContext& step, MemberView& member, const NamedValues& common) {
  std::vector<std::string> differences = differences_of(common_, common);
  if (differences == member.differences) {
    return;
  }
  std::string all;
  for (const std::string& difference : differences) {
    all += (all.empty() ? "" : "; ") + difference;
  }
  step.note_member(member.identifier, all.empty() ? "differs no longer" : "differs", all);
  member.differences = std::move(differences);
}

void Membership::begin_incarnation(StepContext& step, MemberView& member, std::uint64_t incarnation) {
  Record& record = records_[member];
  parts_.losses.incarnation_begins(step, member);
  member.incarnation = incarnation;
  member.beat_seq = 0;
  member.acting_master = false;
  member.synchronised = false;
  member.joined = false;
  member.partial = false;
  record.left = false;
  record.left_for_good = false;
  record.number_is_taken = false;
  parts_.replication.incarnation_begins(step, member);
  parts_.mastery.forget_sync(member);
  parts_.watch.incarnation_begins(member, step.now);
  set_state(step, member, MemberState::checking, "HELLO, incarnation " + std::to_string(incarnation));
}

void Membership::hello_failed(StepContext& step, const HelloFailed& failure) {
  const MemberView* known = step.view.find(failure.identifier);
  if (known == nullptr || known->local) {
    return;
  }
  MemberView& member = members_.edit(*known);
  parts_.hellos.answered(member);
  const std::string remark =
      std::string(text_of(failure.fault)) + (failure.reason.empty() ? "" : ": " + failure.reason);
  if (failure.fault == HelloFault::objection) {  // until it takes this node; its silence takes nothing back
    member.objection = failure.reason;
  }
  const bool expected = records_[member].left_for_good && failure.fault == HelloFault::unreachable;
  if (member.remark != remark && !expected) {
    member.remark = remark;
    step.show_change();
  }
  if (member.state == MemberState::stopped || member.state == MemberState::incompatible) {
    const bool incompatible = failure.fault == HelloFault::incompatible;
    set_state(step, member, incompatible ? MemberState::incompatible : MemberState::stopped, remark);
  }
}

void Membership::heard(StepContext& step, const MemberView& from, const FrameHeader& head, const Heartbeat& beat,
                       Instant stamp) {
  MemberView& member = members_.edit(from);
  if (head.seq <= member.beat_seq) {
    ++step.counters.stale_beat;  // a repeated or late one proves nothing
    return;
  }
  member.heard_at = stamp;
  take_facts(step, member, head, beat);
  parts_.copies.set_clock_offset(member, stamp.ms() - static_cast<std::int64_t>(head.mono_ms));
  if (records_[member].left_for_good) {
    return;  // the last beats of a node that has left
  }
  parts_.watch.heard(member, stamp);
  if (beat.leaving && !records_[member].left) {
    left(step, member);
  }
  if (member.state == MemberState::stopped || member.state == MemberState::incompatible ||
      member.state == MemberState::failed || member.state == MemberState::away) {
    set_state(step, member, MemberState::checking, "heard again");
  }
  if (member.partial) {
    member.partial = false;
    refresh_instance(step, member);
  }
  take_term(step, member, head, beat);
  if (head.roster_hash == step.members.roster_hash()) {
    parts_.watch.take_opinions(step, member, beat.liveness, stamp);
  } else {
    parts_.roster.offer(step, member);
  }
  if (!parts_.replication.in_sync(member)) {
    parts_.replication.repair(step, member);
  } else if (member.state != MemberState::running) {
    step.reconsider();
  }
  parts_.mastery.heard(step, member);
}

void Membership::take_facts(StepContext& step, MemberView& member, const FrameHeader& head, const Heartbeat& beat) {
  member.beat_seq = head.seq;
  member.proto_minor = head.proto_minor;
  member.remote_mono_ms = head.mono_ms;
  member.began_mono_ms = beat.began_mono_ms;
  member.health = beat.health;
  if (std::tie(beat.starting_jobs, beat.stopping_jobs, beat.degraded, beat.discovery) !=
      std::tie(member.starting_jobs, member.stopping_jobs, member.degraded, member.discovery)) {
    step.show_change();
  }
  member.starting_jobs = beat.starting_jobs;
  member.stopping_jobs = beat.stopping_jobs;
  member.degraded = beat.degraded;
  member.discovery = beat.discovery;
  parts_.watch.connection_is_new(member);
  parts_.hellos.heard(member);
  parts_.replication.owner_is_at(member, beat.delta_seq, beat.digest);
}

void Membership::take_term(StepContext& step, MemberView& member, const FrameHeader& head, const Heartbeat& beat) {
  const Term term{head.epoch, beat.master};
  const bool acting = beat.acting_master && beat.master == member.node_id;
  if (term != member.term || acting != member.acting_master || beat.state != member.cluster_state ||
      beat.synchronised != member.synchronised || beat.joined != member.joined) {
    member.term = term;
    member.acting_master = acting;
    member.cluster_state = beat.state;
    member.synchronised = beat.synchronised;
    member.joined = beat.joined;
    parts_.mastery.saw(term);
    step.reconsider();
    step.show_change();
  }
}

void Membership::left(StepContext& step, const MemberView& from) {
  Record& record = records_[from];
  if (record.left || step.has(Mutation::leave_is_loss)) {
    return;
  }
  MemberView& member = members_.edit(from);
  record.left = true;
  member.remark = "planned stop";
  member.acting_master = false;
  refresh_instance(step, member);
  step.note_member(member.identifier, "leaves", "planned stop: its programs are not moved");
  sight_changed_ = step.now;
  step.reconsider();
}

void Membership::leave(StepContext& step) {
  if (leaving_) {
    return;
  }
  leaving_ = true;
  step.announce();
  parts_.mastery.step_down(step, "this node leaves");
  refresh_instance(step, members_.me());
  step.publish(Leave{});
  for (const MemberView& member : step.view.members) {  // a connection may carry nothing any more, unnoticed yet
    if (!member.local && in_sight(member.state)) {
      step.send(member.node_id, Leave{});
    }
  }
  step.note_member(step.options.identifier, "leaves", "planned stop: its programs stay stopped");
}

void Membership::set_state(StepContext& step, const MemberView& which, MemberState state, const std::string& why) {
  MemberView& member = members_.edit(which);
  if (member.fence && !member.local && !step.has(Mutation::count_fenced)) {
    state = MemberState::isolated;  // whatever else becomes of it
  }
  if (member.state == state) {
    return;
  }
  const bool was_in_sight = in_sight(member.state);
  member.state = state;
  member.state_since = step.now;
  if (state == MemberState::running) {
    parts_.fencing.lists_may_differ();
  }
  if (was_in_sight != in_sight(state) || state == MemberState::running) {
    sight_changed_ = step.now;
  }
  refresh_instance(step, member);
  step.reconsider();
  step.note_member(member.identifier, std::string(name_of(state)), why);
}

void Membership::refresh_instance(StepContext& step, const MemberView& member) {
  rules::InstanceView& instance = members_.instance_of(member);
  const bool leaves = member.local ? leaving_ : records_[member].left;
  instance.running = member.state == MemberState::running && !member.partial && !leaves;
  instance.node = member.machine_id.empty() ? member.identifier : member.machine_id;
  step.show_change();
}

void Membership::activate(StepContext& step) {
  if (!parts_.replication.own_table_known()) {
    return;
  }
  MemberView& me = members_.me();
  if (me.state != MemberState::running) {
    me.heard_at = step.now;
    me.liveness = Liveness::fresh;
    set_state(step, me, MemberState::running, "local table known");
  }
  for (MemberView& member : members_.all()) {
    if (member.local || !in_sight(member.state) || member.state == MemberState::running) {
      continue;
    }
    if (parts_.replication.in_sync(member) && member.joined && member.beat_seq > 0) {
      set_state(step, member, MemberState::running, "its whole table is here");
      member.remark.clear();
      came_running(step, member);
    }
  }
}

/// Its copies count again, from its rows.
void Membership::came_running(StepContext& step, const MemberView& member) {
  records_[member].has_run = true;
  parts_.fencing.is_back(member);
  parts_.losses.is_back(member);  // this very incarnation may have been called dead: it was not
  const LossRecord earlier = parts_.losses.end_as_shown(step, member);
  parts_.copies.show_all(step, member);
  parts_.losses.first_table(step, member, earlier);
  parts_.mastery.want_repair();
}

void Membership::lose(StepContext& step, const MemberView& which, const std::string& why) {
  MemberView& member = members_.edit(which);
  const bool counted = member.state == MemberState::running || member.state == MemberState::away;
  const LossRecord loss = parts_.losses.end_of(step, member);
  parts_.mastery.forget_sync(member);
  parts_.replication.forget_request(member);
  records_[member].left_for_good = loss.planned;
  parts_.hellos.greet_afresh(member, step.now);
  member.partial = false;
  member.acting_master = false;
  member.remark = loss.planned ? "planned stop" : why;
  parts_.watch.forget(member);
  set_state(step, member, MemberState::stopped, loss.planned ? "has left" : why);
  parts_.requests.withdraw_orders_to(member.node_id);  // they must not reach it after a heal
  if (counted) {
    parts_.synchronisation.somebody_was_lost(step.now);
  }
  if (counted && !loss.planned) {
    parts_.fencing.lost(step, member, why);
  }
  parts_.losses.record(step, loss);
  parts_.rules.refresh_conflicts(step);
  // Before what ran there is started elsewhere: this may be the end of all work.
  parts_.synchronisation.check(step);
  parts_.losses.hand_over(step, member, loss);
}

}  // namespace holdfast::cluster

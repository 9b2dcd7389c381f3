// What must hold after every event.
#include "base/limits.hpp"
#include "simulator/simulated_world.hpp"

namespace holdfast::simulator {
namespace {

std::string text_of(cluster::Term term) {
  std::string text = std::to_string(term.epoch);
  text += '/';
  text += std::to_string(term.master % 10'000);
  return text;
}

}  // namespace

void SimulatedWorld::fail(const std::string& what) {
  if (!result_.violation) {
    say("!! " + what);
    result_.violation = what;
  }
}

/// Identity on the disk only grows (but for a lost disk), and nothing newer than the disk is used.
void SimulatedWorld::check_outcome(std::size_t i, const cluster::Outcome& outcome) {
  const Machine& machine = machines_[i];
  if (outcome.persist) {
    if (outcome.persist->incarnation < machine.disk.incarnation || outcome.persist->term < machine.disk.term) {
      fail(roster_[i].nick + " writes an older identity than its disk has");
    }
    if (outcome.persist->term > machine.disk.term) {
      ++result_.terms;
      last_term_ = now_;
    }
  }
  const cluster::Identity used = machine.node->identity();
  const cluster::Identity disk = outcome.persist.value_or(machine.disk);
  if (used != disk) {
    fail(roster_[i].nick + " uses term " + text_of(used.term) + ", its disk has " + text_of(disk.term));
  }
}

void SimulatedWorld::check_command(std::size_t i, const cluster::LocalCommand& command) {
  Machine& machine = machines_[i];
  ++result_.commands;
  last_command_ = now_;
  say(roster_[i].nick + " > " + std::string(name_of(command.action)) + " " + command.namespec + " [" +
      command.operation + "] term " + text_of(command.term));
  if (command.term < machine.last_executed) {
    fail(roster_[i].nick + " executes " + command.operation + " of term " + text_of(command.term) + " after one of " +
         text_of(machine.last_executed));
  }
  machine.last_executed = command.term;
  check_order_origin(i, command);
  const bool starts = command.action == cluster::Action::start_process;
  if (machine.is_leaving && command.action != cluster::Action::stop_process) {
    fail(roster_[i].nick + " executes " + command.operation + " though it leaves");
  }
  const bool sees_all = !options_.partitions && options_.loss_per_million == 0 && options_.tail_per_million == 0 &&
                        !options_.agent_crashes && !options_.node_crashes && !options_.pauses && !options_.stalls &&
                        !options_.drop_bursts && !options_.other_major && !options_.long_absences &&
                        !options_.power_cuts;
  if (starts && sees_all && stopped_on_purpose_.contains(command.namespec) &&
      command.reason.find("was lost") != std::string::npos) {
    fail(command.namespec + " is moved although its node was stopped on purpose");
  }
  if (!executed_.insert(command.operation).second) {
    fail(roster_[i].nick + " executes " + command.operation + " a second time");
  }
}

/// An order outlives no restart of its target, and a copy that was long under way is dropped by who gets it.
void SimulatedWorld::check_order_origin(std::size_t i, const cluster::LocalCommand& command) {
  const auto meant_for = meant_for_.find(command.operation);
  if (meant_for == meant_for_.end()) {
    return;  // its own
  }
  if (meant_for->second != machines_[i].node->identity().incarnation) {
    fail(roster_[i].nick + " executes " + command.operation + ", which was given to an earlier life of it");
  }
  if (frame_sent_ && now_ - *frame_sent_ > limits::cluster_command_age_max + 100ms) {  // clocks differ in rate
    fail(roster_[i].nick + " executes " + command.operation + " though it was " +
         std::to_string((now_ - *frame_sent_) / 1ms) + " ms under way");
  }
}

/// What node i knows of a machine; null: nothing.
const cluster::MemberView* SimulatedWorld::member_at(std::size_t i, std::size_t whom) const {
  const cluster::View& view = machines_[i].node->view();
  const cluster::NodeId node = machines_[whom].node_id;
  const bool in_place = whom < view.members.size() && view.members[whom].node_id == node;
  return in_place ? &view.members[whom] : view.find(node);
}

bool SimulatedWorld::awake_for(std::size_t i, Duration span) const {
  const Machine& machine = machines_[i];
  return machine.node && !machine.paused_until && !machine.stalled_until && !machine.is_leaving &&
         now_ - machine.awake_since >= span;
}

bool SimulatedWorld::connected_for(std::size_t a, std::size_t b, Duration span) const {
  const auto clear = [&](std::size_t from, std::size_t to) {
    return !cut(from, to) && !dead_connections_.contains({from, to}) && now_ - clear_since_[from][to] >= span;
  };
  return clear(a, b) && clear(b, a);
}

/// Each other's word counts only between equal lists.
bool SimulatedWorld::know_the_same(std::size_t a, std::size_t b) const {
  return !options_.discovery || (machines_[a].node->view().members.size() == machines_.size() &&
                                 machines_[b].node->view().members.size() == machines_.size());
}

/// By the observer itself, or by more than half of those whose word it has.
bool SimulatedWorld::heard_by_most(std::size_t subject, std::size_t observer) const {
  constexpr Duration kSpan = 5s;  // what was before is forgotten
  if (!awake_for(subject, kSpan) || !awake_for(observer, kSpan)) {
    return false;
  }
  std::size_t witnesses = connected_for(subject, observer, kSpan) ? machines_.size() : 0;
  for (std::size_t i = 0; i < machines_.size(); ++i) {
    const bool is_heeded = machines_[observer].fences.find(machines_[i].identifier) == nullptr;
    if (i != subject && i != observer && is_heeded && awake_for(i, kSpan) && connected_for(subject, i, kSpan) &&
        connected_for(i, observer, kSpan) && know_the_same(i, observer)) {
      ++witnesses;
    }
  }
  return 2 * witnesses > machines_.size() - 2;
}

/// Nobody is called dead who is heard. Where frames are lost or late for long, only time decides.
void SimulatedWorld::check_verdict(std::size_t i, const cluster::HistoryRow& row) {
  if (row.kind != cluster::HistoryRow::Kind::member || row.what != name_of(MemberState::stopped) ||
      row.why.starts_with("no longer fenced") || options_.loss_per_million != 0 || options_.tail_per_million != 0 ||
      options_.drop_bursts || options_.other_major) {
    return;
  }
  const std::size_t subject = index_of(row.subject);
  if (subject != i && heard_by_most(subject, i)) {
    fail(roster_[i].nick + " calls " + roster_[subject].nick + " dead, which is heard: " + row.why);
  }
}

/// Who is gone for good is gone for everybody that could notice.
void SimulatedWorld::check_absent() {
  constexpr Duration kNoticed = 9s;  // a heartbeat that was 3 s under way, and the slowest verdict
  for (std::size_t gone = 0; gone < machines_.size() && options_.long_absences; ++gone) {
    const std::optional<Instant> since = machines_[gone].down_since;
    for (std::size_t i = 0; since && now_ - *since >= kNoticed && i < machines_.size(); ++i) {
      const cluster::MemberView* member = awake_for(i, now_ - *since) ? member_at(i, gone) : nullptr;
      if (member != nullptr && cluster::in_sight(member->state)) {
        fail(roster_[i].nick + " still shows " + roster_[gone].nick + ", which went down " +
             std::to_string((now_ - *since) / 1s) + " s ago");
      }
    }
  }
}

/// A request is answered for good once, by the node that was asked.
void SimulatedWorld::check_reply(std::size_t i, const cluster::Reply& reply) {
  say(roster_[i].nick + " < [" + reply.operation + "] " + std::string(name_of(reply.code)) + " " + reply.text);
  if (reply.phase == cluster::AnswerPhase::accepted) {
    return;
  }
  const auto at = asked_.find(reply.handle);
  if (at == asked_.end() || at->second.node != i) {
    fail(roster_[i].nick + " answers a request twice, or another node's");
    return;
  }
  if (now_ > at->second.latest && !machines_[i].paused_until && !faulty_) {
    fail(roster_[i].nick + " answers a request after its deadline");
  }
  asked_.erase(at);
}

/// Rows are what their owner wrote under that number; numbers are not used twice and do not go back.
void SimulatedWorld::check_tables(std::size_t i, std::size_t owner) {
  if (!machines_[i].node) {
    return;
  }
  const cluster::MemberView* member = member_at(i, owner);
  if (member == nullptr) {
    return;
  }
  const cluster::ReplicatedTable& table = member->table;
  if (!table.complete()) {
    return;
  }
  if (i == owner) {
    const auto [at, is_new] = written_[{owner, table.incarnation()}].emplace(table.seq(), table.digest());
    writings_[owner] += is_new ? 1 : 0;
    if (!is_new && at->second != table.digest()) {
      fail(roster_[i].nick + " uses change number " + std::to_string(table.seq()) + " twice");
    }
    return;
  }
  Seen& seen = seen_[i][owner];
  const Seen found{machines_[i].life, table.incarnation(), table.seq(), table.digest(), writings_[owner]};
  if (found == seen) {
    return;
  }
  const auto& written = written_[{owner, table.incarnation()}];
  const auto at = written.find(table.seq());
  if (at != written.end() && at->second != table.digest()) {
    fail(roster_[i].nick + " has rows that " + roster_[owner].nick + " did not write under number " +
         std::to_string(table.seq()));
  }
  if (found.life == seen.life && std::pair(found.incarnation, found.seq) < std::pair(seen.incarnation, seen.seq)) {
    fail(roster_[i].nick + "'s rows of " + roster_[owner].nick + " go back from " + std::to_string(seen.seq) + " to " +
         std::to_string(found.seq));
  }
  seen = found;
}

}  // namespace holdfast::simulator

// What must hold: after every event (safety) and some time after the last fault (convergence).
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
    if (outcome.persist->incarnation < machine.disk.incarnation ||
        outcome.persist->term < machine.disk.term) {
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
    fail(roster_[i].nick + " executes " + command.operation + " of term " + text_of(command.term) +
         " after one of " + text_of(machine.last_executed));
  }
  machine.last_executed = command.term;
  check_order_origin(i, command);
  const bool starts = command.action == cluster::Action::start_process;
  if (machine.is_leaving && command.action != cluster::Action::stop_process) {
    fail(roster_[i].nick + " executes " + command.operation + " though it leaves");
  }
  const bool sees_all = !options_.partitions && options_.loss_per_million == 0 &&
                        options_.tail_per_million == 0 && !options_.agent_crashes && !options_.node_crashes &&
                        !options_.pauses && !options_.stalls && !options_.drop_bursts &&
                        !options_.other_major;
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

/// Without any fault nobody is dead.
void SimulatedWorld::check_verdict(std::size_t i, const cluster::HistoryRow& row) {
  if (options_.stalls_of_threads == StallProfile::none || row.kind != cluster::HistoryRow::Kind::member) {
    return;
  }
  if (row.what == name_of(cluster::MemberState::stopped) && now_ > Instant{} + options_.boot) {
    fail(roster_[i].nick + " calls " + row.subject + " dead, which is alive: " + row.why);
  }
}

/// A request is answered for good once, by the node that was asked.
void SimulatedWorld::check_reply(std::size_t i, const cluster::Reply& reply) {
  say(roster_[i].nick + " < [" + reply.operation + "] " + std::string(name_of(reply.code)) + " " +
      reply.text);
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
  const cluster::MemberView& member = machines_[i].node->view().members[owner];
  const cluster::ReplicatedTable& table = member.table;
  if (!table.complete()) {
    return;
  }
  auto& written = written_[{owner, table.incarnation()}];
  if (i == owner) {
    const auto [at, is_new] = written.emplace(table.seq(), table.digest());
    if (!is_new && at->second != table.digest()) {
      fail(roster_[i].nick + " uses change number " + std::to_string(table.seq()) + " twice");
    }
    return;
  }
  const auto at = written.find(table.seq());
  if (at != written.end() && at->second != table.digest()) {
    fail(roster_[i].nick + " has rows that " + roster_[owner].nick + " did not write under number " +
         std::to_string(table.seq()));
  }
  auto& seen = seen_[{i, machines_[i].life, owner}];
  const std::pair<std::uint64_t, std::uint64_t> position{table.incarnation(), table.seq()};
  if (position < seen) {
    fail(roster_[i].nick + "'s rows of " + roster_[owner].nick + " go back from " +
         std::to_string(seen.second) + " to " + std::to_string(position.second));
  }
  seen = position;
}

std::optional<std::string> SimulatedWorld::not_converged() const {
  std::size_t acting = 0;
  for (std::size_t i = 0; i < machines_.size(); ++i) {
    if (!machines_[i].node) {
      return roster_[i].nick + " is down";
    }
  }
  for (std::size_t i = 0; i < machines_.size(); ++i) {
    const Machine& machine = machines_[i];
    const cluster::View& view = machine.node->view();
    acting += view.acting_master ? 1 : 0;
    if (!view.master || view.master != machines_[0].node->view().master) {
      return roster_[i].nick + " follows " + view.master.value_or("nobody") + ", n1 follows " +
             machines_[0].node->view().master.value_or("nobody");
    }
    if (view.term != machines_[0].node->view().term) {
      return roster_[i].nick + " has another term than n1";
    }
    if (view.state != cluster::ClusterState::operation) {
      return roster_[i].nick + " is in " + std::string(name_of(view.state));
    }
    for (std::size_t owner = 0; owner < machines_.size(); ++owner) {
      const cluster::MemberView& member = view.members[owner];
      if (member.state != cluster::MemberState::running) {
        return roster_[i].nick + " sees " + roster_[owner].nick + " " + std::string(name_of(member.state));
      }
      const cluster::ReplicatedTable& truth = machines_[owner].node->view().me().table;
      if (member.table.seq() != truth.seq() || member.table.digest() != truth.digest() ||
          member.table.incarnation() != truth.incarnation()) {
        return roster_[i].nick + "'s rows of " + roster_[owner].nick + " differ from the truth";
      }
    }
  }
  if (acting != 1) {
    return std::to_string(acting) + " Masters";
  }
  for (const std::string& namespec : wanted_) {
    std::size_t copies = 0;
    for (const Machine& machine : machines_) {
      copies += machine.supervisor->runs(namespec) ? 1 : 0;
    }
    if (copies != 1) {
      return namespec + " runs " + std::to_string(copies) + " times";
    }
  }
  return std::nullopt;
}

void SimulatedWorld::check_convergence() {
  if (const auto reason = not_converged()) {
    fail("not converged " + std::to_string(options_.quiet / 1s) + " s after the last fault: " + *reason);
    return;
  }
  for (const auto& [handle, asked] : asked_) {
    if (machines_[asked.node].life == asked.life && now_ > asked.latest) {
      fail("a request to " + roster_[asked.node].nick + " was never answered");
    }
  }
  if (now_ - last_term_ < 5s) {
    fail("a new term in the last quiet 5 s");
  }
  if (now_ - last_command_ < 5s) {
    fail("orders in the last quiet 5 s");
  }
}

}  // namespace holdfast::simulator

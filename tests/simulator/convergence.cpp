// What must hold some time after the last fault, and how long it took.
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "rules/application_state.hpp"
#include "simulator/simulated_world.hpp"

namespace holdfast::simulator {
namespace {

constexpr Duration kPeopleWait = 3s;     // after views are equal, before people look whether all runs
constexpr Duration kHolds = 6s;          // converged for good
constexpr Duration kQuietAtTheEnd = 5s;  // no order and no new term

/// `at` is set while it holds.
void note(std::optional<Instant>& at, bool holds, Instant now) {
  if (!holds) {
    at.reset();
  } else if (!at) {
    at = now;
  }
}

/// Of every process that a node shows, in order of their names.
std::vector<rules::ProcessStatus> states_shown(const rules::ClusterView& view) {
  std::vector<rules::ProcessStatus> states;
  for (const auto& [application, processes] : view.applications) {
    for (const auto& [name, process] : processes) {
      states.push_back(rules::process_status(process));
    }
  }
  return states;
}

/// What a node shows for the processes that the first one knows (contract PRC-3, PRC-5); `states`: what that one shows.
std::optional<std::string> differing_state(const rules::ClusterView& view, const rules::ClusterView& first,
                                           const std::vector<rules::ProcessStatus>& states, const std::string& nick) {
  auto next = states.begin();
  for (const auto& [application, processes] : first.applications) {
    const auto there = view.applications.find(application);
    const std::map<std::string, rules::ProcessView> none;
    const auto& known = there == view.applications.end() ? none : there->second;
    auto at = known.begin();  // in step: they should be the same
    for (const auto& [name, process] : processes) {
      while (at != known.end() && at->first < name) {
        ++at;
      }
      if (at == known.end() || at->first != name) {
        return nick + " does not know " + application + ":" + name + ", n1 does";
      }
      const rules::ProcessStatus& expected = *next++;
      const rules::ProcessStatus shown = rules::process_status(at->second);
      if (shown.state != expected.state || shown.running_on != expected.running_on || shown.reason != expected.reason) {
        return nick + " shows another state of " + application + ":" + name + " than n1";
      }
    }
  }
  return std::nullopt;
}

}  // namespace

void SimulatedWorld::look() {
  check_absent();
  if (faulty_ || options_.stalls_of_threads != StallProfile::none) {
    return;
  }
  look_at_fences();
  const std::optional<std::string> difference = differing_views();
  if (difference != last_difference_) {
    say(difference ? "-- " + *difference : "-- views are equal");
    last_difference_ = difference;
  }
  const bool equal = !difference;
  note(views_equal_at_, equal, now_);
  if (equal && calm_since_ != agreed_about_) {
    agreed_about_ = calm_since_;
    result_.views_equal_after = now_ - calm_since_;
  }
  note(whole_at_, equal && !program_not_once(), now_);
  if (views_equal_at_ && now_ - *views_equal_at_ >= kPeopleWait && !std::exchange(people_have_looked_, true)) {
    finish_what_people_began();
  }
}

/// Nothing more is to be expected of this run.
bool SimulatedWorld::over() const {
  if (!whole_at_ || now_ - *whole_at_ < kHolds || !people_have_looked_ || now_ - last_term_ < kQuietAtTheEnd ||
      now_ - last_command_ < kQuietAtTheEnd) {
    return false;
  }
  if (machines_[0].node && machines_[0].node->view().state() >= cluster::ClusterState::restarting) {
    return false;  // it ends, and is started again
  }
  for (const auto& [handle, asked] : asked_) {
    if (machines_[asked.node].life == asked.life) {
      return false;  // it must be answered yet
    }
  }
  return true;
}

/// One Master that everybody follows, and everybody's rows are everybody's own.
std::optional<std::string> SimulatedWorld::differing_views() const {
  std::size_t acting = 0;
  for (std::size_t i = 0; i < machines_.size(); ++i) {
    if (!machines_[i].node) {
      return roster_[i].nick + " is down";
    }
    acting += machines_[i].node->view().acting_master() ? 1 : 0;
  }
  const std::vector<rules::ProcessStatus> expected = states_shown(machines_[0].node->view().cluster);
  for (std::size_t i = 0; i < machines_.size(); ++i) {
    if (auto difference = differing_view(i, expected)) {
      return difference;
    }
  }
  return acting == 1 ? std::nullopt : std::optional(std::to_string(acting) + " Masters");
}

std::optional<std::string> SimulatedWorld::differing_view(std::size_t i,
                                                          const std::vector<rules::ProcessStatus>& expected) const {
  const cluster::View& view = machines_[i].node->view();
  const cluster::View& first = machines_[0].node->view();
  if (!view.master || view.master != first.master) {
    return roster_[i].nick + " follows " + view.master.value_or("nobody") + ", n1 follows " +
           first.master.value_or("nobody");
  }
  if (view.members.size() != machines_.size()) {
    return roster_[i].nick + " knows " + std::to_string(view.members.size()) + " nodes";
  }
  if (view.term() != first.term()) {
    return roster_[i].nick + " has another term than n1";
  }
  for (std::size_t owner = 0; owner < machines_.size(); ++owner) {
    const cluster::MemberView* known = member_at(i, owner);
    if (known == nullptr) {
      return roster_[i].nick + " does not know " + roster_[owner].nick;
    }
    const cluster::MemberView& member = *known;
    if (view.members[owner].node_id != first.members[owner].node_id) {
      return roster_[i].nick + " has the nodes in another order than n1";
    }
    if (member.state != MemberState::running) {
      return roster_[i].nick + " sees " + roster_[owner].nick + " " + std::string(name_of(member.state));
    }
    const cluster::ReplicatedTable& truth = machines_[owner].node->view().me().table;
    if (member.table.seq() != truth.seq() || member.table.digest() != truth.digest() ||
        member.table.incarnation() != truth.incarnation()) {
      return roster_[i].nick + "'s rows of " + roster_[owner].nick + " differ from the truth";
    }
  }
  return differing_state(view.cluster, first.cluster, expected, roster_[i].nick);
}

std::optional<std::string> SimulatedWorld::program_not_once() const {
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

std::optional<std::string> SimulatedWorld::not_converged() const {
  if (auto reason = differing_views()) {
    return reason;
  }
  for (std::size_t i = 0; i < machines_.size(); ++i) {
    const cluster::ClusterState state = machines_[i].node->view().state();
    if (state != cluster::ClusterState::operation) {
      return roster_[i].nick + " is in " + std::string(name_of(state));
    }
  }
  return program_not_once();
}

void SimulatedWorld::check_convergence() {
  if (const auto reason = not_converged()) {
    fail("not converged " + std::to_string((now_ - calm_since_) / 1s) + " s after the last fault: " + *reason);
    return;
  }
  for (const auto& [handle, asked] : asked_) {
    if (machines_[asked.node].life == asked.life && now_ > asked.latest) {
      fail("a request to " + roster_[asked.node].nick + " was never answered");
    }
  }
  if (now_ - last_term_ < kQuietAtTheEnd) {
    fail("a new term in the last quiet 5 s");
  }
  if (now_ - last_command_ < kQuietAtTheEnd) {
    fail("orders in the last quiet 5 s");
  }
  if (whole_at_ && touched_.empty()) {
    result_.programs_once_after = std::max(*whole_at_ - calm_since_, Duration{});
  }
}

}  // namespace holdfast::simulator

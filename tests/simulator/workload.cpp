// What people ask for, drawn from the seed.
#include <algorithm>

#include "simulator/simulated_world.hpp"

namespace holdfast::simulator {

void SimulatedWorld::operate() {
  const auto i = static_cast<std::size_t>(random_.below(machines_.size()));
  if (!machines_[i].node || machines_[i].paused_until || machines_[i].stalled_until) {
    return;
  }
  cluster::OperatorRequest request;
  request.handle = ++next_handle_;
  request.user = "admin";
  request.deadline = 5s;
  request.target = wanted_[random_.below(wanted_.size())];
  switch (random_.below(3)) {
    case 0:
      request.action = cluster::Action::restart_process;
      break;
    case 1:
      request.action = cluster::Action::restart_application;
      request.target = request.target.substr(0, request.target.find(':'));
      break;
    default:
      request.action = cluster::Action::start_process;  // on a named node: a second copy to conciliate
      request.identifier = machines_[random_.below(machines_.size())].identifier;
      break;
  }
  touched_.insert(request.target.substr(0, request.target.find(':')));
  ask(i, std::move(request));
}

void SimulatedWorld::ask(std::size_t i, cluster::OperatorRequest request) {
  say("-- " + roster_[i].nick + " is asked: " + std::string(name_of(request.action)) + " " + request.target + " " +
      request.identifier);
  asked_[request.handle] = {i, machines_[i].life, now_ + request.deadline + 6s};  // a pause may come between
  step(i, request);
}

/// A restart whose Master died between stop and start is answered "unknown": people look and ask again.
void SimulatedWorld::finish_what_people_began() {
  for (const std::string& namespec : wanted_) {
    bool runs = false;
    for (const Machine& machine : machines_) {
      runs = runs || machine.supervisor->runs(namespec);
    }
    if (!runs && touched_.contains(namespec.substr(0, namespec.find(':')))) {
      cluster::OperatorRequest request;
      request.handle = ++next_handle_;
      request.user = "admin";
      request.action = cluster::Action::start_process;
      request.target = namespec;
      request.deadline = 5s;
      ask(static_cast<std::size_t>(random_.below(machines_.size())), std::move(request));
    }
  }
}

/// Until all of it has run once. That a later loss is made good is the cluster's business.
void SimulatedWorld::start_peoples_application() {
  const bool all_run = std::ranges::all_of(wanted_, [&](const std::string& namespec) {
    return !namespec.starts_with("people:") ||
           std::ranges::any_of(machines_, [&](const Machine& machine) { return machine.supervisor->runs(namespec); });
  });
  if (all_run) {
    peoples_runs_ = true;
    return;
  }
  Packet again;
  again.kind = Kind::people;
  push(now_ + 1s, std::move(again));
  const auto asked = asked_.find(peoples_handle_);
  const bool waits = asked != asked_.end() && machines_[asked->second.node].life == asked->second.life;
  const auto i = static_cast<std::size_t>(random_.below(machines_.size()));
  if (!waits && machines_[i].node) {
    cluster::OperatorRequest request;
    request.handle = ++next_handle_;
    request.user = "admin";
    request.action = cluster::Action::start_application;
    request.target = "people";
    request.deadline = 5s;
    peoples_handle_ = request.handle;
    ask(i, std::move(request));
  }
}

}  // namespace holdfast::simulator

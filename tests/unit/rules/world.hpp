// world.hpp: a small cluster for tests of the rules engine: rules from XML, a view that obeys or does not,
// and what the engine did so far, in order. Every order is obeyed at once unless the test says otherwise.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/instant.hpp"
#include "rules/engine.hpp"
#include "rules/rule_reader.hpp"
#include "wire/xml_document.hpp"

namespace holdfast::rules {

inline ReadRules read_text(const std::string& body) {
  auto tree = wire::read_xml("<root>" + body + "</root>", "rules.xml");
  EXPECT_TRUE(tree.ok()) << (tree.ok() ? "" : tree.error().message);
  auto rules = read_rules({{"rules.xml", tree.value()}});
  EXPECT_TRUE(rules.ok()) << (rules.ok() ? "" : rules.error().message);
  return std::move(rules).value();
}

class World {
 public:
  explicit World(const std::string& xml, int nodes = 3, EngineOptions options = {})
      : engine_(read_text(xml).rules, options) {
    for (int i = 1; i <= nodes; ++i) {
      const std::string n = std::to_string(i);
      view.instances.push_back({"10.0.0." + n + ":60000", "n" + n, "machine" + n, true, i == 1, {}});
    }
  }

  static std::string id(int node) { return "10.0.0." + std::to_string(node) + ":60000"; }

  /// Defines application:process on these nodes; {} = on all.
  ProcessView& define(const std::string& application, const std::string& process, std::vector<int> nodes = {}) {
    ProcessView& p = view.applications[application][process];
    p.program_name = process;
    if (nodes.empty()) {
      for (std::size_t i = 1; i <= view.instances.size(); ++i) {
        nodes.push_back(static_cast<int>(i));
      }
    }
    for (const int node : nodes) {
      p.copies[id(node)].change = ++change_;
    }
    return p;
  }

  CopyView& copy(const std::string& process, int node) {
    const auto colon = process.find(':');
    return view.applications.at(process.substr(0, colon)).at(process.substr(colon + 1)).copies.at(id(node));
  }

  /// The world changes a copy and the engine hears of it.
  void become(const std::string& process, int node, ProcessState state, bool expected = true) {
    quiet(process, node, state, expected);
    const auto colon = process.find(':');
    step(CopyChanged{{process.substr(0, colon), process.substr(colon + 1)}, id(node)});
  }
  /// It ended, and its instance will start it again.
  void await_restart(const std::string& process, int node) {
    quiet(process, node, ProcessState::exited, false);
    copy(process, node).awaits_restart = true;
    const auto colon = process.find(':');
    step(CopyChanged{{process.substr(0, colon), process.substr(colon + 1)}, id(node)});
  }
  /// The same as become(), before the engine looks.
  void quiet(const std::string& process, int node, ProcessState state, bool expected = true) {
    CopyView& c = copy(process, node);
    if (state == ProcessState::running && c.state != ProcessState::running) {
      c.since = now;
    }
    c.state = state;
    c.awaits_restart = false;
    c.expected_exit = expected;
    c.ever_started = c.ever_started || state != ProcessState::stopped;
    c.change = ++change_;
    c.event_us += state == ProcessState::stopped ? 0 : 1;
  }

  void step(const Event& event) {
    engine_.step(now, view, event);
    take();
  }

  void request(RequestKind kind, const std::string& application, const std::string& process = "",
               const std::string& operation = "op") {
    Request r;
    r.operation_id = operation;
    r.kind = kind;
    r.application = application;
    r.process = process;
    r.user = "admin";
    r.requester = id(1);
    step(r);
  }

  /// n leaves the world; what it ran is FATAL there (contract INS-1).
  void lose(int node) {
    view.instances.at(static_cast<std::size_t>(node - 1)).running = false;
    InstanceLost lost{id(node), {}};
    for (auto& [application, processes] : view.applications) {
      for (auto& [name, process] : processes) {
        const auto found = process.copies.find(id(node));
        if (found != process.copies.end() && is_active(found->second)) {
          found->second.state = ProcessState::fatal;
          found->second.awaits_restart = false;
          found->second.change = ++change_;
          lost.processes.push_back({application, name});
        }
      }
    }
    step(lost);
  }

  void pass(Duration span) {
    now = now + span;
    step(TimePassed{});
  }

  [[nodiscard]] Engine& engine() { return engine_; }

  /// "start shop:web on n2", in order, since the last call.
  std::vector<std::string> orders() { return std::exchange(orders_, {}); }
  [[nodiscard]] const Completed* completed(const std::string& operation = "op") const {
    const auto found = completed_.find(operation);
    return found == completed_.end() ? nullptr : &found->second;
  }
  [[nodiscard]] bool done(const std::string& operation = "op") const {
    const Completed* c = completed(operation);
    return c != nullptr && !c->fault;
  }
  /// nullopt: it goes on, or it is done.
  [[nodiscard]] std::optional<Fault> fault(const std::string& operation = "op") const {
    const Completed* c = completed(operation);
    return c == nullptr ? std::nullopt : c->fault;
  }
  [[nodiscard]] std::string label(const std::string& identifier) const {
    for (const auto& i : view.instances) {
      if (i.identifier == identifier) {
        return i.nick;
      }
    }
    return identifier;
  }

  ClusterView view;
  Instant now = Instant::from_ms(1'000'000);
  bool obey = true;                  // carry orders out at once
  std::set<std::string> never_ends;  // wait_exit processes that stay RUNNING
  std::set<std::string> broken;      // processes that become FATAL when started
  std::vector<std::string> decisions;
  std::vector<std::string> reasons;  // of the orders
  std::vector<ForcedState> forced;
  std::vector<ClusterOrder> cluster_orders;
  std::vector<Order> open;  // not obeyed yet
  int jobs_changed = 0;
  int accepted = 0;

 private:
  void take() {
    for (const auto& action : engine_.take_actions()) {
      if (const auto* order = std::get_if<Order>(&action)) {
        orders_.push_back(std::string(order->kind == OrderKind::start ? "start " : "stop ") + full_namespec(order->id) +
                          " on " + label(order->identifier) +
                          (order->extra_args.empty() ? "" : " with " + order->extra_args));
        reasons.push_back(order->reason);
        open.push_back(*order);
      } else if (const auto* decision = std::get_if<Decision>(&action)) {
        decisions.push_back(decision->what + ": " + decision->why);
      } else if (const auto* done = std::get_if<Completed>(&action)) {
        completed_[done->operation_id] = *done;
      } else if (const auto* force = std::get_if<ForcedState>(&action)) {
        forced.push_back(*force);
        auto& p = view.applications.at(force->id.group).at(force->id.name);
        p.forced = force->cleared ? std::nullopt : std::optional(ForcedView{force->state, force->reason});
      } else if (const auto* cluster = std::get_if<ClusterOrder>(&action)) {
        cluster_orders.push_back(*cluster);
      } else if (std::holds_alternative<JobsChanged>(action)) {
        ++jobs_changed;
      } else if (std::holds_alternative<Accepted>(action)) {
        ++accepted;
      }
    }
    while (obey && !open.empty()) {
      const Order order = open.front();
      open.erase(open.begin());
      carry_out(order);
    }
  }

  void carry_out(const Order& order) {
    const std::string name = full_namespec(order.id);
    const int node = order.identifier[7] - '0';
    if (order.kind == OrderKind::stop) {
      become(name, node, ProcessState::stopping);
      become(name, node, ProcessState::stopped);
      return;
    }
    copy(name, node).extra_args = order.extra_args;
    copy(name, node).started_us = static_cast<std::int64_t>(++change_);
    become(name, node, ProcessState::starting);
    if (broken.count(name) != 0) {
      become(name, node, ProcessState::backoff);
      become(name, node, ProcessState::fatal);
      return;
    }
    become(name, node, ProcessState::running);
    if (engine_.matcher().program(order.id).wait_exit && never_ends.count(name) == 0) {
      become(name, node, ProcessState::exited);
    }
  }

  Engine engine_;
  std::uint64_t change_ = 0;
  std::vector<std::string> orders_;
  std::map<std::string, Completed> completed_;
};

}  // namespace holdfast::rules

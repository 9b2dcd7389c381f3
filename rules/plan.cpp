// Engine::plan: the dry run of contract 4.8. A copy of the engine runs against a copy of the view; each order
// is obeyed at once (STARTING, RUNNING, and EXITED where that is waited for). Starts that are really under
// way keep their loads.
#include <algorithm>
#include <map>
#include <utility>

#include "rules/engine.hpp"

namespace holdfast::rules {
namespace {

class DryRun {
 public:
  DryRun(Engine engine, ClusterView view, Instant now)
      : engine_(std::move(engine)), view_(std::move(view)), now_(now) {}

  Result<std::vector<PlannedStart>> run(const Request& request) {
    static_cast<void>(engine_.take_actions());
    list(request);
    engine_.step(now_, view_, request);
    while (true) {
      const auto actions = engine_.take_actions();
      std::vector<Order> orders;
      for (const auto& action : actions) {
        if (const auto* done = std::get_if<Completed>(&action)) {
          if (done->refused && done->operation_id == request.operation_id) {
            return Error{done->detail.empty() ? done->why : done->detail, code_of(done->fault.value_or(Fault::failed))};
          }
        } else if (const auto* order = std::get_if<Order>(&action)) {
          orders.push_back(*order);
        } else if (const auto* forced = std::get_if<ForcedState>(&action); forced != nullptr && !forced->cleared) {
          plan_[forced->id] = {forced->id, forced->state, "", forced->reason};
        }
      }
      if (orders.empty()) {
        break;
      }
      for (const auto& order : orders) {
        execute(order);
      }
    }
    std::vector<PlannedStart> all;
    for (auto& [id, planned] : plan_) {
      all.push_back(std::move(planned));
    }
    return all;
  }

 private:
  /// What the request would start. What a failure keeps from its turn stays as it is here.
  void list(const Request& request) {
    const auto application = view_.applications.find(request.application);
    if (application == view_.applications.end()) {
      return;
    }
    const bool sequence = request.kind == RequestKind::start_application;
    for (const auto& [name, process] : application->second) {
      const ProcessId id{request.application, name};
      const bool asked = sequence ? engine_.matcher().program(id).start_sequence > 0
                                  : request.process == "*" || request.process == name;
      if (asked) {
        plan_[id] = {id, process_status(process).state, "", ""};
      }
    }
  }

  void execute(const Order& order) {
    CopyView& copy = view_.applications.at(order.id.group).at(order.id.name).copies.at(order.identifier);
    if (order.kind == OrderKind::stop) {
      become(order, copy, ProcessState::stopped);
      return;
    }
    become(order, copy, ProcessState::starting);
    become(order, copy, ProcessState::running);
    copy.since = now_;
    if (engine_.matcher().program(order.id).wait_exit) {
      copy.expected_exit = true;
      become(order, copy, ProcessState::exited);
    }
    plan_[order.id] = {order.id, copy.state, order.identifier, order.reason};
  }

  void become(const Order& order, CopyView& copy, ProcessState state) {
    copy.state = state;
    copy.change += 1;
    copy.ever_started = true;
    engine_.step(now_, view_, CopyChanged{order.id, order.identifier});
  }

  Engine engine_;
  ClusterView view_;
  Instant now_;
  std::map<ProcessId, PlannedStart> plan_;
};

}  // namespace

Result<std::vector<PlannedStart>> Engine::plan(Instant now, const ClusterView& view, const Request& request) const {
  return DryRun(*this, view, now).run(request);
}

}  // namespace holdfast::rules

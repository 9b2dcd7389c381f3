// Random rules, clusters and events: whatever happens, a start goes only where the rules allow and never
// above 100 % of a node, no process is started while it runs, every request is answered once, and the engine
// comes to rest.
#include "base/limits.hpp"
#include "base/random.hpp"
#include "world.hpp"

namespace holdfast::rules {
namespace {

constexpr int kNodes = 4;
constexpr int kApplications = 3;
constexpr int kProcesses = 4;

std::string pick(Random& random, const std::vector<std::string>& words) {
  return words[random.below(words.size())];
}

std::string program(Random& random, int index) {
  return "<program name=\"p" + std::to_string(index) + "\"><identifiers>" +
         pick(random, {"*", "n1,n2", "n3,n2,n9", "n4", "n2,*"}) + "</identifiers><start_sequence>" +
         std::to_string(random.below(3)) + "</start_sequence><required>" + pick(random, {"true", "false"}) +
         "</required><wait_exit>" + pick(random, {"false", "false", "true"}) + "</wait_exit><expected_loading>" +
         std::to_string(random.below(60)) + "</expected_loading><starting_failure_strategy>" +
         pick(random, {"ABORT", "STOP", "CONTINUE"}) + "</starting_failure_strategy><running_failure_strategy>" +
         pick(random, {"CONTINUE", "RESTART_PROCESS", "STOP_APPLICATION", "RESTART_APPLICATION"}) +
         "</running_failure_strategy></program>";
}

std::string random_rules(Random& random) {
  std::string xml;
  for (int a = 0; a < kApplications; ++a) {
    xml += "<application name=\"a" + std::to_string(a) + "\"><distribution>" +
           pick(random, {"ALL_INSTANCES", "ALL_INSTANCES", "SINGLE_INSTANCE", "SINGLE_NODE"}) +
           "</distribution><start_sequence>" + std::to_string(random.below(3)) +
           "</start_sequence><starting_strategy>" +
           pick(random, {"CONFIG", "LESS_LOADED", "MOST_LOADED", "LOCAL", "LESS_LOADED_NODE", "MOST_LOADED_NODE"}) +
           "</starting_strategy><programs>";
    for (int p = 0; p < kProcesses; ++p) {
      xml += program(random, p);
    }
    xml += "</programs></application>";
  }
  return xml;
}

class Chaos {
 public:
  explicit Chaos(std::uint64_t seed) : random_(seed), engine_(read_text(random_rules(random_)).rules, options()) {
    for (int i = 1; i <= kNodes; ++i) {
      const std::string n = std::to_string(i);
      view_.instances.push_back({"n" + n, "n" + n, i < 3 ? "twins" : "m" + n, true, i == 1, {}});
    }
    for (int a = 0; a < kApplications; ++a) {
      for (int p = 0; p < kProcesses; ++p) {
        auto& process = view_.applications["a" + std::to_string(a)]["p" + std::to_string(p)];
        for (const auto& instance : view_.instances) {
          if (random_.below(5) != 0) {
            process.copies[instance.identifier].disabled = random_.below(10) == 0;
          }
        }
      }
    }
  }

  void run() {
    for (int i = 0; i < 150 && !testing::Test::HasFailure(); ++i) {
      one_event();
    }
    calm_down();
  }

 private:
  EngineOptions options() {
    return {StartingStrategy::config,
            random_.below(2) == 0 ? ConciliationStrategy::senicide : ConciliationStrategy::running_failure};
  }

  void step(const Event& event) {
    engine_.step(now_, view_, event);
    for (const auto& action : engine_.take_actions()) {
      if (const auto* order = std::get_if<Order>(&action)) {
        if (order->kind == OrderKind::start) {
          check_start(*order);
        }
        EXPECT_FALSE(order->reason.empty());
        orders_.push_back(*order);
      } else if (const auto* done = std::get_if<Completed>(&action)) {
        EXPECT_EQ(open_operations_.erase(done->operation_id), 1u) << "answered once";
      } else if (const auto* forced = std::get_if<ForcedState>(&action)) {
        auto& process = view_.applications.at(forced->id.group).at(forced->id.name);
        process.forced = forced->cleared ? std::nullopt : std::optional(ForcedView{forced->state, forced->reason});
      }
    }
  }

  void check_start(const Order& order) {
    const auto& process = view_.applications.at(order.id.group).at(order.id.name);
    const auto& matcher = engine_.matcher();
    const auto copy = process.copies.find(order.identifier);
    ASSERT_NE(copy, process.copies.end()) << "placed where it is not defined";
    EXPECT_FALSE(copy->second.disabled);
    for (const auto& [identifier, other] : process.copies) {
      EXPECT_FALSE(is_running(other.state)) << full_namespec(order.id) << " runs already on " << identifier;
    }
    const auto& application = matcher.application(order.id.group);
    const auto& rule = application.distribution == Distribution::all_instances ? matcher.program(order.id).identifiers
                                                                               : application.identifiers;
    bool allowed = false;
    for (const auto index : instances_of(rule, view_)) {
      allowed = allowed || view_.instances[index].identifier == order.identifier;
    }
    EXPECT_TRUE(allowed) << order.reason;
    const auto target = std::find_if(view_.instances.begin(), view_.instances.end(),
                                     [&](const InstanceView& i) { return i.identifier == order.identifier; });
    EXPECT_TRUE(target->running) << order.reason;
    started_.insert({order.order_id, order});
    EXPECT_LE(load_of(target->node), limits::rules_node_load_max) << order.reason;
  }

  /// What runs there and what was ordered there, by the orders that this test saw: not the engine's own sum.
  int load_of(const std::string& node) {
    std::map<std::pair<ProcessId, std::string>, int> parts;
    for (const auto& instance : view_.instances) {
      if (instance.node != node) {
        continue;
      }
      for (const auto& [application, processes] : view_.applications) {
        for (const auto& [name, process] : processes) {
          const auto copy = process.copies.find(instance.identifier);
          if (copy != process.copies.end() && is_running(copy->second.state)) {
            parts[{{application, name}, instance.identifier}] =
                engine_.matcher().program({application, name}).expected_loading;
          }
        }
      }
    }
    // Orders whose job still waits for them; one given up no longer counts for anybody.
    for (const auto& job : engine_.jobs()) {
      for (const auto& command : job.commands) {
        for (const auto& instance : view_.instances) {
          if (job.start && instance.identifier == command.identifier && instance.node == node) {
            const auto& process = view_.applications.at(command.id.group).at(command.id.name);
            if (command.phase != CommandPhase::waiting_exit ||
                is_running(process.copies.at(command.identifier).state)) {
              parts[{command.id, command.identifier}] = engine_.matcher().program(command.id).expected_loading;
            }
          }
        }
      }
    }
    int sum = 0;
    for (const auto& [key, load] : parts) {
      sum += load;
    }
    return sum;
  }

  void set(const ProcessId& id, const std::string& identifier, ProcessState state) {
    CopyView& copy = view_.applications.at(id.group).at(id.name).copies.at(identifier);
    copy.state = state;
    copy.expected_exit = random_.below(2) == 0;
    copy.change = ++change_;
    copy.ever_started = true;
    if (state == ProcessState::running) {
      copy.since = now_;
    }
    step(CopyChanged{id, identifier});
  }

  /// A node does, or refuses, or loses an order.
  void carry_out(std::size_t index) {
    const Order order = orders_[index];
    orders_.erase(orders_.begin() + static_cast<std::ptrdiff_t>(index));
    const auto instance = std::find_if(view_.instances.begin(), view_.instances.end(),
                                       [&](const InstanceView& i) { return i.identifier == order.identifier; });
    const auto fate = random_.below(10);
    if (!instance->running || fate == 0) {
      return;
    }
    if (fate == 1) {
      step(OrderRefused{order.order_id, order.kind == OrderKind::start ? Fault::disabled : Fault::failed, "refused"});
      return;
    }
    const auto& copy = view_.applications.at(order.id.group).at(order.id.name).copies.at(order.identifier);
    if (order.kind == OrderKind::stop) {
      if (is_running(copy.state)) {
        set(order.id, order.identifier, ProcessState::stopping);
        set(order.id, order.identifier, ProcessState::stopped);
      }
    } else if (is_stopped(copy.state)) {
      set(order.id, order.identifier, ProcessState::starting);
      set(order.id, order.identifier,
          fate == 2   ? ProcessState::fatal
          : fate == 3 ? ProcessState::exited
                      : ProcessState::running);
    }
  }

  void some_process_changes() {
    const ProcessId id{"a" + std::to_string(random_.below(kApplications)),
                       "p" + std::to_string(random_.below(kProcesses))};
    auto& process = view_.applications.at(id.group).at(id.name);
    if (process.copies.empty()) {
      return;
    }
    auto copy = process.copies.begin();
    std::advance(copy, static_cast<std::ptrdiff_t>(random_.below(process.copies.size())));
    if (is_running(copy->second.state)) {
      const ProcessState ends[] = {ProcessState::exited, ProcessState::fatal, ProcessState::backoff,
                                   ProcessState::running};
      set(id, copy->first, ends[random_.below(4)]);
    }
  }

  void lose_or_return() {
    InstanceView& instance = view_.instances[random_.below(kNodes)];
    if (!instance.running) {
      instance.running = true;
      step(AutomaticStart{});
      return;
    }
    instance.running = false;
    InstanceLost lost{instance.identifier, {}};
    for (auto& [application, processes] : view_.applications) {
      for (auto& [name, process] : processes) {
        const auto copy = process.copies.find(instance.identifier);
        if (copy != process.copies.end() && !is_stopped(copy->second.state)) {
          copy->second.state = ProcessState::fatal;
          copy->second.change = ++change_;
          lost.processes.push_back({application, name});
        }
      }
    }
    step(lost);
  }

  void some_request() {
    Request request;
    request.operation_id = "op" + std::to_string(++operation_);
    const RequestKind kinds[] = {RequestKind::start_application,   RequestKind::stop_application,
                                 RequestKind::restart_application, RequestKind::start_process,
                                 RequestKind::stop_process,        RequestKind::restart_process,
                                 RequestKind::restart_sequence,    RequestKind::stop_everything};
    request.kind = kinds[random_.below(random_.below(5) == 0 ? 8 : 6)];
    request.application = "a" + std::to_string(random_.below(kApplications));
    request.process = random_.below(4) == 0 ? "*" : "p" + std::to_string(random_.below(kProcesses));
    request.requester = "n" + std::to_string(random_.between(1, kNodes));
    open_operations_.insert(request.operation_id);
    step(request);
  }

  void one_event() {
    switch (random_.below(8)) {
      case 0:
        some_request();
        break;
      case 1:
        some_process_changes();
        break;
      case 2:
        if (random_.below(4) == 0) {
          lose_or_return();
        }
        break;
      case 3:
        now_ = now_ + std::chrono::milliseconds(random_.below(4'000));
        step(TimePassed{});
        break;
      case 4:
        if (!engine_.busy()) {
          step(Conciliate{1, {}, ""});
        }
        break;
      default:
        if (!orders_.empty()) {
          carry_out(random_.below(orders_.size()));
        }
        break;
    }
  }

  /// No more faults: orders are carried out, wait_exit processes exit, deadlines pass. The engine must come
  /// to rest.
  void calm_down() {
    for (int i = 0; i < 2'000 && engine_.busy() && !testing::Test::HasFailure(); ++i) {
      if (!orders_.empty()) {
        carry_out(0);
      } else if (const auto deadline = engine_.next_deadline()) {
        EXPECT_GE(*deadline, now_) << "a deadline in the past would spin";
        now_ = std::max(now_, *deadline);
        step(TimePassed{});
      } else if (!end_a_waiting_process()) {
        ADD_FAILURE() << "busy, and nothing to wait for";
        return;
      }
    }
    EXPECT_FALSE(engine_.busy());
    EXPECT_TRUE(open_operations_.empty());
    EXPECT_TRUE(engine_.jobs().empty());
  }

  bool end_a_waiting_process() {
    for (const auto& job : engine_.jobs()) {
      for (const auto& command : job.commands) {
        if (command.phase == CommandPhase::waiting_exit) {
          set(command.id, command.identifier, ProcessState::exited);
          return true;
        }
      }
    }
    return false;
  }

  Random random_;
  Engine engine_;
  ClusterView view_;
  Instant now_ = Instant::from_ms(1'000'000);
  std::uint64_t change_ = 0;
  int operation_ = 0;
  std::vector<Order> orders_;
  std::map<std::uint64_t, Order> started_;
  std::set<std::string> open_operations_;
};

TEST(EngineProperty, RulesAndLoadHoldAndItComesToRest) {
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Chaos(seed).run();
    if (HasFailure()) {
      return;
    }
  }
}

}  // namespace
}  // namespace holdfast::rules

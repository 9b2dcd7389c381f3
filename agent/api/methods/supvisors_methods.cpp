// The methods of supvisors.*: gates, names, then either a value of the read model or a request to the cluster
// node.
#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "api/methods/cluster_methods.hpp"
#include "api/cluster_values.hpp"
#include "api/methods/fault.hpp"
#include "api/methods/inner_methods.hpp"
#include "supervision/process_key.hpp"

namespace holdfast::api {
namespace {

using cluster::ClusterState;
using supervision::Fault;

/// In which states of the cluster a method may be called (contract 5.1).
enum class Gate { any, distributed, operation, operation_or_conciliation, conciliation };

bool open(Gate gate, ClusterState state) {
  const bool operating = state == ClusterState::operation;
  const bool conciling = state == ClusterState::conciliation;
  switch (gate) {
    case Gate::any:
      return true;
    case Gate::distributed:
      return operating || conciling || state == ClusterState::distribution ||
             state == ClusterState::restarting || state == ClusterState::shutting_down;
    case Gate::operation:
      return operating;
    case Gate::operation_or_conciliation:
      return operating || conciling;
    case Gate::conciliation:
      return conciling;
  }
  return false;
}

/// An enumerated argument: the exact upper-case name, or its number.
template <typename Strategy>
std::optional<Strategy> strategy_of(const wire::Value& value) {
  if (const auto* name = value.as_string()) {
    return parse<Strategy>(*name);
  }
  const auto* number = value.as_int();
  return number != nullptr ? value_at<Strategy>(*number) : std::nullopt;
}

class SupvisorsMethods {
 public:
  SupvisorsMethods(MethodTable& table, Ports& ports) : table_(table), ports_(ports) {}

  void add_all(const std::shared_ptr<SupvisorsMethods>& self) {
    self_ = self;
    add_cluster_status();
    add_application_status();
    add_process_status();
    add_application_actions();
    add_process_actions();
    add_disability();
    add_control();
    self_.reset();
  }

 private:
  using Params = std::vector<wire::Value>;
  using Body = void (SupvisorsMethods::*)(Arguments&, const Caller&, const MethodDone&);

  void add(const std::string& name, const std::string& result, std::vector<MethodParameter> parameters,
           const std::string& help, Gate gate, bool reads_only, Body body) {
    table_.add(
        {"supvisors." + name, result, std::move(parameters), help, reads_only,
         [self = self_, gate, body](const Params& params, const Caller& caller, const MethodDone& done) {
           if (!open(gate, self->view().state)) {
             return done(
                 make_fault(ClusterFault::bad_supvisors_state,
                            "the cluster is in " + std::string(cluster::name_of(self->view().state))));
           }
           Arguments arguments(params);
           (self.get()->*body)(arguments, caller, done);
         }});
  }

  [[nodiscard]] const cluster::View& view() const { return ports_.cluster->node().view(); }
  [[nodiscard]] const rules::Matcher& matcher() const { return ports_.cluster->node().engine().matcher(); }
  [[nodiscard]] Instant now() const { return ports_.agent.now(); }

  // ---- the cluster ----
  void add_cluster_status() {
    add("get_api_version", "string", {}, "The version of this interface.", Gate::any, true,
        &SupvisorsMethods::api_version);
    add("get_supvisors_state", "struct", {}, "The state of the cluster as this node sees it.", Gate::any,
        true, &SupvisorsMethods::supvisors_state);
    add("get_all_instances_state_modes", "array", {}, "The state that each node says it is in.", Gate::any,
        true, &SupvisorsMethods::all_state_modes);
    add("get_instance_state_modes", "array", {{"identifier", "string"}},
        "The state that a node says it is in.", Gate::any, true, &SupvisorsMethods::state_modes);
    add("get_master_identifier", "struct", {}, "The Master, or an empty struct.", Gate::any, true,
        &SupvisorsMethods::master);
    add("get_strategies", "struct", {}, "The strategies in force.", Gate::any, true,
        &SupvisorsMethods::strategies);
    add("get_all_instances_info", "array", {}, "Every node of the list.", Gate::any, true,
        &SupvisorsMethods::all_instances);
    add("get_instance_info", "array", {{"identifier", "string"}}, "One node of the list.", Gate::any, true,
        &SupvisorsMethods::instance);
  }
  void api_version(Arguments&, const Caller&, const MethodDone& done) {
    done(wire::Value(kSupvisorsVersion));
  }
  void supvisors_state(Arguments&, const Caller&, const MethodDone& done) {
    done(supvisors_state_value(view(), now()));
  }
  void all_state_modes(Arguments&, const Caller&, const MethodDone& done) {
    each_member(
        done, [this](const cluster::MemberView& member) { return state_modes_value(view(), member, now()); });
  }
  void state_modes(Arguments& arguments, const Caller&, const MethodDone& done) {
    with_member(arguments, done, [this](const cluster::MemberView& member) {
      return state_modes_value(view(), member, now());
    });
  }
  void master(Arguments&, const Caller&, const MethodDone& done) {
    const cluster::MemberView* master = view().master ? view().find(*view().master) : nullptr;
    if (master == nullptr) {
      return done(wire::Value(wire::Struct{}));
    }
    done(wire::Value(wire::Struct{{"identifier", master->identifier}, {"nick_identifier", master->nick}}));
  }
  void strategies(Arguments&, const Caller&, const MethodDone& done) {
    const rules::EngineOptions& options = ports_.cluster->node().engine().options();
    const auto& cluster = *ports_.agent.settings().cluster;
    done(wire::Value(wire::Struct{{"auto-fencing", cluster.auto_fence},
                                  {"starting", holdfast::name_of(options.starting_strategy)},
                                  {"conciliation", holdfast::name_of(options.conciliation_strategy)},
                                  {"supvisors_failure", holdfast::name_of(cluster.failure_strategy)}}));
  }
  void all_instances(Arguments&, const Caller&, const MethodDone& done) {
    each_member(done, [this](const cluster::MemberView& member) { return info_of(member); });
  }
  void instance(Arguments& arguments, const Caller&, const MethodDone& done) {
    with_member(arguments, done, [this](const cluster::MemberView& member) { return info_of(member); });
  }
  wire::Value info_of(const cluster::MemberView& member) {
    return instance_value(view(), member, matcher(), now(), ports_.agent.wall());
  }
  template <typename Make>
  void each_member(const MethodDone& done, Make make) {
    std::vector<const cluster::MemberView*> members;
    for (const cluster::MemberView& member : view().members) {
      members.push_back(&member);
    }
    std::ranges::sort(members, {}, [](const auto* member) { return member->identifier; });
    wire::Array values;
    for (const cluster::MemberView* member : members) {
      values.push_back(make(*member));
    }
    done(wire::Value(std::move(values)));
  }
  template <typename Make>
  void with_member(Arguments& arguments, const MethodDone& done, Make make) {
    const std::string name = arguments.string(0);
    wire::Array values;
    if (!arguments.failed()) {
      for (const cluster::MemberView* member : view().named(name)) {
        values.push_back(make(*member));
      }
    }
    if (values.empty()) {
      return done(make_fault(Fault::bad_name, "identifier=" + name + " is unknown"));
    }
    done(wire::Value(std::move(values)));
  }

  // ---- applications ----
  void add_application_status() {
    const MethodParameter name{"application_name", "string"};
    add("get_all_applications_info", "array", {}, "The state of every application.", Gate::distributed, true,
        &SupvisorsMethods::all_applications);
    add("get_application_info", "struct", {name}, "The state of an application.", Gate::distributed, true,
        &SupvisorsMethods::application);
    add("get_application_rules", "struct", {name}, "The rules of an application.", Gate::distributed, true,
        &SupvisorsMethods::application_rules);
  }
  void all_applications(Arguments&, const Caller&, const MethodDone& done) {
    wire::Array values;
    for (const auto& [name, processes] : view().cluster.applications) {
      values.push_back(application_value(view(), matcher(), name, now()));
    }
    done(wire::Value(std::move(values)));
  }
  void application(Arguments& arguments, const Caller&, const MethodDone& done) {
    with_application(arguments, 0, done, [&](const std::string& name) {
      done(application_value(view(), matcher(), name, now()));
    });
  }
  void application_rules(Arguments& arguments, const Caller&, const MethodDone& done) {
    with_application(arguments, 0, done,
                     [&](const std::string& name) { done(application_rules_value(matcher(), name)); });
  }
  template <typename Use>
  void with_application(Arguments& arguments, std::size_t index, const MethodDone& done, Use use) {
    const std::string name = arguments.string(index);
    if (!view().cluster.applications.contains(name)) {
      return done(make_fault(Fault::bad_name, "application_name=" + name + " unknown"));
    }
    use(name);
  }

  // ---- processes ----
  void add_process_status() {
    const MethodParameter name{"namespec", "string"};
    add("get_all_process_info", "array", {}, "Every process of the cluster.", Gate::distributed, true,
        &SupvisorsMethods::all_processes);
    add("get_process_info", "array", {name}, "A process, or with group:* those of its application.",
        Gate::distributed, true, &SupvisorsMethods::process);
    add("get_process_rules", "array", {name}, "The rules of a process.", Gate::distributed, true,
        &SupvisorsMethods::process_rules);
    add("get_conflicts", "array", {}, "The managed processes that run more than once.", Gate::distributed,
        true, &SupvisorsMethods::conflicts);
  }
  void all_processes(Arguments&, const Caller&, const MethodDone& done) {
    wire::Array values;
    for (const auto& [application, processes] : view().cluster.applications) {
      for (const auto& [name, process] : processes) {
        values.push_back(process_value(view(), {application, name}, now()));
      }
    }
    done(wire::Value(std::move(values)));
  }
  void process(Arguments& arguments, const Caller&, const MethodDone& done) {
    with_processes(arguments, 0, done,
                   [this](const rules::ProcessId& id) { return process_value(view(), id, now()); });
  }
  void process_rules(Arguments& arguments, const Caller&, const MethodDone& done) {
    with_processes(arguments, 0, done,
                   [this](const rules::ProcessId& id) { return process_rules_value(matcher(), id); });
  }
  void conflicts(Arguments&, const Caller&, const MethodDone& done) {
    wire::Array values;
    for (const rules::ProcessId& id : view().conflicts) {
      values.push_back(process_value(view(), id, now()));
    }
    done(wire::Value(std::move(values)));
  }
  /// The processes that a namespec names; empty: none.
  [[nodiscard]] std::vector<rules::ProcessId> processes_of(const std::string& namespec) const {
    const supervision::Namespec spec = supervision::split_namespec(namespec);
    std::vector<rules::ProcessId> ids;
    const auto application = view().cluster.applications.find(spec.group);
    if (application != view().cluster.applications.end()) {
      for (const auto& [name, process] : application->second) {
        if (!spec.process || *spec.process == name) {
          ids.push_back({spec.group, name});
        }
      }
    }
    return ids;
  }
  template <typename Make>
  void with_processes(Arguments& arguments, std::size_t index, const MethodDone& done, Make make) {
    const std::string namespec = arguments.string(index);
    const std::vector<rules::ProcessId> ids = processes_of(namespec);
    if (ids.empty()) {
      return done(make_fault(Fault::bad_name, "namespec=" + namespec + " unknown"));
    }
    wire::Array values;
    for (const rules::ProcessId& id : ids) {
      values.push_back(make(id));
    }
    done(wire::Value(std::move(values)));
  }

  // ---- control ----
  void add_application_actions() {
    const MethodParameter strategy{"strategy", "string"};
    const MethodParameter name{"application_name", "string"};
    const MethodParameter wait{"wait", "boolean", true};
    add("start_application", "boolean", {strategy, name, wait}, "Starts an application by its rules.",
        Gate::operation, false, &SupvisorsMethods::start_application<cluster::Action::start_application>);
    add("restart_application", "boolean", {strategy, name, wait}, "Stops an application, then starts it.",
        Gate::operation, false, &SupvisorsMethods::start_application<cluster::Action::restart_application>);
    add("stop_application", "boolean", {name, wait}, "Stops an application.", Gate::operation_or_conciliation,
        false, &SupvisorsMethods::stop_application);
  }
  template <cluster::Action Act>
  void start_application(Arguments& arguments, const Caller& caller, const MethodDone& done) {
    cluster::OperatorRequest request;
    request.action = Act;
    if (!read_strategy(arguments, request, done)) {
      return;
    }
    with_application(arguments, 1, done, [&](const std::string& name) {
      if (!matcher().application(name).managed) {
        return done(make_fault(ClusterFault::not_managed, "application " + name + " is not managed"));
      }
      request.target = name;
      submit(std::move(request), arguments.truth(2, true), caller, done);
    });
  }
  void stop_application(Arguments& arguments, const Caller& caller, const MethodDone& done) {
    with_application(arguments, 0, done, [&](const std::string& name) {
      if (!matcher().application(name).managed) {
        return done(make_fault(ClusterFault::not_managed, "application " + name + " is not managed"));
      }
      cluster::OperatorRequest request;
      request.action = cluster::Action::stop_application;
      request.target = name;
      submit(std::move(request), arguments.truth(1, true), caller, done);
    });
  }
  void add_process_actions() {
    const MethodParameter strategy{"strategy", "string"};
    const MethodParameter name{"namespec", "string"};
    const MethodParameter args{"extra_args", "string", ""};
    const MethodParameter wait{"wait", "boolean", true};
    add("start_process", "boolean", {strategy, name, args, wait},
        "Starts a process where its rules and the strategy say.", Gate::operation, false,
        &SupvisorsMethods::start_process<cluster::Action::start_process>);
    add("restart_process", "boolean", {strategy, name, args, wait},
        "Stops a process, then starts it, maybe elsewhere.", Gate::operation, false,
        &SupvisorsMethods::start_process<cluster::Action::restart_process>);
    add("stop_process", "boolean", {name, wait}, "Stops every copy of a process.",
        Gate::operation_or_conciliation, false, &SupvisorsMethods::stop_process);
  }
  /// Of this node's own supervisor (contract 5.3, CFG-E4). W15: in any state in which the cluster works.
  void add_disability() {
    const std::vector<MethodParameter> program{{"program_name", "string"}, {"wait", "boolean", true}};
    add("enable", "boolean", program, "A program of this node may start again; what is to start by itself starts.",
        Gate::distributed, false, &SupvisorsMethods::set_disabled<false>);
    add("disable", "boolean", program, "Stops a program of this node and keeps it from starting.", Gate::distributed,
        false, &SupvisorsMethods::set_disabled<true>);
  }
  template <bool Disabled>
  void set_disabled(Arguments& arguments, const Caller& caller, const MethodDone& done) {
    supervision::SetDisabled request;
    request.program = arguments.string(0);
    request.disabled = Disabled;
    request.wait = arguments.truth(1, true);
    if (arguments.failed()) {
      return done(arguments.problem());
    }
    ports_.supervision.submit(std::move(request), caller, [done](const supervision::Completed& completed) {
      if (const auto* fault = std::get_if<supervision::FaultText>(&completed.answer)) {
        return done(make_fault(*fault));
      }
      const auto* rows = std::get_if<std::vector<supervision::ProcessResult>>(&completed.answer);
      for (std::size_t i = 0; rows != nullptr && i < rows->size(); ++i) {
        if ((*rows)[i].status != Fault::success) {
          return done(make_fault(Disabled ? Fault::still_running : Fault::abnormal_termination,
                                 supervision::make_namespec((*rows)[i].key)));
        }
      }
      done(wire::Value(true));
    });
  }
  template <cluster::Action Act>
  void start_process(Arguments& arguments, const Caller& caller, const MethodDone& done) {
    cluster::OperatorRequest request;
    request.action = Act;
    if (!read_strategy(arguments, request, done)) {
      return;
    }
    request.target = arguments.string(1);
    if (arguments.params().size() > 2) {
      request.argument = arguments.string(2);
    }
    submit_process(arguments, std::move(request), arguments.truth(3, true), caller, done);
  }
  void stop_process(Arguments& arguments, const Caller& caller, const MethodDone& done) {
    cluster::OperatorRequest request;
    request.action = cluster::Action::stop_process;
    request.target = arguments.string(0);
    submit_process(arguments, std::move(request), arguments.truth(1, true), caller, done);
  }
  void submit_process(const Arguments& arguments, cluster::OperatorRequest request, bool wait,
                      const Caller& caller, const MethodDone& done) {
    if (arguments.failed()) {
      return done(arguments.problem());
    }
    if (processes_of(request.target).empty()) {
      return done(make_fault(Fault::bad_name, "namespec=" + request.target + " unknown"));
    }
    const supervision::Namespec spec = supervision::split_namespec(request.target);
    request.target = spec.group + ":" + spec.process.value_or("*");
    submit(std::move(request), wait, caller, done);
  }
  void add_control() {
    add("conciliate", "boolean", {{"strategy", "string"}}, "Settles the conflicts by a strategy.",
        Gate::conciliation, false, &SupvisorsMethods::conciliate);
    add("restart_sequence", "boolean", {{"wait", "boolean", true}}, "Starts what is to run and does not.",
        Gate::operation, false, &SupvisorsMethods::restart_sequence);
    add("end_sync", "boolean", {{"master", "string", ""}},
        "Ends the wait for other nodes and names the Master; without a name, the one that an election "
        "prefers.",
        Gate::any, false, &SupvisorsMethods::end_sync);  // the node itself knows when: SYNCHRONIZATION
    add("restart", "boolean", {}, "Stops every application in order and restarts every node.",
        Gate::distributed, false, &SupvisorsMethods::end<cluster::Action::restart_cluster>);
    add("shutdown", "boolean", {}, "Stops every application in order and shuts every node down.",
        Gate::distributed, false, &SupvisorsMethods::end<cluster::Action::shutdown_cluster>);
  }
  void conciliate(Arguments& arguments, const Caller& caller, const MethodDone& done) {
    cluster::OperatorRequest request;
    request.action = cluster::Action::conciliate;
    request.conciliation = strategy_of<ConciliationStrategy>(arguments.params()[0]);
    if (!request.conciliation) {
      return done(make_fault(Fault::incorrect_parameters, "no such strategy"));
    }
    if (*request.conciliation == ConciliationStrategy::user) {
      return done(wire::Value(false));
    }
    submit(std::move(request), false, caller, done);
  }
  void restart_sequence(Arguments& arguments, const Caller& caller, const MethodDone& done) {
    cluster::OperatorRequest request;
    request.action = cluster::Action::restart_sequence;
    submit(std::move(request), arguments.truth(0, true), caller, done);
  }
  void end_sync(Arguments& arguments, const Caller& caller, const MethodDone& done) {
    cluster::OperatorRequest request;
    request.action = cluster::Action::end_sync;
    if (!arguments.params().empty()) {
      request.target = arguments.string(0);
    }
    if (arguments.failed()) {
      return done(arguments.problem());
    }
    submit(std::move(request), true, caller, done);
  }
  template <cluster::Action Act>
  void end(Arguments&, const Caller& caller, const MethodDone& done) {
    cluster::OperatorRequest request;
    request.action = Act;
    submit(std::move(request), false, caller, done);
  }

  static bool read_strategy(Arguments& arguments, cluster::OperatorRequest& request, const MethodDone& done) {
    request.strategy = strategy_of<StartingStrategy>(arguments.params()[0]);
    if (!request.strategy) {
      done(make_fault(Fault::incorrect_parameters, "no such starting strategy"));
    }
    return request.strategy.has_value();
  }

  /// `wait`: the answer is the operation's end; else its acceptance.
  void submit(cluster::OperatorRequest request, bool wait, const Caller& caller, const MethodDone& done) {
    auto answered = std::make_shared<bool>(false);
    ports_.cluster->submit(std::move(request), caller, [wait, done, answered](const cluster::Reply& reply) {
      const bool last = reply.phase != cluster::AnswerPhase::accepted;
      if (*answered || (wait && !last)) {
        return;
      }
      *answered = true;
      const int code = cluster::fault_of(reply.code);
      if (code == 0) {
        return done(wire::Value(true));
      }
      if (code > 100) {
        return done(make_fault(static_cast<ClusterFault>(code), reply.text));
      }
      done(make_fault(static_cast<Fault>(code), reply.text));
    });
  }

  MethodTable& table_;
  Ports& ports_;
  std::shared_ptr<SupvisorsMethods> self_;
};

}  // namespace

void add_supvisors_methods(MethodTable& table, Ports& ports) {
  const auto methods = std::make_shared<SupvisorsMethods>(table, ports);
  methods->add_all(methods);
  add_inner_methods(table, ports);
}

}  // namespace holdfast::api

#include "api/methods/inner_methods.hpp"

#include <algorithm>
#include <utility>

#include "api/methods/fault.hpp"
#include "api/methods/log_level_method.hpp"
#include "api/methods/statistics_methods.hpp"
#include "rules/candidates.hpp"
#include "supervision/process_key.hpp"

namespace holdfast::api {
namespace {

using supervision::Fault;

double seconds(std::int64_t us) {
  return static_cast<double>(us) / 1e6;
}

/// The node's monotonic clock now, as far as its last heartbeat tells.
double monotonic_of(const cluster::MemberView& member, Instant now) {
  if (member.local) {
    return static_cast<double>(now.ms()) / 1e3;
  }
  const std::int64_t since_ms = member.heard_at ? (now - *member.heard_at) / std::chrono::milliseconds(1) : 0;
  return static_cast<double>(static_cast<std::int64_t>(member.remote_mono_ms) + since_ms) / 1e3;
}

/// A moment of the wall clock on the node's monotonic one; 0 = never.
double monotonic_at(std::int64_t at_us, double now_monotonic, WallTime wall) {
  return at_us == 0 ? 0.0 : now_monotonic - seconds(wall.us - at_us);
}

const rules::CopyView* copy_of(const cluster::View& view, const std::string& identifier,
                               const cluster::ProcessFact& fact) {
  const rules::ProcessView* process = rules::find_process(view.cluster, {fact.group, fact.name});
  if (process == nullptr) {
    return nullptr;
  }
  const auto copy = process->copies.find(identifier);
  return copy == process->copies.end() ? nullptr : &copy->second;
}

class InnerMethods {
 public:
  explicit InnerMethods(Ports& ports) : ports_(ports) {}

  void all_local(Arguments&, const MethodDone& done) const { done(rows_of(view().me(), "*", true)); }

  void local(Arguments& arguments, const MethodDone& done) const {
    const std::string namespec = arguments.string(0);
    const wire::Value rows = rows_of(view().me(), namespec, true);
    if (namespec.ends_with('*') || rows.as_array()->empty()) {
      return done(make_fault(Fault::bad_name, "namespec=" + namespec + " unknown"));
    }
    done(rows.as_array()->front());
  }

  void all_inner(Arguments& arguments, const MethodDone& done) const { inner_rows(arguments, "*", done); }
  void inner(Arguments& arguments, const MethodDone& done) const {
    inner_rows(arguments, arguments.string(1), done);
  }

  /// Each node knows its own: another one is asked.
  void network(Arguments& arguments, const MethodDone& done) const {
    const std::string identifier = arguments.string(0);
    const auto members = view().named(identifier);
    if (members.size() != 1) {
      return done(make_fault(Fault::bad_name, "identifier=" + identifier + " does not name one instance"));
    }
    const cluster::MemberView& member = *members.front();
    if (member.local) {
      return done(network_of(member));
    }
    ports_.cluster->ask(member.identifier, "supvisors.get_network_info", {member.identifier},
                        [done](const Result<wire::Value>& value) {
                          if (value) {
                            return done(value.value());
                          }
                          done(make_fault(Fault::failed, value.error().message));
                        });
  }

 private:
  [[nodiscard]] const cluster::View& view() const { return ports_.cluster->node().view(); }

  /// The rows of a node that `namespec` names: one, `group:*`, or `*`.
  [[nodiscard]] wire::Value rows_of(const cluster::MemberView& member, const std::string& namespec,
                                    bool as_local) const {
    const supervision::Namespec spec = supervision::split_namespec(namespec);
    wire::Array values;
    for (const auto& [name, fact] : member.table.rows()) {
      const bool named = namespec == "*" || (fact.group == spec.group && (!spec.process || *spec.process == fact.name));
      if (named && as_local) {
        values.push_back(local_process_value(member, fact, ports_.agent.now(), ports_.agent.wall()));
      } else if (named) {
        values.push_back(inner_process_value(view(), member, fact, ports_.agent.now(), ports_.agent.wall()));
      }
    }
    return values;
  }

  void inner_rows(Arguments& arguments, const std::string& namespec, const MethodDone& done) const {
    const std::string identifier = arguments.string(0);
    const auto members = view().named(identifier);
    if (members.empty()) {
      return done(make_fault(Fault::bad_name, "identifier=" + identifier + " is unknown"));
    }
    wire::Array values;
    for (const cluster::MemberView* member : members) {
      if (namespec != "*" && !member->table.complete()) {
        return done(make_fault(Fault::failed, member->nick + " has not been met yet: what it runs is not known"));
      }
      wire::Value rows = rows_of(*member, namespec, false);
      std::ranges::move(*rows.as_array(), std::back_inserter(values));
    }
    if (values.empty() && namespec != "*") {
      return done(make_fault(Fault::bad_name, "namespec=" + namespec + " unknown on " + identifier));
    }
    done(wire::Value(std::move(values)));
  }

  [[nodiscard]] wire::Value network_of(const cluster::MemberView& member) const {
    const std::string name = ports_.agent.host_name();
    const auto colon = member.identifier.rfind(':');
    wire::Struct addresses;
    for (const NetworkAddress& one : ports_.agent.addresses()) {
      const wire::Value known = wire::Value(addresses);
      if (known.find(one.interface_name) != nullptr) {
        continue;  // the first of an interface speaks for it, as in Supvisors
      }
      addresses.push_back({one.interface_name,
                           wire::Struct{{"host_name", name},
                                        {"aliases", wire::Array{}},
                                        {"ipv4_addresses", wire::Array{one.address}},
                                        {"nic_info", wire::Struct{{"nic_name", one.interface_name},
                                                                  {"ipv4_address", one.address},
                                                                  {"netmask", one.netmask}}}}});
    }
    const auto& tags = view().cluster.instances[view().local].stereotypes;
    return wire::Struct{{"identifier", member.identifier},
                        {"nick_identifier", member.nick},
                        {"host_id", member.identifier.substr(0, colon)},
                        {"http_port", std::stoi("0" + member.identifier.substr(colon + 1))},
                        {"stereotypes", wire::Array(tags.begin(), tags.end())},
                        {"network", wire::Struct{{"machine_id", member.machine_id},
                                                 {"fqdn", name},
                                                 {"addresses", std::move(addresses)}}}};
  }

  Ports& ports_;
};

}  // namespace

wire::Value local_process_value(const cluster::MemberView& member, const cluster::ProcessFact& fact, Instant now,
                                WallTime wall) {
  const double now_monotonic = monotonic_of(member, now);
  return wire::Struct{{"name", fact.name},
                      {"group", fact.group},
                      {"state", supervision::code_of(fact.state)},
                      {"statename", supervision::name_of(fact.state)},
                      {"start", fact.start_us / 1'000'000},
                      {"stop", fact.stop_us / 1'000'000},
                      {"now", wall.seconds()},
                      {"pid", fact.pid},
                      {"description", fact.description},
                      {"spawnerr", fact.spawn_error},
                      {"expected", fact.spawn_error.empty()},
                      {"start_monotonic", monotonic_at(fact.start_us, now_monotonic, wall)},
                      {"stop_monotonic", monotonic_at(fact.stop_us, now_monotonic, wall)},
                      {"now_monotonic", now_monotonic},
                      {"extra_args", fact.extra_args},
                      {"startsecs", fact.startsecs},
                      {"stopwaitsecs", fact.stopwaitsecs},
                      {"process_index", fact.process_index},
                      {"program_name", fact.program_name},
                      {"disabled", fact.disabled},
                      {"has_stdout", fact.has_stdout},
                      {"has_stderr", fact.has_stderr}};
}

wire::Value inner_process_value(const cluster::View& view, const cluster::MemberView& member,
                                const cluster::ProcessFact& fact, Instant now, WallTime wall) {
  wire::Value value = local_process_value(member, fact, now, wall);
  const rules::CopyView* copy = copy_of(view, member.identifier, fact);
  const bool is_up = fact.state == supervision::ProcessState::running || fact.state == supervision::ProcessState::stopping;
  const double uptime = is_up && fact.start_us != 0 ? std::max(0.0, seconds(wall.us - fact.start_us)) : 0.0;
  wire::Struct& members = *value.as_struct();
  members.push_back({"identifier", member.identifier});
  members.push_back({"nick_identifier", member.nick});
  members.push_back({"local_mtime", copy == nullptr ? 0.0 : static_cast<double>(copy->since.ms()) / 1e3});
  members.push_back({"event_time", static_cast<double>(fact.since_mono_ms) / 1e3});
  members.push_back({"uptime", uptime});
  members.push_back({"has_crashed", copy != nullptr && copy->has_crashed});
  return value;
}

void add_inner_methods(MethodTable& table, Ports& ports) {
  const auto methods = std::make_shared<InnerMethods>(ports);
  const auto add = [&](const std::string& name, const std::string& result, std::vector<MethodParameter> parameters,
                       const std::string& help, auto body) {
    table.add({"supvisors." + name, result, std::move(parameters), help, true,
               [methods, body](const std::vector<wire::Value>& params, const Caller&, const MethodDone& done) {
                 Arguments arguments(params);
                 (methods.get()->*body)(arguments, done);
               }});
  };
  const MethodParameter identifier{"identifier", "string"};
  const MethodParameter namespec{"namespec", "string"};
  add("get_all_local_process_info", "array", {}, "This node's own processes.", &InnerMethods::all_local);
  add("get_local_process_info", "struct", {namespec}, "A process of this node.", &InnerMethods::local);
  add("get_all_inner_process_info", "array", {identifier}, "The processes of a node as it reports them.",
      &InnerMethods::all_inner);
  add("get_inner_process_info", "array", {identifier, namespec}, "A process of a node as the node reports it.",
      &InnerMethods::inner);
  add("get_network_info", "struct", {identifier}, "Names and addresses of a node.", &InnerMethods::network);
  add_log_level_method(table, ports);
  if (ports.statistics != nullptr) {
    add_statistics_methods(table, ports);
  }
}

}  // namespace holdfast::api

#include "api/methods/inner_methods.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "api/fault.hpp"
#include "api/methods/supvisors_rows.hpp"
#include "api/node_process_values.hpp"
#include "base/process_id.hpp"

namespace holdfast::api {
namespace {

enum class Shape { local, inner };

/// The rows of a node that `namespec` names: one, `group:*`, or `*`.
wire::Array rows_of(const MethodCall& call, const cluster::MemberView& member, const std::string& namespec,
                    Shape shape) {
  const AgentPort& agent = call.ports.agent;
  const auto offset = [&agent](std::int64_t at) { return agent.utc_offset_s(at); };
  const Namespec spec = split_namespec(namespec);
  wire::Array values;
  for (const auto& [name, fact] : member.table.rows()) {
    if (namespec == "*" || spec.matches(fact.id.group, fact.id.name)) {
      values.push_back(shape == Shape::local
                           ? local_process_value(member, fact, agent.now(), agent.wall(), offset)
                           : inner_process_value(view_of(call), member, fact, agent.now(), agent.wall(), offset));
    }
  }
  return values;
}

void get_all_local_process_info(const MethodCall& call) {
  call.done(wire::Value(rows_of(call, view_of(call).me(), "*", Shape::local)));
}

void get_local_process_info(const MethodCall& call) {
  const std::string namespec = call.arguments.string(0);
  const wire::Array rows = rows_of(call, view_of(call).me(), namespec, Shape::local);
  if (namespec.ends_with('*') || rows.empty()) {
    return call.done(make_fault(Fault::bad_name, namespec));
  }
  call.done(rows.front());
}

/// `namespec` of the nodes that argument 0 names.
void answer_inner(const MethodCall& call, const std::string& namespec) {
  const std::string identifier = call.arguments.string(0);
  const auto members = view_of(call).named(identifier);
  if (members.empty()) {
    return call.done(unknown_identifier(identifier));
  }
  if (namespec != "*" && processes_of(call, namespec).empty()) {
    return call.done(unknown_namespec(call, namespec));
  }
  const bool is_one = namespec != "*" && split_namespec(namespec).process.has_value();
  wire::Array values;
  for (const cluster::MemberView* member : members) {
    wire::Array rows = rows_of(call, *member, namespec, Shape::inner);
    if (is_one && rows.empty()) {
      return call.done(make_fault(Fault::failed, namespec + " unknown on " + identifier));
    }
    std::ranges::move(rows, std::back_inserter(values));
  }
  call.done(wire::Value(std::move(values)));
}

void get_all_inner_process_info(const MethodCall& call) {
  answer_inner(call, "*");
}

void get_inner_process_info(const MethodCall& call) {
  answer_inner(call, call.arguments.string(1));
}

wire::Value network_value(const MethodCall& call, const cluster::MemberView& member) {
  const std::string name = call.ports.agent.host_name();
  const auto colon = member.identifier.rfind(':');
  wire::Struct addresses;
  for (const NetworkAddress& one : call.ports.agent.addresses()) {
    if (std::ranges::find(addresses, one.interface_name, &wire::Member::name) != addresses.end()) {
      continue;  // the first of an interface speaks for it, as in Supvisors
    }
    addresses.push_back({one.interface_name, wire::Struct{{"host_name", name},
                                                          {"aliases", wire::Array{}},
                                                          {"ipv4_addresses", wire::Array{one.address}},
                                                          {"nic_info", wire::Struct{{"nic_name", one.interface_name},
                                                                                    {"ipv4_address", one.address},
                                                                                    {"netmask", one.netmask}}}}});
  }
  const cluster::View& view = view_of(call);
  const auto& tags = view.cluster.instances[view.local].stereotypes;
  return wire::Struct{
      {"identifier", member.identifier},
      {"nick_identifier", member.nick},
      {"host_id", member.identifier.substr(0, colon)},
      {"http_port", std::stoi("0" + member.identifier.substr(colon + 1))},
      {"stereotypes", wire::Array(tags.begin(), tags.end())},
      {"network",
       wire::Struct{{"machine_id", member.machine_id}, {"fqdn", name}, {"addresses", std::move(addresses)}}}};
}

/// Each node knows its own: another one is asked.
void get_network_info(const MethodCall& call) {
  const std::string identifier = call.arguments.string(0);
  const auto members = view_of(call).named(identifier);
  if (members.empty()) {
    return call.done(unknown_identifier(identifier));
  }
  if (members.size() > 1) {
    return call.done(make_fault(Fault::bad_name, "identifier=" + identifier + " does not name one instance"));
  }
  const cluster::MemberView& member = *members.front();
  if (member.local) {
    return call.done(network_value(call, member));
  }
  call.ports.cluster->ask(member.identifier, "supvisors.get_network_info", {member.identifier},
                          [done = call.done](const Result<wire::Value>& value) {
                            if (value) {
                              return done(value.value());
                            }
                            done(make_fault(Fault::failed, value.error().message));
                          });
}

}  // namespace

std::vector<MethodRow> inner_rows() {
  const MethodParameter identifier{"identifier", "string"};
  const MethodParameter namespec{"namespec", "string"};
  return {
      {.name = "get_all_local_process_info",
       .result = "array",
       .help = "This node's own processes.",
       .reads_only = true,
       .body = get_all_local_process_info},
      {.name = "get_local_process_info",
       .result = "struct",
       .parameters = {namespec},
       .help = "A process of this node.",
       .reads_only = true,
       .body = get_local_process_info},
      {.name = "get_all_inner_process_info",
       .result = "array",
       .parameters = {identifier},
       .help = "The processes of a node as it reports them.",
       .reads_only = true,
       .body = get_all_inner_process_info},
      {.name = "get_inner_process_info",
       .result = "array",
       .parameters = {identifier, namespec},
       .help = "A process of a node as the node reports it.",
       .reads_only = true,
       .body = get_inner_process_info},
      {.name = "get_network_info",
       .result = "struct",
       .parameters = {identifier},
       .help = "Names and addresses of a node.",
       .reads_only = true,
       .body = get_network_info},
  };
}

}  // namespace holdfast::api

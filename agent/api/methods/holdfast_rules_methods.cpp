// Methods of holdfast.* about the rules of a node: what holds for whom and why, and reading them anew.
#include <utility>

#include "api/fault.hpp"
#include "api/methods/holdfast_rows.hpp"
#include "base/process_id.hpp"
#include "rules/rule_explanation.hpp"
#include "rules/rule_review.hpp"

namespace holdfast::api {
namespace {

wire::Value texts_value(const std::vector<std::string>& texts) {
  return wire::Array(texts.begin(), texts.end());
}

wire::Value leaves_value(const std::vector<rules::ExplainedLeaf>& leaves) {
  wire::Array values;
  for (const rules::ExplainedLeaf& leaf : leaves) {
    values.push_back(wire::Struct{{"name", leaf.name}, {"value", leaf.value}, {"source", leaf.source}});
  }
  return values;
}

/// With its processes, when they are asked for.
wire::Value application_value(const rules::Matcher& matcher, const std::string& name,
                              const std::vector<std::string>& processes) {
  wire::Array rows;
  for (const std::string& process : processes) {
    const ProcessId id{name, process};
    rows.push_back(wire::Struct{{"process", process},
                                {"rule", matcher.program(id).origin},
                                {"leaves", leaves_value(rules::explain_program(matcher, id))}});
  }
  const rules::ApplicationRules& rules = matcher.application(name);
  return wire::Struct{{"application", name},
                      {"managed", rules.managed},
                      {"rule", rules.origin},
                      {"leaves", leaves_value(rules::explain_application(matcher, name))},
                      {"processes", std::move(rows)}};
}

/// Every application without its processes; one with all of them; one process.
void get_rules(const MethodCall& call) {
  const std::string name = call.arguments.string(0);
  if (call.arguments.failed()) {
    return call.done(call.arguments.problem());
  }
  const cluster::Node& node = call.ports.cluster->node();
  const rules::Matcher& matcher = node.engine().matcher();
  const auto& applications = node.view().cluster.applications;
  wire::Array values;
  if (name.empty()) {
    for (const auto& [application, processes] : applications) {
      values.push_back(application_value(matcher, application, {}));
    }
  } else {
    const bool whole = name.find(':') == std::string::npos;
    const Namespec asked = whole ? Namespec{name, std::nullopt} : split_namespec(name);
    const auto found = applications.find(asked.group);
    std::vector<std::string> processes;
    if (found != applications.end()) {
      for (const auto& [process, view] : found->second) {
        if (asked.matches(asked.group, process)) {
          processes.push_back(process);
        }
      }
    }
    if (processes.empty()) {
      return call.done(make_fault(Fault::bad_name, name + " is no application and no group:name of the cluster"));
    }
    values.push_back(application_value(matcher, asked.group, processes));
  }
  call.done(wire::Value(wire::Struct{{"applications", std::move(values)},
                                     {"warnings", texts_value(rules::review(matcher, node.view().cluster))}}));
}

void reload_rules(const MethodCall& call) {
  const Result<ClusterPort::RulesReload> told = call.ports.cluster->reload_rules();
  call.ports.history.record(call.caller, "", "reload rules", told ? "done" : told.error().message);
  if (!told) {
    return call.done(make_fault(Fault::failed, told.error().message));
  }
  wire::Array changes;
  for (const rules::RuleChange& change : told.value().changes) {
    changes.push_back(wire::Struct{
        {"subject", change.subject}, {"name", change.leaf}, {"before", change.before}, {"after", change.after}});
  }
  call.done(wire::Value(wire::Struct{{"files", texts_value(told.value().files)},
                                     {"warnings", texts_value(told.value().warnings)},
                                     {"changes", std::move(changes)}}));
}

}  // namespace

std::vector<MethodRow> holdfast_rules_rows() {
  return {
      {.name = "getRules",
       .result = "struct",
       .parameters = {{"name", "string", ""}},
       .help =
           "The effective rules and where each value comes from: of every application, or of one with its processes, "
           "or of one group:name; and what of the rules has no effect as the cluster is.",
       .reads_only = true,
       .body = get_rules},
      {.name = "reloadRules",
       .result = "struct",
       .help =
           "Reads this node's rules files anew: what changes for whom, and warnings. With an error in any file nothing "
           "changes. Nothing is started or stopped.",
       .body = reload_rules},
  };
}

}  // namespace holdfast::api

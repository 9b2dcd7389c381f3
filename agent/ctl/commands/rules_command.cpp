// rules check: what a node would say of rules files, without any server. rules show: what holds for whom, and which
// element says so. rules reload: the node that is asked reads its files anew.
#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "ctl/commands/own_commands.hpp"
#include "ctl/commands/parsed_command.hpp"
#include "ctl/format/columns.hpp"
#include "ctl/format/members.hpp"
#include "rules_files/rules_loader.hpp"

namespace holdfast::ctl {
namespace {

wire::Value texts_value(const std::vector<std::string>& texts) {
  return wire::Array(texts.begin(), texts.end());
}

std::string counted(std::size_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

/// Every problem has a line of its own, by which an editor finds it.
std::vector<std::string> print_problems(Session& session, std::string_view problems) {
  std::vector<std::string> lines;
  for (const std::string_view line : text::split(problems, '\n')) {
    lines.emplace_back(line);
    session.console().print_error(line);
  }
  session.set_status(exit_status::generic);
  return lines;
}

void check(Session& session, const std::vector<std::string>& files) {
  const auto read = load_rules(files);
  if (!read) {
    const std::vector<std::string> errors = print_problems(session, read.error().message);
    session.console().print_document(wire::Struct{{"errors", texts_value(errors)}, {"warnings", wire::Array{}}});
    return;
  }
  const rules::RuleSet& rules = read.value().rules;
  std::size_t programs = 0;
  for (const rules::ApplicationRule& application : rules.applications) {
    programs += application.programs.size();
  }
  for (const std::string& warning : read.value().warnings) {
    session.console().print("warning: " + warning);
  }
  session.console().print(counted(files.size(), "file") +
                          " can be used: " + counted(rules.applications.size(), "application") + ", " +
                          counted(programs, "program") + ", " + counted(rules.models.size(), "model") + ", " +
                          std::to_string(rules.aliases.size()) + (rules.aliases.size() == 1 ? " alias" : " aliases") +
                          "; " + counted(read.value().warnings.size(), "warning"));
  session.console().print_document(wire::Struct{{"errors", wire::Array{}},
                                                {"warnings", texts_value(read.value().warnings)},
                                                {"applications", static_cast<std::int64_t>(rules.applications.size())},
                                                {"programs", static_cast<std::int64_t>(programs)},
                                                {"models", static_cast<std::int64_t>(rules.models.size())},
                                                {"aliases", static_cast<std::int64_t>(rules.aliases.size())}});
}

void print_texts(Session& session, const wire::Value& reply, std::string_view member, const std::string& before) {
  for (const wire::Value& one : items_member(reply, member)) {
    if (const auto* text = one.as_string()) {
      session.console().print(before + *text);
    }
  }
}

void add_leaves(const wire::Value& from, std::vector<std::vector<std::string>>& rows) {
  for (const wire::Value& leaf : items_member(from, "leaves")) {
    rows.push_back({"  " + text_member(leaf, "name"), text_member(leaf, "value"), text_member(leaf, "source")});
  }
}

void show(Session& session, const std::string& name) {
  const Reply reply = session.call("holdfast.getRules", {name});
  if (!reply) {
    return show_own_fault(session, reply.failure());
  }
  std::vector<std::vector<std::string>> rows;
  for (const wire::Value& application : items_member(reply.value(), "applications")) {
    const std::string subject = text_member(application, "application");
    rows.push_back({subject, text_member(application, "rule")});
    add_leaves(application, rows);
    for (const wire::Value& process : items_member(application, "processes")) {
      const std::string rule = text_member(process, "rule");
      rows.push_back({subject + ":" + text_member(process, "process"), rule.empty() ? "no rule matches" : rule});
      add_leaves(process, rows);
    }
  }
  for (const std::string& line : table_lines(rows)) {
    session.console().print(line);
  }
  print_texts(session, reply.value(), "warnings", "warning: ");
  session.console().print_document(reply.value());
}

void reload(Session& session) {
  const Reply reply = session.call("holdfast.reloadRules", {}, Patience::action);
  if (!reply && is_fault(reply.failure(), Fault::failed)) {
    static_cast<void>(print_problems(session, reply.failure().text));
    return;
  }
  if (!reply) {
    return show_own_fault(session, reply.failure());
  }
  for (const wire::Value& change : items_member(reply.value(), "changes")) {
    session.console().print(text_member(change, "subject") + ": " + text_member(change, "name") + " " +
                            text_member(change, "before") + " -> " + text_member(change, "after"));
  }
  print_texts(session, reply.value(), "warnings", "warning: ");
  session.console().print("rules: " + counted(items_member(reply.value(), "files").size(), "file") + " read anew, " +
                          counted(items_member(reply.value(), "changes").size(), "change") +
                          "; nothing was started or stopped");
  session.console().print_document(reply.value());
}

}  // namespace

void run_rules(Session& session, const RulesArguments& arguments) {
  switch (arguments.verb) {
    case RulesArguments::Verb::check:
      return check(session, arguments.names);
    case RulesArguments::Verb::show:
      return show(session, arguments.names.empty() ? "" : arguments.names.front());
    case RulesArguments::Verb::reload:
      return reload(session);
  }
}

}  // namespace holdfast::ctl

#include "rules/rule_reader.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <utility>

#include "base/limits.hpp"
#include "base/text.hpp"
#include "rules/pattern.hpp"
#include "rules/rule_matcher.hpp"
#include "rules/status_formula.hpp"

namespace holdfast::rules {
namespace {

constexpr std::string_view kAttributes = "<xmlattr>";  // where wire/xml_document puts them

SourceLocation location_of(const Tree& element) {
  return {element.data().file, element.data().line};
}

std::optional<std::string> attribute(const Tree& element, std::string_view name) {
  const Tree* all = find_child(element, kAttributes);
  const Tree* one = all == nullptr ? nullptr : find_child(*all, name);
  return one == nullptr ? std::nullopt : std::optional(one->data().text);
}

class Reader {
 public:
  void read_file(const Tree& document) {
    if (const Tree* root = find_child(document, "root")) {
      read_root(*root);
    } else {
      error(document.empty() ? document : document.begin()->second, "the root element must be <root>");
    }
  }

  void merge_duplicates();
  void check_models_and_signs();

  RuleSet rules;
  std::vector<std::string> errors;
  std::vector<std::string> warnings;

 private:
  using Leaf = std::function<void(const Tree&)>;
  using Leaves = std::map<std::string, Leaf, std::less<>>;

  static void put(std::vector<std::string>& list, const std::string& line) {
    if (list.size() < limits::rules_messages_max) {
      list.push_back(line);
    }
  }
  void error(const Tree& at, const std::string& text) { put(errors, place_of(at) + ": " + text); }
  void warning(const Tree& at, const std::string& text) { put(warnings, place_of(at) + ": " + text); }

  void read_root(const Tree& root);
  void read_alias(const Tree& element);
  void read_model(const Tree& element);
  void read_application(const Tree& element);
  void read_programs(const Tree& element, std::vector<ProgramRule>& programs);

  void check_attributes(const Tree& element, const std::string& name, const std::set<std::string>& allowed);
  void check_no_text(const Tree& element, const std::string& name);
  void read_leaves(const Tree& element, const std::string& name, const Leaves& leaves);
  void add_program_leaves(ProgramLeaves& into, Leaves& leaves);
  std::optional<Selector> read_selector(const Tree& element, const std::string& name);
  bool count(const Tree& element);

  std::string simple(const Tree& leaf, const std::string& name);
  Leaf text_leaf(std::string name, std::optional<std::string>& into);
  Leaf sequence_leaf(std::string name, std::optional<int>& into);
  Leaf boolean_leaf(std::string name, std::optional<bool>& into);
  Leaf loading_leaf(std::string name, std::optional<int>& into);
  template <typename Value>
  Leaf word_leaf(std::string name, std::optional<Value>& into);

  std::size_t elements_ = 0;
};

bool Reader::count(const Tree& element) {
  if (++elements_ == limits::rules_elements_max + 1) {
    error(element, "more than " + std::to_string(limits::rules_elements_max) + " elements in all rules files");
  }
  return elements_ <= limits::rules_elements_max;
}

void Reader::check_attributes(const Tree& element, const std::string& name, const std::set<std::string>& allowed) {
  const Tree* all = find_child(element, kAttributes);
  if (all == nullptr) {
    return;
  }
  for (const auto& [key, value] : *all) {
    const bool of_schema_instance = key.rfind("xsi:", 0) == 0 || key == "noNamespaceSchemaLocation";
    if (allowed.count(key) == 0 && !of_schema_instance) {
      error(element, "<" + name + "> has no attribute \"" + key + "\"");
    }
  }
}

void Reader::check_no_text(const Tree& element, const std::string& name) {
  if (!text::trim(element.data().text).empty()) {
    error(element, "<" + name + "> holds elements only, no text");
  }
}

// Each leaf at most once, in any order; a second one is refused as by the schema.
void Reader::read_leaves(const Tree& element, const std::string& name, const Leaves& leaves) {
  check_no_text(element, name);
  std::set<std::string> seen;
  for (const auto& [key, leaf] : element) {
    if (key == kAttributes) {
      continue;
    }
    const auto known = leaves.find(key);
    if (known == leaves.end()) {
      error(leaf, "<" + name + "> has no element <" + key + ">");
    } else if (!seen.insert(key).second) {
      error(leaf, "<" + key + "> stands twice in <" + name + ">");
    } else {
      known->second(leaf);
    }
  }
}

std::string Reader::simple(const Tree& leaf, const std::string& name) {
  check_attributes(leaf, name, {});
  for (const auto& [key, child] : leaf) {
    if (key != kAttributes) {
      error(child, "<" + name + "> holds text only, no <" + key + ">");
    }
  }
  return leaf.data().text;
}

Reader::Leaf Reader::text_leaf(std::string name, std::optional<std::string>& into) {
  return
      [this, name = std::move(name), &into](const Tree& leaf) { into = std::string(text::trim(simple(leaf, name))); };
}

Reader::Leaf Reader::sequence_leaf(std::string name, std::optional<int>& into) {
  return [this, name = std::move(name), &into](const Tree& leaf) {
    const std::string value = simple(leaf, name);  // libxml2's schema takes no blanks around numbers: neither do we
    const auto number = text::parse_int(value);
    if (!number || *number < -128 || *number > 127) {
      error(leaf, "<" + name + "> is \"" + value + "\", it must be a whole number from 0 to 127, without blanks");
    } else if (*number < 0) {  // the schema lets it pass (contract 2.7)
      warning(leaf, "<" + name + "> is " + value + ", below 0: ignored, the default holds");
    } else {
      into = static_cast<int>(*number);
    }
  };
}

Reader::Leaf Reader::boolean_leaf(std::string name, std::optional<bool>& into) {
  return [this, name = std::move(name), &into](const Tree& leaf) {
    const std::string value(text::trim(simple(leaf, name)));
    if (value == "true" || value == "1") {
      into = true;
    } else if (value == "false" || value == "0") {
      into = false;
    } else {
      error(leaf, "<" + name + "> is \"" + value + "\", it must be true, false, 1 or 0");
    }
  };
}

Reader::Leaf Reader::loading_leaf(std::string name, std::optional<int>& into) {
  return [this, name = std::move(name), &into](const Tree& leaf) {
    const std::string value = simple(leaf, name);
    const auto number = text::parse_int(value);
    if (!number || *number < 0 || *number > 100) {
      error(leaf, "<" + name + "> is \"" + value + "\", it must be a whole number from 0 to 100, without blanks");
    } else {
      into = static_cast<int>(*number);
    }
  };
}

template <typename Value>
Reader::Leaf Reader::word_leaf(std::string name, std::optional<Value>& into) {
  return [this, name = std::move(name), &into](const Tree& leaf) {
    const std::string value(text::trim(simple(leaf, name)));
    into = parse<Value>(value);
    if (!into) {
      error(leaf, "<" + name + "> is \"" + value + "\", which is none of its values");
    }
  };
}

void Reader::add_program_leaves(ProgramLeaves& into, Leaves& leaves) {
  leaves["reference"] = text_leaf("reference", into.reference);
  leaves["identifiers"] = text_leaf("identifiers", into.identifiers);
  leaves["start_sequence"] = sequence_leaf("start_sequence", into.start_sequence);
  leaves["stop_sequence"] = sequence_leaf("stop_sequence", into.stop_sequence);
  leaves["required"] = boolean_leaf("required", into.required);
  leaves["wait_exit"] = boolean_leaf("wait_exit", into.wait_exit);
  leaves["expected_loading"] = loading_leaf("expected_loading", into.expected_loading);
  leaves["starting_failure_strategy"] = word_leaf("starting_failure_strategy", into.starting_failure_strategy);
  leaves["running_failure_strategy"] = word_leaf("running_failure_strategy", into.running_failure_strategy);
}

std::optional<Selector> Reader::read_selector(const Tree& element, const std::string& name) {
  check_attributes(element, name, {"name", "pattern"});
  Selector selector{attribute(element, "name"), attribute(element, "pattern")};
  if (!selector.name && !selector.pattern) {
    warning(element, "<" + name + "> has neither name nor pattern: ignored");
    return std::nullopt;
  }
  if (selector.pattern) {
    const auto compiled = Pattern::compile(*selector.pattern);
    if (!compiled) {
      error(element, compiled.error().message);
    }
  }
  return selector;
}

void Reader::read_alias(const Tree& element) {
  check_attributes(element, "alias", {"name"});
  const auto name = attribute(element, "name");
  if (!name) {
    error(element, "<alias> needs a name");
    return;
  }
  for (const auto& [key, child] : element) {
    if (key != kAttributes) {
      error(child, "<alias> holds text only, no <" + key + ">");
    }
  }
  rules.aliases.push_back({*name, element.data().text, location_of(element)});
}

void Reader::read_model(const Tree& element) {
  check_attributes(element, "model", {"name", "pattern"});
  ModelRule model{attribute(element, "name").value_or(""), {}, location_of(element)};
  Leaves leaves;
  add_program_leaves(model.leaves, leaves);
  read_leaves(element, "model", leaves);
  if (attribute(element, "name")) {
    rules.models.push_back(std::move(model));
  } else {
    warning(element, "<model> without a name: ignored");
  }
}

void Reader::read_programs(const Tree& element, std::vector<ProgramRule>& programs) {
  check_attributes(element, "programs", {});
  check_no_text(element, "programs");
  for (const auto& [key, child] : element) {
    if (key == kAttributes) {
      continue;
    }
    if (key != "program") {
      error(child, "<programs> has no element <" + key + ">");
      continue;
    }
    if (!count(child)) {
      return;
    }
    const auto selector = read_selector(child, "program");
    ProgramRule program{selector.value_or(Selector{}), {}, location_of(child)};
    Leaves leaves;
    add_program_leaves(program.leaves, leaves);
    read_leaves(child, "program", leaves);
    if (selector) {
      programs.push_back(std::move(program));
    }
  }
}

void Reader::read_application(const Tree& element) {
  const auto selector = read_selector(element, "application");
  ApplicationRule rule;
  rule.selector = selector.value_or(Selector{});
  rule.declared_at = location_of(element);
  Leaves leaves;
  leaves["distribution"] = word_leaf("distribution", rule.distribution);
  leaves["identifiers"] = text_leaf("identifiers", rule.identifiers);
  leaves["start_sequence"] = sequence_leaf("start_sequence", rule.start_sequence);
  leaves["stop_sequence"] = sequence_leaf("stop_sequence", rule.stop_sequence);
  leaves["starting_strategy"] = word_leaf("starting_strategy", rule.starting_strategy);
  leaves["starting_failure_strategy"] = word_leaf("starting_failure_strategy", rule.starting_failure_strategy);
  leaves["running_failure_strategy"] = word_leaf("running_failure_strategy", rule.running_failure_strategy);
  leaves["operational_status"] = [&](const Tree& leaf) {
    rule.operational_status = std::string(text::trim(simple(leaf, "operational_status")));
    if (rule.operational_status->empty()) {
      return;
    }
    if (const auto formula = StatusFormula::parse(*rule.operational_status); !formula) {  // RUL-F4
      warning(leaf, "error in <operational_status>: " + formula.error().message + "; `required` decides instead");
    }
  };
  leaves["programs"] = [&](const Tree& leaf) { read_programs(leaf, rule.programs); };
  read_leaves(element, "application", leaves);
  if (selector) {
    rules.applications.push_back(std::move(rule));
  }
}

void Reader::read_root(const Tree& root) {
  check_attributes(root, "root", {});
  check_no_text(root, "root");
  for (const auto& [key, child] : root) {
    if (key == kAttributes) {
      continue;
    }
    if (!count(child)) {
      return;
    }
    if (key == "alias") {
      read_alias(child);
    } else if (key == "model") {
      read_model(child);
    } else if (key == "application") {
      read_application(child);
    } else {
      error(child, "<root> has no element <" + key + ">");
    }
  }
}

// RUL-L1, RUL-L4: of equal names of applications the first holds; of equal patterns, models and aliases the
// last, in the place of the first.
void Reader::merge_duplicates() {
  const auto say = [&](const SourceLocation& location, const std::string& text) {
    put(warnings, text_of(location) + ": " + text);
  };
  const auto last_holds = [&](auto& list, const auto& key_of, const std::string& what) {
    std::map<std::string, std::size_t> seen;
    std::remove_reference_t<decltype(list)> kept;
    for (auto& item : list) {
      const std::optional<std::string> key = key_of(item);
      const auto found = key ? seen.find(*key) : seen.end();
      if (key && found != seen.end()) {
        say(item.declared_at,
            what + " \"" + *key + "\" replaces the one at " + text_of(kept[found->second].declared_at));
        kept[found->second] = std::move(item);
        continue;
      }
      if (key) {
        seen.emplace(*key, kept.size());
      }
      kept.push_back(std::move(item));
    }
    list = std::move(kept);
  };
  last_holds(
      rules.aliases, [](const AliasRule& a) { return std::optional(a.name); }, "alias");
  last_holds(
      rules.models, [](const ModelRule& m) { return std::optional(m.name); }, "model");
  last_holds(
      rules.applications, [](const ApplicationRule& a) { return a.selector.name ? std::nullopt : a.selector.pattern; },
      "application pattern");
  std::map<std::string, SourceLocation> names;
  for (const auto& application : rules.applications) {
    const auto& name = application.selector.name;
    if (name && !names.emplace(*name, application.declared_at).second) {
      say(application.declared_at,
          "application \"" + *name + "\" is ignored, the one at " + text_of(names[*name]) + " holds");
    }
  }
}

void Reader::check_models_and_signs() {
  for (auto& message : Matcher(rules).check()) {
    put(warnings, message);
  }
}

}  // namespace

Result<ReadRules> read_rules(const std::vector<RulesFile>& files) {
  std::vector<const RulesFile*> in_order;
  for (const RulesFile& file : files) {
    in_order.push_back(&file);
  }
  std::ranges::sort(in_order, {}, [](const RulesFile* file) { return file->path; });
  Reader reader;
  for (const RulesFile* file : in_order) {
    reader.read_file(file->tree);
  }
  if (!reader.errors.empty()) {
    return Error{text::join(reader.errors, "\n")};
  }
  reader.merge_duplicates();
  reader.check_models_and_signs();
  return ReadRules{std::move(reader.rules), std::move(reader.warnings)};
}

}  // namespace holdfast::rules

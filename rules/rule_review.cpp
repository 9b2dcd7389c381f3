#include "rules/rule_review.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "base/limits.hpp"
#include "base/text.hpp"

namespace holdfast::rules {
namespace {

std::string subject_of(const ApplicationRule& rule) {
  return "application " + text_of(rule.selector);
}
std::string subject_of(const ProgramRule& rule) {
  return "program " + text_of(rule.selector);
}

class Review {
 public:
  explicit Review(const Matcher& matcher) : matcher_(matcher) {}

  void names(const std::function<bool(std::string_view)>& is_known, std::string_view verdict) {
    const NameCheck check{is_known, verdict};
    for (const ApplicationRule& application : matcher_.rules().applications) {
      unknown_names(application.declared_at, subject_of(application), application.identifiers, check);
      for (const ProgramRule& program : application.programs) {
        unknown_names(program.declared_at, subject_of(program), program.leaves.identifiers, check);
      }
    }
    for (const ModelRule& model : matcher_.rules().models) {
      unknown_names(model.declared_at, "model \"" + model.name + "\"", model.leaves.identifiers, check);
    }
  }

  void matches(const ClusterView& view) {
    collect_used(view);
    for (const ApplicationRule& application : matcher_.rules().applications) {
      if (!applications_.contains(&application)) {
        say(application.declared_at, subject_of(application) + ": no node has a group that it matches");
        continue;  // what it holds has nothing to match either
      }
      for (const ProgramRule& program : application.programs) {
        if (!programs_.contains(&program)) {
          say(program.declared_at, subject_of(program) + " of " + subject_of(application) +
                                       ": no process of the groups that the application matches is meant");
        }
      }
    }
  }

  /// A process whose rule names nodes of which none defines it can never start.
  void places(const ClusterView& view) {
    for (const auto& [application, processes] : view.applications) {
      if (!matcher_.application(application).managed) {
        continue;
      }
      for (const auto& [name, process] : processes) {
        place({application, name}, process, view);
      }
    }
  }

  std::vector<std::string> take() {
    std::ranges::stable_sort(found_, {}, [](const Finding& one) { return std::pair(one.at.file, one.at.line); });
    std::vector<std::string> lines;
    for (const Finding& one : found_) {
      lines.push_back(text_of(one.at) + ": " + one.text);
    }
    return lines;
  }

 private:
  struct Finding {
    SourceLocation at;
    std::string text;
  };
  struct NameCheck {
    const std::function<bool(std::string_view)>& is_known;
    std::string_view verdict;
  };

  void say(const SourceLocation& at, std::string text) {
    if (found_.size() < limits::rules_messages_max) {
      found_.push_back({at, std::move(text)});
    }
  }

  void unknown_names(const SourceLocation& at, const std::string& subject,
                     const std::optional<std::string>& identifiers, const NameCheck& check) {
    if (!identifiers) {
      return;
    }
    for (const std::string& name : matcher_.identifiers_of(*identifiers).names) {
      if (!check.is_known(name)) {
        say(at, subject + ": \"" + name + "\"" + std::string(check.verdict));
      }
    }
  }

  void collect_used(const ClusterView& view) {
    for (const auto& [application, processes] : view.applications) {
      const ApplicationRule* rule = matcher_.application_rule(application);
      if (rule == nullptr) {
        continue;
      }
      applications_.insert(rule);
      for (const auto& [name, process] : processes) {
        programs_.insert(matcher_.program_rule({application, name}));
      }
    }
  }

  void place(const ProcessId& id, const ProcessView& process, const ClusterView& view) {
    const ApplicationRules& application = matcher_.application(id.group);
    const bool by_application = application.distribution != Distribution::all_instances;  // RUL-A2
    const IdentifierRule& rule = by_application ? application.identifiers : matcher_.program(id).identifiers;
    const auto allowed = instances_of(rule, view);
    const bool defined = std::ranges::any_of(
        allowed, [&](std::size_t i) { return process.copies.contains(view.instances[i].identifier); });
    if (rule.names.empty() || allowed.empty() || defined) {
      return;  // unknown names have been told already
    }
    const ProgramRule* program = matcher_.program_rule(id);
    const ApplicationRule* parent = matcher_.application_rule(id.group);
    const SourceLocation& at = program != nullptr && !by_application ? program->declared_at : parent->declared_at;
    say(at, full_namespec(id) + " may run on " + text::join(items_of(rule), ",") +
                " only, and no node of these defines it: it cannot start");
  }

  const Matcher& matcher_;
  std::set<const ApplicationRule*> applications_;
  std::set<const ProgramRule*> programs_;
  std::vector<Finding> found_;
};

}  // namespace

std::vector<std::string> review(const Matcher& matcher, const ClusterView& view) {
  Review review(matcher);
  const auto is_known = [&view](std::string_view name) {
    return !instances_of(IdentifierRule{{std::string(name)}}, view).empty();
  };
  review.names(is_known, " is neither a node nor a stereotype of one; it has no effect");
  review.matches(view);
  review.places(view);
  return review.take();
}

std::vector<std::string> review_names(const Matcher& matcher, const std::function<bool(std::string_view)>& is_known,
                                      std::string_view verdict) {
  Review review(matcher);
  review.names(is_known, verdict);
  return review.take();
}

}  // namespace holdfast::rules

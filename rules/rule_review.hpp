// rule_review.hpp: what in a set of rules has no effect in the cluster as it is: elements that match nothing, names
// that are neither node nor stereotype, processes that no node which the rule allows defines. Nothing is wrong by
// itself (a node may come later), so these are warnings for people: shown when rules are read, and on demand. Pure
// functions.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/rule_matcher.hpp"
#include "rules/view.hpp"

namespace holdfast::rules {

/// `file:line: …`, in order of the files; at most limits::rules_messages_max.
std::vector<std::string> review(const Matcher& matcher, const ClusterView& view);

/// Only the names, where no node has been met yet: those in identifiers for which `is_known` is false; `verdict` is
/// what the line says of one, like ` is no node of the list`.
std::vector<std::string> review_names(const Matcher& matcher, const std::function<bool(std::string_view)>& is_known,
                                      std::string_view verdict);

}  // namespace holdfast::rules

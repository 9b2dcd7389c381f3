#include "rules/rule_model.hpp"

namespace holdfast::rules {

std::string text_of(const Selector& selector) {
  if (selector.name) {
    return "name \"" + *selector.name + "\"";
  }
  return "pattern \"" + selector.pattern.value_or("") + "\"";
}

std::vector<std::string> items_of(const IdentifierRule& rule) {
  std::vector<std::string> items;
  if (rule.spread) {
    items.emplace_back("#");
  }
  if (rule.pair) {
    items.emplace_back("@");
  }
  items.insert(items.end(), rule.names.begin(), rule.names.end());
  if (rule.names.empty()) {
    items.emplace_back("*");
  }
  return items;
}

}  // namespace holdfast::rules

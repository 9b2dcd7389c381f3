#include "rules/step_context.hpp"

#include "rules/candidates.hpp"

namespace holdfast::rules {

const ProcessView* StepContext::process(const ProcessId& id) const {
  return find_process(view, id);
}

const CopyView* StepContext::copy(const ProcessId& id, const std::string& identifier) const {
  const ProcessView* one = process(id);
  if (one == nullptr) {
    return nullptr;
  }
  const auto found = one->copies.find(identifier);
  return found == one->copies.end() ? nullptr : &found->second;
}

const InstanceView* StepContext::instance(const std::string& identifier) const {
  for (const auto& one : view.instances) {
    if (one.identifier == identifier) {
      return &one;
    }
  }
  return nullptr;
}

std::string StepContext::label(const std::string& identifier) const {
  const InstanceView* one = instance(identifier);
  return one == nullptr ? identifier : label_of(*one);
}

}  // namespace holdfast::rules

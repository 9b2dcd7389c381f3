#include "cluster/membership/seeds.hpp"

#include <algorithm>
#include <utility>

#include "cluster/membership/membership.hpp"
#include "cluster/roster.hpp"

namespace holdfast::cluster {

Seeds::Seeds(Parts parts, const std::vector<std::string>& endpoints) : parts_(parts) {
  for (const std::string& endpoint : endpoints) {
    seeds_.emplace_back().endpoint = endpoint;
  }
}

void Seeds::send_hellos(StepContext& step) {
  std::erase_if(seeds_, [&](const Seed& seed) {
    return seed.announced && step.now - seed.announced_at > limits::cluster_seed_met_age_max;
  });
  const bool alone = std::ranges::none_of(
      step.view.members, [](const MemberView& member) { return !member.local && in_sight(member.state); });
  for (Seed& seed : seeds_) {
    const bool answered = !seed.identifier.empty();
    const bool waiting = seed.asked && step.now - *seed.asked < limits::cluster_seed_answer_max;
    if (parts_.membership.leaving() || waiting || step.now < seed.next || (answered && !alone) ||
        seed.identifier == step.options.identifier) {
      continue;
    }
    const Duration longest = alone ? limits::cluster_seed_period_alone : limits::cluster_seed_period_max;
    seed.period = std::clamp<Duration>(2 * seed.period, limits::cluster_seed_period, longest);
    seed.next = step.now + seed.period + std::chrono::milliseconds(step.random.between(0, seed.period / 4ms));
    seed.asked = step.now;
    step.outcome.seeds.push_back(seed.endpoint);
  }
}

void Seeds::answered(StepContext& step, const SeedAnswered& answer) {
  const auto seed = std::ranges::find(seeds_, answer.seed, &Seed::endpoint);
  if (seed == seeds_.end()) {
    return;
  }
  seed->asked.reset();
  seed->objects = answer.objects || (seed->objects && answer.identifier.empty());
  if (!answer.identifier.empty()) {
    seed->identifier = answer.identifier;
    seed->period = {};
    step.reconsider();
  }
}

void Seeds::announced(StepContext& step, const std::string& endpoint) {
  const auto known = std::ranges::find(seeds_, endpoint, &Seed::endpoint);
  if (known != seeds_.end()) {
    known->announced_at = step.now;
    return;
  }
  if (std::ranges::count_if(seeds_, &Seed::announced) < static_cast<std::ptrdiff_t>(limits::cluster_seeds_met_max)) {
    Seed seed;
    seed.endpoint = endpoint;
    seed.announced = true;
    seed.announced_at = step.now;
    seed.next = step.now;
    seeds_.push_back(std::move(seed));
    step.agenda.turn_by(step.now);
  }
}

std::optional<std::string> Seeds::objecting() const {
  const auto seed = std::ranges::find(seeds_, true, &Seed::objects);
  return seed == seeds_.end() ? std::nullopt : std::optional(seed->endpoint);
}

std::size_t Seeds::unanswered() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(seeds_, [](const Seed& seed) { return !seed.announced && seed.identifier.empty(); }));
}

}  // namespace holdfast::cluster

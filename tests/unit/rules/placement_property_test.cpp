// Random clusters and rules: a placement never exceeds 100 % of a node, never takes an instance that the rules or its
// state exclude, is the same for every viewer and at every call, and finds a place whenever there is one.
#include "base/limits.hpp"
#include "base/random.hpp"
#include "rules/placement.hpp"
#include "world.hpp"

namespace holdfast::rules {
namespace {

constexpr int kPlacementInstances = 6;
constexpr int kPlacementPrograms = 8;
constexpr std::uint64_t kPlacementSeeds = 300;

const std::vector<std::string> kPlacementIdentifiers = {"*", "n1,n3", "n5,n2,n9",   "@TAG",
                                                        "#", "@",     "#,n4,n2,n6", "@,@TAG"};

std::string rules_of_programs(Random& random) {
  std::string xml = "<application name=\"a\"><programs>";
  for (int p = 0; p < kPlacementPrograms; ++p) {
    xml += "<program pattern=\"^p" + std::to_string(p) + "$\"><identifiers>" +
           kPlacementIdentifiers[random.below(kPlacementIdentifiers.size())] + "</identifiers><expected_loading>" +
           std::to_string(random.below(70)) + "</expected_loading></program>";
  }
  return xml + "</programs></application>";
}

ClusterView random_cluster(Random& random) {
  ClusterView view;
  for (int i = 1; i <= kPlacementInstances; ++i) {
    const std::string n = std::to_string(i);
    InstanceView instance{"10.0.0." + n + ":60000", "n" + n, "machine" + std::to_string(i / 2), true, i == 1, {}};
    instance.running = random.below(6) != 0;
    if (random.below(2) == 0) {
      instance.stereotypes = {"@TAG"};
    }
    view.instances.push_back(instance);
  }
  for (int p = 0; p < kPlacementPrograms; ++p) {
    ProcessView& process = view.applications["a"]["p" + std::to_string(p)];
    process.process_index = static_cast<int>(random.below(10));
    for (const auto& instance : view.instances) {
      if (random.below(4) != 0) {
        CopyView& copy = process.copies[instance.identifier];
        copy.disabled = random.below(6) == 0;
        copy.state = random.below(5) == 0 ? ProcessState::running : ProcessState::stopped;
        copy.change = random.below(100);
      }
    }
  }
  return view;
}

/// The same cluster as another of its nodes sees it: who is local and what came when is its own.
ClusterView seen_elsewhere(ClusterView view, Random& random) {
  for (auto& instance : view.instances) {
    instance.local = !instance.local;
  }
  for (auto& [name, process] : view.applications["a"]) {
    for (auto& [identifier, copy] : process.copies) {
      copy.change = random.below(100);
    }
  }
  return view;
}

/// Whether it may run there, told without the code under test.
bool is_allowed(const ClusterView& view, const Matcher& matcher, const std::string& process, std::size_t index) {
  const InstanceView& instance = view.instances[index];
  const ProcessView& its = view.applications.at("a").at(process);
  const auto copy = its.copies.find(instance.identifier);
  if (!instance.running || copy == its.copies.end() || copy->second.disabled) {
    return false;
  }
  const IdentifierRule& rule = matcher.program({"a", process}).identifiers;
  const auto listed = instances_of(rule, view);
  const auto place = std::find(listed.begin(), listed.end(), index);
  if (place == listed.end() || (!rule.spread && !rule.pair)) {
    return place != listed.end();
  }
  const auto wanted = static_cast<std::size_t>(its.process_index);
  const auto at = static_cast<std::size_t>(place - listed.begin());
  return rule.pair ? at == wanted : at == wanted % listed.size();
}

void check_placement(const ClusterView& view, const ClusterView& other, const Matcher& matcher,
                     const std::string& process, StartingStrategy strategy) {
  const LoadTable loads(view, matcher);
  const PlacementQuery query{strategy, view.instances[0].identifier};
  const Placement placed = place_process(view, matcher, loads, {"a", process}, query);
  EXPECT_EQ(placed.identifier, place_process(view, matcher, loads, {"a", process}, query).identifier);
  EXPECT_EQ(placed.identifier,
            place_process(other, matcher, LoadTable(other, matcher), {"a", process}, query).identifier);
  const int load = matcher.program({"a", process}).expected_loading;
  bool possible = false;
  for (std::size_t i = 0; i < view.instances.size(); ++i) {
    const bool fits = is_allowed(view, matcher, process, i) && loads.node(i) + load <= limits::rules_node_load_max &&
                      (strategy != StartingStrategy::local || i == 0);
    possible = possible || fits;
    if (view.instances[i].identifier == placed.identifier) {
      EXPECT_TRUE(fits) << process << ": " << placed.reason;
    }
  }
  EXPECT_EQ(placed.found(), possible) << process << ": " << placed.reason;
}

TEST(PlacementProperty, NeverTooMuchNeverForbiddenTheSameForAll) {
  for (std::uint64_t seed = 1; seed <= kPlacementSeeds && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    const Matcher matcher(read_text(rules_of_programs(random)).rules);
    const ClusterView view = random_cluster(random);
    const ClusterView other = seen_elsewhere(view, random);
    for (int p = 0; p < kPlacementPrograms; ++p) {
      for (const auto strategy :
           {StartingStrategy::config, StartingStrategy::less_loaded, StartingStrategy::most_loaded,
            StartingStrategy::local, StartingStrategy::less_loaded_node, StartingStrategy::most_loaded_node}) {
        check_placement(view, other, matcher, "p" + std::to_string(p), strategy);
      }
    }
  }
}

}  // namespace
}  // namespace holdfast::rules

// The rules engine's view out of the members' rows (contract supvisors.md 2.5, 3.5).
#include "cluster/replication/rules_view.hpp"

#include <gtest/gtest.h>

namespace holdfast::cluster {
namespace {

ProcessFact fact_with_index(int index) {
  ProcessFact fact;
  fact.id = {"app", "web"};
  fact.program_name = "web";
  fact.process_index = index;
  return fact;
}

// RUL-H6: the peer takes what was heard last, so that two viewers may place one program differently.
TEST(RulesView, RulH6IndexIsTheSameInWhateverOrderRowsArrive) {
  const auto index_of = [](const rules::ClusterView& view) {
    return view.applications.at("app").at("web").process_index;
  };
  rules::ClusterView one;
  put_copy(one, "10.0.0.1:1", fact_with_index(4), {}, {}, 1);
  put_copy(one, "10.0.0.2:1", fact_with_index(7), {}, {}, 2);
  rules::ClusterView other;
  put_copy(other, "10.0.0.2:1", fact_with_index(7), {}, {}, 1);
  EXPECT_EQ(index_of(other), 7);
  put_copy(other, "10.0.0.1:1", fact_with_index(4), {}, {}, 2);
  EXPECT_EQ(index_of(one), 4);
  EXPECT_EQ(index_of(other), 4);
  remove_copy(one, "10.0.0.1:1", {"app", "web"});
  EXPECT_EQ(index_of(one), 7) << "who comes only now sees the same";
}

}  // namespace
}  // namespace holdfast::cluster

// When a heartbeat is prepared, and what it says.
#include "cluster/membership/heartbeat_announcer.hpp"

#include "base/limits.hpp"
#include "one_node.hpp"

namespace holdfast::cluster {
namespace {

class Heartbeats : public OneNode {
 protected:
  Heartbeats() { parts().heartbeats.begin(now_); }

  /// What is prepared now, and whether for at once.
  std::optional<std::pair<Heartbeat, bool>> prepare() {
    StepContext context = step();
    parts().heartbeats.refresh_liveness(context);
    parts().heartbeats.prepare_if_due(context);
    if (!outcome_.heartbeat) {
      return std::nullopt;
    }
    const HeartbeatReady ready = *std::exchange(outcome_.heartbeat, std::nullopt);
    return std::pair(std::get<Heartbeat>(decode_message(ready.bytes).value().message), ready.at_once);
  }
};

TEST_F(Heartbeats, OneIsDueEveryPeriod) {
  ASSERT_TRUE(prepare());
  EXPECT_FALSE(prepare());
  EXPECT_EQ(parts().heartbeats.next(), now_ + limits::cluster_beat_period);
  now_ = parts().heartbeats.next();
  const auto beat = prepare();
  ASSERT_TRUE(beat);
  EXPECT_FALSE(beat->second);
}

TEST_F(Heartbeats, SeveralUrgentReasonsInARowAreOneHeartbeat) {
  ASSERT_TRUE(prepare());
  agenda_.heartbeat_urgent = true;
  EXPECT_FALSE(prepare()) << "the last one was just prepared";
  EXPECT_LT(agenda_.next_turn, now_ + limits::cluster_beat_period) << "it wakes for it";
  now_ = agenda_.next_turn;
  const auto beat = prepare();
  ASSERT_TRUE(beat);
  EXPECT_TRUE(beat->second);
  EXPECT_FALSE(agenda_.heartbeat_urgent);
}

TEST_F(Heartbeats, AChangeOfWhoIsHeardIsUrgent) {
  ASSERT_TRUE(prepare());
  now_ = now_ + 100ms;
  EXPECT_FALSE(prepare());
  make_running(2);
  const auto beat = prepare();
  ASSERT_TRUE(beat);
  EXPECT_EQ(beat->first.liveness, (std::vector<Liveness>{Liveness::fresh, Liveness::fresh, Liveness::dead}));
}

TEST_F(Heartbeats, ItSaysWhatThisNodeIs) {
  make_me_master();
  view_->degraded = true;
  member(1).starting_jobs = true;
  const auto beat = prepare();
  ASSERT_TRUE(beat);
  EXPECT_EQ(beat->first.master, member(1).node_id);
  EXPECT_TRUE(beat->first.acting_master);
  EXPECT_TRUE(beat->first.synchronised);
  EXPECT_TRUE(beat->first.degraded);
  EXPECT_TRUE(beat->first.starting_jobs);
  EXPECT_FALSE(beat->first.joined) << "its own table is not known yet";
  EXPECT_FALSE(beat->first.leaving);
}

TEST_F(Heartbeats, WhoHasJoinedHasItsPlaceInTheNextOne) {
  options_.discovery = true;
  make();
  ASSERT_TRUE(prepare());
  StepContext context = step();
  ASSERT_TRUE(parts().roster.take(context, {"10.0.0.4:60000", "n4", {}}, "HELLO"));
  now_ = now_ + limits::cluster_beat_period;
  const auto beat = prepare();
  ASSERT_TRUE(beat);
  EXPECT_TRUE(beat->second) << "at once";
  EXPECT_EQ(beat->first.liveness.size(), 4U);
}

}  // namespace
}  // namespace holdfast::cluster

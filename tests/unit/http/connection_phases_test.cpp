#include "http/connection_phases.hpp"

#include <gtest/gtest.h>

#include "http/memory_pressure.hpp"

namespace holdfast::http {
namespace {

constexpr Instant kNow = Instant::from_ms(1'000'000);

struct FakeConnection {
  explicit FakeConnection(int number) : id(number) {}
  int id;
  ConnectionPhase phase = ConnectionPhase::idle;
  ConnectionPhases<FakeConnection>::Position position;
};

class ConnectionPhasesTest : public ::testing::Test {
 protected:
  static PhaseTimeouts timeouts() {
    PhaseTimeouts all;
    all.fill(Duration::max());
    all[static_cast<std::size_t>(ConnectionPhase::idle)] = 100s;
    all[static_cast<std::size_t>(ConnectionPhase::header)] = 10s;
    return all;
  }
  std::shared_ptr<FakeConnection> add(int id, Instant now) {
    auto made = std::make_shared<FakeConnection>(id);
    phases_.add(made, now);
    return made;
  }
  int oldest(ConnectionPhase phase) {
    const auto found = phases_.oldest(phase, [](const FakeConnection&) { return true; });
    return found ? found->id : 0;
  }
  int overdue(Instant now) {
    const auto found = phases_.overdue(now);
    return found ? found->id : 0;
  }
  ConnectionPhases<FakeConnection> phases_{timeouts()};
};

TEST_F(ConnectionPhasesTest, WhoEnteredAPhaseFirstIsItsOldest) {
  const auto one = add(1, kNow);
  const auto two = add(2, kNow + 1s);
  EXPECT_EQ(oldest(ConnectionPhase::idle), 1);
  phases_.move(*one, ConnectionPhase::header, kNow + 2s);
  EXPECT_EQ(oldest(ConnectionPhase::idle), 2);
  EXPECT_EQ(oldest(ConnectionPhase::header), 1);
  phases_.move(*one, ConnectionPhase::idle, kNow + 3s);
  EXPECT_EQ(oldest(ConnectionPhase::idle), 2) << "the one that came back is the youngest";
  const auto second = phases_.oldest(ConnectionPhase::idle, [](const FakeConnection& each) { return each.id == 1; });
  EXPECT_EQ(second, one);
  phases_.remove(*two);
  EXPECT_EQ(oldest(ConnectionPhase::idle), 1);
  EXPECT_EQ(phases_.all().size(), 1U);
}

TEST_F(ConnectionPhasesTest, ADeadlineCountsFromTheEntryIntoThePhase) {
  EXPECT_EQ(phases_.next_deadline(), Instant::max());
  const auto one = add(1, kNow);
  EXPECT_EQ(phases_.next_deadline(), kNow + 100s);
  EXPECT_EQ(phases_.move(*one, ConnectionPhase::header, kNow + 5s), kNow + 15s);
  EXPECT_EQ(overdue(kNow + 14s), 0);
  EXPECT_EQ(overdue(kNow + 15s), 1);
  EXPECT_EQ(phases_.move(*one, ConnectionPhase::header, kNow + 15s), kNow + 25s) << "the same phase anew";
  EXPECT_EQ(overdue(kNow + 15s), 0);
}

TEST_F(ConnectionPhasesTest, TheEarliestDeadlineOfAllPhasesIsTheNext) {
  const auto idle = add(1, kNow);
  const auto reading = add(2, kNow + 95s);
  phases_.move(*reading, ConnectionPhase::header, kNow + 95s);
  EXPECT_EQ(phases_.next_deadline(), kNow + 100s);
  phases_.remove(*idle);
  EXPECT_EQ(phases_.next_deadline(), kNow + 105s);
}

TEST_F(ConnectionPhasesTest, WhoWaitsForUsHasNoDeadline) {
  const auto one = add(1, kNow);
  EXPECT_EQ(phases_.move(*one, ConnectionPhase::busy, kNow), Instant::max());
  EXPECT_EQ(phases_.next_deadline(), Instant::max());
  EXPECT_EQ(overdue(kNow + 1'000'000s), 0);
}

TEST(MemoryPressure, ItsEndIsToldOnce) {
  MemoryPressure pressure;
  EXPECT_FALSE(pressure.ends(limits::http_calm_bytes, 1)) << "there was none";
  EXPECT_FALSE(pressure.ends(limits::http_pressure_bytes, 1));
  EXPECT_FALSE(pressure.ends(limits::http_calm_bytes + 1, 1)) << "it is not over";
  EXPECT_TRUE(pressure.ends(limits::http_calm_bytes, 1));
  EXPECT_FALSE(pressure.ends(0, 0));
}

TEST(MemoryPressure, ManyConnectionsAreOneToo) {
  MemoryPressure pressure;
  EXPECT_FALSE(pressure.ends(0, limits::http_pressure_connections - 1));
  EXPECT_FALSE(pressure.ends(0, limits::http_calm_connections)) << "not so many";
  EXPECT_FALSE(pressure.ends(0, limits::http_pressure_connections));
  EXPECT_FALSE(pressure.ends(0, limits::http_calm_connections + 1));
  EXPECT_TRUE(pressure.ends(0, limits::http_calm_connections));
  EXPECT_FALSE(pressure.ends(0, 0));
}

TEST(MemoryPressure, EachEndsByItself) {
  MemoryPressure pressure;
  (void)pressure.ends(limits::http_pressure_bytes, limits::http_pressure_connections);
  EXPECT_TRUE(pressure.ends(limits::http_pressure_bytes, 0));
  EXPECT_TRUE(pressure.ends(0, 0));
}

}  // namespace
}  // namespace holdfast::http

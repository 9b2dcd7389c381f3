// What of the event listeners outlives an agent: written and read again, and no bytes of anybody harm the reader.
#include "supervision/listener_record.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"
#include "supervision/listener_pools.hpp"

namespace holdfast::supervision {
namespace {

config::GroupSettings pool_of(const std::string& name, int buffer_size) {
  config::GroupSettings group;
  group.name = name;
  group.kind = config::GroupKind::event_listener;
  group.listener.emplace();
  group.listener->buffer_size = buffer_size;
  group.listener->events = {"EVENT"};
  for (const char* process : {"one", "two"}) {
    config::ProcessSettings settings;
    settings.name = process;
    group.processes.push_back(settings);
  }
  return group;
}

/// A listener that is BUSY, one in the middle of an answer, events that wait.
std::string some_state(ListenerPools& pools) {
  pools.add(pool_of("p", 3));
  std::uint64_t number = 0;
  for (const char* process : {"one", "two"}) {
    const ProcessId key{"p", process};
    const StartId child{++number};
    pools.state_changed(key, ProcessState::running);
    pools.spawned(key, child);
    pools.output(key, child, "READY\n", number);
    pools.happened(EventType::tick_5, "when:5");
    (void)pools.take_effects({});
  }
  pools.output({"p", "two"}, StartId{2}, "RESULT 4\nFA", 3);
  pools.happened(EventType::process_log_stdout, std::string("bytes \0 and more", 16));
  pools.tick(WallTime::from_seconds(1'000'000));
  return pools.encode();
}

TEST(ListenerRecord, ReadAgainItIsTheSame) {
  ListenerPools before("srv");
  const std::string state = some_state(before);
  EXPECT_FALSE(before.changed());
  ListenerPools after("srv");
  after.add(pool_of("p", 3));
  ASSERT_TRUE(after.restore(state, {}).ok());
  after.reattached({"p", "one"}, StartId{1});
  after.reattached({"p", "two"}, StartId{2});
  EXPECT_EQ(after.encode(), state);
}

TEST(ListenerRecord, ALaterChildOfTheSameProcessBeginsAnew) {
  ListenerPools before("srv");
  const std::string state = some_state(before);
  ListenerPools after("srv");
  after.add(pool_of("p", 3));
  ASSERT_TRUE(after.restore(state, {}).ok());
  after.reattached({"p", "one"}, StartId{9});
  const ListenerPool& pool = *after.pools().front();
  EXPECT_EQ(pool.members()[0].protocol.state(), ListenerState::acknowledged);
  EXPECT_EQ(pool.buffer().front().serial, 0) << "the event of the child before came back";
}

TEST(ListenerRecord, DamagedBytesAreRefusedWhole) {
  ListenerPools before("srv");
  const std::string state = some_state(before);
  for (std::size_t size = 0; size < state.size(); ++size) {
    ASSERT_FALSE(decode_listeners(state.substr(0, size)).ok()) << size;
  }
  Random random(20'261'121);
  for (int round = 0; round < 20'000; ++round) {
    std::string damaged = state;
    for (std::uint64_t i = 1 + random.below(4); i > 0; --i) {
      damaged[random.below(damaged.size())] = static_cast<char>(random.below(256));
    }
    ListenerPools after("srv");
    after.add(pool_of("p", 3));
    if (after.restore(damaged, {}).ok()) {  // as good as any other state: nothing it can do is wrong
      after.reattached({"p", "one"}, StartId{1});
      after.all_reattached();
      after.output({"p", "one"}, StartId{1}, "RESULT 2\nOKREADY\n", 7);
      (void)after.take_effects({});
    }
  }
}

TEST(ListenerPool, PayloadsThatWaitAreBounded) {
  ListenerPools pools("srv");
  pools.add(pool_of("p", 1'000'000));
  const std::string payload(1024 * 1024, 'x');
  for (int i = 0; i < 20; ++i) {
    pools.happened(EventType::process_log_stdout, payload);
  }
  EXPECT_EQ(pools.pools().front()->buffer().size(), 8U);
  EXPECT_EQ(pools.take_effects({}).size(), 12U) << "each dropped event is said";
}

TEST(ListenerPool, SerialsWrapAsSupervisorsDo) {
  ListenerPools pools("srv");
  pools.add(pool_of("p", 3));
  ListenerPool pool(pool_of("p", 3), "srv");
  pool.restore(INT64_MAX, {}, {}, {});
  std::vector<ListenerEffect> effects;
  pool.accept(1, EventType::tick_5, std::make_shared<const std::string>("when:5"), effects);
  EXPECT_EQ(pool.next_serial(), 0);
}

}  // namespace
}  // namespace holdfast::supervision

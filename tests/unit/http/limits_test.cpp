// Whatever a client sends or withholds: deadlines, budgets, evictions, and an honest client beside hostile
// ones.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <future>
#include <list>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "loopback.hpp"

namespace holdfast::http {
namespace {

using ::testing::HasSubstr;
using testing::RawClient;
using testing::TestServer;

void ok(Request& request, Responder responder) {
  responder.respond(text_response("text/plain", request.path == "/large" ? std::string(8 << 20, 'x') : "ok"));
}

constexpr const char* kGet = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

TEST(Limits, EachPhaseHasItsDeadline) {
  ServerOptions options;
  options.header_timeout = 1000ms;  // the client is to be in time with what it says
  options.body_timeout = 1500ms;
  options.write_timeout = 2000ms;
  options.idle_timeout = 2500ms;
  options.drain_timeout = 100ms;
  TestServer server(options, ok);

  RawClient idle = server.client();
  RawClient half_head = server.client();
  RawClient half_body = server.client();
  RawClient never_reads = server.unix_client();
  ASSERT_TRUE(half_head.send("GET / HTTP/1.1\r\nHost"));
  ASSERT_TRUE(half_body.send("POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nhalf"));
  ASSERT_TRUE(never_reads.send("GET /large HTTP/1.1\r\n\r\n"));
  EXPECT_TRUE(server.eventually([](const ServerStatistics& now) { return now.accepted == 4 && now.open == 0; }));
  EXPECT_EQ(half_head.answer().status, 408);
  EXPECT_EQ(half_body.answer().status, 408);
  EXPECT_TRUE(idle.closed_by_server());
  EXPECT_GE(server.statistics().timed_out, 4U);
}

TEST(Limits, AByteNowAndThenDoesNotProlongAHead) {
  ServerOptions options;
  options.header_timeout = 200ms;
  options.drain_timeout = 50ms;
  TestServer server(options, ok);
  RawClient client = server.client();
  const auto begin = std::chrono::steady_clock::now();
  const std::string head = "GET / HTTP/1.1\r\nX: " + std::string(10000, 'a');
  bool refused = false;
  for (const char c : head) {
    if (!client.send(std::string_view(&c, 1))) {
      refused = true;
      break;
    }
    pollfd readable{client.fd(), POLLIN, 0};
    if (::poll(&readable, 1, 2) > 0) {
      refused = true;
      break;
    }
  }
  EXPECT_TRUE(refused);
  EXPECT_EQ(client.answer().status, 408);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 15s);  // the whole head would take 20
}

TEST(Limits, ADeferredAnswerHasNoDeadline) {
  ServerOptions options;
  options.header_timeout = options.body_timeout = options.write_timeout = options.idle_timeout = 50ms;
  Responder kept;
  std::atomic<bool> arrived = false;
  TestServer server(options, [&](Request&, Responder responder) {
    kept = responder;
    arrived = true;
  });
  RawClient client = server.client();
  client.send(kGet);
  while (!arrived) {
    if (client.closed_by_server(100ms)) {  // it was held up before its question, and came too late
      client = server.client();
      client.send(kGet);
    }
  }
  RawClient other = server.client();
  EXPECT_TRUE(other.closed_by_server());  // an idle one went meanwhile
  server.loop().call([&] {
    kept.respond(text_response("text/plain", "late"));
    kept = Responder();
  });
  EXPECT_EQ(client.answer().body, "late");
}

TEST(Limits, TheOldestIdleConnectionMakesRoom) {
  ServerOptions options;
  options.connections_max = 10;
  TestServer server(options, ok);
  std::list<RawClient> idle;
  for (int i = 0; i < 10; ++i) {
    idle.push_back(server.client());
  }
  EXPECT_TRUE(server.eventually([](const ServerStatistics& now) { return now.open == 10; }));
  idle.front().send(kGet);  // the first is the youngest now
  EXPECT_EQ(idle.front().answer().status, 200);
  RawClient next = server.client();
  next.send(kGet);
  EXPECT_EQ(next.answer().status, 200);
  EXPECT_TRUE(std::next(idle.begin())->closed_by_server());
  idle.front().send(kGet);
  EXPECT_EQ(idle.front().answer().status, 200);
  EXPECT_EQ(server.statistics().evicted, 1U);
}

TEST(Limits, BusyConnectionsAreNeverEvicted) {
  ServerOptions options;
  options.connections_max = 2;
  std::vector<std::string> warnings;
  options.warn = [&](std::string_view message) { warnings.emplace_back(message); };
  std::vector<Responder> kept;
  TestServer server(options, [&](Request&, Responder responder) { kept.push_back(responder); });
  RawClient one = server.client();
  RawClient two = server.client();
  one.send(kGet);
  two.send(kGet);
  EXPECT_TRUE(server.eventually([](const ServerStatistics& now) { return now.requests == 2; }));
  RawClient three = server.client();
  EXPECT_TRUE(three.closed_by_server());
  EXPECT_EQ(server.statistics().refused, 1U);
  server.loop().call([&] {
    ASSERT_EQ(warnings.size(), 1U);
    EXPECT_THAT(warnings.front(), HasSubstr("was refused"));
    for (Responder& each : kept) {
      each.respond(text_response("text/plain", "ok"));
    }
    kept.clear();
  });
  EXPECT_EQ(one.answer().body, "ok");
  EXPECT_EQ(two.answer().body, "ok");
}

TEST(Limits, WhoDoesNotReadItsAnswerMakesRoom) {
  ServerOptions options;
  options.connections_max = 3;
  TestServer server(options, [](Request&, Responder responder) {
    responder.respond(text_response("text/plain", std::string(8 * 1024 * 1024, 'x')));
  });
  std::list<RawClient> silent;
  for (int i = 0; i < 3; ++i) {
    silent.push_back(server.client());
    silent.back().send(kGet);
    EXPECT_TRUE(server.eventually([i](const ServerStatistics& now) { return now.requests == i + 1U; }));
  }
  RawClient next = server.client();
  next.send(kGet);
  EXPECT_EQ(next.answer().status, 200);
  EXPECT_EQ(server.statistics().evicted, 1U);
  EXPECT_EQ(server.statistics().refused, 0U);
}

TEST(Limits, LargeAnswersToPipelinedRequestsDoNotDelayNewcomers) {
  std::promise<void> asked;
  std::promise<void> newcomer_is_here;
  std::vector<std::string> order;
  TestServer server({}, [&](Request& request, Responder responder) {
    order.push_back(request.path);
    if (order.size() == 1) {
      asked.set_value();
      newcomer_is_here.get_future().wait();  // the loop stands still
    }
    responder.respond(text_response("text/plain", std::string(20'000, 'x')));
  });
  constexpr int kPipelined = 12;
  RawClient greedy = server.client();
  std::string requests;
  for (int i = 0; i < kPipelined; ++i) {
    requests += "GET /greedy HTTP/1.1\r\n\r\n";
  }
  greedy.send(requests);
  asked.get_future().wait();
  RawClient newcomer = server.client();
  newcomer.send("GET /newcomer HTTP/1.1\r\n\r\n");
  newcomer_is_here.set_value();
  EXPECT_EQ(newcomer.answer().status, 200);
  for (int i = 0; i < kPipelined; ++i) {
    EXPECT_EQ(greedy.answer().status, 200);
  }
  server.loop().call([&] {
    const auto place = std::find(order.begin(), order.end(), "/newcomer") - order.begin();
    EXPECT_LT(place, 6) << "one turn to be accepted, one to be read, and not behind all twelve";
  });
}

TEST(Limits, OneAddressCannotTakeAllConnections) {
  ServerOptions options;
  options.connections_per_address_max = 3;
  TestServer server(options, ok);
  std::list<RawClient> many;
  for (int i = 0; i < 8; ++i) {
    many.push_back(server.client());
    many.back().send(kGet);
    EXPECT_EQ(many.back().answer().status, 200);
  }
  EXPECT_EQ(server.statistics().open, 3U);
  RawClient local = server.unix_client();  // another address
  local.send(kGet);
  EXPECT_EQ(local.answer().status, 200);
  EXPECT_EQ(server.statistics().open, 4U);
}

TEST(Limits, UnfinishedBodiesShareABudget) {
  ServerOptions options;
  options.input_bytes_max = 1'000'000;
  TestServer server(options, ok);
  std::list<RawClient> half;
  for (int i = 0; i < 20; ++i) {
    half.push_back(server.client());
    half.back().send("POST /RPC2 HTTP/1.1\r\nContent-Length: 300000\r\n\r\n" + std::string(200'000, 'x'));
  }
  EXPECT_TRUE(server.eventually([](const ServerStatistics& now) { return now.evicted >= 15; }));
  EXPECT_TRUE(half.front().closed_by_server());
  RawClient honest = server.client();
  honest.send(kGet);
  EXPECT_EQ(honest.answer().status, 200);
}

TEST(Limits, UnreadAnswersShareABudget) {
  ServerOptions options;
  options.output_bytes_max = 40 << 20;
  TestServer server(options, ok);
  std::list<RawClient> never_read;
  for (int i = 0; i < 12; ++i) {
    never_read.push_back(server.unix_client());  // the kernel takes little for these
    never_read.back().send("GET /large HTTP/1.1\r\n\r\n");
  }
  EXPECT_TRUE(server.eventually([](const ServerStatistics& now) { return now.evicted >= 4 && now.requests == 12; }));
  RawClient honest = server.client();
  honest.send(kGet);
  EXPECT_EQ(honest.answer().status, 200);
}

TEST(Limits, WhoLeavesTheEndOfAnAnswerUnreadCountsWithAllOfIt) {
  ServerOptions options;
  options.output_bytes_max = 40 << 20;
  TestServer server(options, ok);
  std::list<RawClient> slow;
  for (int i = 0; i < 12; ++i) {
    slow.push_back(server.unix_client());
    slow.back().send("GET /large HTTP/1.1\r\n\r\n");
    EXPECT_FALSE(slow.back().take_bytes(7 << 20).empty());  // less than 1 MiB is left, and 8 MiB are held
  }
  EXPECT_TRUE(server.eventually([](const ServerStatistics& now) { return now.evicted >= 6 && now.requests == 12; }));
}

TEST(Limits, TheEndOfMemoryPressureIsSaidOnce) {
  std::atomic<int> said{0};
  ServerOptions options;
  options.on_pressure_end = [&] { ++said; };
  TestServer server(options, ok);
  RawClient honest = server.client();
  honest.send(kGet);
  EXPECT_EQ(honest.answer().status, 200);
  std::list<RawClient> flood;
  for (int i = 0; i < 4; ++i) {
    flood.push_back(server.unix_client());
    flood.back().send("GET /large HTTP/1.1\r\n\r\n");
  }
  EXPECT_TRUE(server.eventually([](const ServerStatistics& now) { return now.requests == 5; }));
  EXPECT_EQ(said, 0) << "it is not over";
  flood.clear();
  EXPECT_TRUE(server.eventually([&](const ServerStatistics&) { return said == 1; }));
  honest.send(kGet);
  EXPECT_EQ(honest.answer().status, 200);
  EXPECT_EQ(said, 1);
}

TEST(Limits, TheEndOfACrowdIsAnEndOfMemoryPressure) {
  std::atomic<int> said{0};
  ServerOptions options;
  options.on_pressure_end = [&] { ++said; };
  TestServer server(options, ok);
  std::list<RawClient> crowd;
  for (int i = 0; i < 150; ++i) {
    crowd.push_back(server.unix_client());
    crowd.back().send(kGet);
    EXPECT_EQ(crowd.back().answer().status, 200);
  }
  EXPECT_EQ(said, 0) << "it is not over";
  crowd.clear();
  EXPECT_TRUE(server.eventually([&](const ServerStatistics& now) { return now.open == 0 && said == 1; }));
}

TEST(Limits, AStreamsSlowReaderOverflows) {
  ServerOptions options;
  options.stream_queue_bytes_max = 100'000;
  Responder stream;
  std::promise<void> arrived;
  TestServer server(options, [&](Request&, Responder responder) {
    stream = responder;
    stream.start_stream(text_response("text/plain", ""));
    arrived.set_value();
  });
  RawClient slow = server.client();
  slow.send(kGet);
  arrived.get_future().wait();
  server.loop().call([&] {
    ChunkResult result = ChunkResult::queued;
    std::size_t written = 0;
    while (result == ChunkResult::queued && written < (64U << 20)) {
      EXPECT_LE(stream.queued_bytes(), 101'000U);
      result = stream.write_chunk(std::string(1000, 'x'));
      written += 1000;
    }
    EXPECT_EQ(result, ChunkResult::overflow);
    EXPECT_FALSE(stream.alive());
    EXPECT_EQ(stream.write_chunk("x"), ChunkResult::closed);
    stream = Responder();
  });
  EXPECT_EQ(server.statistics().overflowed, 1U);
  while (slow.receive()) {
  }
}

TEST(Limits, DrainedIsCalledWhenTheReaderHasTakenAll) {
  Responder stream;
  std::promise<void> arrived;
  std::promise<void> drained;
  TestServer server({}, [&](Request&, Responder responder) {
    stream = responder;
    stream.start_stream(text_response("text/plain", ""));
    arrived.set_value();
  });
  RawClient reader = server.client();
  reader.send(kGet);
  arrived.get_future().wait();
  const std::size_t written = server.loop().call([&] {
    std::size_t size = 0;
    while (stream.queued_bytes() < 50'000) {
      stream.write_chunk(std::string(10'000, 'x'));
      size += 10'000;
    }
    stream.on_drained([&] { drained.set_value(); });
    return size;
  });
  auto done = drained.get_future();
  EXPECT_EQ(done.wait_for(std::chrono::milliseconds(50)), std::future_status::timeout);
  reader.take_bytes(written);
  EXPECT_EQ(done.wait_for(testing::patience), std::future_status::ready);
  server.loop().call([&] { stream = Responder(); });
}

TEST(Limits, WithoutDescriptorsTheServerGoesOn) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  TestServer server({}, ok);
  RawClient first = server.client();
  first.send(kGet);
  EXPECT_EQ(first.answer().status, 200);
  std::vector<UniqueFd> taken;
  rlimit small = before;
  small.rlim_cur = 64;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &small), 0);
  for (UniqueFd fd(::dup(0)); fd.valid(); fd = UniqueFd(::dup(0))) {
    taken.push_back(std::move(fd));
  }
  taken.pop_back();  // for the client's own end
  RawClient second = server.client();
  EXPECT_TRUE(server.eventually([](const ServerStatistics& now) { return now.out_of_descriptors > 0; }));
  taken.clear();
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  RawClient third = server.client();
  third.send(kGet);
  EXPECT_EQ(third.answer().status, 200);
}

/// p99 of a client that asks now and then, in microseconds.
std::int64_t honest_p99_us(TestServer& server) {
  std::vector<std::int64_t> times;
  RawClient honest = server.client();
  for (int i = 0; i < 300; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    honest.send(kGet);
    EXPECT_EQ(honest.answer().status, 200);
    times.push_back(
        std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begin).count());
  }
  std::sort(times.begin(), times.end());
  return times[times.size() * 99 / 100];
}

TEST(Limits, FiveHundredHostileConnectionsDelayNobody) {
  TestServer server({}, ok);
  std::list<RawClient> hostile;
  for (int i = 0; i < 500; ++i) {
    hostile.push_back(server.client());
    switch (i % 5) {
      case 0:
        break;  // idle
      case 1:
        hostile.back().send("GET / HTTP/1.1\r\nHos");
        break;
      case 2:
        hostile.back().send("POST /RPC2 HTTP/1.1\r\nContent-Length: 100000\r\n\r\n" + std::string(5000, 'x'));
        break;
      case 3:
        hostile.back().send("GET /large HTTP/1.1\r\n\r\n");
        break;
      default:
        hostile.back().send("\x16\x03\x01");
        break;
    }
  }
  // The figure (5 ms) is measured by the benchmark; with sanitizers on a shared machine this only bounds it.
  std::array<std::int64_t, 5> p99s{};
  std::ranges::generate(p99s, [&] { return honest_p99_us(server); });
  std::ranges::sort(p99s);
  EXPECT_LT(p99s[2], 50'000) << "the median of five";
  EXPECT_GE(server.statistics().accepted, 501U);
}

TEST(Limits, RandomMutationsOfValidRequestsLeaveTheServerServing) {
  ServerOptions options;
  options.drain_timeout = 200ms;
  TestServer server(options, ok);
  const std::vector<std::string> valid = {
      "POST /RPC2 HTTP/1.1\r\nHost: localhost:9001\r\nContent-Type: text/xml\r\nContent-Length: "
      "20\r\n\r\n<methodCall></method",
      "GET /logtail/a%3Ab/stdout?x=1&y=2 HTTP/1.0\r\nConnection: keep-alive\r\nAuthorization: Basic "
      "dTpw\r\n\r\n",
      "POST /index.html HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\nExpect: "
      "100-continue\r\n"
      "Content-Length: 3\r\n\r\na=1GET / HTTP/1.1\r\n\r\n"};
  Random random(42);
  for (int round = 0; round < 1000; ++round) {
    std::string bytes = valid[random.below(valid.size())];
    for (std::uint64_t i = 0, n = 1 + random.below(5); i < n; ++i) {
      const auto at = random.below(bytes.size());
      switch (random.below(3)) {
        case 0:
          bytes[at] = static_cast<char>(random.below(256));
          break;
        case 1:
          bytes.erase(at, random.below(10));
          break;
        default:
          bytes.insert(at, bytes.substr(random.below(bytes.size()), random.below(30)));
          break;
      }
      if (bytes.empty()) {
        bytes = "x";
      }
    }
    RawClient client = round % 2 == 0 ? server.client() : server.unix_client();
    ASSERT_TRUE(client.connected());
    client.send(bytes);
  }
  RawClient honest = server.client();
  honest.send(kGet);
  EXPECT_EQ(honest.answer().status, 200);
  EXPECT_GT(server.statistics().bad_requests, 100U);
}

}  // namespace
}  // namespace holdfast::http

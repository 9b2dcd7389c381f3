#include "cluster/codec/message_codec.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"
#include "cluster/codec/tlv.hpp"

namespace holdfast::cluster {
namespace {

ProcessFact sample_fact(const std::string& name) {
  ProcessFact fact;
  fact.id.group = "shop";
  fact.id.name = name;
  fact.program_name = "web";
  fact.process_index = 3;
  fact.state = ProcessState::unknown;
  fact.expected_exit = false;
  fact.disabled = true;
  fact.has_stdout = true;
  fact.awaits_restart = true;
  fact.pid = 4711;
  fact.exit_status = -1;
  fact.startsecs = 0;
  fact.stopwaitsecs = 33;
  fact.start_us = 1'700'000'000'000'000;
  fact.stop_us = -5;
  fact.since_mono_ms = 123456;
  fact.event_us = 1'700'000'000'500'000;
  fact.event_mono_ms = 123999;
  fact.spawn_error = "unknown error";
  fact.ending = "terminated by SIGKILL";
  fact.last_words = "no such table";
  fact.extra_args = "-p 81 'a b'";
  return fact;
}

HostSample host_sample() {
  HostSample sample;
  sample.point.span = {5s, 10.001, 15.002};
  sample.point.cpu = {12.5, 25, 0};
  sample.point.memory = 33.333;
  sample.point.networks = {{"lo", 800.125, 0}, {"eth0", 0, 1e9}};
  sample.point.disks = {{"sda", 1, 2}};
  sample.point.mounts = {{"/", 55.5}, {"/var", 0}};
  return sample;
}

std::vector<Message> samples() {
  Heartbeat beat;
  beat.health = 3;
  beat.delta_seq = 300;
  beat.digest = 0xFFFFFFFFFFFFFFFFULL;
  beat.master = 77;
  beat.acting_master = beat.synchronised = beat.joined = true;
  beat.state = ClusterState::conciliation;
  beat.began_mono_ms = 77'000;
  beat.liveness = {Liveness::fresh, Liveness::late, Liveness::suspect, Liveness::dead, Liveness::late};
  Command command{"n1.1.7",   "n1.1.6", {4, 9},  9,    12, "admin", Action::signal_process,
                  "shop:web", "HUP",    "asked", 5000, 88};
  OperatorForward forward{"n2.3.1",
                          {4, 9},
                          8,
                          "admin",
                          Action::start_any_process,
                          "shop:*",
                          StartingStrategy::local,
                          ConciliationStrategy::user,
                          "-x",
                          60000};
  return {
      beat,
      Delta{9, {sample_fact("a"), sample_fact("b")}, {"shop:gone"}, {}, {}},
      Delta{10, {}, {}, {{"shop:web", ProcessState::stopped, "no answer"}}, {"shop:db"}},
      Delta{11,
            {},
            {},
            {},
            {},
            FenceList{{4, 9}, 2, {{"10.0.0.3:60000", "n1", 1'700'000'000'000'000, "lost"}, {"x:1", "", 0, ""}}}},
      Delta{12, {}, {}, {}, {}, FenceList{}},
      Leave{},
      SnapshotRequest{5},
      Snapshot{5, 77, 1, 3, {sample_fact("c")}, {{"shop:web", ProcessState::fatal, ""}}},
      Snapshot{5, 77, 0, 3, {}, {}, FenceList{{4, 9}, 3, {{"10.0.0.3:60000", "n1", 5, "lost"}}}},
      DeltaRequest{76},
      command,
      CommandAnswer{"n1.1.7", AnswerPhase::refused, Obstacle::stale_term, "over"},
      forward,
      OperatorAnswer{"n2.3.1", AnswerPhase::completed, Fault::incorrect_parameters, "no"},
      PeerOpinion{12, Liveness::suspect, true},
      LossReport{"n2.3.2", {4, 9}, 8, {{7, 3, 55, false, 1200, {"shop:a", "shop:b"}}, {6, 2, 0, true, 0, {}}}},
      Roster{{{"box:9001", "n1", "10.0.0.1"}, {"box:9002", "n2", ""}}},
      StatisticsRequest{{true, false}, 20'000},
      StatisticsRequest{},
      host_sample(),
      ProcessSamples{{{{1s, 0, 1.25}, "shop:web", 4711, 99.999, 0.5, 0}, {{60s, 7, 67}, "supervisord", 1, 0, 0, 16}}}};
}

TEST(MessageCodec, EveryMessageComesBack) {
  for (const Message& message : samples()) {
    const Result<Message> back = decode_payload(type_of(message), encode_payload(message));
    ASSERT_TRUE(back.ok()) << back.error().message;
    EXPECT_EQ(back.value(), message) << "type " << static_cast<int>(type_of(message));
  }
}

TEST(MessageCodec, DefaultsComeBack) {
  const Message delta = Delta{1,
                              {[] {
                                ProcessFact fact;
                                fact.id.group = fact.id.name = "x";
                                return fact;
                              }()},
                              {},
                              {},
                              {}};
  EXPECT_EQ(decode_payload(FrameType::delta, encode_payload(delta)).value(), delta);
  EXPECT_EQ(decode_payload(FrameType::heartbeat, encode_payload(Heartbeat{})).value(), Message(Heartbeat{}));
}

TEST(MessageCodec, EmptyNamesComeBack) {  // [program:]
  const Message delta = Delta{1, {ProcessFact{}}, {":"}, {}, {}};
  const Result<Message> back = decode_payload(FrameType::delta, encode_payload(delta));
  ASSERT_TRUE(back.ok()) << back.error().message;
  EXPECT_EQ(back.value(), delta);
  const Message samples = ProcessSamples{{{{1s, 0, 1}, "", 7, 0, 0, 0}}};
  const Result<Message> points = decode_payload(FrameType::process_samples, encode_payload(samples));
  ASSERT_TRUE(points.ok()) << points.error().message;
  EXPECT_EQ(points.value(), samples);
}

TEST(MessageCodec, GoldenBytes) {
  EXPECT_EQ(encode_payload(DeltaRequest{258}), std::string("\x07\x00\x02\x00\x02\x01", 6));
  EXPECT_EQ(encode_payload(PeerOpinion{1, Liveness::late, true}),
            std::string("\x01\x00\x01\x00\x01\x02\x00\x01\x00\x01\x03\x00\x01\x00\x01", 15));
  EXPECT_EQ(encode_payload(LossReport{"o", {2, 9}, 8, {{7, 3, 258, true, 5, {"a:b"}}}}),
            std::string("\x01\x00\x01\x00o"
                        "\x02\x00\x01\x00\x02"
                        "\x03\x00\x01\x00\x09"
                        "\x04\x00\x01\x00\x08"
                        "\x05\x00\x21\x00"
                        "\x01\x00\x01\x00\x07"
                        "\x02\x00\x01\x00\x03"
                        "\x03\x00\x02\x00\x02\x01"
                        "\x04\x00\x01\x00\x01"
                        "\x05\x00\x01\x00\x05"
                        "\x06\x00\x03\x00\x61:b",
                        20 + 4 + 33));
  EXPECT_EQ(encode_payload(Roster{{{"a:1", "n", "::1"}, {"b:2", "m", ""}}}), std::string("\x01\x00\x13\x00"
                                                                                         "\x01\x00\x03\x00"
                                                                                         "a:1"
                                                                                         "\x02\x00\x01\x00n"
                                                                                         "\x03\x00\x03\x00::1"
                                                                                         "\x01\x00\x0c\x00"
                                                                                         "\x01\x00\x03\x00"
                                                                                         "b:2"
                                                                                         "\x02\x00\x01\x00m",
                                                                                         4 + 7 + 5 + 7 + 4 + 7 + 5));
  EXPECT_EQ(encode_payload(StatisticsRequest{{true, true}, 258}),
            std::string("\x01\x00\x01\x00\x03\x02\x00\x02\x00\x02\x01", 11));
  HostSample host;
  host.point.span = {1s, 0, 1};
  host.point.cpu = {0.258, 0};
  host.point.networks = {{"lo", 0.001, 0}};
  host.point.mounts = {{"/", 0.002}};
  EXPECT_EQ(encode_payload(host), std::string("\x01\x00\x02\x00\xe8\x03"
                                              "\x03\x00\x02\x00\xe8\x03"
                                              "\x04\x00\x02\x00\x02\x01"
                                              "\x04\x00\x00\x00"
                                              "\x06\x00\x0b\x00"
                                              "\x01\x00\x02\x00lo"
                                              "\x02\x00\x01\x00\x01"
                                              "\x08\x00\x0a\x00"
                                              "\x01\x00\x01\x00/"
                                              "\x02\x00\x01\x00\x02",
                                              6 + 6 + 6 + 4 + 4 + 11 + 4 + 10));
  EXPECT_EQ(encode_payload(ProcessSamples{{{{1s, 0, 0}, "a:b", 7, 0.001, 0.002, 2}}}),
            std::string("\x0c\x00\x21\x00"
                        "\x01\x00\x02\x00\xe8\x03"
                        "\x09\x00\x03\x00\x61:b"
                        "\x0a\x00\x01\x00\x07"
                        "\x04\x00\x01\x00\x01"
                        "\x05\x00\x01\x00\x02"
                        "\x0b\x00\x01\x00\x02",
                        4 + 6 + 7 + 20));
  Heartbeat beat;
  beat.master = 5;
  beat.acting_master = true;
  beat.state = ClusterState::operation;
  beat.liveness = {Liveness::fresh, Liveness::dead};
  EXPECT_EQ(encode_payload(beat), std::string("\x01\x00\x02\x00\x00\x00"
                                              "\x06\x00\x01\x00\x05"
                                              "\x07\x00\x01\x00\x01"
                                              "\x08\x00\x01\x00\x04"
                                              "\x09\x00\x03\x00\x02\x00\x0c",
                                              6 + 5 + 5 + 5 + 7));
}

TEST(MessageCodec, UnknownTagsAreSkipped) {
  for (const Message& message : samples()) {
    TlvWriter later;
    later.text(60'000, "from a later minor version");
    const Result<Message> back = decode_payload(type_of(message), encode_payload(message) + later.bytes());
    ASSERT_TRUE(back.ok());
    EXPECT_EQ(back.value(), message);
  }
}

TEST(MessageCodec, ValuesOutOfRangeAreRefused) {
  TlvWriter beat;
  beat.number(8, 9);  // a cluster state that does not exist
  EXPECT_FALSE(decode_payload(FrameType::heartbeat, beat.bytes()).ok());
  TlvWriter ages;
  ages.text(9, std::string("\xFF\xFF\x00", 3));  // says 65,535 members, has four
  EXPECT_FALSE(decode_payload(FrameType::heartbeat, ages.bytes()).ok());
  TlvWriter chunk;
  chunk.number(5, 3);
  chunk.number(6, 3);  // chunk 3 of 3
  EXPECT_FALSE(decode_payload(FrameType::snapshot, chunk.bytes()).ok());
  TlvWriter order;
  order.number(8, 5);  // an application cannot be ordered of one node
  order.text(1, "x");
  EXPECT_FALSE(decode_payload(FrameType::command, order.bytes()).ok());
  EXPECT_FALSE(decode_payload(FrameType::command, "").ok()) << "no operation id";
  EXPECT_FALSE(decode_payload(FrameType::loss_report, "").ok()) << "no operation id";
  TlvWriter life;
  life.number(1, 7);  // of a node, but of none of its lives
  TlvWriter report;
  report.text(1, "x");
  report.nested(5, life);
  EXPECT_FALSE(decode_payload(FrameType::loss_report, report.bytes()).ok());
  TlvWriter nameless;
  nameless.number(10, 7);  // a point of no program
  TlvWriter points;
  points.nested(12, nameless);
  EXPECT_FALSE(decode_payload(FrameType::process_samples, points.bytes()).ok());
  ProcessSamples many;
  many.points.resize(limits::statistics_frame_points + 1, {{}, "a:b", 1, 0, 0, 0});
  EXPECT_FALSE(decode_payload(FrameType::process_samples, encode_payload(many)).ok());
  HostSample cores;
  cores.point.cpu.resize(limits::statistics_items_max + 1);
  EXPECT_FALSE(decode_payload(FrameType::host_sample, encode_payload(cores)).ok());
  TlvWriter long_number;
  long_number.text(7, "123456789");
  EXPECT_FALSE(decode_payload(FrameType::delta_request, long_number.bytes()).ok());
}

TEST(MessageCodec, HostileBytesNeverHarm) {
  Random random(20251121);
  for (int round = 0; round < 20'000; ++round) {
    const std::vector<Message> all = samples();
    const Message& message = all[random.below(all.size())];
    std::string payload = encode_payload(message);
    for (std::uint64_t change = random.below(4) + 1; change > 0; --change) {
      if (payload.empty() || random.chance(200'000)) {
        payload.insert(random.below(payload.size() + 1), 1, static_cast<char>(random.below(256)));
      } else if (random.chance(300'000)) {
        payload.resize(random.below(payload.size()));
      } else {
        payload[random.below(payload.size())] = static_cast<char>(random.below(256));
      }
    }
    const auto type = static_cast<FrameType>(1 + random.below(16));
    const Result<Message> back = decode_payload(type, payload);
    if (back.ok()) {  // what it made of it can be said again, and means the same
      EXPECT_EQ(decode_payload(type, encode_payload(back.value())).value(), back.value());
    }
  }
}

}  // namespace
}  // namespace holdfast::cluster

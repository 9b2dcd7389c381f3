// write_seeds.cpp: writes the seeds of the binary formats from their own encoders, into FOLDER/announcement, blobs,
// gossip, hello and keeper. Run by hand when a format has grown; the files are checked in.
#include <filesystem>
#include <fstream>

#include "cluster/codec/message_codec.hpp"
#include "cluster/codec/term.hpp"
#include "keeper/protocol.hpp"
#include "keeper/spawn_request.hpp"
#include "supervision/listener_pools.hpp"
#include "supervision/process_record.hpp"
#include "transport/announcement.hpp"
#include "transport/hello.hpp"
#include "transport/hello_message.hpp"

using namespace holdfast;

namespace {

std::filesystem::path folder;

void write(const std::string& name, std::string_view bytes) {
  std::filesystem::create_directories((folder / name).parent_path());
  std::ofstream(folder / name, std::ios::binary | std::ios::trunc) << bytes;
}

void write_gossip() {
  using namespace cluster;
  ProcessFact fact;
  fact.group = "shop";
  fact.name = "web_00";
  fact.program_name = "web";
  fact.pid = 4711;
  fact.start_us = 1'700'000'000'000'000;
  Heartbeat beat;
  beat.delta_seq = 300;
  beat.digest = ~std::uint64_t{0};
  beat.master = 77;
  beat.joined = true;
  beat.liveness = {Liveness::fresh, Liveness::late, Liveness::dead};
  Command command;
  command.operation = "n1.1.7";
  command.namespec = "shop:web_00";
  command.user = "admin";
  OperatorForward forward;
  forward.operation = "n2.3.1";
  forward.target = "shop:*";
  HostSample host;
  host.point = {{5s, 10, 15}, {12.5, 25, 0}, 33, {{"lo", 800, 0}}, {{"sda", 1, 2}}, {{"/", 55.5}}};
  FrameHeader header;
  header.cluster_id = 7;
  header.node_id = 12;
  header.incarnation = 3;
  header.seq = 41;
  header.epoch = 4;
  const std::vector<std::pair<std::string, Message>> messages{
      {"heartbeat", beat},
      {"delta", Delta{9, {fact, fact}, {"shop:gone"}, {}, {}}},
      {"leave", Leave{}},
      {"snapshot_request", SnapshotRequest{5}},
      {"snapshot", Snapshot{5, 77, 1, 3, {fact}, {}}},
      {"delta_request", DeltaRequest{76}},
      {"command", command},
      {"command_answer", CommandAnswer{"n1.1.7", AnswerPhase::refused, Obstacle::stale_term, "over"}},
      {"operator_forward", forward},
      {"operator_answer", OperatorAnswer{"n2.3.1", AnswerPhase::completed, Fault::incorrect_parameters, "no"}},
      {"peer_opinion", PeerOpinion{12, Liveness::suspect, true}},
      {"roster", Roster{{{"box:9001", "n1", "10.0.0.1"}, {"box:9002", "n2", ""}}}},
      {"statistics_request", StatisticsRequest{{true, true}, 20'000}},
      {"host_sample", host},
      {"process_samples", ProcessSamples{{{{1s, 0, 1}, "shop:web", 4711, 99.9, 0.5, 0}}}}};
  for (const auto& [name, message] : messages) {
    write("gossip/" + name, encode_message(header, message));
  }
}

void write_announcement() {
  using namespace transport;
  const Announcement self{"prod", "box:9001", "n1", 9001, "10.0.0.1"};
  write("announcement/open", encode_announcement(self, {}));
  write("announcement/proven", encode_announcement(self, ClusterKey::derive("user", "secret")));
}

void write_hello() {
  using namespace transport;
  NodeIdentity identity;
  identity.identifier = "a:1";
  identity.nick = "a";
  identity.node_id = cluster::node_id_of("a:1");
  identity.instance_uuid = "uuid";
  identity.ports = {5001, 5002, 5003};
  identity.protocol_min = 1;
  identity.protocol_max = 2;
  identity.version = "0.1.0";
  identity.facts = {{"state", "OPERATION"}};
  const std::string digits(64, 'a');
  write("hello/challenge", encode_hello({HelloStep::challenge, "prod", digits, "", "", digits}));
  write("hello/proof", encode_hello({HelloStep::proof, "prod", digits, digits, encode_identity(identity), digits}));
  write("hello/identity", encode_identity(identity));
}

template <typename R>
std::string_view bytes_of(const R& record) {
  return {reinterpret_cast<const char*>(&record), keeper::wire_size(record)};
}

void write_keeper() {
  using namespace keeper;
  SpawnRequest request;
  request.filename = "/bin/cat";
  request.argv = {"cat", "-u"};
  request.environment = {"PATH=/bin", "HOME=/root"};
  request.directory = "/tmp";
  request.root = "/srv";
  request.umask = 022;
  request.ids = Ids{33, 33, {33, 44}};
  request.nofile = 1024;
  request.nproc = 200;
  request.blob = "opaque";
  write("keeper/spawn_request", encode(request));
  SpawnRequest small;
  small.filename = "/bin/true";
  small.argv = {"true"};
  write("keeper/spawn_request_small", encode(small));
  Hello hello;
  hello.pid = 12;
  write("keeper/hello", bytes_of(hello));
  Fail fail;
  set_tail(fail, "Error: no");
  write("keeper/fail", bytes_of(fail));
  SetBlob blob;
  blob.start_id = 3;
  set_tail(blob, "some state");
  write("keeper/set_blob", bytes_of(blob));
  Hold hold;
  set_name(hold, "listen 127.0.0.1:9001");
  write("keeper/hold", bytes_of(hold));
  Child child;
  child.start_id = 3;
  child.pid = 77;
  set_tail(child, "some state");
  write("keeper/child", bytes_of(child));
  write("keeper/welcome", bytes_of(Welcome{}));
  write("keeper/exited", bytes_of(Exited{}));
  write("keeper/signal", bytes_of(Signal{}));
}

void write_blobs() {
  using namespace supervision;
  ProcessRecord record;
  record.key = {"shop", "web"};
  record.fingerprint = 0xFEDC'BA98'7654'3210ULL;
  record.state = ProcessState::stopping;
  record.tries = 3;
  record.last_run.started_at = Instant{123'456'789'012};
  record.timer = Instant{223'456'789'012};
  record.last_run.start_wall = WallTime{1'767'225'600'000'001};
  record.last_run.stop_wall = WallTime{-5};
  record.stop_wanted = true;
  record.last_run.exit_status = -1;
  record.last_run.spawnerr = "Bad exit code 7";
  record.lifecycle = {-5, config::AutoRestart::always, 7, 9, {0, 2, 255}, 9, 33, true, true};
  record.stdout_path = "/tmp/out.log";
  write("blobs/process", encode(record));
  write("blobs/agent", encode(AgentRecord{DaemonState::running, {}, {record, record}}));
  config::GroupSettings group;
  group.name = "p";
  group.kind = config::GroupKind::event_listener;
  group.listener.emplace();
  group.listener->buffer_size = 3;
  group.listener->events = {"EVENT"};
  for (const char* name : {"one", "two"}) {
    config::ProcessSettings settings;
    settings.name = name;
    group.processes.push_back(settings);
  }
  ListenerPools pools("srv");
  pools.add(group);
  std::uint64_t number = 0;
  for (const char* name : {"one", "two"}) {
    const ProcessId key{"p", name};
    pools.state_changed(key, ProcessState::running);
    pools.spawned(key, StartId{++number});
    pools.output(key, StartId{number}, "READY\n", number);
    pools.happened(EventType::tick_5, "when:5");
    (void)pools.take_effects({});
  }
  pools.output({"p", "two"}, StartId{2}, "RESULT 4\nFA", 3);
  pools.happened(EventType::process_log_stdout, "bytes and more");
  write("blobs/listeners", pools.encode());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    return 2;
  }
  folder = argv[1];
  write_gossip();
  write_announcement();
  write_hello();
  write_keeper();
  write_blobs();
  return 0;
}

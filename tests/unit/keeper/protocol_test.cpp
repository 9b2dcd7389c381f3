// Records and spawn requests: what is written is read again, and nothing hostile is believed.
#include "keeper/protocol.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "base/random.hpp"
#include "keeper/launch.hpp"
#include "keeper/socket.hpp"
#include "keeper/spawn_request.hpp"

namespace holdfast::keeper {
namespace {

SpawnRequest full_request() {
  SpawnRequest request;
  request.filename = "/bin/sh";
  request.argv = {"sh", "-c", "echo \xC3\xA9", ""};
  request.environment = {"PATH=/bin", "EMPTY=", "=odd"};
  request.directory = "/tmp";
  request.root = "/srv";
  request.umask = 027;
  request.ids = Ids{33, 34, {34, 4, 1000}};
  request.nofile = 4096;
  request.nproc = 512;
  request.redirect_stderr = true;
  request.stdin_passed = true;
  request.pipe_size = 1 << 20;
  request.blob = std::string("a\0b", 3);
  return request;
}

TEST(Records, TailTravelsOnlyAsFarAsItIsUsed) {
  SetBlob blob;
  blob.start_id = 7;
  ASSERT_TRUE(set_tail(blob, "state"));
  EXPECT_EQ(wire_size(blob), sizeof(SetBlob) - max_blob + 5);
  SetBlob read;
  ASSERT_TRUE(read_record(&blob, wire_size(blob), read));
  EXPECT_EQ(read.start_id, 7U);
  EXPECT_EQ(tail_of(read), "state");
  EXPECT_FALSE(set_tail(blob, std::string(max_blob + 1, 'x')));
  EXPECT_EQ(tail_of(blob), "state");
}

TEST(Records, ShorterThanTheFixedFieldsIsRefusedAtEveryLength) {
  Signal signal;
  signal.start_id = 9;
  for (std::size_t length = 0; length < sizeof signal; ++length) {
    Signal read;
    EXPECT_FALSE(read_record(&signal, length, read)) << length;
  }
}

TEST(Records, LongerIsOfANewerVersionAndItsEndIgnored) {
  std::array<char, sizeof(Signal) + 16> bytes{};
  Signal signal;
  signal.signo = 15;
  std::memcpy(bytes.data(), &signal, sizeof signal);
  Signal read;
  ASSERT_TRUE(read_record(bytes.data(), bytes.size(), read));
  EXPECT_EQ(read.signo, 15);
}

TEST(Records, AWrongMagicKindOrTailSizeIsRefused) {
  SetBlob blob;
  set_tail(blob, "12345");
  SetBlob read;
  blob.size = 6;  // one more than was sent
  EXPECT_FALSE(read_record(&blob, sizeof(SetBlob) - max_blob + 5, read));
  blob.size = UINT32_MAX;
  EXPECT_FALSE(read_record(&blob, sizeof blob, read));
  blob.size = 5;
  blob.header.magic ^= 1;
  EXPECT_FALSE(read_record(&blob, wire_size(blob), read));
  EXPECT_EQ(kind_of(&blob, wire_size(blob)), 0);
  Signal signal;
  EXPECT_FALSE(read_record(&signal, sizeof signal, read));
}

TEST(Records, ANameWithoutItsEndIsEmpty) {
  Hold hold;
  ASSERT_TRUE(set_name(hold, "http:8080"));
  EXPECT_EQ(name_in(hold), "http:8080");
  EXPECT_FALSE(set_name(hold, ""));
  EXPECT_FALSE(set_name(hold, std::string(max_name, 'n')));
  std::memset(hold.name, 'n', sizeof hold.name);
  EXPECT_EQ(name_in(hold), "");
}

TEST(SpawnRequests, AreReadAsTheyWereWritten) {
  const SpawnRequest request = full_request();
  EXPECT_EQ(decode_spawn_request(encode(request)), request);
  SpawnRequest plain;
  plain.filename = "/bin/true";
  plain.argv = {"true"};
  EXPECT_EQ(decode_spawn_request(encode(plain)), plain);
}

TEST(SpawnRequests, EveryTruncationAndAnyAdditionIsRefused) {
  const std::string bytes = encode(full_request());
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_FALSE(decode_spawn_request(bytes.substr(0, length))) << length;
  }
  EXPECT_FALSE(decode_spawn_request(bytes + "x"));
}

TEST(SpawnRequests, NulInAStringNoArgumentsNoFileAreRefused) {
  SpawnRequest request = full_request();
  request.argv[1] = std::string("a\0b", 3);
  EXPECT_FALSE(decode_spawn_request(encode(request)));
  request = full_request();
  request.argv.clear();
  EXPECT_FALSE(decode_spawn_request(encode(request)));
  request = full_request();
  request.filename.clear();
  EXPECT_FALSE(decode_spawn_request(encode(request)));
  request = full_request();
  request.blob.assign(max_blob + 1, 'b');
  EXPECT_FALSE(decode_spawn_request(encode(request)));
}

TEST(SpawnRequests, MutatedBytesNeverDoMoreThanBeRefusedOrRead) {
  const std::string good = encode(full_request());
  Random random(1);
  for (int round = 0; round < 20000; ++round) {
    std::string bytes = good;
    for (std::uint64_t change = random.below(6) + 1; change > 0; --change) {
      bytes[random.below(bytes.size())] = static_cast<char>(random.below(256));
    }
    if (const auto request = decode_spawn_request(bytes)) {
      EXPECT_LE(request->argv.size(), bytes.size());
      EXPECT_EQ(decode_spawn_request(encode(*request)), request);
    }
  }
}

TEST(SpawnRequests, AHugeCountReservesNothing) {
  std::string bytes = encode(full_request());
  const std::size_t count_at = 4 * 4 + 4 + std::string("/bin/sh").size();
  const std::uint32_t huge = 0xFFFFFFF0;
  std::memcpy(bytes.data() + count_at, &huge, sizeof huge);
  EXPECT_FALSE(decode_spawn_request(bytes));
}

struct Pair {
  Fd a;
  Fd b;
  Pair() {
    int ends[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    a = Fd(ends[0]);
    b = Fd(ends[1]);
  }
};

TEST(Packets, CarryDescriptorsAndCloseWhatNobodyTakes) {
  Pair pair;
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  Fd read_end(ends[0]);
  Fd write_end(ends[1]);
  FdList fds;
  fds.add(write_end.get());
  ASSERT_EQ(send_record(pair.a.get(), List{}, fds), 0);
  write_end.close();
  {
    Packet packet;
    ASSERT_EQ(receive_packet(pair.b.get(), packet), 0);
    EXPECT_EQ(packet.kind(), static_cast<std::uint16_t>(Kind::list));
    ASSERT_EQ(packet.fd_count, 1U);
    EXPECT_NE(fcntl(packet.fds[0].get(), F_GETFD) & FD_CLOEXEC, 0);
  }
  char byte = 0;
  EXPECT_EQ(::read(read_end.get(), &byte, 1), 0) << "the uncommitted write end is still open";
}

TEST(Packets, AnOversizedOneIsNoRecord) {
  Pair pair;
  const std::string big(max_packet + 1, '\0');
  ASSERT_EQ(send_packet(pair.a.get(), big.data(), big.size()), 0);
  Packet packet;
  ASSERT_EQ(receive_packet(pair.b.get(), packet), 0);
  EXPECT_EQ(packet.kind(), 0);
  EXPECT_EQ(packet.length, 1U);
  pair.a.close();
  ASSERT_EQ(receive_packet(pair.b.get(), packet), 0);
  EXPECT_EQ(packet.length, 0U) << "the end of the connection";
}

TEST(Memfds, OnlySealedOnesWithinTheBoundAreRead) {
  const Fd sealed = make_sealed_memfd("test", "content");
  EXPECT_EQ(read_sealed_memfd(sealed.get(), 7), "content");
  EXPECT_EQ(read_sealed_memfd(sealed.get(), 6), std::nullopt);
  const Fd open_one(memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  EXPECT_EQ(read_sealed_memfd(open_one.get(), 7), std::nullopt);
  EXPECT_EQ(read_sealed_memfd(STDIN_FILENO, 7), std::nullopt);
}

TEST(LaunchSettingsText, AllKeys) {
  LaunchSettings settings;
  std::string error;
  ASSERT_TRUE(parse_launch_settings(
      "nodaemon=1\npidfile=/run/a=b.pid\numask=027\ndirectory=/\nuid=5\ngid=6\n"
      "groups=6,7,8\nnofile=4096\nnproc=300\nstate_dir=/var/x\nrestart_delays_ms=0,5\nlater=thing\n",
      settings, error));
  EXPECT_TRUE(settings.nodaemon);
  EXPECT_EQ(settings.pidfile, "/run/a=b.pid");
  EXPECT_EQ(settings.umask, 027U);
  EXPECT_EQ(settings.uid, 5U);
  EXPECT_EQ(settings.gid, 6U);
  EXPECT_EQ(settings.groups, (std::vector<std::uint32_t>{6, 7, 8}));
  EXPECT_EQ(settings.nofile, 4096U);
  EXPECT_EQ(settings.restart_delays_ms, (std::vector<std::uint32_t>{0, 5}));
  EXPECT_EQ(settings.nproc, 300U);
  EXPECT_EQ(settings.state_dir, "/var/x");
}

TEST(LaunchSettingsText, NonsenseIsRefusedWithItsLine) {
  for (const char* text : {"nodaemon=perhaps\n", "umask=9\n", "uid=-1\n", "groups=1,,2\n", "nofile=\n",
                           "restart_delays_ms=\n", "word\n"}) {
    LaunchSettings settings;
    std::string error;
    EXPECT_FALSE(parse_launch_settings(text, settings, error)) << text;
    EXPECT_NE(error.find("not understood"), std::string::npos);
  }
}

}  // namespace
}  // namespace holdfast::keeper

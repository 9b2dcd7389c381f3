// A process that is short of descriptors: it knows, and loses no record that comes with some.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "keeper/free_descriptors.hpp"
#include "keeper/protocol.hpp"
#include "keeper/socket.hpp"
#include "tests/support/full_table.hpp"

namespace holdfast::keeper {
namespace {

TEST(FreeDescriptors, AreCountedExactly) {
  EXPECT_TRUE(descriptors_left(0));
  EXPECT_TRUE(descriptors_left(40));
  FullTable table(3);
  EXPECT_TRUE(descriptors_left(3));
  EXPECT_FALSE(descriptors_left(4));
  table.leave(1);
  EXPECT_TRUE(descriptors_left(4));
}

TEST(FreeDescriptors, AreFoundWhereverTheyLie) {
  const Fd low(open("/dev/null", O_RDONLY | O_CLOEXEC));
  FullTable table;
  EXPECT_FALSE(descriptors_left(1));
  ::close(low.get());
  EXPECT_TRUE(descriptors_left(1));
  EXPECT_EQ(open("/dev/null", O_RDONLY | O_CLOEXEC), low.get());  // its owner closes it
}

class PacketsOfDescriptors : public testing::Test {
 protected:
  void SetUp() override {
    int ends[2];
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    here_ = Fd(ends[0]);
    there_ = Fd(ends[1]);
  }
  void send(std::size_t descriptors) const {
    Spawned record;
    record.start_id = 7;
    FdList fds;
    for (std::size_t i = 0; i < descriptors; ++i) {
      fds.add(there_.get());
    }
    ASSERT_EQ(send_record(there_.get(), record, fds), 0);
  }
  Fd here_;
  Fd there_;
};

TEST_F(PacketsOfDescriptors, WithoutRoomForItsDescriptorsARecordIsStillARecord) {
  send(3);
  Packet packet;
  {
    FullTable table(2);
    ASSERT_EQ(receive_packet(here_.get(), packet), 0);
    EXPECT_TRUE(descriptors_left(2)) << "what came of them was closed";
  }
  Spawned record;
  EXPECT_TRUE(packet.cut);
  EXPECT_EQ(packet.fd_count, 0U);
  ASSERT_TRUE(packet.read(record));
  EXPECT_EQ(record.start_id, 7U);
}

TEST_F(PacketsOfDescriptors, TheNextOneIsJudgedByItself) {
  send(1);
  send(1);
  Packet packet;
  {
    FullTable table;
    ASSERT_EQ(receive_packet(here_.get(), packet), 0);
    EXPECT_TRUE(packet.cut);
  }
  ASSERT_EQ(receive_packet(here_.get(), packet), 0);
  EXPECT_FALSE(packet.cut);
  EXPECT_EQ(packet.fd_count, 1U);
}

}  // namespace
}  // namespace holdfast::keeper

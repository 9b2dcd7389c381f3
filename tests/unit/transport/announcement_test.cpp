// Announcements by multicast (contract supvisors.md 7.4; docs/decisions/0015).
#include "transport/announcement.hpp"

#include <gtest/gtest.h>
#include <poll.h>

#include "transport/multicast_socket.hpp"

namespace holdfast::transport {
namespace {

const Announcement kSelf{"prod", "box:9001", "n1", 9001, "10.0.0.1"};

ClusterKey key(char fill) {
  ClusterKey::Bytes bytes;
  bytes.fill(static_cast<std::uint8_t>(fill));
  return ClusterKey(bytes);
}

TEST(Announcement, ComesBackWithTheKeyOrTheFormerOne) {
  const std::string bytes = encode_announcement(kSelf, key('a'));
  EXPECT_EQ(decode_announcement(bytes, "prod", {key('a'), {}}).announcement, kSelf);
  EXPECT_EQ(decode_announcement(bytes, "prod", {key('b'), key('a')}).announcement, kSelf);
  EXPECT_EQ(decode_announcement(encode_announcement(kSelf, {}), "prod", {}).announcement, kSelf) << "open mode";
}

TEST(Announcement, OtherKeysAndClustersAreToldApart) {
  const std::string bytes = encode_announcement(kSelf, key('a'));
  EXPECT_EQ(decode_announcement(bytes, "prod", {key('b'), {}}).fault, AnnouncementFault::wrong_key);
  EXPECT_EQ(decode_announcement(encode_announcement(kSelf, {}), "prod", {key('a'), {}}).fault,
            AnnouncementFault::wrong_key);
  EXPECT_EQ(decode_announcement(bytes, "test", {key('a'), {}}).fault, AnnouncementFault::other_cluster);
  EXPECT_FALSE(decode_announcement(bytes, "prod", {}).announcement) << "a code where there is no key";
  std::string changed = bytes;
  changed[20] = static_cast<char>(changed[20] ^ 1);
  EXPECT_FALSE(decode_announcement(changed, "prod", {key('a'), {}}).announcement);
  EXPECT_EQ(bytes.find(std::string(32, 'a')), std::string::npos) << "no secret in it";
}

TEST(Announcement, AnyBytesMayCome) {
  const std::string bytes = encode_announcement(kSelf, {});
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    (void)decode_announcement(bytes.substr(0, size), "prod", {});
    (void)decode_announcement(bytes.substr(0, size), "prod", {key('a'), {}});
  }
  EXPECT_FALSE(decode_announcement(bytes + std::string(1024, 'x'), "prod", {}).announcement);
  Announcement loud = kSelf;
  loud.nick = "a\nb";
  EXPECT_FALSE(decode_announcement(encode_announcement(loud, {}), "prod", {}).announcement);
  loud.nick = std::string(300, 'x');
  EXPECT_FALSE(decode_announcement(encode_announcement(loud, {}), "prod", {}).announcement);
  loud.nick = std::string(2000, 'x');
  EXPECT_EQ(encode_announcement(loud, {}), "") << "Supvisors' bound of 1024 bytes";
}

TEST(Announcement, GoldenBytes) {
  EXPECT_EQ(encode_announcement({"c", "h:1", "n", 258, ""}, {}), std::string("HFA1\x01\x00\x01\x00"
                                                                             "c\x02\x00\x03\x00"
                                                                             "h:1\x03\x00\x01\x00"
                                                                             "n\x04\x00\x02\x00\x02\x01",
                                                                             4 + 5 + 7 + 5 + 6));
}

TEST(MulticastSocket, TwoOfOneMachineHearEachOther) {
  const MulticastOptions options{"239.255.77.77", 17'777, "127.0.0.1", 0};
  auto first = MulticastSocket::open(options);
  auto second = MulticastSocket::open(options);
  ASSERT_TRUE(first.ok() && second.ok()) << (first.ok() ? "" : first.error().message);
  ASSERT_TRUE(first.value()->send("hello").ok());
  for (const auto* socket : {&first.value(), &second.value()}) {
    pollfd wait{(*socket)->fd(), POLLIN, 0};
    ASSERT_EQ(::poll(&wait, 1, 60'000), 1);
    const auto datagram = (*socket)->receive();
    EXPECT_EQ(datagram.bytes, "hello");
    EXPECT_EQ(datagram.from, "127.0.0.1");
    EXPECT_EQ((*socket)->receive().from, "") << "no more";
  }
}

TEST(MulticastSocket, AGroupThatCannotBeJoinedIsSaidWithTheStepAndTheReason) {  // W18
  const auto failed = MulticastSocket::open({"239.255.77.77", 17'777, "192.0.2.77", 1});
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().message,
            "multicast group 239.255.77.77:17777 on the interface with address 192.0.2.77: joining the group failed: "
            "No such device");
}

}  // namespace
}  // namespace holdfast::transport

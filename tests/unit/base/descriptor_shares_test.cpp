#include "base/descriptor_shares.hpp"

#include <gtest/gtest.h>

#include "base/limits.hpp"

namespace holdfast {
namespace {

DescriptorNeeds with_limit(std::size_t limit) {
  DescriptorNeeds needs;
  needs.limit = limit;
  needs.servers = 2;
  return needs;
}

TEST(DescriptorShares, TogetherAreNeverMoreThanTheLimit) {
  for (std::size_t limit = limits::descriptors_min; limit < 70'000; limit += 7) {
    const DescriptorShares shares = share_descriptors(with_limit(limit));
    EXPECT_LE(limits::descriptors_own + 2 + shares.clients + 2 * shares.followers + shares.programs, limit) << limit;
    EXPECT_GE(shares.clients, limits::http_connections_min) << limit;
    EXPECT_GE(shares.programs, 5U) << "one program with all that it can have, at " << limit;
  }
}

TEST(DescriptorShares, AtALowLimitProgramsHaveMostOfThem) {
  const DescriptorShares shares = share_descriptors(with_limit(256));
  EXPECT_GE(shares.programs, 180U);
  EXPECT_GE(shares.clients, 16U);
}

TEST(DescriptorShares, AtAHighLimitClientsHaveTheirLargestNumber) {
  EXPECT_EQ(share_descriptors(with_limit(1'048'576)).clients, limits::http_connections);
}

TEST(DescriptorShares, EachPeerTakesItsPart) {
  DescriptorNeeds needs = with_limit(1024);
  needs.cluster = true;
  const std::size_t alone = share_descriptors(needs).programs;
  needs.peers = 4;
  EXPECT_EQ(share_descriptors(needs).programs, alone - 4 * limits::descriptors_of_peer);
}

TEST(DescriptorShares, AClusterThatIsTooLargeLeavesProgramsSomething) {
  DescriptorNeeds needs = with_limit(256);
  needs.cluster = true;
  needs.peers = 100;
  EXPECT_EQ(share_descriptors(needs).programs, 32U);
}

TEST(DescriptorLedger, GivesWhatThereIsAndNoMore) {
  DescriptorLedger ledger(10);
  EXPECT_TRUE(ledger.take(1, 5));
  EXPECT_TRUE(ledger.take(2, 5));
  EXPECT_FALSE(ledger.take(3, 1));
  EXPECT_EQ(ledger.left(), 0U);
  ledger.release(1);
  EXPECT_TRUE(ledger.take(3, 5));
}

TEST(DescriptorLedger, NobodyGivesBackMoreThanHeHas) {
  DescriptorLedger ledger(10);
  EXPECT_TRUE(ledger.take(1, 4));
  ledger.give_back(1, 1);
  EXPECT_EQ(ledger.left(), 7U);
  ledger.give_back(1, 99);
  ledger.give_back(1, 1);
  ledger.release(1);
  ledger.release(2);
  EXPECT_EQ(ledger.left(), 10U);
}

}  // namespace
}  // namespace holdfast

// What a keeper leaves to the program it becomes: read again as it was written, and nothing half is believed.
#include "keeper/handover.hpp"

#include <gtest/gtest.h>
#include <sys/eventfd.h>

namespace holdfast::keeper {
namespace {

int some_descriptor() {
  return eventfd(0, EFD_CLOEXEC);
}

HandoverState full_state() {
  HandoverState state;
  state.settings.pidfile = "/run/holdfastd.pid";
  state.settings.state_dir = "/var/lib/holdfast/x";
  state.settings.restart_delays_ms = {0, 7, 9};
  state.limits = {1, 2, 3, 4};
  state.agent_starts = 5;
  state.last_wait_status = 77 << 8;
  state.pidfile_errno = 2;
  state.agent_blob = Fd(some_descriptor());
  state.ran = Fd(some_descriptor());
  state.held["http unix /x"] = Fd(some_descriptor());
  ManagedChild& child = state.children[(5ULL << 32U) + 1];
  child.pid = 4711;
  child.start_time_ticks = 99;
  child.ends.stdout_read = Fd(some_descriptor());
  child.spools[1] = Spool{Fd(some_descriptor()), 1234};
  child.blob = std::string("a\0b", 3);
  child.slot = 17;
  child.found = true;
  child.pidfd = Fd(some_descriptor());
  ManagedChild& ended = state.children[(5ULL << 32U) + 2];
  ended.ended = true;
  ended.exit.wait_status = 3 << 8;
  ended.exit.wall_us = 123456;
  return state;
}

/// The numbers stay open and belong to nobody: as after exec.
void let_descriptors_be(HandoverState& state) {
  (void)state.agent_blob.release();
  (void)state.ran.release();
  for (auto& [name, fd] : state.held) {
    (void)fd.release();
  }
  for (auto& [start_id, child] : state.children) {
    (void)child.ends.stdout_read.release();
    (void)child.spools[1].file.release();
    (void)child.pidfd.release();
  }
}

TEST(Handover, IsReadAsItWasWritten) {
  HandoverState state = full_state();
  const int out = state.children.begin()->second.ends.stdout_read.get();
  const int held = state.held.begin()->second.get();
  const std::string bytes = encode(state);
  let_descriptors_be(state);
  const auto read = decode_handover_state(bytes);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->settings.pidfile, state.settings.pidfile);
  EXPECT_EQ(read->settings.state_dir, state.settings.state_dir);
  EXPECT_EQ(read->settings.restart_delays_ms, state.settings.restart_delays_ms);
  EXPECT_EQ(read->limits.nproc_programs, 4U);
  EXPECT_EQ(read->agent_starts, 5U);
  EXPECT_EQ(read->last_wait_status, 77 << 8);
  EXPECT_EQ(read->pidfile_errno, 2);
  EXPECT_EQ(read->held.at("http unix /x").get(), held);
  EXPECT_FALSE(read->children_file.valid());
  EXPECT_TRUE(read->ran.valid());
  ASSERT_EQ(read->children.size(), 2U);
  const ManagedChild& child = read->children.begin()->second;
  EXPECT_EQ(child.pid, 4711);
  EXPECT_EQ(child.start_time_ticks, 99U);
  EXPECT_EQ(child.ends.stdout_read.get(), out);
  EXPECT_FALSE(child.ends.stdin_write.valid());
  EXPECT_EQ(child.spools[1].bytes, 1234U);
  EXPECT_TRUE(child.spools[1].file.valid());
  EXPECT_EQ(child.blob, std::string("a\0b", 3));
  EXPECT_EQ(child.slot, 17U);
  EXPECT_TRUE(child.found && !child.ended && child.pidfd.valid());
  const ManagedChild& ended = read->children.rbegin()->second;
  EXPECT_TRUE(ended.ended && !ended.found);
  EXPECT_EQ(ended.exit.wait_status, 3 << 8);
  EXPECT_EQ(ended.exit.wall_us, 123456);
}

TEST(Handover, WhatANewerKeeperAddsAtTheEndIsNoTrouble) {
  HandoverState state = full_state();
  const std::string bytes = encode(state) + "more";
  let_descriptors_be(state);
  EXPECT_TRUE(decode_handover_state(bytes));
}

TEST(Handover, AStateOfAKeeperThatDidNotHoldTheAgentsProgramIsRead) {
  HandoverState state = full_state();
  const std::string bytes = encode(state);
  let_descriptors_be(state);
  const auto read = decode_handover_state(std::string_view(bytes).substr(0, bytes.size() - sizeof(std::uint32_t)));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->children.size(), 2U);
  EXPECT_FALSE(read->ran.valid());
}

TEST(Handover, AHalfStateIsRefusedAndTouchesNoDescriptor) {
  const HandoverState state = full_state();
  const std::string bytes = encode(state);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    if (size == bytes.size() - sizeof(std::uint32_t)) {
      continue;  // whole, but of a keeper of before
    }
    ASSERT_FALSE(decode_handover_state(std::string_view(bytes).substr(0, size))) << size;
  }
  EXPECT_GE(fcntl(state.agent_blob.get(), F_GETFD), 0);
  EXPECT_GE(fcntl(state.children.begin()->second.pidfd.get(), F_GETFD), 0);
}

TEST(Handover, SlotsAndBlobsBeyondTheirBoundsAreRefused) {
  HandoverState state;
  state.children[1].slot = max_children;
  EXPECT_FALSE(decode_handover_state(encode(state)));
  state.children[1].slot = 0;
  state.children[1].blob = std::string(max_blob + 1, 'x');
  EXPECT_FALSE(decode_handover_state(encode(state)));
}

}  // namespace
}  // namespace holdfast::keeper

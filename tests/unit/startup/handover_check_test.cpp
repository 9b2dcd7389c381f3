// Whether an agent would take over what another leaves: what it understands, and what it refuses.
#include "startup/handover_check.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "keeper/protocol.hpp"
#include "supervision/process_record.hpp"

namespace holdfast {
namespace {

using ::testing::HasSubstr;

HandoverState good_state() {
  supervision::ProcessRecord child;
  child.key = {"web", "server"};
  return {keeper::protocol_version, supervision::encode(supervision::AgentRecord{}), {supervision::encode(child)}, ""};
}

TEST(HandoverCheck, WhatIsWrittenIsReadAndUnderstood) {
  const HandoverState state = good_state();
  const auto read = decode_handover_state(encode(state) + "what a newer one adds");
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read.value().keeper_protocol, state.keeper_protocol);
  EXPECT_EQ(read.value().agent, state.agent);
  EXPECT_EQ(read.value().children, state.children);
  EXPECT_TRUE(check_handover(read.value()).ok());
}

TEST(HandoverCheck, AHalfStateIsRefused) {
  const std::string bytes = encode(good_state());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(decode_handover_state(std::string_view(bytes).substr(0, size)).ok()) << size;
  }
}

TEST(HandoverCheck, SaysWhatItDoesNotRead) {
  HandoverState state = good_state();
  state.children.push_back("a record of a later build");
  EXPECT_THAT(check_handover(state).error().message, HasSubstr("of a program"));
  state = good_state();
  state.agent = "?";
  EXPECT_THAT(check_handover(state).error().message, HasSubstr("its own state"));
  state = good_state();
  state.listeners = "?";
  EXPECT_THAT(check_handover(state).error().message, HasSubstr("the event listeners"));
  state = good_state();
  state.keeper_protocol = 0;
  EXPECT_THAT(check_handover(state).error().message, HasSubstr("a newer keeper"));
}

TEST(HandoverCheck, WritesDownWhatASupervisorKeeps) {
  config::GroupSettings group;
  group.name = "web";
  config::ProcessSettings program;
  program.name = "server";
  group.processes.push_back(program);
  supervision::SupervisorOptions options;
  options.probe = [](const config::ProcessSettings&) { return std::nullopt; };
  const supervision::Supervisor supervisor({group}, std::move(options));
  const HandoverState state = handover_state_of(supervisor, keeper::protocol_version, "");
  EXPECT_TRUE(check_handover(state).ok());
  const auto own = supervision::decode_agent_record(state.agent);
  ASSERT_TRUE(own.ok());
  EXPECT_EQ(own.value().processes.size(), 1U) << "the keeper has no record of it yet";
}

}  // namespace
}  // namespace holdfast

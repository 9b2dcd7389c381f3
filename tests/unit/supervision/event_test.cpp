// Payload texts of contract supervisor.md 5.3, to the byte.
#include "supervision/event.hpp"

#include <gtest/gtest.h>

#include <set>

namespace holdfast::supervision {
namespace {

const ProcessId kKey{"group", "prog"};

TEST(EventPayload, StartingAndBackoffCarryTries) {
  EXPECT_EQ(state_payload(kKey, {ProcessState::stopped, ProcessState::starting, 0, 7, true}),
            "processname:prog groupname:group from_state:STOPPED tries:0");
  EXPECT_EQ(state_payload(kKey, {ProcessState::starting, ProcessState::backoff, 3, 7, true}),
            "processname:prog groupname:group from_state:STARTING tries:3");
}

TEST(EventPayload, RunningStoppingStoppedCarryPid) {
  EXPECT_EQ(state_payload(kKey, {ProcessState::starting, ProcessState::running, 0, 12, true}),
            "processname:prog groupname:group from_state:STARTING pid:12");
  EXPECT_EQ(state_payload(kKey, {ProcessState::running, ProcessState::stopping, 0, 12, true}),
            "processname:prog groupname:group from_state:RUNNING pid:12");
  EXPECT_EQ(state_payload(kKey, {ProcessState::backoff, ProcessState::stopped, 2, 0, true}),
            "processname:prog groupname:group from_state:BACKOFF pid:0");
}

TEST(EventPayload, ExitedCarriesExpectedAndPid) {
  EXPECT_EQ(state_payload(kKey, {ProcessState::running, ProcessState::exited, 0, 12, true}),
            "processname:prog groupname:group from_state:RUNNING expected:1 pid:12");
  EXPECT_EQ(state_payload(kKey, {ProcessState::running, ProcessState::exited, 0, 12, false}),
            "processname:prog groupname:group from_state:RUNNING expected:0 pid:12");
}

TEST(EventPayload, FatalAndUnknownCarryNothingMore) {
  EXPECT_EQ(state_payload(kKey, {ProcessState::backoff, ProcessState::fatal, 4, 0, true}),
            "processname:prog groupname:group from_state:BACKOFF");
  EXPECT_EQ(state_payload(kKey, {ProcessState::stopping, ProcessState::unknown, 0, 9, true}),
            "processname:prog groupname:group from_state:STOPPING");
}

TEST(EventPayload, OtherTypes) {
  EXPECT_EQ(group_payload("g"), "groupname:g\n");
  EXPECT_EQ(log_payload(kKey, 5, Channel::err, "line\n"),
            "processname:prog groupname:group pid:5 channel:stderr\nline\n");
  EXPECT_EQ(communication_payload(kKey, 5, "hello"), "processname:prog groupname:group pid:5\nhello");
  EXPECT_EQ(remote_payload("T", "data"), "type:T\ndata");
  EXPECT_EQ(tick_payload(1'767'225'600), "when:1767225600");
}

TEST(EventPayload, BytesThatAreNotUtf8AreShownAsPythonShowsThem) {
  EXPECT_EQ(readable_data("gr\xC3\xBC\xC3\x9F"), "gr\xC3\xBC\xC3\x9F");
  EXPECT_EQ(readable_data("\x88\n"), "Undecodable: b'\\x88\\n'");
  EXPECT_EQ(readable_data(std::string("a'\xFF\0\\\t\r\x7F", 8)), "Undecodable: b\"a'\\xff\\x00\\\\\\t\\r\\x7f\"");
  EXPECT_EQ(readable_data("'\"\xFF"), "Undecodable: b'\\'\"\\xff'");
  EXPECT_EQ(readable_data("\xED\xA0\x80"), "Undecodable: b'\\xed\\xa0\\x80'") << "a surrogate";
  EXPECT_EQ(readable_data("\xC0\x80"), "Undecodable: b'\\xc0\\x80'") << "an overlong form";
  EXPECT_EQ(readable_data("\xF0\x9F\x98\x80"), "\xF0\x9F\x98\x80");
  EXPECT_EQ(readable_data("\xEF\xBF\xBF"), "\xEF\xBF\xBF") << "U+FFFF is UTF-8";
  EXPECT_EQ(readable_data("\xF4\x90\x80\x80"), "Undecodable: b'\\xf4\\x90\\x80\\x80'") << "above U+10FFFF";
  EXPECT_EQ(readable_data("x\xE2\x82"), "Undecodable: b'x\\xe2\\x82'") << "cut off";
}

TEST(EventNames, AreDistinctAndMatchStates) {
  std::set<std::string_view> names;
  for (const EventType type : all_values<EventType>()) {
    names.insert(name_of(type));
  }
  EXPECT_EQ(names.size(), 24U);  // the concrete types of contract 5.1, and the four of supvisors.md CFG-E7
  for (const ProcessState state :
       {ProcessState::stopped, ProcessState::starting, ProcessState::running, ProcessState::backoff,
        ProcessState::stopping, ProcessState::exited, ProcessState::fatal, ProcessState::unknown}) {
    EXPECT_EQ(name_of(event_of(state)), "PROCESS_STATE_" + std::string(name_of(state)));
  }
}

}  // namespace
}  // namespace holdfast::supervision

// What reread sees as added, changed and removed: contract supervisor.md 6.3.
#include "config/settings_diff.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "config/posix_host.hpp"

namespace holdfast::config {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

GroupSettings group(const std::string& name) {
  GroupSettings made;
  made.name = name;
  ProcessSettings process;
  process.name = name;
  process.command = "/bin/cat";
  process.stdout_channel.log = {LogTarget::Kind::file, "/tmp/x"};
  made.processes.push_back(process);
  return made;
}

TEST(SettingsDiff, AddedChangedRemoved) {
  auto changed = group("b");
  changed.processes[0].command = "/bin/other";
  const auto diff = diff_groups({group("a"), group("b"), group("c")}, {group("d"), changed, group("c")});
  EXPECT_THAT(diff.added, ElementsAre("d"));
  EXPECT_THAT(diff.changed, ElementsAre("b"));
  EXPECT_THAT(diff.removed, ElementsAre("a"));
  EXPECT_EQ(diff_groups({group("a")}, {group("a")}), SettingsDiff());
}

TEST(SettingsDiff, EveryComparedKeyCounts) {
  const std::vector<std::function<void(GroupSettings&)>> edits{
      [](GroupSettings& g) { g.priority = 1; },
      [](GroupSettings& g) { g.kind = GroupKind::event_listener; },
      [](GroupSettings& g) { g.listener.emplace(); },
      [](GroupSettings& g) { g.fcgi_socket.emplace().url = "tcp://h:1"; },
      [](GroupSettings& g) { g.processes.clear(); },
      [](GroupSettings& g) { g.processes[0].name = "z"; },
      [](GroupSettings& g) {
        g.processes[0].user = Account{"www", 33, 33, {}};
      },
      [](GroupSettings& g) { g.processes[0].directory = "/tmp"; },
      [](GroupSettings& g) { g.processes[0].umask = 077; },
      [](GroupSettings& g) { g.processes[0].lifecycle.autorestart = AutoRestart::always; },
      [](GroupSettings& g) { g.processes[0].lifecycle.exitcodes = {1}; },
      [](GroupSettings& g) { g.processes[0].environment["A"] = "1"; },
      [](GroupSettings& g) { g.processes[0].serverurl = "http://x"; },
      [](GroupSettings& g) { g.processes[0].stdout_channel.log.path = "/tmp/y"; },
      [](GroupSettings& g) { g.processes[0].stderr_channel.syslog = true; },
  };
  for (const auto& edit : edits) {
    auto wanted = group("a");
    edit(wanted);
    EXPECT_FALSE(same_group(group("a"), wanted)) << &edit - edits.data();
    EXPECT_FALSE(same_group(wanted, group("a"))) << &edit - edits.data();
  }
}

TEST(SettingsDiff, AWantedAutoLogEqualsAnything) {
  auto wanted = group("a");
  wanted.processes[0].stdout_channel.log = {LogTarget::Kind::automatic, ""};
  EXPECT_TRUE(same_group(group("a"), wanted));
  EXPECT_FALSE(same_group(wanted, group("a"))) << "a log that gets its place is a change";
}

TEST(SettingsDiff, ASocketsOwnerModeAndBacklogAreNotSeen) {
  auto active = group("a");
  active.fcgi_socket.emplace().url = "unix:///s";
  auto wanted = active;
  wanted.fcgi_socket->mode = 0600;
  wanted.fcgi_socket->backlog = 5;
  wanted.fcgi_socket->owner = std::pair(1U, 1U);
  EXPECT_TRUE(same_group(active, wanted));
}

TEST(PosixHost, KnowsThisMachine) {
  const PosixHost host;
  const auto root = host.find_user(0U);
  ASSERT_TRUE(root.has_value());
  EXPECT_EQ(root->name, "root");
  ASSERT_FALSE(root->groups.empty());
  EXPECT_EQ(root->groups.front(), root->gid);
  EXPECT_EQ(host.find_user("root"), root);
  EXPECT_FALSE(host.find_user("no such user").has_value());
  EXPECT_EQ(host.find_group("root"), 0U);
  EXPECT_TRUE(host.group_exists(0));
  EXPECT_TRUE(host.is_directory("/tmp"));
  EXPECT_FALSE(host.read_file("/tmp").ok());
  EXPECT_FALSE(host.read_file("/no/such/file").ok());
  EXPECT_THAT(host.glob("/et[c]/pass*wd"), ElementsAre("/etc/passwd"));
  EXPECT_THAT(host.glob("/no/such/*"), IsEmpty());
  EXPECT_THAT(host.resolve("127.0.0.5"), ElementsAre("127.0.0.5"));
  EXPECT_THAT(host.own_addresses(), ::testing::Contains("127.0.0.1"));
}

}  // namespace
}  // namespace holdfast::config

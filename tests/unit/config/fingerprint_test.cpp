// The fingerprint of what a program was started with: what older agents left must still be equal, and every field that
// a child is made from counts.
#include "config/fingerprint.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <vector>

#include "config/process_fields.hpp"

namespace holdfast::config {
namespace {

/// No field has its default.
ProcessSettings full_settings() {
  ProcessSettings settings;
  settings.name = "web_00";
  settings.program_name = "web";
  settings.process_index = 3;
  settings.command = "/usr/bin/web --port 80";
  settings.directory = "/srv";
  settings.umask = 022;
  settings.lifecycle.priority = 5;
  settings.autostart = false;
  settings.lifecycle.autorestart = AutoRestart::always;
  settings.lifecycle.startsecs = 7;
  settings.lifecycle.startretries = 9;
  settings.lifecycle.exitcodes = {0, 2, 255};
  settings.lifecycle.stopsignal = 2;
  settings.lifecycle.stopwaitsecs = 30;
  settings.lifecycle.stopasgroup = true;
  settings.lifecycle.killasgroup = true;
  settings.user = Account{"www", 33, 34, {34, 4}};
  settings.redirect_stderr = true;
  settings.stdout_channel = {{LogTarget::Kind::file, "/var/log/web.log"}, 1000, 3, 512, true, true};
  settings.stderr_channel = {{LogTarget::Kind::none, ""}, 2000, 4, 1024, false, false};
  settings.environment = {{"A", "1"}, {"PATH", "/bin"}};
  settings.serverurl = "unix:///run/s.sock";
  return settings;
}

/// The numbers are those of agents before there was fingerprint.cpp: an agent that was upgraded finds them.
TEST(Fingerprint, IsWhatOlderAgentsLeft) {
  EXPECT_EQ(fingerprint_of(ProcessSettings()), 0x5D0EC5D0CFD0D9BFULL);
  ProcessSettings cat;
  cat.name = cat.command = "cat";
  EXPECT_EQ(fingerprint_of(cat), 0x5EF4EBB3812809D1ULL);
  ProcessSettings full = full_settings();
  EXPECT_EQ(fingerprint_of(full), 0x1223ED48D11BADB9ULL);
  full.directory.reset();
  full.umask.reset();
  full.user.reset();
  full.serverurl.reset();
  full.environment.clear();
  full.lifecycle.exitcodes.clear();
  EXPECT_EQ(fingerprint_of(full), 0xCCF143656BE25D3EULL);
}

using Change = std::function<void(ProcessSettings&)>;

std::size_t number_of(FieldUse use) {
  const ProcessSettings any;
  return std::apply([use](const auto&... field) { return ((field.use == use ? std::size_t{1} : 0) + ...); },
                    fields_of(any));
}

TEST(Fingerprint, EveryFieldThatAChildIsMadeFromCounts) {
  const std::vector<Change> changes = {
      [](auto& s) { s.name = "x"; },
      [](auto& s) { s.command = "x"; },
      [](auto& s) { s.directory = "/"; },
      [](auto& s) { s.umask = 0; },
      [](auto& s) { s.lifecycle.priority = 1; },
      [](auto& s) { s.lifecycle.autorestart = AutoRestart::never; },
      [](auto& s) { s.lifecycle.startsecs = 1; },
      [](auto& s) { s.lifecycle.startretries = 1; },
      [](auto& s) {
        s.lifecycle.exitcodes = {0, 1};
      },
      [](auto& s) { s.lifecycle.stopsignal = 1; },
      [](auto& s) { s.lifecycle.stopwaitsecs = 1; },
      [](auto& s) { s.lifecycle.stopasgroup = false; },
      [](auto& s) { s.lifecycle.killasgroup = false; },
      [](auto& s) { s.user->uid = 1; },
      [](auto& s) { s.redirect_stderr = false; },
      [](auto& s) { s.stdout_channel.syslog = false; },
      [](auto& s) { s.stderr_channel.log_backups = 1; },
      [](auto& s) { s.environment["A"] = "2"; },
      [](auto& s) { s.serverurl = ""; },
  };
  EXPECT_EQ(changes.size(), number_of(FieldUse::child)) << "a field is missing here";
  std::set<std::uint64_t> seen{fingerprint_of(full_settings())};
  for (std::size_t i = 0; i < changes.size(); ++i) {
    ProcessSettings changed = full_settings();
    changes[i](changed);
    EXPECT_TRUE(seen.insert(fingerprint_of(changed)).second) << i;
  }
  EXPECT_FALSE(seen.contains(0));
}

TEST(Fingerprint, EveryKeyOfAChannelCounts) {
  const std::vector<std::function<void(ChannelSettings&)>> changes = {
      [](auto& c) { c.log.kind = LogTarget::Kind::automatic; },
      [](auto& c) { c.log.path = "/x"; },
      [](auto& c) { c.log_max_bytes = 1; },
      [](auto& c) { c.log_backups = 1; },
      [](auto& c) { c.capture_max_bytes = 1; },
      [](auto& c) { c.events_enabled = false; },
      [](auto& c) { c.syslog = false; },
  };
  std::set<std::uint64_t> seen{fingerprint_of(full_settings())};
  for (std::size_t i = 0; i < changes.size(); ++i) {
    ProcessSettings changed = full_settings();
    changes[i](changed.stdout_channel);
    EXPECT_TRUE(seen.insert(fingerprint_of(changed)).second) << i;
  }
}

TEST(Fingerprint, WhatNoChildIsMadeFromDoesNotCount) {
  const std::vector<Change> changes = {
      [](auto& s) { s.program_name = "x"; },
      [](auto& s) { s.process_index = 0; },
      [](auto& s) { s.autostart = true; },
  };
  EXPECT_EQ(changes.size(), number_of(FieldUse::section) + number_of(FieldUse::start));
  for (const Change& change : changes) {
    ProcessSettings changed = full_settings();
    change(changed);
    EXPECT_EQ(fingerprint_of(changed), fingerprint_of(full_settings()));
  }
  ProcessSettings renamed = full_settings();
  renamed.user = Account{"other", 33, 1, {}};
  EXPECT_EQ(fingerprint_of(renamed), fingerprint_of(full_settings())) << "an account is its number";
}

TEST(Fingerprint, AbsentIsNotEmpty) {
  ProcessSettings absent;
  ProcessSettings empty;
  empty.directory = "";
  EXPECT_NE(fingerprint_of(absent), fingerprint_of(empty));
  ProcessSettings pair;
  pair.environment = {{"A", "B"}};
  ProcessSettings joined;
  joined.environment = {{"AB", ""}};
  EXPECT_NE(fingerprint_of(pair), fingerprint_of(joined));
}

}  // namespace
}  // namespace holdfast::config

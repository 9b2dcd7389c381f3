// [cluster] and Supvisors' section: contract supvisors.md sections 0, 1.2, 1.3; DESIGN section 6.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>

#include "config/cluster_values.hpp"
#include "config/error_text.hpp"
#include "config/node_identity.hpp"
#include "config/settings_reader.hpp"
#include "fake_host.hpp"

namespace holdfast::config {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const char* const kHead = "[supervisord]\n[inet_http_server]\nport=127.0.0.1:9001\n";
const char* const kSupvisors =
    "[rpcinterface:supvisors]\nsupervisor.rpcinterface_factory=supvisors.plugin:make_supvisors_"
    "rpcinterface\n";

class ReadCluster : public ::testing::Test {
 protected:
  FakeHost host_;

  Result<Settings> read(const std::string& text) {
    host_.files["/etc/s.conf"] = kHead + text;
    return read_settings("/etc/s.conf", {}, host_);
  }
  Settings good(const std::string& text) {
    auto settings = read(text);
    EXPECT_TRUE(settings.ok()) << (settings.ok() ? "" : settings.error().message);
    return settings.ok() ? settings.value() : Settings();
  }
  ClusterSettings cluster(const std::string& text) { return good(text).cluster.value_or(ClusterSettings()); }
  std::string error(const std::string& text) {
    const auto settings = read(text);
    return settings.ok() ? "(no error)" : settings.error().message;
  }
};

TEST_F(ReadCluster, NoSectionNoCluster) {
  EXPECT_FALSE(good("").cluster.has_value());
}

TEST_F(ReadCluster, AllKeys) {
  host_.files["/etc/rules/b.xml"] = host_.files["/etc/rules/a.xml"] = host_.files["/etc/k"] = "x";
  const auto c = cluster(
      "[cluster]\nname=prod\nnodes=<one>127.0.0.1, 10.0.0.2:9002 ,[::1]:9003\nrules=%(here)s/rules/*.xml "
      "rules/a.xml\n"
      "key_file=k\ngossip_ports=7001,7005\nwait_for=majority, core, "
      "30\ncore=one\nstarting_strategy=less_loaded\n"
      "conciliation_strategy=INFANTICIDE\ndetection=fast\naway_grace=1500ms\n"
      "core_hold=15\n");
  EXPECT_EQ(c.name, "prod");
  EXPECT_THAT(c.nodes,
              ElementsAre(NodeItem{"one", "127.0.0.1", 0}, NodeItem{"", "10.0.0.2", 9002}, NodeItem{"", "::1", 9003}));
  EXPECT_THAT(c.rules_files, ElementsAre("/etc/rules/a.xml", "/etc/rules/b.xml"));
  EXPECT_EQ(c.key_file, "/etc/k");
  EXPECT_EQ(c.gossip_ports, std::pair(std::uint16_t{7001}, std::uint16_t{7005}));
  EXPECT_TRUE(c.wait_for.majority && c.wait_for.core && !c.wait_for.strict);
  EXPECT_EQ(c.wait_for.timeout_s, 30);
  EXPECT_THAT(c.core, ElementsAre("one"));
  EXPECT_EQ(c.starting_strategy, StartingStrategy::less_loaded);
  EXPECT_EQ(c.conciliation_strategy, ConciliationStrategy::infanticide);
  EXPECT_EQ(c.detection, DetectionProfile::fast);
  EXPECT_EQ(c.away_grace_ms, 1500);
  EXPECT_EQ(c.core_hold_ms, 15'000);
}

TEST_F(ReadCluster, DefaultsWaitForAllAtMost15Seconds) {
  const auto c = cluster("[cluster]\nnodes=127.0.0.1,127.0.0.2\n");
  EXPECT_EQ(c.name, "holdfast");
  EXPECT_TRUE(c.wait_for.strict);
  EXPECT_EQ(c.wait_for.timeout_s, 15);
  EXPECT_EQ(c.away_grace_ms, 3000);
  EXPECT_EQ(c.core_hold_ms, 0);
}

TEST_F(ReadCluster, AnInvalidValueIsAnErrorWithItsPlace) {
  EXPECT_THAT(error("[cluster]\nnodes=a b\n"), HasSubstr("/etc/s.conf:5, section [cluster], key nodes"));
  EXPECT_THAT(error("[cluster]\nwait_for=later\n"), HasSubstr("'later' is none of all, majority, core"));
  EXPECT_THAT(error("[cluster]\nkey_file=/none\n"), HasSubstr("there is no key file /none"));
  EXPECT_THAT(error("[cluster]\naway_grace=soon\n"), HasSubstr("'soon' is no time"));
  EXPECT_THAT(error("[cluster]\ncore_hold=1201\n"), HasSubstr("'1201' is no time from 0 to 1200 seconds"));
  EXPECT_THAT(error("[cluster]\ngossip_ports=1,2,3\n"), HasSubstr("is no pair of ports"));
  EXPECT_THAT(error("[cluster]\nwait_for=core\n"), HasSubstr("core names no node"));
  EXPECT_THAT(error("[cluster]\nname=%(nope)s\n"), HasSubstr("contains names ('nope')"));
}

TEST_F(ReadCluster, NeedsATcpServer) {
  host_.files["/etc/s.conf"] = "[supervisord]\n[cluster]\n";
  EXPECT_THAT(read_settings("/etc/s.conf", {}, host_).error().message,
              HasSubstr("[cluster] needs an [inet_http_server]"));
}

TEST_F(ReadCluster, ASupvisorsFileWithinTheListedOptionsSaysNothing) {
  host_.files["/srv/demo/etc/rules.xml"] = "x";
  const auto settings = good(std::string(kSupvisors) +
                             "supvisors_list=<cliche81>127.0.0.1:9001,127.0.0.2\nrules_files=etc/*.xml\n"
                             "synchro_options=list,TIMEOUT\nsynchro_timeout=20\ncore_identifiers=cliche81\n"
                             "starting_strategy=LESS_LOADED\nconciliation_strategy=SENICIDE\n");
  EXPECT_THAT(settings.messages, IsEmpty());
  const ClusterSettings& c = *settings.cluster;
  EXPECT_THAT(c.nodes, ElementsAre(NodeItem{"cliche81", "127.0.0.1", 9001}, NodeItem{"", "127.0.0.2", 0}));
  EXPECT_THAT(c.rules_files, ElementsAre("/srv/demo/etc/rules.xml"));
  EXPECT_TRUE(c.wait_for.list && !c.wait_for.strict && !c.wait_for.core);
  EXPECT_EQ(c.wait_for.timeout_s, 20);
  EXPECT_EQ(c.conciliation_strategy, ConciliationStrategy::senicide);
}

TEST_F(ReadCluster, UserAloneIsAConditionAndSaysNothing) {  // CFG-13, 3.3
  const auto settings = good(std::string(kSupvisors) + "supvisors_list=127.0.0.1\nsynchro_options=user\n");
  EXPECT_THAT(settings.messages, IsEmpty());
  SynchronisationSettings user;
  user.user = true;
  EXPECT_EQ(settings.cluster->wait_for, user);
}

TEST_F(ReadCluster, SupvisorsDefaultsAreItsOwn) {  // CFG-13, CFG-X1, CFG-X2
  auto settings = good(kSupvisors);
  EXPECT_THAT(settings.messages, IsEmpty());
  EXPECT_FALSE(settings.cluster->wait_for.strict || settings.cluster->wait_for.core);
  EXPECT_EQ(settings.cluster->wait_for.timeout_s, 15);
  settings = good(std::string(kSupvisors) + "supvisors_list=127.0.0.1\ncore_identifiers=x\n");
  EXPECT_TRUE(settings.cluster->wait_for.strict && settings.cluster->wait_for.core);
}

TEST_F(ReadCluster, AnInvalidSupvisorsValueIsAnErrorLineAndItsDefault) {  // 1.2
  const auto settings = good(std::string(kSupvisors) + "synchro_timeout=5\nstarting_strategy=BEST\n");
  EXPECT_THAT(settings.messages,
              ElementsAre(Field(&ReaderMessage::text, HasSubstr("starting_strategy (/etc/s.conf:7)")),
                          Field(&ReaderMessage::text, HasSubstr("the default 15 is used"))));
  EXPECT_THAT(settings.messages, Each(Field(&ReaderMessage::level, LogLevel::error)));
  EXPECT_EQ(settings.cluster->wait_for.timeout_s, 15);
}

TEST_F(ReadCluster, AnEmptySynchronisationSetStopsTheStart) {  // CFG-X3
  EXPECT_THAT(error(std::string(kSupvisors) + "synchro_options=STRICT,CORE\n"),
              HasSubstr("no condition is left that could end the wait"));
}

TEST_F(ReadCluster, AnOptionThatSupvisorsDoesNotHaveIsIgnoredAndSaid) {  // 1.2
  EXPECT_THAT(good(std::string(kSupvisors) + "unheard_of=1\n").messages,
              ElementsAre(AllOf(Field(&ReaderMessage::level, LogLevel::warn),
                                Field(&ReaderMessage::text, HasSubstr("unheard_of")))));
}

/// The rows of the table of Supvisors' options in docs/compatibility.rst: option, and what becomes of it.
std::vector<std::pair<std::string, std::string>> documented() {
  std::ifstream file(HOLDFAST_SOURCE_DIR "/docs/compatibility.rst");
  std::vector<std::pair<std::string, std::string>> rows;
  std::string line;
  while (std::getline(file, line) && !line.starts_with("All 31 options")) {
  }
  int rules = 0;
  std::size_t last = 0;
  while (rules < 3 && std::getline(file, line)) {
    if (line.starts_with("====")) {
      ++rules;
      last = line.rfind(' ') + 1;
    } else if (rules == 2 && line.starts_with("``")) {
      rows.emplace_back(line.substr(2, line.find("``", 2) - 2), line.substr(last));
    }
  }
  return rows;
}

/// A value of an option that asks for something; those that nothing follows from alone come with a log file.
std::string asking(const std::string& option) {
  static const std::map<std::string, std::string> values{{"multicast_group", "239.1.2.3:7777"},
                                                         {"multicast_interface", "10.0.0.1"},
                                                         {"auto_fence", "true"},
                                                         {"supvisors_failure_strategy", "RESYNC\nsynchro_options=LIST"},
                                                         {"stats_enabled", "all"},
                                                         {"stats_histo", "100"},
                                                         {"inactivity_ticks", "5"},
                                                         {"synchro_timeout", "20"},
                                                         {"synchro_options", "TIMEOUT"},
                                                         {"starting_strategy", "LOCAL"},
                                                         {"conciliation_strategy", "STOP"},
                                                         {"loglevel", "info"},
                                                         {"event_link", "WS"}};
  const auto found = values.find(option);
  return option + " = " + (found == values.end() ? "1" : found->second) + "\n";
}

TEST_F(ReadCluster, TheDocumentedListsAreTheOptionsOfSupvisors) {  // CFG-01 to CFG-31
  const auto rows = documented();
  EXPECT_EQ(rows.size(), 31U);
  for (const auto& [option, here] : rows) {
    const auto settings = good(std::string(kSupvisors) + asking(option));
    EXPECT_TRUE(settings.cluster.has_value()) << option;
    EXPECT_FALSE(here.starts_with("not yet")) << option;
  }
}

TEST_F(ReadCluster, AValueOutOfRangeIsAnErrorLineWithItsPlaceAndTheDefault) {  // 1.2
  const std::vector<std::pair<std::string, std::vector<std::string>>> wrong{
      {"multicast_group",
       {"223.255.255.255:7777", "240.0.0.0:7777", "224.0.0.0:1", "232.0.0.0:1", "239.1.2.3", "239.1.2.3:0",
        "239.1.2.3:65536", "name:7777"}},
      {"multicast_interface", {"eth0", "1.2.3"}},
      {"multicast_ttl", {"-1", "256", "many"}},
      {"stereotypes", {std::string(65, 'x')}},
      {"auto_fence", {"maybe"}},
      {"inactivity_ticks", {"1", "721", "2.5"}},
      {"synchro_timeout", {"14", "1201"}},
      {"supvisors_failure_strategy", {"STOP"}},
      {"starting_strategy", {"RANDOM"}},
      {"conciliation_strategy", {"KEEP"}},
      {"stats_enabled", {"SOME"}},
      {"stats_collecting_period", {"0.5", "3601", "x"}},
      {"stats_periods", {"1,2,3,4", "0", "5,x"}},
      {"stats_histo", {"9", "1501"}},
      {"stats_irix_mode", {"2"}},
      {"tail_limit", {"0", "2MB", "x"}},
      {"tailf_limit", {"-1", "1GB"}},
      {"event_link", {"TCP"}},
      {"event_port", {"0", "65536"}},
  };
  for (const auto& [option, values] : wrong) {
    for (const std::string& value : values) {
      const auto settings = good(std::string(kSupvisors) + option + "=" + value + "\n");
      ASSERT_EQ(settings.messages.size(), 1U) << option << "=" << value;
      EXPECT_EQ(settings.messages[0].level, LogLevel::error);
      EXPECT_THAT(settings.messages[0].text, ::testing::MatchesRegex("\\[rpcinterface:supvisors\\] " + option +
                                                                     " \\(.*s.conf:6\\): .*; .* is used"))
          << value;
    }
  }
  for (const char* option : {"logfile_maxbytes=x", "logfile_backups=-1", "loglevel=loud"}) {
    EXPECT_THAT(error(std::string(kSupvisors) + option + "\n"), Not(HasSubstr("(no error)"))) << option;
  }
}

TEST_F(ReadCluster, TheBoundsOfOptionsAreGood) {  // 1.2
  for (const char* line :
       {"multicast_group=224.0.0.1:1", "multicast_group=239.255.255.255:65535", "multicast_interface=inaddr_any",
        "multicast_ttl=0", "multicast_ttl=255", "stats_collecting_period=1", "stats_collecting_period=3600.0",
        "stats_periods=5, 15.5, 60", "stats_histo=10", "stats_histo=1500", "stats_enabled=host, PROCESS",
        "inactivity_ticks=720", "tail_limit=1MB"}) {
    for (const ReaderMessage& message : good(std::string(kSupvisors) + line + "\n").messages) {
      EXPECT_EQ(message.level, LogLevel::warn) << message.text;
    }
  }
  const auto c =
      cluster(std::string(kSupvisors) + "stereotypes=@A, b,@A\ninactivity_ticks=2\ntail_limit=2KB\ntailf_limit=7\n");
  EXPECT_THAT(c.stereotypes, ElementsAre("@A", "b"));
  EXPECT_EQ(c.inactivity_ticks, 2);
  EXPECT_EQ(c.tail_limit, 2048);
  EXPECT_EQ(c.tailf_limit, 7);
  EXPECT_THAT(cluster("[cluster]\nstereotypes=x\n").stereotypes, ElementsAre("x"));
}

TEST_F(ReadCluster, WithTimeoutTheFailureStrategyIsContinue) {  // CFG-X4
  EXPECT_THAT(good(std::string(kSupvisors) + "supvisors_failure_strategy=SHUTDOWN\n").messages,
              ElementsAre(Field(&ReaderMessage::text, HasSubstr("is CONTINUE, because TIMEOUT"))));
  EXPECT_THAT(good(std::string(kSupvisors) + "supvisors_failure_strategy=continue\nauto_fence=no\nstats_enabled=off\n")
                  .messages,
              IsEmpty());
  EXPECT_EQ(cluster(std::string(kSupvisors) + "supvisors_failure_strategy=SHUTDOWN\n").failure_strategy,
            FailureStrategy::continue_);
  EXPECT_EQ(
      cluster(std::string(kSupvisors) + "supvisors_failure_strategy=shutdown\nsynchro_options=LIST\n").failure_strategy,
      FailureStrategy::shutdown);
  EXPECT_EQ(cluster("[cluster]\nfailure_strategy=RESYNC\nwait_for=all\nnodes=127.0.0.1:9001\n").failure_strategy,
            FailureStrategy::resync);
  EXPECT_THAT(good("[cluster]\nfailure_strategy=RESYNC\nwait_for=all,15\n").messages,
              ElementsAre(Field(&ReaderMessage::text, HasSubstr("[cluster] failure_strategy is CONTINUE"))));
}

TEST_F(ReadCluster, FencingAndTheDisabilitiesFile) {  // CFG-10, CFG-20
  EXPECT_FALSE(cluster("[cluster]\n").auto_fence);
  const auto theirs = cluster(std::string(kSupvisors) + "auto_fence=On\ndisabilities_file=/var/x/off.json\n");
  EXPECT_TRUE(theirs.auto_fence);
  EXPECT_EQ(theirs.disabilities_file, "/var/x/off.json");
  const auto ours = cluster("[cluster]\nauto_fence=true\ndisabilities_file=off.json\n");
  EXPECT_TRUE(ours.auto_fence);
  EXPECT_TRUE(ours.disabilities_file.starts_with('/') && ours.disabilities_file.ends_with("/off.json"));
}

TEST_F(ReadCluster, Statistics) {  // CFG-21 to CFG-25
  EXPECT_EQ(cluster("[cluster]\n").statistics, StatisticsSettings{});
  EXPECT_EQ(cluster(kSupvisors).statistics, StatisticsSettings{});
  const auto theirs = cluster(std::string(kSupvisors) +
                              "stats_enabled=process\nstats_collecting_period=2.5\nstats_periods=60, 5.5,60\n"
                              "stats_histo=1500\nstats_irix_mode=yes\n")
                          .statistics;
  EXPECT_EQ(theirs, (StatisticsSettings{false, true, 2500ms, {5500ms, 60s}, 1500, true}));
  for (const auto& [text, host, processes] :
       std::vector<std::tuple<std::string, bool, bool>>{{"ALL", true, true},
                                                        {"true", true, true},
                                                        {"HOST,process", true, true},
                                                        {"host", true, false},
                                                        {"off", false, false},
                                                        {"0", false, false},
                                                        {"OFF, ALL", false, false}}) {
    const auto ours = cluster("[cluster]\nstats_enabled=" + text + "\n").statistics;
    EXPECT_EQ(std::pair(ours.host, ours.processes), std::pair(host, processes)) << text;
  }
  EXPECT_THAT(error("[cluster]\nstats_histo=9\n"), HasSubstr("s.conf"));
}

TEST_F(ReadCluster, WhatLetsNodesFindEachOther) {  // CFG-04 to CFG-06, W18
  EXPECT_FALSE(cluster("[cluster]\n").discovery());
  const auto theirs =
      cluster(std::string(kSupvisors) + "multicast_group=239.0.0.1:61001\nmulticast_interface=any\nmulticast_ttl=3\n");
  EXPECT_TRUE(theirs.discovery());
  EXPECT_EQ(theirs.multicast_group, (MulticastGroup{"239.0.0.1", 61001}));
  EXPECT_EQ(theirs.multicast_interface, "");
  EXPECT_EQ(theirs.multicast_ttl, 3);
  EXPECT_FALSE(theirs.wait_for.strict) << "there is no list";
  const auto ours = cluster(
      "[cluster]\nseeds=10.0.0.1:9001, box ,[fd00::1]:9002\nmulticast_group=224.0.0.1:5\n"
      "multicast_interface=10.0.0.7\nmulticast_ttl=0\n");
  EXPECT_THAT(ours.seeds,
              ElementsAre(NodeItem{"", "10.0.0.1", 9001}, NodeItem{"", "box", 0}, NodeItem{"", "fd00::1", 9002}));
  EXPECT_EQ(ours.multicast_interface, "10.0.0.7");
  EXPECT_TRUE(ours.wait_for.list && !ours.wait_for.strict) << "all that it comes to know";
  EXPECT_TRUE(cluster("[cluster]\nseeds=a:1\nwait_for=all,20\n").wait_for.list);
  EXPECT_TRUE(cluster("[cluster]\nseeds=a:1\nnodes=127.0.0.1\n").wait_for.strict);
  EXPECT_THAT(error("[cluster]\nseeds=<a>10.0.0.1:9001\n"), HasSubstr("is no seed: a seed is an address"));
  EXPECT_THAT(error("[cluster]\nseeds=a:0\n"), HasSubstr("/etc/s.conf:5"));
  EXPECT_THAT(error("[cluster]\nseeds=,\n"), HasSubstr("between 1 and 64 seeds"));
  EXPECT_THAT(error("[cluster]\nmulticast_group=10.0.0.1:5\n"), HasSubstr("is no multicast group"));
}

TEST_F(ReadCluster, NamePictureAndStyle) {  // CFG-01, CFG-02, CFG-09, CFG-P6
  host_.files["/etc/b.png"] = host_.files["/etc/a.png"] = host_.files["/etc/x.css"] = "";
  const auto theirs =
      good(std::string(kSupvisors) +
           "software_name= Fish \nsoftware_icon=%(here)s/*.png\ncss_files=%(here)s/*.css /none/*.css\n");
  EXPECT_EQ(theirs.cluster->branding, (BrandingSettings{"Fish", "/etc/a.png", {"/etc/x.css"}}));
  EXPECT_THAT(theirs.messages, ElementsAre(Field(&ReaderMessage::text, HasSubstr("2 files match; /etc/a.png is used")),
                                           Field(&ReaderMessage::text, HasSubstr("no file matches \"/none/*.css\""))));
  EXPECT_EQ(cluster("[cluster]\nsoftware_name=N\nsoftware_icon=b.png\ncss_files=*.css\n").branding,
            (BrandingSettings{"N", "/etc/b.png", {"/etc/x.css"}}));
  EXPECT_EQ(cluster("[cluster]\n").branding, BrandingSettings{});
}

TEST_F(ReadCluster, TheLogOfTheClusters) {  // CFG-28 to CFG-31
  EXPECT_EQ(cluster(std::string(kSupvisors) + "logfile=auto\nloglevel=debug\n").log.file, "");
  host_.directories.insert("/var");
  EXPECT_EQ(cluster(std::string(kSupvisors) +
                    "logfile=/var/x.log\nlogfile_maxbytes=2KB\nlogfile_backups=0\nloglevel=Blather\n")
                .log,
            (ClusterLogSettings{"/var/x.log", 2048, 0, LogLevel::blather}));
  EXPECT_THAT(error(std::string(kSupvisors) + "logfile=/nowhere/x.log\n"), HasSubstr("does not exist"));
}

TEST_F(ReadCluster, TheEventInterface) {  // CFG-11, CFG-12
  EXPECT_EQ(cluster("[cluster]\n").event_link, EventLink::none);
  const auto theirs = cluster(std::string(kSupvisors) + "event_link=zmq\nevent_port=60002\n");
  EXPECT_EQ(theirs.event_link, EventLink::zeromq);
  EXPECT_EQ(theirs.event_port, 60002);
  EXPECT_TRUE(theirs.event_authentication);
  EXPECT_FALSE(theirs.event_snapshot) << "as there";
  const auto ours =
      cluster("[cluster]\nevent_link=WS\nevent_port=1\nevent_authentication=false\nevent_snapshot=true\n");
  EXPECT_EQ(ours.event_link, EventLink::websocket);
  EXPECT_EQ(ours.event_port, 1);
  EXPECT_FALSE(ours.event_authentication);
  EXPECT_TRUE(ours.event_snapshot);
  const auto wrong = good(std::string(kSupvisors) + "event_link=TCP\nevent_port=65536\n");
  EXPECT_EQ(wrong.cluster->event_link, EventLink::none);
  EXPECT_EQ(wrong.cluster->event_port, 0);
  EXPECT_THAT(
      wrong.messages,
      ElementsAre(Field(&ReaderMessage::text, HasSubstr("'TCP' is none of NONE, ZMQ, WS; the default NONE is used")),
                  Field(&ReaderMessage::text, HasSubstr("'65536' is no port from 1 to 65535"))));
  EXPECT_THAT(error("[cluster]\nevent_link=TCP\n"), HasSubstr("s.conf"));
}

TEST_F(ReadCluster, ClusterWinsKeyByKey) {
  const auto settings = good(std::string(kSupvisors) +
                             "supvisors_list=127.0.0.1\nstarting_strategy=LOCAL\nsynchro_timeout=99\n"
                             "[cluster]\nnodes=127.0.0.3\nname=x\n");
  EXPECT_THAT(settings.cluster->nodes, ElementsAre(NodeItem{"", "127.0.0.3", 0}));
  EXPECT_EQ(settings.cluster->starting_strategy, StartingStrategy::local);
  EXPECT_EQ(settings.cluster->wait_for.timeout_s, 99);
  EXPECT_THAT(settings.messages, ElementsAre(Field(&ReaderMessage::text,
                                                   "[cluster] nodes is used, not supvisors_list "
                                                   "of [rpcinterface:supvisors]")));
}

TEST_F(ReadCluster, WhoIsMeIsAnErrorWithThePlaceOfTheListOrOfTheServer) {  // ID-2
  const auto objection = [&](const std::string& text) {
    const auto local = find_local_node(good(text), host_);
    return local.ok() ? "(no error)" : local.error().message;
  };
  EXPECT_THAT(objection("[cluster]\nnodes=10.0.0.1:9001\n"),
              EndsWith("\n    at /etc/s.conf:5, section [cluster], key nodes"));
  const std::string listed = std::string(kSupvisors) + "supvisors_list=127.0.0.1:9001,127.0.0.1\n";
  EXPECT_EQ(objection(listed), "(no error)") << "named twice is named once";
  EXPECT_THAT(objection(std::string(kSupvisors) + "; who\nsupvisors_list=10.0.0.1,\n  10.0.0.2\n"),
              EndsWith("\n    at /etc/s.conf:7, section [rpcinterface:supvisors], key supvisors_list"));
  EXPECT_THAT(objection(std::string(kSupvisors) + "supvisors_list=10.0.0.1\n[cluster]\nnodes=10.0.0.2\n"),
              EndsWith("\n    at /etc/s.conf:8, section [cluster], key nodes"));
  host_.files["/etc/s.conf"] = "[supervisord]\n[inet_http_server]\nport=ghost:9001\n[cluster]\nnodes=a,b\n";
  EXPECT_THAT(find_local_node(read_settings("/etc/s.conf", {}, host_).value(), host_).error().message,
              EndsWith("\n    at /etc/s.conf:3, section [inet_http_server], key port"));
}

TEST(ClusterValues, Times) {
  EXPECT_EQ(parse_away_grace_ms("3").value(), 3000);
  EXPECT_EQ(parse_away_grace_ms("2 s").value(), 2000);
  EXPECT_EQ(parse_away_grace_ms("0ms").value(), 0);
  EXPECT_FALSE(parse_away_grace_ms("601").ok());
  EXPECT_EQ(parse_gossip_ports("7000").value(), std::pair(std::uint16_t{7000}, std::uint16_t{7001}));
  EXPECT_FALSE(parse_gossip_ports("7001,7000").ok());  // the request port after bulk would be ctl's
  EXPECT_EQ(parse_wait_for("0").value().timeout_s, 0);
}

TEST(NodeIdentity, IdentifiersAndNicks) {  // section 0, ID-4
  const auto nodes = identities_of(
      {parse_node_item("<a>h1:9001").value(), parse_node_item("h2").value(), parse_node_item("h3:9003").value(),
       parse_node_item("[FE80::1]:9").value(), parse_node_item("h3:9003").value()},
      60000);
  EXPECT_THAT(nodes, ElementsAre(NodeIdentity{"h1:9001", "a", "h1", 9001}, NodeIdentity{"h2:60000", "h2", "h2", 60000},
                                 NodeIdentity{"h3:9003", "h3:9003", "h3", 9003},
                                 NodeIdentity{"[fe80::1]:9", "[fe80::1]:9", "fe80::1", 9}));
  for (const char* text : {"", "a b", "<a h", "<>h", "h:", "h:0", "h:70000", "h:x", "[h]:1", "::1", "h:+9", "<a b>h"}) {
    EXPECT_FALSE(parse_node_item(text).ok()) << text;
  }
}

class LocalNodeTest : public ::testing::Test {
 protected:
  FakeHost host_;
  Settings settings_;

  void SetUp() override { settings_.cluster.emplace(); }
  void listen(const std::string& host, std::uint16_t port) {
    HttpServerSettings server;
    server.section = "inet_http_server";
    server.host = host;
    server.port = port;
    settings_.servers.push_back(server);
  }
  void nodes(const std::vector<NodeItem>& items) { settings_.cluster->nodes = items; }
};

TEST_F(LocalNodeTest, TheAddressOfTheServerDecidesBetweenLoopbackAddresses) {
  nodes({{"", "127.0.0.1", 9001}, {"", "127.0.0.2", 9001}, {"", "127.0.0.3", 9001}});
  listen("127.0.0.2", 9001);
  EXPECT_EQ(find_local_node(settings_, host_).value().self, 1U);
}

TEST_F(LocalNodeTest, SeveralCandidatesAreAnErrorThatNamesThem) {
  nodes({{"", "127.0.0.1", 9001}, {"", "127.0.0.2", 9001}, {"", "10.0.0.1", 9001}});
  listen("", 9001);
  const auto error = find_local_node(settings_, host_).error().message;
  EXPECT_THAT(error, HasSubstr("more than one item of the node list could be this agent (127.0.0.1:9001, "
                               "127.0.0.2:9001)"));
  EXPECT_THAT(error, HasSubstr("10.0.0.1:9001: 10.0.0.1 is no address of this machine"));
}

TEST_F(LocalNodeTest, NoCandidateIsAnErrorThatSaysWhy) {
  host_.names["peer"] = {"10.0.0.9"};
  nodes({{"", "peer", 9001}, {"", "ghost", 9001}, {"", "127.0.0.1", 9002}, {"", "192.0.2.7", 9001}});
  listen("127.0.0.1", 9001);
  const auto error = find_local_node(settings_, host_).error().message;
  EXPECT_THAT(error, HasSubstr("peer:9001: 10.0.0.9 is no address of this machine"));
  EXPECT_THAT(error, HasSubstr("ghost:9001: its host does not resolve"));
  EXPECT_THAT(error, HasSubstr("127.0.0.1:9002: no server of this agent has the port 9002"));
  EXPECT_THAT(error, HasSubstr("192.0.2.7:9001: no server of this agent listens there"));
}

TEST_F(LocalNodeTest, PortsTellAgentsOfOneHostApartAndPeersNeedNotResolve) {
  nodes({{"", "192.0.2.7", 9001}, {"", "192.0.2.7", 9002}, {"", "ghost", 9001}});
  listen("0.0.0.0", 9002);
  EXPECT_EQ(find_local_node(settings_, host_).value().self, 1U);
}

TEST_F(LocalNodeTest, WithoutAListTheNodeIsAloneByItsName) {
  listen("", 9001);
  const auto local = find_local_node(settings_, host_).value();
  EXPECT_THAT(local.nodes, ElementsAre(NodeIdentity{"box:9001", "box", "box", 9001}));
}

TEST_F(LocalNodeTest, WithDiscoveryTheNickIsTheDaemonsIdentifierOrTellsThePort) {  // section 0
  listen("", 9001);
  settings_.cluster->seeds = {{"", "other", 9001}};
  EXPECT_THAT(find_local_node(settings_, host_).value().nodes,
              ElementsAre(NodeIdentity{"box:9001", "box:9001", "box", 9001}));
  settings_.daemon.identifier = "uno";
  EXPECT_THAT(find_local_node(settings_, host_).value().nodes,
              ElementsAre(NodeIdentity{"box:9001", "uno", "box", 9001}));
}

TEST_F(LocalNodeTest, ItemsThatCannotBeToldApartAreRefused) {
  listen("127.0.0.1", 9001);
  settings_.cluster->nodes_place = "/etc/s.conf:7, section [cluster], key nodes";
  const auto refused = [&](std::vector<NodeItem> items) {
    settings_.cluster->nodes = std::move(items);
    const auto local = find_local_node(settings_, host_);
    return local.ok() ? std::string() : supervisor_text(local.error()) + " (" + place_text(local.error()) + ")";
  };
  const std::string place = " (/etc/s.conf:7, section [cluster], key nodes)";
  EXPECT_EQ(refused({{"a", "127.0.0.1", 9001}, {"a", "10.0.0.2", 9001}}),
            "two items of the node list are called a: <a>127.0.0.1:9001 and <a>10.0.0.2:9001; each node "
            "needs a name of "
            "its own" +
                place);
  EXPECT_EQ(refused({{"a", "127.0.0.1", 9001}, {"b", "127.0.0.1", 9001}}),
            "two items of the node list are at one address: <a>127.0.0.1:9001 and <b>127.0.0.1:9001; a node "
            "has one item" +
                place);
  EXPECT_EQ(refused({{"a", "127.0.0.1", 9001}, {"", "127.0.0.1", 0}}),
            "two items of the node list are at one address: <a>127.0.0.1:9001 and <127.0.0.1>127.0.0.1:9001; "
            "a node has one "
            "item" +
                place);
  EXPECT_EQ(refused({{"10.0.0.2:9001", "127.0.0.1", 9001}, {"b", "10.0.0.2", 9001}}),
            "two items of the node list are called 10.0.0.2:9001: <10.0.0.2:9001>127.0.0.1:9001 and "
            "<b>10.0.0.2:9001; each "
            "node needs a name of its own" +
                place);
  EXPECT_EQ(refused({{"a", "127.0.0.1", 9001}, {"a", "127.0.0.1", 9001}}), "") << "the same item twice is one (CFG-03)";
}

TEST_F(LocalNodeTest, ATagThatANodeIsCalledIsSaid) {
  nodes({{"one", "127.0.0.1", 9001}, {"two", "10.0.0.2", 9001}});
  listen("127.0.0.1", 9001);
  settings_.cluster->stereotypes = {"two", "@LEAD"};
  EXPECT_THAT(doubtful_names(settings_, find_local_node(settings_, host_).value()),
              ElementsAre(HasSubstr("'two' is a stereotype of this node, but also what a node of the list is called")));
}

TEST_F(LocalNodeTest, NamesThatAreProbablyNotMeantSoAreSaid) {  // ID-1, ID-3
  nodes({{"one", "127.0.0.1", 9001}, {"", "10.0.0.2", 9001}});
  listen("127.0.0.1", 9001);
  settings_.cluster->core = {"one", "10.0.0.2:9001"};
  const auto local = find_local_node(settings_, host_).value();
  EXPECT_THAT(doubtful_names(settings_, local), IsEmpty());
  settings_.cluster->core = {"@LEAD"};
  settings_.cluster->stereotypes = {"@LEAD"};
  EXPECT_THAT(doubtful_names(settings_, local), IsEmpty()) << "a tag of this node (CFG-16)";
  settings_.cluster->core = {"one", "won"};
  settings_.cluster->core_place = "/etc/s.conf:9";
  settings_.daemon.identifier = "uno";
  EXPECT_THAT(doubtful_names(settings_, local), ElementsAre(HasSubstr("/etc/s.conf:9: 'won' is named as a core node"),
                                                            HasSubstr("identifier is uno, but")));
}

}  // namespace
}  // namespace holdfast::config

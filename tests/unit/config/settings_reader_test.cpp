// Whole files: contract supervisor.md 1.2, 1.6 to 1.16. The broad comparison is tests/compat/config.
#include "config/settings_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/ctl_settings.hpp"
#include "config/error_text.hpp"
#include "fake_host.hpp"

namespace holdfast::config {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

class ReadSettings : public ::testing::Test {
 protected:
  FakeHost host_;
  CommandLine line_;

  Result<Settings> read(const std::string& text) {
    host_.files["/etc/s.conf"] = text;
    return read_settings("/etc/s.conf", line_, host_);
  }
  Settings good(const std::string& text) {
    auto settings = read(text);
    EXPECT_TRUE(settings.ok()) << (settings.ok() ? "" : settings.error().message);
    return settings.ok() ? settings.value() : Settings();
  }
  Error bad(const std::string& text) {
    const auto settings = read(text);
    EXPECT_FALSE(settings.ok());
    return settings.ok() ? Error{} : settings.error();
  }
};

TEST_F(ReadSettings, DefaultsOfTheDaemon) {
  const auto daemon = good("[supervisord]\n").daemon;
  EXPECT_EQ(daemon.logfile, "/srv/demo/supervisord.log");
  EXPECT_EQ(daemon.pidfile, "/srv/demo/supervisord.pid");
  EXPECT_EQ(daemon.childlogdir, "/tmp");
  EXPECT_EQ(daemon.umask, 022U);
  EXPECT_EQ(daemon.identifier, "supervisor");
  EXPECT_FALSE(daemon.user.has_value());
}

TEST_F(ReadSettings, ErrorsCarrySupervisorsTextAndOurPlace) {
  const Error error = bad("[supervisord]\n[program:x]\ncommand=a\nautostart=maybe\n");
  EXPECT_EQ(supervisor_text(error), "not a valid boolean value: 'maybe' in section 'program:x' (file: '/etc/s.conf')");
  EXPECT_EQ(place_text(error), "/etc/s.conf:4, section [program:x], key autostart");
  EXPECT_EQ(usage_error(error, "holdfastd"),
            "Error: not a valid boolean value: 'maybe' in section 'program:x' (file: '/etc/s.conf')\n"
            "For help, use holdfastd -h\n"
            "The error is at /etc/s.conf:4, section [program:x], key autostart\n");
}

TEST_F(ReadSettings, MissingFilesAndSections) {
  EXPECT_EQ(read_settings("/no", line_, host_).error().message, "could not find config file /no");
  host_.unreadable.insert("/etc/s.conf");
  EXPECT_EQ(bad("").message, "could not read config file /etc/s.conf");
  host_.unreadable.clear();
  EXPECT_EQ(bad("[x]\n").message, ".ini file does not include supervisord section");
}

TEST_F(ReadSettings, ProcessesOfAProgram) {
  const auto settings = good(
      "[supervisord]\nenvironment=A=1,B=2\n"
      "[program:x]\ncommand=run %(process_num)d %(ENV_A)s %(ENV_C)s\nnumprocs=2\nnumprocs_start=5\n"
      "process_name=%(program_name)s_%(process_num)02d\nenvironment=B=3,C=\"c%(process_num)d\"\nuser=www\n");
  ASSERT_EQ(settings.groups.size(), 1U);
  ASSERT_EQ(settings.groups[0].processes.size(), 2U);
  const ProcessSettings& second = settings.groups[0].processes[1];
  EXPECT_EQ(second.name, "x_06");
  EXPECT_EQ(second.process_index, 1);
  EXPECT_EQ(second.command, "run 6 1 c6");
  EXPECT_THAT(second.environment, ElementsAre(Pair("A", "1"), Pair("B", "3"), Pair("C", "c6")));
  EXPECT_THAT(second.user->groups, ElementsAre(33, 44));
}

TEST_F(ReadSettings, GroupsTakeTheirProgramsAndSortByPriority) {
  const auto settings = good(
      "[supervisord]\n[program:b]\ncommand=b\n[program:a]\ncommand=a\npriority=5\n[group:g]\nprograms=b\n"
      "[eventlistener:l]\ncommand=l\nevents=tick_5\n[fcgi-program:f]\ncommand=f\nsocket=tcp://H:90\n");
  std::vector<std::string> names;
  for (const auto& group : settings.groups) {
    names.push_back(group.name);
  }
  EXPECT_THAT(names, ElementsAre("l", "a", "f", "g"));
  EXPECT_THAT(settings.groups[0].listener->events, ElementsAre("TICK_5"));
  EXPECT_EQ(settings.groups[2].fcgi_socket->url, "tcp://h:90");
  EXPECT_EQ(settings.groups[3].processes[0].name, "b");
}

TEST_F(ReadSettings, ASecondGroupOfTheSameNameIsDroppedWithAWarning) {
  const auto settings = good("[supervisord]\n[program:x]\ncommand=a\n[eventlistener:x]\ncommand=b\nevents=EVENT\n");
  ASSERT_EQ(settings.groups.size(), 1U);
  EXPECT_EQ(settings.groups[0].kind, GroupKind::event_listener);
  EXPECT_THAT(settings.messages, Contains(Field(&ReaderMessage::text, HasSubstr("Two groups are named x"))));
}

TEST_F(ReadSettings, NumprocsIsBounded) {
  EXPECT_THAT(bad("[supervisord]\n[program:x]\ncommand=a\nnumprocs=1000000000\nprocess_name=%(process_num)d\n").message,
              HasSubstr("numprocs is above the limit of 20000"));
}

TEST_F(ReadSettings, IncludedFilesMergeAndHaveTheirOwnHere) {
  host_.files["/etc/conf.d/b.conf"] = "[program:b]\ncommand=%(here)s/b\n";
  host_.files["/etc/conf.d/a.conf"] = "[supervisord]\nidentifier=a\n[include]\nfiles=/etc/nested\n";
  const auto settings = good("[supervisord]\n[program:m]\ncommand=%(here)s/m\n[include]\nfiles=conf.d/*.conf none/*\n");
  EXPECT_EQ(settings.daemon.identifier, "a");
  EXPECT_EQ(settings.groups[0].processes[0].command, "/etc/conf.d/b");
  EXPECT_EQ(settings.groups[0].file, "/etc/conf.d/b.conf");
  EXPECT_EQ(settings.groups[1].processes[0].command, "/etc/m");
  std::vector<std::string> texts;
  for (const auto& message : settings.messages) {
    texts.push_back(message.text);
  }
  EXPECT_THAT(texts, ElementsAre("No file matches via include \"/etc/none/*\"",
                                 "Included extra file \"/etc/conf.d/a.conf\" during parsing",
                                 "Included extra file \"/etc/conf.d/b.conf\" during parsing"));
}

TEST_F(ReadSettings, TheCommandLineWins) {
  line_.loglevel = LogLevel::error;
  line_.user = "www";
  line_.nodaemon = true;
  const auto daemon = good("[supervisord]\nloglevel=debug\nuser=nobody\nlogfile=syslog\n").daemon;
  EXPECT_EQ(daemon.loglevel, LogLevel::error);
  EXPECT_EQ(daemon.user->uid, 33U);
  EXPECT_TRUE(daemon.nodaemon);
  EXPECT_TRUE(daemon.log_to_syslog);
}

TEST_F(ReadSettings, Servers) {
  const auto settings = good(
      "[supervisord]\n[unix_http_server]\nfile=%(here)s/"
      "s.sock\nchmod=0770\nchown=www:adm\nusername=u\npassword=p\n"
      "[inet_http_server]\nport=[::1]:9001\n");
  ASSERT_EQ(settings.servers.size(), 2U);
  EXPECT_EQ(settings.servers[0].host, "::1");
  EXPECT_EQ(settings.servers[1].path, "/etc/s.sock");
  EXPECT_EQ(settings.servers[1].mode, 0770U);
  EXPECT_EQ(settings.servers[1].owner, std::pair(33U, 4U));
  EXPECT_EQ(server_url_of(settings), "unix:///etc/s.sock");
  EXPECT_EQ(supervisor_text(bad("[supervisord]\n[inet_http_server]\nport=1\nusername=u\n")),
            "Section [inet_http_server] contains incomplete authentication: If a username or a password is "
            "specified, "
            "both the username and password must be specified");
}

TEST_F(ReadSettings, InterfacesAreKnownByTheirFactory) {
  const auto settings = good(
      "[supervisord]\n[rpcinterface:any]\nsupervisor.rpcinterface_factory="
      "supervisor.rpcinterface:make_main_rpcinterface\n"
      "[rpcinterface:twiddler]\nsupervisor.rpcinterface_factory=supervisor_twiddler.rpcinterface:make\nx=%("
      "nope)s\n");
  EXPECT_TRUE(settings.supervisor_interface);
  EXPECT_FALSE(settings.cluster.has_value());
  ASSERT_EQ(settings.messages.size(), 1U);
  EXPECT_THAT(settings.messages[0].text, HasSubstr("[rpcinterface:twiddler]"));
  EXPECT_THAT(settings.messages[0].text, HasSubstr("supervisor_twiddler.rpcinterface:make"));
}

TEST_F(ReadSettings, OwnKeys) {
  const auto settings = good("[supervisord]\n[holdfast]\nstate_dir=state\nlegacy_get_actions=on\ntypo=1\n");
  EXPECT_EQ(settings.holdfast.history_days, 180);
  EXPECT_EQ(settings.holdfast.history_size_bytes, 400 * 1024 * 1024);
  EXPECT_EQ(settings.holdfast.state_dir, "/etc/state");
  EXPECT_TRUE(settings.holdfast.legacy_get_actions);
  EXPECT_THAT(settings.messages, ElementsAre(Field(&ReaderMessage::text, HasSubstr("/etc/s.conf:5"))));
}

TEST_F(ReadSettings, PoolsThatCountBytes) {
  const std::string pools =
      "[eventlistener:a]\ncommand=x\nevents=TICK_5\n[eventlistener:b]\ncommand=x\nevents=TICK_5\n";
  const auto settings = good("[supervisord]\n[holdfast]\nbyte_length_pools= b ,\n" + pools);
  ASSERT_EQ(settings.groups.size(), 2U);
  EXPECT_FALSE(settings.groups[0].listener->length_in_bytes);
  EXPECT_TRUE(settings.groups[1].listener->length_in_bytes);
  const auto bad = read("[supervisord]\n[holdfast]\nbyte_length_pools=c\n" + pools);
  ASSERT_FALSE(bad.ok());
  EXPECT_THAT(bad.error().message, HasSubstr("there is no [eventlistener:c]"));
}

TEST_F(ReadSettings, HowMuchHistory) {
  const auto settings = good("[supervisord]\n[holdfast]\nhistory_days=7\nhistory_size=2MB\n");
  EXPECT_EQ(settings.holdfast.history_days, 7);
  EXPECT_EQ(settings.holdfast.history_size_bytes, 2 * 1024 * 1024);
  for (const char* line : {"history_days=0", "history_days=36501", "history_days=x", "history_size=1000KB",
                           "history_size=big", "history_size=-1"}) {
    EXPECT_FALSE(read("[supervisord]\n[holdfast]\n" + std::string(line) + "\n").ok()) << line;
  }
}

TEST_F(ReadSettings, HowOftenAProgramIsRestarted) {
  EXPECT_EQ(good("[supervisord]\n").holdfast.restart_interval, 1s);
  EXPECT_EQ(good("[supervisord]\n[holdfast]\nrestart_interval=5\n").holdfast.restart_interval, 5s);
  EXPECT_EQ(good("[supervisord]\n[holdfast]\nrestart_interval= 250 ms\n").holdfast.restart_interval, 250ms);
  for (const char* value : {"0", "99ms", "3601", "-1", "soon", ""}) {
    const auto bad = read("[supervisord]\n[holdfast]\nrestart_interval=" + std::string(value) + "\n");
    ASSERT_FALSE(bad.ok()) << value;
    EXPECT_THAT(bad.error().message, HasSubstr("restart_interval is 100ms to 3600 seconds"));
  }
}

TEST_F(ReadSettings, WhoMayBecomeWhom) {
  auto settings = good("[supervisord]\n");
  EXPECT_TRUE(check_user(settings, host_).ok());
  EXPECT_EQ(settings.messages.at(0).level, LogLevel::critical);
  host_.uid = 33;
  settings = good("[supervisord]\nuser=nobody\n");
  EXPECT_EQ(check_user(settings, host_).error().message, "Can't drop privilege as nonroot user");
  settings = good("[supervisord]\nuser=www\n");
  EXPECT_TRUE(check_user(settings, host_).ok());
}

TEST_F(ReadSettings, TextIsUtf8) {  // contract 1.1
  const Error error = bad("[supervisord]\n[program:x]\ncommand=caf\xE9\n");
  EXPECT_EQ(supervisor_text(error), "'utf-8' codec can't decode byte 0xe9 in position 37: invalid continuation byte");
  EXPECT_EQ(place_text(error), "/etc/s.conf:3");
  EXPECT_EQ(supervisor_text(bad("\xF0\x9F\x98")),
            "'utf-8' codec can't decode bytes in position 0-2: unexpected end of data");
  EXPECT_EQ(supervisor_text(bad("\xED\xA0\x80")),
            "'utf-8' codec can't decode byte 0xed in position 0: invalid continuation byte");
  EXPECT_EQ(supervisor_text(bad("a\x80")), "'utf-8' codec can't decode byte 0x80 in position 1: invalid start byte");
}

TEST_F(ReadSettings, WhatHasNoEffectIsKeptForATest) {  // contract 1.1: ignored without a word in the log
  const auto settings = good(
      "[DEFAULT]\ntown=x\n[supervisord]\nlogfiel=x\n[program:x]\ncommand=a\nautostrat=no\n"
      "[program:none]\ncommand=a\nnumprocs=0\n[programm:y]\ncommand=b\n"
      "[rpcinterface:z]\nsupervisor.rpcinterface_factory=a:b\nown=1\n[supervisorctl]\nown=1\n"
      "[group:g]\nprograms=x\nproirity=1\n[inet_http_server]\nport=9001\nusrname=a\n"
      "[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_"
      "rpcinterface\n"
      "retries=1\n[ctlplugin:z]\nsupervisor.ctl_factory=a:b\nown=1\n");
  const std::string ignored = " here; it is ignored";
  EXPECT_THAT(settings.unused,
              UnorderedElementsAre(
                  "/etc/s.conf:4: [supervisord] has no key logfiel" + ignored + "; did you mean logfile?",
                  "/etc/s.conf:7: [program:x] has no key autostrat" + ignored + "; did you mean autostart?",
                  "/etc/s.conf:11: [programm:y] is no section that is known here; it is ignored; did you mean "
                  "[program:y]?",
                  "/etc/s.conf:17: [supervisorctl] has no key own" + ignored,
                  "/etc/s.conf:20: [group:g] has no key proirity" + ignored + "; did you mean priority?",
                  "/etc/s.conf:23: [inet_http_server] has no key usrname" + ignored + "; did you mean username?",
                  "/etc/s.conf:26: [rpcinterface:supervisor] retries has no effect: this interface takes no "
                  "arguments"));
  EXPECT_THAT(settings.messages, ::testing::SizeIs(1)) << "only the foreign factory is said";
}

TEST_F(ReadSettings,
       WhatHasNoEffectInASectionOfTheClusterIsAWarning) {  // a misspelt list makes a cluster of one
  const auto settings = good(
      "[DEFAULT]\nwhere=%(here)s/x\n[supervisord]\n[inet_http_server]\nport=9001\n"
      "[rpcinterface:supvisors]\nsupervisor.rpcinterface_factory=supvisors.plugin:make_supvisors_"
      "rpcinterface\n"
      "supvisors_lits=a,b\ninternal_port=60001\nsynchro_timeout=20\n"
      "[cluster]\nnods=a,b\n[holdfast]\nhistory_day=3\n");
  std::vector<std::string> texts;
  for (const ReaderMessage& message : settings.messages) {
    EXPECT_EQ(message.level, LogLevel::warn) << message.text;
    texts.push_back(message.text);
  }
  const std::string ignored = " here; it is ignored";
  EXPECT_THAT(texts,
              UnorderedElementsAre(
                  "/etc/s.conf:8: [rpcinterface:supvisors] has no key supvisors_lits" + ignored +
                      "; did you mean supvisors_list?",
                  "/etc/s.conf:9: [rpcinterface:supvisors] has no key internal_port" + ignored,
                  "/etc/s.conf:12: [cluster] has no key nods" + ignored + "; did you mean nodes?",
                  "/etc/s.conf:14: [holdfast] has no key history_day" + ignored + "; did you mean history_days?"));
  EXPECT_THAT(settings.unused, IsEmpty());
}

TEST_F(ReadSettings, AForeignResultHandlerIsNamed) {  // contract 5.6
  const auto settings = good("[supervisord]\n[eventlistener:l]\ncommand=a\nevents=EVENT\nresult_handler=own:fun\n");
  EXPECT_THAT(settings.messages, IsEmpty()) << "the log says it when the group becomes active";
  EXPECT_THAT(settings.unused, ElementsAre(HasSubstr("/etc/s.conf:5: [eventlistener:l] result_handler own:fun")));
}

TEST_F(ReadSettings, CommandLineErrors) {
  const auto error = [&](const std::vector<std::string>& arguments) {
    const auto line = parse_command_line(arguments, host_);
    return line.ok() ? "" : line.error().message;
  };
  EXPECT_EQ(error({"-n", "-n"}), "conflicting command line option '-n'");
  EXPECT_EQ(error({"extra"}), "positional arguments are not supported: ['extra']");
  EXPECT_EQ(error({"-x"}), "option -x not recognized");
  EXPECT_EQ(error({"--logfile"}), "option --logfile requires argument");
  EXPECT_EQ(error({"-e", "loud"}), "invalid value for -e 'loud': bad logging level name 'loud'");
  EXPECT_EQ(parse_command_line({"-v", "-e", "loud"}, host_).value().action, CommandLine::Action::version);
}

TEST_F(ReadSettings, TheFileIsLookedForInOrder) {
  EXPECT_THAT(find_configuration("/usr/bin/holdfastd", host_).error().message,
              HasSubstr("No config file found at default paths (/usr/etc/supervisord.conf, /usr/supervisord.conf, "
                        "supervisord.conf, etc/supervisord.conf, /etc/supervisord.conf, "
                        "/etc/supervisor/supervisord.conf); use the -c option"));
  host_.files["/etc/supervisord.conf"] = "";
  EXPECT_EQ(find_configuration("holdfastd", host_).value(), "/etc/supervisord.conf");
}

TEST(CtlSettings, ReadsItsSectionAndFollowsNoInclude) {
  FakeHost host;
  host.files["/etc/s.conf"] =
      "[include]\nfiles=*\n[supervisorctl]\nserverurl=unix://%(here)s/../run/s.sock\nprompt=%(ENV_TOWN)s\n"
      "history_file=~/.h\nusername=u\npassword=p\n";
  const auto settings = read_ctl_settings("/etc/s.conf", host).value();
  EXPECT_EQ(settings.serverurl, "unix:///run/s.sock");
  EXPECT_EQ(settings.prompt, "Bergen");
  EXPECT_EQ(settings.history_file, "/root/.h");
  host.files["/etc/s.conf"] = "[supervisord]\n";
  EXPECT_EQ(read_ctl_settings("/etc/s.conf", host).error().message, ".ini file does not include supervisorctl section");
  host.files["/etc/s.conf"] = "[supervisorctl]\n[ctlplugin:x]\nretries=1\n";
  EXPECT_EQ(supervisor_text(read_ctl_settings("/etc/s.conf", host).error()),
            "section [ctlplugin:x] does not specify a supervisor.ctl_factory");
  EXPECT_EQ(check_server_url("localhost").error().message, "value 'localhost' is not a URL");
  EXPECT_TRUE(check_server_url("unix:///x").ok());
  EXPECT_TRUE(check_server_url("http://h:1").ok());
}

}  // namespace
}  // namespace holdfast::config

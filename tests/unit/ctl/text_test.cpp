// The small text functions: names, columns, status lines, times, history lines, errors.
#include <gmock/gmock.h>
#include <stdlib.h>
#include <time.h>

#include "ctl/client/config_changes.hpp"
#include "ctl/client/failure.hpp"
#include "ctl/client/process_state.hpp"
#include "ctl/format/columns.hpp"
#include "ctl/format/history_text.hpp"
#include "ctl/format/members.hpp"
#include "ctl/format/namespec.hpp"
#include "ctl/format/status_lines.hpp"
#include "ctl/format/supvisors_text.hpp"
#include "ctl/format/text_layout.hpp"
#include "ctl/format/time_text.hpp"

namespace holdfast::ctl {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// Every test of times is in one zone.
class InStockholm : public testing::Test {
 protected:
  void SetUp() override {
    ::setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
    ::tzset();
  }
};

TEST(Namespec, of_what_a_server_describes) {
  EXPECT_EQ(namespec_of(wire::Struct{{"group", "shop"}, {"name", "web"}}), "shop:web");
  EXPECT_EQ(cluster_namespec_of(wire::Struct{{"application_name", "web"}, {"process_name", "web"}}), "web");
}

TEST(Names, that_mean_everything) {
  EXPECT_TRUE(means_all({}));
  EXPECT_TRUE(means_all({"web", "all"}));
  EXPECT_FALSE(means_all({"web"}));
  EXPECT_FALSE(has_all({}));
}

TEST(Members, of_another_type_are_none) {
  const wire::Value value = wire::Struct{{"text", "a"}, {"number", 7}, {"list", wire::Array{1}}};
  EXPECT_EQ(text_member(value, "text"), "a");
  EXPECT_EQ(text_member(value, "number"), "");
  EXPECT_EQ(int_member(value, "text"), 0);
  EXPECT_TRUE(truth_member(value, "number"));
  EXPECT_FALSE(truth_member(value, "nosuch"));
  EXPECT_EQ(items_member(value, "list").size(), 1U);
  EXPECT_TRUE(items_member(value, "number").empty());
}

TEST(ConfigChanges, are_three_lists_in_a_list) {
  const ConfigChanges changes =
      changes_of(wire::Array{wire::Array{wire::Array{"a", "b"}, wire::Array{"c"}, wire::Array{}}});
  EXPECT_THAT(changes.added, ElementsAre("a", "b"));
  EXPECT_THAT(changes.changed, ElementsAre("c"));
  EXPECT_THAT(changes.removed, ElementsAre());
  EXPECT_THAT(changes_of(wire::Value(true)).added, ElementsAre());
}

TEST(ProcessState, in_which_nothing_runs_by_itself) {
  EXPECT_TRUE(process_state::is_idle(process_state::exited));
  EXPECT_FALSE(process_state::is_idle(process_state::running));
  EXPECT_FALSE(process_state::is_idle(process_state::backoff));
}

TEST(SupvisorsText, values_as_python_shows_them) {
  EXPECT_EQ(python_str(true), "True");
  EXPECT_EQ(python_str(2.0), "2.0");
  EXPECT_EQ(python_str(wire::Array{"a", 7}), "['a', 7]");
  EXPECT_EQ(cell(wire::Struct{}, "nosuch"), "n/a");
  EXPECT_EQ(clock_cell(wire::Struct{{"at", 0}}, "at"), "0");
}

TEST(SupvisorsText, columns_that_fit_are_fixed_or_free) {
  EXPECT_THAT(supvisors_table_lines({{"A"}, {"B", 4}, {"C", SupvisorsColumn::kFree}}, {{"wide", "x", "free"}}),
              ElementsAre("A     B   C", "wide  x   free"));
}

TEST(Words, blanks_of_any_kind_and_width_in_characters) {
  EXPECT_THAT(split_words("  a\tb \n c "), ElementsAre("a", "b", "c"));
  EXPECT_THAT(split_words(" "), ElementsAre());
  EXPECT_EQ(width_of("æøå"), 3U);
  EXPECT_EQ(padded("æ", 3), "æ  ");
  EXPECT_EQ(padded("abcd", 3), "abcd");
  EXPECT_EQ(one_line("a\nb\x1b[2Jc\td"), "a b\xEF\xBF\xBD[2Jc d");
}

TEST(StatusLines, columns_as_supervisorctl) {
  const std::string long_name(35, 'x');
  EXPECT_THAT(status_lines({{"web", "RUNNING", "", "pid 1"}}),
              ElementsAre("web                              RUNNING   pid 1"));
  EXPECT_THAT(status_lines({{long_name, "FATAL", "", "x"}, {"b", "RUNNING", "", "y"}}),
              ElementsAre(long_name + "   FATAL     x", "b" + std::string(37, ' ') + "RUNNING   y"));
  EXPECT_THAT(status_lines({{"a:b", "RUNNING", "n1,n2", "x"}, {"a:c", "STOPPED", "-", "y"}}),
              ElementsAre("a:b                              RUNNING   n1,n2   x",
                          "a:c                              STOPPED   -       y"));
}

TEST(Columns, down_then_across) {
  EXPECT_THAT(in_columns({}, 79), ElementsAre());
  EXPECT_THAT(in_columns({"one"}, 79), ElementsAre("one"));
  EXPECT_THAT(in_columns({"a", "bb", "c", "d", "e"}, 7), ElementsAre("a   d", "bb  e", "c "));
  EXPECT_THAT(in_columns({"too wide", "for it"}, 5), ElementsAre("too wide", "for it"));
  EXPECT_THAT(table_lines({{"A", "B", "C"}, {"long", "", "x"}, {"y", "zz", ""}}),
              ElementsAre("A     B   C", "long      x", "y     zz"));
}

TEST_F(InStockholm, points_in_time) {
  const WallTime now = WallTime::from_seconds(1'700'000'000);  // 2023-11-14 23:13:20
  EXPECT_EQ(local_time_text(now), "2023-11-14 23:13:20");
  const auto since = [&](const char* text) { return parse_since(text, now).value().seconds(); };
  EXPECT_EQ(since("90s"), 1'700'000'000 - 90);
  EXPECT_EQ(since("10m"), 1'700'000'000 - 600);
  EXPECT_EQ(since(" 2h "), 1'700'000'000 - 7200);
  EXPECT_EQ(since("1w"), 1'700'000'000 - 604800);
  EXPECT_EQ(since("99999999999999999999w"), 0);
  EXPECT_EQ(since("@1600000000"), 1'600'000'000);
  EXPECT_EQ(since("2023-11-14 23:13:20"), 1'700'000'000);
  EXPECT_EQ(since("2023-11-14T23:13"), 1'700'000'000 - 20);
  EXPECT_EQ(since("23:13"), 1'700'000'000 - 20);
  EXPECT_EQ(since("2023-07-01"), 1'688'162'400);  // summer time
  for (const char* wrong : {"", "h", "-5m", "5", "5x", "2023-02-30", "25:00", "yesterday", "@", "2023-11-14 x"}) {
    EXPECT_FALSE(parse_since(wrong, now).ok()) << wrong;
  }
}

TEST_F(InStockholm, a_history_line_has_its_reason_once) {
  const auto line = [](const char* text, const char* reason) {
    return history_line(wire::Struct{{"at", 1'700'000'000}, {"text", text}, {"reason", reason}});
  };
  EXPECT_EQ(line("start shop:web@n2: n1 is gone", "n1 is gone"), "2023-11-14 23:13:20  start shop:web@n2: n1 is gone");
  EXPECT_EQ(line("start shop", "asked"), "2023-11-14 23:13:20  start shop (asked)");
  EXPECT_EQ(line("two\nlines", ""), "2023-11-14 23:13:20  two lines");
}

TEST(FailureText, as_python_and_for_people) {
  EXPECT_EQ(python_text({Failure::Kind::fault, 10, "BAD_NAME: it's"}),
            "<class 'xmlrpc.client.Fault'>, <Fault 10: \"BAD_NAME: it's\">");
  EXPECT_EQ(python_text({Failure::Kind::http_status, 401, ""}),
            "<class 'xmlrpc.client.ProtocolError'>, <ProtocolError for 127.0.0.1/RPC2: 401 Unauthorized>");
  EXPECT_EQ(python_text({Failure::Kind::http_status, 404, "Nicht\x1b da"}),
            "<class 'xmlrpc.client.ProtocolError'>, <ProtocolError for 127.0.0.1/RPC2: 404 Nicht\xEF\xBF\xBD da>");
  EXPECT_EQ(python_text({Failure::Kind::system, ENOTDIR, ""}),
            "<class 'NotADirectoryError'>, [Errno 20] Not a directory");
  EXPECT_EQ(python_text({Failure::Kind::system, EHOSTUNREACH, ""}), "<class 'OSError'>, [Errno 113] No route to host");
  EXPECT_EQ(python_text({Failure::Kind::closed, ECONNRESET, ""}),
            "<class 'ConnectionResetError'>, [Errno 104] Connection reset by peer");
  EXPECT_EQ(python_text({Failure::Kind::unresolved, -3, ""}),
            "<class 'socket.gaierror'>, [Errno -3] Temporary failure in name resolution");
  EXPECT_EQ(plain_text({Failure::Kind::not_http, 0, "SSH-2.0"}, "http://x:1"),
            "http://x:1: who answers there speaks no HTTP: SSH-2.0");
  EXPECT_EQ(plain_text({Failure::Kind::refused, 0, ""}, "http://x:1"), "http://x:1 refused connection");
  EXPECT_THAT(plain_text({Failure::Kind::fault, code_of(Fault::unknown_method), "UNKNOWN_METHOD"}, "http://x:1"),
              HasSubstr("no Holdfast agent"));
}

}  // namespace
}  // namespace holdfast::ctl

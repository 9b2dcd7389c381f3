// Expansion (contract supervisor.md 1.4), environment (1.5) and value types (1.3), the samples of the
// contract; the broad comparison is tests/compat/config.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/environment.hpp"
#include "config/error_text.hpp"
#include "config/expansion.hpp"
#include "config/python_text.hpp"
#include "config/value_types.hpp"
#include "fake_host.hpp"

namespace holdfast::config {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

template <typename Value>
std::string error_of(const Result<Value>& result) {
  return result.ok() ? "(no error)" : result.error().message;
}

Expansions names() {
  Expansions names;
  names.set("here", "/etc");
  names.set("process_num", std::int64_t{7});
  return names;
}

TEST(Expansion, NamesNumbersAndPercent) {
  EXPECT_EQ(expand("%(here)s/p%(process_num)02d 100%%", names(), "a.b").value(), "/etc/p07 100%");
}

TEST(Expansion, AnUnknownNameListsTheKnownOnes) {
  EXPECT_EQ(error_of(expand("x%(nope)s", names(), "program:x.command")),
            "Format string 'x%(nope)s' for 'program:x.command' contains names ('nope') which cannot be expanded. "
            "Available names: here, process_num");
}

TEST(Expansion, ABadFormatSaysWhy) {
  EXPECT_EQ(error_of(expand("%", names(), "a.b")), "Format string '%' for 'a.b' is badly formatted: incomplete format");
  EXPECT_EQ(error_of(expand("%(here)q", names(), "a.b")),
            "Format string '%(here)q' for 'a.b' is badly formatted: unsupported format character 'q' (0x71) "
            "at index 7");
  EXPECT_EQ(error_of(expand("%s", names(), "a.b")),
            "Format string '%s' for 'a.b' is badly formatted: a conversion needs a name in parentheses");
  EXPECT_EQ(error_of(expand("%(process_num)99999999d", names(), "a.b")),
            "Format string '%(process_num)99999999d' for 'a.b' is badly formatted: width too big");
}

TEST(Expansion, AnInnerLayerHidesItsBase) {
  const Expansions base = names();
  Expansions layer(&base);
  layer.set("here", "/inner");
  EXPECT_EQ(expand("%(here)s %(process_num)d", layer, "a.b").value(), "/inner 7");
  EXPECT_THAT(layer.names(), ElementsAre("here", "process_num"));
}

TEST(EnvironmentText, SamplesOfTheContract) {
  EXPECT_THAT(parse_environment("X=\"a,b;c%d\",Y=z/1:2,Z='q\"r'").value(),
              ElementsAre(Pair("X", "a,b;c%d"), Pair("Y", "z/1:2"), Pair("Z", "q\"r")));
  EXPECT_THAT(parse_environment("A=x#y,B=2").value(), ElementsAre(Pair("A", "x")));
  EXPECT_THAT(parse_environment("A=1,\nB=\"\",").value(), ElementsAre(Pair("A", "1"), Pair("B", "")));
  EXPECT_THAT(parse_environment(R"(A="a\"b",B='it'"'"'s')").value(), ElementsAre(Pair("A", "a\"b"), Pair("B", "it's")));
  EXPECT_EQ(error_of(parse_environment("A=")), "Unexpected end of key/value pairs in value 'A='");
  EXPECT_EQ(error_of(parse_environment("A='x")), "No closing quotation");
}

TEST(ValueTypes, ErrorTexts) {
  const FakeHost host;
  EXPECT_EQ(error_of(parse_boolean("x")), "not a valid boolean value: 'x'");
  EXPECT_EQ(error_of(parse_integer("x")), "invalid literal for int() with base 10: 'x'");
  EXPECT_EQ(error_of(parse_byte_size("1K")), "invalid literal for int() with base 10: '1k'");
  EXPECT_EQ(error_of(parse_octal("9")), "9 can not be converted to an octal type");
  EXPECT_EQ(error_of(parse_signal("FOO")), "value 'FOO' is not a valid signal name");
  EXPECT_EQ(error_of(parse_signal("99")), "value '99' is not a valid signal number");
  EXPECT_EQ(error_of(parse_exit_codes("0,256")), "not a valid list of exit codes: '0,256'");
  EXPECT_EQ(error_of(parse_autorestart("x")), "invalid 'autorestart' value 'x'");
  EXPECT_EQ(error_of(parse_log_level("loud")), "bad logging level name 'loud'");
  EXPECT_EQ(error_of(parse_existing_directory("/x", host)), "/x is not an existing directory");
  EXPECT_EQ(error_of(parse_existing_dirpath("/x/y", host)),
            "The directory named as part of the path /x/y does not exist");
  EXPECT_EQ(error_of(parse_user("who", host)), "Invalid user name who");
  EXPECT_EQ(error_of(parse_user("77", host)), "Invalid user id 77");
  EXPECT_EQ(error_of(parse_user_group("www:who", host)), "Invalid user:group definition www:who");
  EXPECT_EQ(error_of(parse_inet_address("x")), "not a valid port number: 'x' ");
  EXPECT_EQ(error_of(parse_name("a b")), "Invalid name: 'a b' because of character: ' '");
}

TEST(ValueTypes, Values) {
  const FakeHost host;
  EXPECT_EQ(parse_byte_size("1 mb").value(), 1048576);
  EXPECT_EQ(parse_byte_size("99999999999999GB").value(), INT64_MAX);
  EXPECT_EQ(parse_integer("99999999999999999999").value(), INT32_MAX);
  EXPECT_EQ(parse_signal("sigusr1").value(), 10);
  EXPECT_EQ(parse_signal("0").value(), 0);
  EXPECT_THAT(parse_exit_codes("2, 0").value(), ElementsAre(0, 2));
  EXPECT_TRUE(parse_exit_codes("").value().empty());
  EXPECT_THAT(parse_user("www", host).value().groups, ElementsAre(33, 44));
  EXPECT_EQ(parse_user_group("www:adm", host).value(), std::pair(33U, 4U));
  EXPECT_EQ(parse_user_group("33", host).value(), std::pair(33U, UINT32_MAX));
  EXPECT_EQ(parse_logfile_name("~/x.log", host).value().target.path, "/root/x.log");
  EXPECT_TRUE(parse_logfile_name("Syslog", host).value().syslog);
  EXPECT_EQ(normal_path("a/../b//c", host), "/srv/demo/b/c");
}

TEST(ValueTypes, AnIpv6AddressStandsInBrackets) {
  const auto address = parse_inet_address("[::1]:9001").value();
  EXPECT_EQ(address.host, "::1");
  EXPECT_EQ(address.port, 9001);
}

TEST(PythonText, ReprQuotesAndEscapes) {
  EXPECT_EQ(repr("a'b"), "\"a'b\"");
  EXPECT_EQ(repr("a'b\""), "'a\\'b\"'");
  EXPECT_EQ(repr("\x01\xC2\xA0\xEF\xBB\xBF\xFF\n\xC3\xA9"), "'\\x01\\xa0\\ufeff\\udcff\\n\xC3\xA9'");
}

TEST(ErrorText, TextAndPlaceAreToldApart) {
  Tree value;
  value.data() = {"x", "f.conf", 3};
  const Error error = with_suffix(error_at("two\nlines", &value, "a", "k"), " in section 'a'");
  EXPECT_EQ(supervisor_text(error), "two\nlines in section 'a'");
  EXPECT_EQ(place_text(error), "f.conf:3, section [a], key k");
  EXPECT_EQ(place_text(Error{"plain"}), "");
}

}  // namespace
}  // namespace holdfast::config

// The pieces without a socket: headers, URIs, authentication, browser security, the error page.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.hpp"
#include "http/authentication.hpp"
#include "http/headers.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "http/security.hpp"
#include "http/uri.hpp"

namespace holdfast::http {
namespace {

using ::testing::HasSubstr;

TEST(HttpDate, IsTheFormOfTheStandard) {
  EXPECT_EQ(http_date(784111777), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(http_date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
}

TEST(Headers, AreFoundWithoutRegardToCase) {
  Headers headers;
  headers.add("Content-Type", "text/xml");
  headers.add("X-A", "1");
  headers.add("x-a", "2");
  EXPECT_EQ(headers.get("content-type"), "text/xml");
  EXPECT_EQ(headers.get("X-a"), "1");
  EXPECT_EQ(headers.count("x-A"), 2U);
  EXPECT_FALSE(headers.has("X-B"));
  EXPECT_EQ(headers.get("X-B"), "");
  EXPECT_EQ(headers.at(2).value, "2");
  headers.clear();
  EXPECT_EQ(headers.size(), 0U);
}

TEST(Uri, PercentCoding) {
  EXPECT_EQ(percent_decode("a%20b+c%2f%zz%4"), "a b+c/%zz%4");
  EXPECT_EQ(percent_encode("a b/\xC3\xA9~", Slash::keep), "a%20b/%C3%A9~");
  EXPECT_EQ(percent_encode("a/b", Slash::encode), "a%2Fb");
}

TEST(Uri, FormsAndQueries) {
  const auto form = parse_form("a=1&b=x+y&&c&a=%32&=z");
  EXPECT_EQ(form, (std::vector<Parameter>{{"a", "1"}, {"b", "x y"}, {"c", ""}, {"a", "2"}, {"", "z"}}));
  EXPECT_EQ(*find_parameter(form, "a"), "2");
  EXPECT_EQ(find_parameter(form, "d"), nullptr);
  EXPECT_EQ(parse_form(encode_form(form)), form);
  std::string many;
  for (int i = 0; i < 1000; ++i) {
    many += "a=1&";
  }
  EXPECT_EQ(parse_form(many).size(), limits::http_parameters);
}

TEST(Uri, ServerUrls) {
  EXPECT_EQ(parse_server_url("http://localhost:9001").value(), (Endpoint{"localhost", 9001, {}}));
  EXPECT_EQ(parse_server_url("http://10.0.0.1/RPC2").value(), (Endpoint{"10.0.0.1", 80, {}}));
  EXPECT_EQ(parse_server_url("http://[::1]:9001/").value(), (Endpoint{"::1", 9001, {}}));
  EXPECT_EQ(parse_server_url("unix:///run/s.sock").value(), (Endpoint{{}, 0, "/run/s.sock"}));
  EXPECT_EQ(parse_server_url("http://[::1]:9001").value().text(), "[::1]:9001");
  EXPECT_EQ(parse_server_url("unix:///run/s.sock").value().text(), "unix:///run/s.sock");
  for (const char* bad :
       {"", "localhost:9001", "https://x:1", "http://", "http://:9001", "http://x:0", "http://x:70000", "http://x:+5",
        "http://[::1", "http://[::1]x", "unix://relative", "http://u@h:1"}) {
    const auto url = parse_server_url(bad);
    ASSERT_FALSE(url.ok()) << bad;
    EXPECT_THAT(url.error().message, HasSubstr("is not a server URL"));
  }
}

TEST(RequestForms, OnlyOfTheFormType) {
  Request request;
  request.body = "a=1";
  EXPECT_TRUE(request.form_parameters().empty());
  request.headers.add("Content-Type", "Application/X-www-form-urlencoded; charset=utf-8");
  EXPECT_EQ(request.form_parameters(), (std::vector<Parameter>{{"a", "1"}}));
}

TEST(Authentication, PlainAndHashedPasswords) {
  std::string user;
  const auto judge = [&](const std::string& password, const std::string& header) {
    return authenticate(Credentials{"u", password}, header, user);
  };
  EXPECT_EQ(judge("pa:ss", basic_authorization("u", "pa:ss")), AuthenticationResult::granted);
  EXPECT_EQ(user, "u");
  EXPECT_EQ(judge("pass", basic_authorization("u", "Pass")), AuthenticationResult::denied);
  EXPECT_EQ(user, "");
  EXPECT_EQ(judge("pass", basic_authorization("", "")), AuthenticationResult::denied);
  // printf thepassword | sha1sum
  const std::string hashed = "{SHA}82ab876d1387bfafe46cc1c8a2ef074eae50cb1d";
  EXPECT_EQ(judge(hashed, basic_authorization("u", "thepassword")), AuthenticationResult::granted);
  EXPECT_EQ(judge(hashed, basic_authorization("u", "other")), AuthenticationResult::denied);
  EXPECT_EQ(judge(hashed, basic_authorization("u", hashed)), AuthenticationResult::denied);
  EXPECT_EQ(judge("x", "basic dTp4"), AuthenticationResult::granted);  // the scheme has no case
  EXPECT_EQ(judge("x", "Basic   dTp4 "), AuthenticationResult::granted);
  EXPECT_EQ(judge("x", "Basic dXg="), AuthenticationResult::malformed);  // no colon
  EXPECT_EQ(judge("x", "Basic dTp4="), AuthenticationResult::malformed);
  EXPECT_EQ(judge("x", "Bearer dTp4"), AuthenticationResult::denied);
  EXPECT_EQ(authenticate(Credentials{}, "", user), AuthenticationResult::granted);
  EXPECT_EQ(basic_authorization("Aladdin", "open sesame"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");  // RFC 7617
}

TEST(Security, HostsByNameAreAllowedOneByOne) {
  HostAllowList hosts;
  hosts.add("Node1.example.org");
  for (const char* good : {"localhost", "LOCALHOST:9001", "127.0.0.1:9001", "10.1.2.3", "[::1]:9001", "[fe80::1]",
                           "node1.example.org", "node1.example.org.:80", "a.localhost"}) {
    EXPECT_TRUE(hosts.allows(good, 1)) << good;
  }
  for (const char* bad : {"evil.example", "node1.example.org.evil.example", "localhost.evil.example", "x@localhost",
                          "localhost:80:90", "[::1", "localhost:x", "", " "}) {
    EXPECT_FALSE(hosts.allows(bad, 1)) << bad;
  }
  EXPECT_TRUE(hosts.allows("", 0));
}

TEST(Security, ForeignOriginsAreSeen) {
  struct Case {
    const char* header;
    const char* value;
    bool same;
  };
  for (const Case& each :
       {Case{"Origin", "http://node:9001", true}, Case{"Origin", "http://NODE:9001", true},
        Case{"Origin", "http://node:9002", false}, Case{"Origin", "null", false}, Case{"Origin", "http://evil", false},
        Case{"Referer", "http://node:9001/page?x", true}, Case{"Referer", "http://evil/node:9001", false},
        Case{"Sec-Fetch-Site", "cross-site", false}, Case{"Sec-Fetch-Site", "same-site", false},
        Case{"Sec-Fetch-Site", "same-origin", true}, Case{"Sec-Fetch-Site", "none", true}, Case{"X", "y", true}}) {
    Request request;
    request.headers.add("Host", "node:9001");
    request.headers.add(each.header, each.value);
    EXPECT_EQ(same_origin(request), each.same) << each.header << ": " << each.value;
  }
}

TEST(Security, TokensAreForOneUserAndExpire) {
  const CsrfTokens tokens("a secret of this process");
  const WallTime now = WallTime::from_seconds(1'800'000'000);
  const auto later = [&](std::int64_t hours) { return WallTime::from_seconds(now.seconds() + hours * 3600); };
  const std::string token = tokens.issue("admin", now);
  EXPECT_TRUE(tokens.valid(token, "admin", now));
  EXPECT_TRUE(tokens.valid(token, "admin", later(12)));
  EXPECT_FALSE(tokens.valid(token, "admin", later(14)));
  EXPECT_TRUE(tokens.valid(token, "admin", later(-1)));
  EXPECT_FALSE(tokens.valid(token, "admin", later(-3)));
  EXPECT_FALSE(tokens.valid(token, "other", now));
  EXPECT_FALSE(CsrfTokens("another").valid(token, "admin", now));
  EXPECT_FALSE(CsrfTokens().valid(CsrfTokens().issue("a", now), "a", now));
  for (std::size_t i = 0; i < token.size(); ++i) {
    std::string changed = token;
    changed[i] = changed[i] == '0' ? '1' : '0';
    EXPECT_FALSE(tokens.valid(changed, "admin", now)) << i;
  }
  EXPECT_FALSE(tokens.valid("", "admin", now));
  EXPECT_FALSE(tokens.valid("-", "admin", now));
}

TEST(Security, PagesCarryTheirHeaders) {
  Response response;
  add_page_headers(response);
  std::string all;
  for (const auto& [name, value] : response.headers) {
    all += name + ": " + value + "\n";
  }
  EXPECT_THAT(all, HasSubstr("Content-Security-Policy: default-src 'self';"));
  EXPECT_THAT(all, HasSubstr("frame-ancestors 'none'"));
  EXPECT_THAT(all, HasSubstr("X-Content-Type-Options: nosniff\n"));
  EXPECT_THAT(session_cookie("s", "v"), HasSubstr("SameSite=Strict"));
}

TEST(Responses, TheErrorPageEscapes) {
  const Response response = error_response(404, "no <b>such</b> & such");
  EXPECT_EQ(response.status, 404);
  EXPECT_THAT(response.body, HasSubstr("no &lt;b&gt;such&lt;/b&gt; &amp; such"));
  EXPECT_THAT(error_response(500).body, HasSubstr("Error code 500"));
  EXPECT_EQ(reason_phrase(411), "Length Required");
}

}  // namespace
}  // namespace holdfast::http

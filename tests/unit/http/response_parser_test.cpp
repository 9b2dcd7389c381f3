// What a server may answer, whole and byte by byte: what is right comes out, all else is refused with a
// reason, and nothing grows without a bound.
#include "http/response_parser.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace holdfast::http {
namespace {

using ::testing::HasSubstr;

constexpr std::size_t kBodyBytes = 100;

/// The body, or "!" and why there is none.
std::string read(std::string_view bytes, std::size_t piece) {
  ResponseParser parser(kBodyBytes, ResponseParser::Expect::body, {});
  auto progress = ResponseParser::Progress::need_more;
  while (!bytes.empty() && progress == ResponseParser::Progress::need_more) {
    progress = parser.feed(bytes.substr(0, piece));
    bytes.remove_prefix(std::min(piece, bytes.size()));
  }
  if (progress == ResponseParser::Progress::need_more) {
    progress = parser.feed_end();
  }
  return progress == ResponseParser::Progress::complete ? parser.take().body : "!" + parser.problem();
}

std::string ok(const std::string& fields, const std::string& body) {
  return "HTTP/1.1 200 OK\r\n" + fields + "\r\n" + body;
}

std::string chunked(const std::string& body) {
  return ok("Transfer-Encoding: chunked\r\n", body);
}

std::string repeat(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) {
    all += text;
  }
  return all;
}

struct Case {
  std::string bytes;
  std::string result;  // of a refusal its beginning
};

class Answers : public ::testing::TestWithParam<Case> {};

TEST_P(Answers, ComeToTheSameWholeAndByteByByte) {
  const Case& each = GetParam();
  for (const std::size_t piece : {each.bytes.size(), std::size_t{1}, std::size_t{7}}) {
    const std::string got = read(each.bytes, piece);
    EXPECT_EQ(got.substr(0, each.result.starts_with("!") ? each.result.size() : got.size()), each.result)
        << each.bytes.substr(0, 200) << " in pieces of " << piece;
  }
}

const std::string kMalformed = "!its chunks are malformed";
const std::string kClosed = "!the server closed the connection";

INSTANTIATE_TEST_SUITE_P(
    Right, Answers,
    ::testing::Values(
        Case{ok("Content-Length: 5\r\n", "hello"), "hello"},
        Case{ok("Content-Length: 5\r\nContent-Length: 5\r\n", "hello"), "hello"},
        Case{ok("Content-Length: 5\r\n", "hello and more"), "hello"}, Case{ok("Content-Length: 0\r\n", ""), ""},
        Case{ok("", "until the end"), "until the end"},
        Case{ok("Content-Encoding: identity\r\nContent-Length: 5\r\n", "hello"), "hello"},
        Case{"HTTP/1.1 204 No Content\r\n\r\n", ""},
        Case{"HTTP/1.1 301 Moved\r\nLocation: http://elsewhere/\r\nContent-Length: 4\r\n\r\nmove", "move"},
        Case{repeat("HTTP/1.1 100 Continue\r\n\r\n", 16) + ok("Content-Length: 2\r\n", "hi"), "hi"},
        Case{chunked("5\r\nhello\r\n0\r\n\r\n"), "hello"}, Case{chunked("0\r\n\r\n"), ""},
        Case{chunked("00A\r\n0123456789\r\n1;name=\"v\"\r\n!\r\n0\r\nA: b\r\nC:\r\n\r\nmore"), "0123456789!"},
        Case{chunked(repeat("1\r\nx\r\n", 100) + "0\r\n\r\n"), std::string(100, 'x')}));

INSTANTIATE_TEST_SUITE_P(
    Chunks, Answers,
    ::testing::Values(Case{chunked("0\r\n\n"), kMalformed},  // an assertion of Beast 1.74
                      Case{chunked("0\r\n\r"), kClosed},     // the same, of an answer that is right so far
                      Case{chunked("0\n\n"), kMalformed}, Case{chunked("5\nhello\n0\n\n"), kMalformed},
                      Case{chunked("5\r\nhello0\r\n\r\n"), kMalformed}, Case{chunked("\r\n"), kMalformed},
                      Case{chunked("-1\r\n"), kMalformed}, Case{chunked("0x5\r\nhello\r\n0\r\n\r\n"), kMalformed},
                      Case{chunked(" 5\r\nhello\r\n0\r\n\r\n"), kMalformed}, Case{chunked("zz\r\n"), kMalformed},
                      Case{chunked("5\r\nhel"), kClosed}, Case{chunked("5\r\nhello\r\n"), kClosed},
                      Case{chunked("FFFFFFFFFFFFFFFF\r\nhello"), kMalformed},
                      Case{chunked("FFFFFFFFFFFFFFF\r\n" + std::string(101, 'x')),
                           "!its body is larger than 100 bytes"},
                      Case{chunked(repeat("1\r\nx\r\n", 101) + "0\r\n\r\n"), "!its body is larger than 100 bytes"},
                      Case{chunked("5;" + std::string(300, 'x')), kMalformed},
                      Case{chunked(std::string(16, '0') + "\r\n\r\n"), kMalformed},
                      Case{chunked("0\r\nA\x01: b\r\n\r\n"), kMalformed},
                      Case{chunked("0\r\n" + repeat("Name: value\r\n", 2000)), kMalformed}));

INSTANTIATE_TEST_SUITE_P(
    Wrong, Answers,
    ::testing::Values(
        Case{"", kClosed}, Case{"SSH-2.0-x\r\n\r\n", "!it is no proper HTTP"}, Case{"HTTP/1.1 200", kClosed},
        Case{"HTTP/9.9 200 OK\r\n\r\n", "!it is no proper HTTP"}, Case{ok("Content-Length: 10\r\n", "half"), kClosed},
        Case{ok("Content-Length: 5\r\nContent-Length: 6\r\n", "hello"), "!it is no proper HTTP"},
        Case{ok("Content-Length: 5, 6\r\n", "hello"), "!it is no proper HTTP"},
        Case{ok("Content-Length: -1\r\n", ""), "!it is no proper HTTP"},
        Case{ok("Content-Length: 99999999999999999999999\r\n", ""), "!it is no proper HTTP"},
        Case{ok("Content-Length: 18446744073709551615\r\n", ""), "!its body is larger than 100 bytes"},
        Case{ok("Content-Length: 101\r\n", ""), "!its body is larger than 100 bytes"},
        Case{ok("", std::string(101, 'x')), "!its body is larger than 100 bytes"},
        Case{ok("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "hello"), "!it is no proper HTTP"},
        Case{ok("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), "!its body has a Transfer-Encoding"},
        Case{ok("Transfer-Encoding: gzip\r\n", "x"), "!its body has a Transfer-Encoding"},
        Case{ok("Content-Encoding: gzip\r\nContent-Length: 1\r\n", "x"), "!its body has a Content-Encoding"},
        Case{repeat("HTTP/1.1 100 Continue\r\n\r\n", 17), "!interim answers come without end"},
        Case{"HTTP/1.1 200 " + std::string(20'000, 'x'), "!its header is larger than 16384 bytes"},
        Case{"HTTP/1.1 200 OK\r\nA: " + std::string(20'000, 'x'), "!its header is larger than 16384 bytes"},
        Case{"HTTP/1.1 200 OK\r\n" + repeat("Name: value\r\n", 2000), "!its header is larger than 16384 bytes"}));

TEST(ResponseParser, AStreamIsHandedOnAndStopped) {
  std::string got;
  ResponseParser parser(10, ResponseParser::Expect::body, [&](std::string_view piece) {
    got += piece;
    return got.size() < 40;
  });
  EXPECT_EQ(parser.feed("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"), ResponseParser::Progress::need_more);
  EXPECT_FALSE(parser.streaming());
  EXPECT_EQ(parser.feed("\r\n1E\r\n" + std::string(30, 'x') + "\r\n"), ResponseParser::Progress::need_more);
  EXPECT_TRUE(parser.streaming());
  EXPECT_EQ(parser.feed("1E\r\n" + std::string(30, 'y') + "\r\n1\r\nz\r\n"), ResponseParser::Progress::stopped);
  EXPECT_EQ(got, std::string(30, 'x') + std::string(30, 'y')) << "whatever its size; nothing after the stop";
}

TEST(ResponseParser, AnErrorInPlaceOfAStreamIsAnAnswer) {
  ResponseParser parser(10, ResponseParser::Expect::body, [](std::string_view) { return false; });
  EXPECT_EQ(parser.feed("HTTP/1.1 404 Not Found\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc"),
            ResponseParser::Progress::complete);
  EXPECT_TRUE(parser.keep_alive());
  EXPECT_EQ(parser.take().status, 404);
}

TEST(ResponseParser, AConnectionIsUsedAgainOnlyWhenNothingIsLeftOnIt) {
  for (const auto& [bytes, again] :
       {std::pair{ok("Content-Length: 2\r\n", "hi"), true}, std::pair{ok("Content-Length: 2\r\n", "high"), false},
        std::pair{ok("Content-Length: 2\r\nConnection: close\r\n", "hi"), false},
        std::pair{chunked("2\r\nhi\r\n0\r\n\r\n"), true},
        std::pair{chunked("2\r\nhi\r\n0\r\n\r\nHTTP/1.1 200"), false}}) {
    ResponseParser parser(kBodyBytes, ResponseParser::Expect::body, {});
    EXPECT_EQ(parser.feed(bytes), ResponseParser::Progress::complete);
    EXPECT_EQ(parser.keep_alive(), again) << bytes;
    EXPECT_EQ(parser.take().body, "hi");
  }
}

}  // namespace
}  // namespace holdfast::http

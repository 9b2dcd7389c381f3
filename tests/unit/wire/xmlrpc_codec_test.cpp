// XML-RPC: the reference's output byte for byte, its input rules one by one, and hostile input.
#include "wire/xmlrpc_codec.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <limits>
#include <string>

#include "base/limits.hpp"
#include "base/random.hpp"

namespace holdfast::wire {
namespace {

using testing::HasSubstr;

// Written by Debian's Python 3.11 xmlrpc.client.dumps(), which is what supervisord 4.2.5 sends.
constexpr const char* kPythonResponse = R"(<?xml version='1.0'?>
<methodResponse>
<params>
<param>
<value><struct>
<member>
<name>name</name>
<value><string>a&lt;b&gt;&amp;"c'</string></value>
</member>
<member>
<name>state</name>
<value><int>20</int></value>
</member>
<member>
<name>ok</name>
<value><boolean>1</boolean></value>
</member>
<member>
<name>d</name>
<value><double>1.5</double></value>
</member>
<member>
<name>l</name>
<value><array><data>
<value><int>1</int></value>
<value><string>x</string></value>
</data></array></value>
</member>
<member>
<name>e</name>
<value><array><data>
</data></array></value>
</member>
<member>
<name>s</name>
<value><struct>
</struct></value>
</member>
<member>
<name>t</name>
<value><dateTime.iso8601>20260101T00:00:00</dateTime.iso8601></value>
</member>
<member>
<name>b</name>
<value><base64>
aGVsbG9oZWxsb2hlbGxvaGVsbG9oZWxsb2hlbGxvaGVsbG9oZWxsb2hlbGxvaGVsbG9oZWxsb2hl
bGxvaGVsbG9oZWxsb2hlbGxvaGVsbG9oZWxsb2hlbGxvaGVsbG9oZWxsbw==
</base64></value>
</member>
</struct></value>
</param>
</params>
</methodResponse>
)";

Value sample() {
  std::string hellos;
  for (int i = 0; i < 20; ++i) {
    hellos += "hello";
  }
  return Struct{{"name", "a<b>&\"c'"}, {"state", 20},  {"ok", true},    {"d", 1.5},
                {"l", Array{1, "x"}},  {"e", Array{}}, {"s", Struct{}}, {"t", DateTime{"20260101T00:00:00"}},
                {"b", Base64{hellos}}};
}

TEST(XmlRpcEncode, AnswersAreTheReferencesBytes) {
  EXPECT_EQ(encode_response(sample()), kPythonResponse);
  EXPECT_EQ(encode_fault(Fault{10, "BAD_NAME: x"}), R"(<?xml version='1.0'?>
<methodResponse>
<fault>
<value><struct>
<member>
<name>faultCode</name>
<value><int>10</int></value>
</member>
<member>
<name>faultString</name>
<value><string>BAD_NAME: x</string></value>
</member>
</struct></value>
</fault>
</methodResponse>
)");
  EXPECT_EQ(encode_call("m.n", {1, "a", true, -0.1, 1e300, 3.0}), R"(<?xml version='1.0'?>
<methodCall>
<methodName>m.n</methodName>
<params>
<param>
<value><int>1</int></value>
</param>
<param>
<value><string>a</string></value>
</param>
<param>
<value><boolean>1</boolean></value>
</param>
<param>
<value><double>-0.1</double></value>
</param>
<param>
<value><double>1e+300</double></value>
</param>
<param>
<value><double>3.0</double></value>
</param>
</params>
</methodCall>
)");
}

std::string encoded_double(double number) {
  const std::string text = encode_call("m", {number});
  const auto from = text.find("<double>") + 8;
  return text.substr(from, text.find("</double>") - from);
}

TEST(XmlRpcEncode, DoublesAsPythonsRepr) {
  EXPECT_EQ(encoded_double(0.0), "0.0");
  EXPECT_EQ(encoded_double(-0.0), "-0.0");
  EXPECT_EQ(encoded_double(100000.0), "100000.0");
  EXPECT_EQ(encoded_double(1e15), "1000000000000000.0");
  EXPECT_EQ(encoded_double(1e16), "1e+16");
  EXPECT_EQ(encoded_double(0.0001), "0.0001");
  EXPECT_EQ(encoded_double(0.00001), "1e-05");
  EXPECT_EQ(encoded_double(123.456), "123.456");
  EXPECT_EQ(encoded_double(std::numeric_limits<double>::max()), "1.7976931348623157e+308");
  EXPECT_EQ(encoded_double(5e-324), "5e-324");
}

TEST(XmlRpcEncode, IntsBeyond32BitsAreCapped) {
  EXPECT_THAT(encode_response(Value(INT64_MAX)), HasSubstr("<int>2147483647</int>"));
  EXPECT_THAT(encode_response(Value(INT64_MIN)), HasSubstr("<int>-2147483648</int>"));
  EXPECT_THAT(encode_response(Value(3'000'000'000U)), HasSubstr("<int>2147483647</int>"));
  EXPECT_THAT(encode_response(Value(-1)), HasSubstr("<int>-1</int>"));
}

TEST(XmlRpcEncode, NoContentMakesAnAnswerUnparsable) {
  std::string all;
  for (int c = 0; c < 256; ++c) {
    all.push_back(static_cast<char>(c));
  }
  const auto reply = decode_response(encode_response(Value(all)));
  ASSERT_TRUE(reply.ok()) << reply.error().message;
  const auto* text = std::get<Value>(reply.value()).as_string();
  ASSERT_NE(text, nullptr);
  EXPECT_THAT(*text, HasSubstr("!\"#$%&'()*+"));
  EXPECT_THAT(*text, HasSubstr("\xEF\xBF\xBD"));
  EXPECT_THAT(encode_response(Value("caf\xC3\xA9 & <tag>")),
              HasSubstr("<string>caf\xC3\xA9 &amp; &lt;tag&gt;</string>"));
  EXPECT_THAT(encode_response(Value(Struct{{"a<b", 1}})), HasSubstr("<name>a&lt;b</name>"));
}

TEST(XmlRpcEncode, RoundTrip) {
  const auto reply = decode_response(encode_response(sample()));
  ASSERT_TRUE(reply.ok()) << reply.error().message;
  EXPECT_EQ(std::get<Value>(reply.value()), sample());
  const auto fault = decode_response(encode_fault(Fault{-7, "x & y"}));
  ASSERT_TRUE(fault.ok()) << fault.error().message;
  EXPECT_EQ(std::get<Fault>(fault.value()), (Fault{-7, "x & y"}));
}

/// What getAllProcessInfo answers of so many.
Value processes_info(int count) {
  Array processes;
  for (int i = 0; i < count; ++i) {
    processes.push_back(Struct{{"name", "program_" + std::to_string(i)},
                               {"group", "group_" + std::to_string(i)},
                               {"start", 1'700'000'000},
                               {"stop", 0},
                               {"now", 1'700'000'100},
                               {"state", 20},
                               {"statename", "RUNNING"},
                               {"spawnerr", ""},
                               {"exitstatus", 0},
                               {"logfile", "/var/log/supervisor/program-stdout---supervisor-abcdefgh.log"},
                               {"stdout_logfile", "/var/log/supervisor/program-stdout---supervisor-abcdefgh.log"},
                               {"stderr_logfile", "/var/log/supervisor/program-stderr---supervisor-abcdefgh.log"},
                               {"pid", 10000 + i},
                               {"description", "pid 12345, uptime 1 day, 0:01:40"}});
  }
  return Value(std::move(processes));
}

TEST(XmlRpcEncode, EachOfManyProcessesTakesAsLongAsEachOfFew) {
  std::string body;
  const auto best_of_some = [&](const Value& value) {
    auto best = std::chrono::steady_clock::duration::max();
    for (int turn = 0; turn < 7; ++turn) {  // what the machine adds is chance
      const auto begin = std::chrono::steady_clock::now();
      body = encode_response(value);
      best = std::min(best, std::chrono::steady_clock::now() - begin);
    }
    return best;
  };
  const Value few = processes_info(125);
  const Value many = processes_info(1000);
  EXPECT_LT(best_of_some(many), 3 * 8 * best_of_some(few)) << "8 times as long; 64 times if each looked at all others";
  body = encode_response(many);
  EXPECT_GT(body.size(), 1'000'000U);
  const auto reply = decode_response(body);
  ASSERT_TRUE(reply.ok()) << reply.error().message;
  EXPECT_EQ(std::get<Value>(reply.value()), many);
}

Result<MethodCall> decode_params(const std::string& params) {
  return decode_call("<?xml version='1.0'?><methodCall><methodName>a.b</methodName><params>" + params +
                     "</params></methodCall>");
}

Value decoded(const std::string& typed) {
  const auto call = decode_params("<param><value>" + typed + "</value></param>");
  if (!call.ok() || call.value().params.size() != 1) {
    ADD_FAILURE() << typed << ": " << (call.ok() ? "not one parameter" : call.error().message);
    return {};
  }
  return call.value().params.front();
}

bool refused(const std::string& typed) {
  const auto call = decode_params("<param><value>" + typed + "</value></param>");
  if (!call.ok()) {
    EXPECT_EQ(call.error().code, 400);
  }
  return !call.ok();
}

TEST(XmlRpcDecode, EveryInputType) {
  EXPECT_EQ(decoded("<int>12</int>"), Value(12));
  EXPECT_EQ(decoded("<i4> -7\n</i4>"), Value(-7));
  EXPECT_EQ(decoded("<int>+5</int>"), Value(5));
  EXPECT_EQ(decoded("<int>3000000000</int>"), Value(3'000'000'000));
  EXPECT_EQ(decoded("<boolean>1</boolean>"), Value(true));
  EXPECT_EQ(decoded("<boolean>0</boolean>"), Value(false));
  EXPECT_EQ(decoded("<boolean>true</boolean>"), Value(false));  // the reference's rule: "1" only
  EXPECT_EQ(decoded("<boolean> 1</boolean>"), Value(false));
  EXPECT_EQ(decoded("<boolean/>"), Value(false));
  EXPECT_EQ(decoded("<string> a &lt;b&gt; </string>"), Value(" a <b> "));
  EXPECT_EQ(decoded("<string/>"), Value(""));
  EXPECT_EQ(decoded("<string><![CDATA[<x>]]></string>"), Value("<x>"));
  EXPECT_EQ(decoded(" bare text "), Value(" bare text "));
  EXPECT_EQ(decoded(""), Value(""));
  EXPECT_EQ(decoded("\n  <int>3</int>\n"), Value(3));
  EXPECT_EQ(decoded("<double>1.25</double>"), Value(1.25));
  EXPECT_EQ(decoded("<double>-1e3</double>"), Value(-1000.0));
  EXPECT_EQ(decoded("<dateTime.iso8601>20240229T23:59:59</dateTime.iso8601>"), Value(DateTime{"20240229T23:59:59"}));
  EXPECT_EQ(decoded("<base64>\naGVs\nbG8=\n</base64>"), Value("hello"));  // decoded to text
  EXPECT_EQ(decoded("<base64/>"), Value(""));
  EXPECT_EQ(decoded("<array><data><value><int>1</int></value><value>x</value></data></array>"), Value(Array{1, "x"}));
  EXPECT_EQ(decoded("<struct><member><name>k</name><value><int>1</int></value></member>"
                    "<member><name>k</name><value>2</value></member></struct>"),
            Value(Struct{{"k", "2"}}));
}

TEST(XmlRpcDecode, WhatIsNotAValueIsRefused) {
  EXPECT_TRUE(refused("<nil/>"));
  EXPECT_TRUE(refused("<i8>1</i8>"));
  EXPECT_TRUE(refused("<int>1.0</int>"));
  EXPECT_TRUE(refused("<int></int>"));
  EXPECT_TRUE(refused("<int>99999999999999999999</int>"));
  EXPECT_TRUE(refused("<double>x</double>"));
  EXPECT_TRUE(refused("<double>nan</double>"));
  EXPECT_TRUE(refused("<double>1e999</double>"));
  EXPECT_TRUE(refused("<dateTime.iso8601>20230229T00:00:00</dateTime.iso8601>"));
  EXPECT_TRUE(refused("<dateTime.iso8601>2023-01-01</dateTime.iso8601>"));
  EXPECT_TRUE(refused("<base64>aGk</base64>"));
  EXPECT_TRUE(refused("<base64>/w==</base64>"));  // 0xFF is not UTF-8
  EXPECT_TRUE(refused("<array/>"));
  EXPECT_TRUE(refused("<array><data><int>1</int></data></array>"));
  EXPECT_TRUE(refused("<struct><member><name>k</name></member></struct>"));
  EXPECT_TRUE(refused("<struct><member><value>1</value><name>k</name></member></struct>"));
  EXPECT_TRUE(refused("<struct><x/></struct>"));
}

TEST(XmlRpcDecode, CallsWithAndWithoutParameters) {
  const auto missing = decode_call("<methodCall><methodName>system.listMethods</methodName></methodCall>");
  ASSERT_TRUE(missing.ok()) << missing.error().message;
  EXPECT_EQ(missing.value().method, "system.listMethods");
  EXPECT_TRUE(missing.value().params.empty());
  EXPECT_TRUE(decode_params("").ok());
  const auto python = decode_call(encode_call("supervisor.startProcess", {"a:b", true}));
  ASSERT_TRUE(python.ok()) << python.error().message;
  EXPECT_EQ(python.value().params, (std::vector<Value>{"a:b", true}));
}

TEST(XmlRpcDecode, WhatIsNotACallIsRefused) {
  for (const char* body :
       {"", "garbage", "<methodCall/>", "<methodCall><methodName/></methodCall>",
        "<methodCall><methodName></methodName><params/></methodCall>", "<methodResponse/>",
        "<methodCall><methodName>a</methodName><params><param/></params></methodCall>",
        "<methodCall><methodName>a</methodName><params><value/></params></methodCall>",
        "<methodCall><methodName>a</methodName>", "<methodCall><methodName>a</methodName></methodCall>x",
        "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>"
        "<methodCall><methodName>&e;</methodName></methodCall>"}) {
    const auto call = decode_call(body);
    ASSERT_FALSE(call.ok()) << body;
    EXPECT_EQ(call.error().code, 400) << body;
  }
}

TEST(XmlRpcDecode, NestingIsBounded) {
  std::string deep;
  for (int i = 0; i < 20000; ++i) {
    deep += "<array><data><value>";
  }
  EXPECT_TRUE(refused(deep));
  std::string nested = "<int>1</int>";
  for (int i = 0; i < 15; ++i) {
    nested = "<array><data><value>" + nested + "</value></data></array>";
  }
  EXPECT_FALSE(refused(nested));
}

TEST(XmlRpcDecode, SizeAndCountsAreBounded) {
  EXPECT_TRUE(refused("<string>" + std::string(limits::xmlrpc_call_bytes, 'x') + "</string>"));
  std::string members;
  for (std::size_t i = 0; i <= limits::xmlrpc_struct_members; ++i) {
    members += "<member><name>" + std::to_string(i) + "</name><value/></member>";
  }
  EXPECT_TRUE(refused("<struct>" + members + "</struct>"));
}

TEST(XmlRpcDecode, RepliesOfOtherShapesAreRefused) {
  EXPECT_FALSE(decode_response("<methodResponse/>").ok());
  EXPECT_FALSE(decode_response("<methodResponse><params/></methodResponse>").ok());
  EXPECT_FALSE(decode_response("<methodResponse><fault/></methodResponse>").ok());
  EXPECT_FALSE(decode_response("<methodResponse><fault><value>x</value></fault></methodResponse>").ok());
  EXPECT_FALSE(decode_response("<html><body/></html>").ok());
  const auto i8 = decode_response(
      "<methodResponse><params><param><value><i8>5000000000</i8></value></param></params></methodResponse>");
  ASSERT_TRUE(i8.ok());
  EXPECT_EQ(std::get<Value>(i8.value()), Value(5'000'000'000));
}

// Whatever bytes change, the decoder answers; with ASan this also finds reads out of bounds.
TEST(XmlRpcDecode, RandomMutationsNeverCrash) {
  const std::string valid = encode_call("supervisor.startProcess", {sample(), "group:name", true, -12});
  Random random(20260101);
  int accepted = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string body = valid;
    for (std::uint64_t i = 0, n = 1 + random.below(6); i < n; ++i) {
      const auto at = random.below(body.size());
      switch (random.below(4)) {
        case 0:
          body[at] = static_cast<char>(random.below(256));
          break;
        case 1:
          body.erase(at, random.below(20));
          break;
        case 2:
          body.insert(at, body.substr(random.below(body.size()), random.below(60)));
          break;
        default:
          body.insert(at, 1, "<>&;\"'/!["[random.below(9)]);
          break;
      }
    }
    const auto call = decode_call(body);
    if (call.ok()) {
      ++accepted;
      EXPECT_FALSE(call.value().method.empty());
    } else {
      EXPECT_EQ(call.error().code, 400);
    }
  }
  EXPECT_GT(accepted, 0);
  EXPECT_LT(accepted, 3000);
}

TEST(Base64, AsPythonsBinascii) {
  for (const std::string text : {"", "a", "ab", "abc", "abcd", "\xFF\x01\x02"}) {
    const auto decoded = decode_base64(encode_base64_lines(text));
    ASSERT_TRUE(decoded.ok());
    EXPECT_EQ(decoded.value(), text);
  }
  EXPECT_EQ(encode_base64_lines("a"), "YQ==\n");
  EXPECT_EQ(encode_base64_lines(""), "");
  EXPECT_EQ(encode_base64_lines(std::string(57, 'a')).size(), 77U);
  EXPECT_EQ(encode_base64_lines(std::string(58, 'a')).size(), 82U);
  EXPECT_EQ(decode_base64("Y!Q*=\n=").value(), "a");
  EXPECT_EQ(decode_base64("YQ==ignored").value(), "a");
  EXPECT_FALSE(decode_base64("Y").ok());
  EXPECT_FALSE(decode_base64("YQ").ok());
  EXPECT_FALSE(decode_base64("YQ=").ok());
}

}  // namespace
}  // namespace holdfast::wire

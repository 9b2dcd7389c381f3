// xmlrpc_codec.hpp: XML-RPC documents to values and back. Input rules and output form are those of contract
// supervisor.md 4.1; the output is byte for byte what Debian's supervisord 4.2.5 writes for the same values.
// Every string goes through text::printable_utf8, so that no log content can make an answer unparsable
// (contract 3.7). Pure functions: no I/O, no state. Called by the RPC route, the client side of holdfastctl,
// and tests.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "wire/xmlrpc_value.hpp"

namespace holdfast::wire {

struct MethodCall {
  std::string method;
  std::vector<Value> params;
};

/// An answer that says no: contract supervisor.md 4.3.
struct Fault {
  int code = 0;
  std::string text;
  friend bool operator==(const Fault&, const Fault&) = default;
};

/// Decodes a request body. Any error means HTTP status 400 (its `code` is 400).
Result<MethodCall> decode_call(std::string_view body);

/// Encodes an answer. Ints outside 32 bits are capped to the nearest encodable one (contract 3.8).
std::string encode_response(const Value& value);
std::string encode_fault(const Fault& fault);

/// The client side.
std::string encode_call(std::string_view method, const std::vector<Value>& params);
using Reply = std::variant<Value, Fault>;
Result<Reply> decode_response(std::string_view body);

/// A double as Python's repr() writes it, which is how it travels.
std::string text_of(double number);

/// Base64 as MIME has it: encoding wraps at 76 characters with a final newline; decoding skips every
/// character that is none of base64's, and gives nullopt only for a wrong padding.
std::string encode_base64_lines(std::string_view bytes);
Result<std::string> decode_base64(std::string_view text);

}  // namespace holdfast::wire

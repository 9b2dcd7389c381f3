// Bodies of XML-RPC requests and answers (contract supervisor.md 4.1): whatever is understood can be said again.
#include "base/check.hpp"
#include "wire/xmlrpc_codec.hpp"

using namespace holdfast::wire;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  if (const auto call = decode_call(body); call.ok()) {
    const auto again = decode_call(encode_call(call.value().method, call.value().params));
    CHECK(again.ok());
    CHECK(again.value().params.size() == call.value().params.size());
  }
  if (const auto reply = decode_response(body); reply.ok()) {
    const Reply& what = reply.value();
    const Fault* fault = std::get_if<Fault>(&what);
    const auto again =
        decode_response(fault != nullptr ? encode_fault(*fault) : encode_response(std::get<Value>(what)));
    CHECK(again.ok());
    CHECK(again.value().index() == what.index());
  }
  return 0;
}

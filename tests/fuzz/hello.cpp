// HELLO, from anybody who can reach the port: the message, the identity in it (read here without its authentication),
// and the answering side, whose memory of open challenges stays bounded.
#include "transport/hello.hpp"
#include "base/check.hpp"
#include "base/limits.hpp"
#include "cluster/codec/term.hpp"
#include "transport/hello_message.hpp"

using namespace holdfast;
using namespace holdfast::transport;

namespace {

HelloResponder& responder() {
  static HelloResponder* one = [] {
    HelloSelf self;
    self.cluster = "prod";
    self.key = ClusterKey::derive("user", "secret");
    self.identity.identifier = "b:1";
    self.identity.node_id = cluster::node_id_of("b:1");
    self.identity.instance_uuid = "uuid";
    self.identity.ports = {5001, 5002, 5003};
    self.identity.protocol_min = self.identity.protocol_max = 1;
    return new HelloResponder(std::move(self));
  }();
  return *one;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static std::int64_t now_ms = 1'000'000;
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  (void)decode_identity(body);
  if (const auto message = parse_hello(body); message.ok()) {
    (void)decode_identity(message.value().identity);
    const auto again = parse_hello(encode_hello(message.value()));
    CHECK(again.ok());
    CHECK(again.value().nonce == message.value().nonce && again.value().mac == message.value().mac);
  }
  const auto answer = responder().answer(body, Instant::from_ms(++now_ms));
  CHECK(answer.body.size() <= limits::hello_bytes_max);
  CHECK(!answer.peer.has_value());  // nobody here has the key
  CHECK(responder().pending() <= limits::hello_pending_max);
  return 0;
}

// hello_message.hpp: the bytes of HELLO (the exchange is described in hello.hpp): the four JSON messages,
// their bounds, and the codes that authenticate them. Any bytes may be given to parse. Values only; private
// to the transport folder.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "transport/cluster_key.hpp"

namespace holdfast::transport {

enum class HelloStep : std::uint8_t { challenge, proof };

/// One request or answer; what a message does not carry is empty. Nonces and mac are lower-case hexadecimal.
struct HelloMessage {
  HelloStep step = HelloStep::challenge;
  std::string cluster;
  std::string nonce;
  std::string answer;
  std::string identity;
  std::string mac;
};

std::string encode_hello(const HelloMessage& message);

/// Code 1: too large; code 0: not such a message.
Result<HelloMessage> parse_hello(std::string_view body);
inline constexpr int hello_error_oversized = 1;

/// The body of every refusal.
std::string refusal_body();

/// 32 random bytes in hexadecimal.
std::string make_nonce();

/// The key for HELLO's codes; empty in open mode.
std::string hello_mac_key(const ClusterKey& key);

/// Which of the four messages a code is for.
enum class HelloRole : std::uint8_t { challenge_request, challenge_answer, proof_request, proof_answer };

/// What a code covers; see hello.hpp.
struct HelloTranscript {
  std::string_view cluster;
  std::string_view initiator_nonce;
  std::string_view responder_nonce;
  std::string_view initiator_identity;
  std::string_view responder_identity;
};

/// In hexadecimal; empty with an empty key.
std::string hello_mac(const std::string& key, HelloRole role, const HelloTranscript& transcript);

/// In constant time.
bool equal_macs(std::string_view a, std::string_view b);

/// True if no value of `text` nests deeper than `depth_max`; judged before a parser sees it.
bool json_depth_within(std::string_view text, int depth_max);

}  // namespace holdfast::transport

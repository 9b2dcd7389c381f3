#include "transport/hello_message.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/check.hpp"
#include "base/limits.hpp"
#include "transport/hex.hpp"
#include "transport/private_file.hpp"

namespace holdfast::transport {
namespace {

using Json = nlohmann::json;

constexpr int kHelloVersion = 1;

bool is_hex(std::string_view text) {
  return text.size() == kHexDigits && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string_view name_of(HelloStep step) {
  switch (step) {
    case HelloStep::challenge:
      return "challenge";
    case HelloStep::proof:
      return "proof";
  }
  return "";
}

std::string_view label_of(HelloRole role) {
  switch (role) {
    case HelloRole::challenge_request:
      return "challenge request";
    case HelloRole::challenge_answer:
      return "challenge answer";
    case HelloRole::proof_request:
      return "proof request";
    case HelloRole::proof_answer:
      return "proof answer";
  }
  return "";
}

/// The text member `name`, empty if absent; nullopt if it is there and no text.
std::optional<std::string> text_member(const Json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end()) {
    return std::string{};
  }
  if (!found->is_string()) {
    return std::nullopt;
  }
  return found->get<std::string>();
}

void append_framed(std::string& into, std::string_view text) {
  into += std::to_string(text.size());
  into += ':';
  into += text;
}

}  // namespace

bool json_depth_within(std::string_view text, int depth_max) {
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char letter = text[i];
    if (quoted) {
      if (letter == '\\') {
        ++i;
      } else if (letter == '"') {
        quoted = false;
      }
    } else if (letter == '"') {
      quoted = true;
    } else if (letter == '{' || letter == '[') {
      if (++depth > depth_max) {
        return false;
      }
    } else if (letter == '}' || letter == ']') {
      --depth;
    }
  }
  return true;
}

std::string encode_hello(const HelloMessage& message) {
  Json object{{"hello", kHelloVersion}, {"step", name_of(message.step)}, {"mac", message.mac}};
  const auto add = [&object](const char* name, const std::string& text) {
    if (!text.empty()) {
      object[name] = text;
    }
  };
  add("cluster", message.cluster);
  add("nonce", message.nonce);
  add("answer", message.answer);
  add("identity", message.identity);
  return object.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<HelloMessage> parse_hello(std::string_view body) {
  if (body.size() > limits::hello_bytes_max) {
    return Error{"a body of " + std::to_string(body.size()) + " bytes", hello_error_oversized};
  }
  if (!json_depth_within(body, limits::hello_depth_max)) {
    return Error{"JSON that nests too deeply"};
  }
  const Json object = Json::parse(body, nullptr, false);
  if (!object.is_object()) {
    return Error{"no JSON object"};
  }
  const auto version = object.find("hello");
  if (version == object.end() || !version->is_number_unsigned() || *version != kHelloVersion) {
    return Error{"no HELLO of version " + std::to_string(kHelloVersion)};
  }
  const auto step = text_member(object, "step");
  auto cluster = text_member(object, "cluster");
  auto nonce = text_member(object, "nonce");
  auto answer = text_member(object, "answer");
  auto identity = text_member(object, "identity");
  auto mac = text_member(object, "mac");
  if (!step || !cluster || !nonce || !answer || !identity || !mac ||
      (*step != name_of(HelloStep::challenge) && *step != name_of(HelloStep::proof)) ||
      cluster->size() > limits::hello_text_max || (!nonce->empty() && !is_hex(*nonce)) ||
      (!answer->empty() && !is_hex(*answer)) || (!mac->empty() && !is_hex(*mac))) {
    return Error{"a HELLO whose fields are not what they must be"};
  }
  HelloMessage message;
  message.step = *step == name_of(HelloStep::proof) ? HelloStep::proof : HelloStep::challenge;
  message.cluster = std::move(*cluster);
  message.nonce = std::move(*nonce);
  message.answer = std::move(*answer);
  message.identity = std::move(*identity);
  message.mac = std::move(*mac);
  return message;
}

std::string refusal_body() {
  return R"({"hello":1,"refused":true})";
}

std::string make_nonce() {
  CHECK(sodium_init() >= 0);
  std::array<std::uint8_t, 32> bytes{};
  randombytes_buf(bytes.data(), bytes.size());
  return hex_of(bytes);
}

std::string hello_mac_key(const ClusterKey& key) {
  if (key.open()) {
    return {};
  }
  std::string material(key.bytes().begin(), key.bytes().end());
  std::string derived = hkdf_sha256("holdfast cluster key", material, "hello 1", 32);
  wipe(material);
  return derived;
}

std::string hello_mac(const std::string& key, HelloRole role, const HelloTranscript& transcript) {
  if (key.empty()) {
    return {};
  }
  std::string message = "holdfast hello 1 ";
  append_framed(message, label_of(role));
  append_framed(message, transcript.cluster);
  append_framed(message, transcript.initiator_nonce);
  append_framed(message, transcript.responder_nonce);
  append_framed(message, transcript.initiator_identity);
  append_framed(message, transcript.responder_identity);
  return hex_of(hmac_sha256(key, message));
}

bool equal_macs(std::string_view a, std::string_view b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace holdfast::transport

// The JSON of an identity. Read only after its authentication, and checked all the same: a peer may be of
// another version, or wrong.
#include <algorithm>
#include <initializer_list>
#include <nlohmann/json.hpp>

#include "base/limits.hpp"
#include "cluster/codec/term.hpp"
#include "transport/hello.hpp"
#include "transport/hello_message.hpp"

namespace holdfast::transport {
namespace {

using Json = nlohmann::json;

/// Collects the first flaw, so that the reader below reads like the list of fields that it is.
class Fields {
 public:
  explicit Fields(const Json& object) : object_(object) {}

  std::string text(const char* name, std::size_t size_min) {
    const auto found = object_.find(name);
    if (found == object_.end() || !found->is_string()) {
      return flawed<std::string>(name);
    }
    return checked(*found, name, size_min);
  }

  std::uint64_t number(const char* name, std::uint64_t min, std::uint64_t max) {
    const auto found = object_.find(name);
    if (found == object_.end() || !found->is_number_unsigned()) {
      return flawed<std::uint64_t>(name);
    }
    const auto value = found->get<std::uint64_t>();
    return value < min || value > max ? flawed<std::uint64_t>(name) : value;
  }

  std::uint16_t number16(const char* name, std::uint64_t min) {
    return static_cast<std::uint16_t>(number(name, min, UINT16_MAX));
  }

  CurvePublicKey key(const char* name) {
    const std::string digits = text(name, 0);
    if (digits.empty()) {
      return {};
    }
    const auto key = CurvePublicKey::from_hex(digits);
    return !key || key->empty() || key->published() ? flawed<CurvePublicKey>(name) : *key;
  }

  std::vector<std::pair<std::string, std::string>> pairs(const char* name) {
    using Pairs = std::vector<std::pair<std::string, std::string>>;
    const auto found = object_.find(name);
    if (found == object_.end() || !found->is_array() || found->size() > limits::hello_facts_max) {
      return flawed<Pairs>(name);
    }
    Pairs pairs;
    for (const Json& item : *found) {
      if (!item.is_array() || item.size() != 2 || !item[0].is_string() || !item[1].is_string()) {
        return flawed<Pairs>(name);
      }
      pairs.emplace_back(checked(item[0], name, 1), checked(item[1], name, 0));
    }
    return pairs;
  }

  /// The name of the first field that was missing or out of bounds; empty if none was.
  [[nodiscard]] const std::string& flaw() const { return flaw_; }

 private:
  template <typename T>
  T flawed(const char* name) {
    if (flaw_.empty()) {
      flaw_ = name;
    }
    return T{};
  }

  /// Bounded, and free of control characters: these texts are logged and shown.
  std::string checked(const Json& value, const char* name, std::size_t size_min) {
    auto text = value.get<std::string>();
    const bool clean = std::ranges::none_of(
        text, [](char letter) { return static_cast<unsigned char>(letter) < 0x20 || letter == 0x7F; });
    return text.size() < size_min || text.size() > limits::hello_text_max || !clean ? flawed<std::string>(name) : text;
  }

  const Json& object_;
  std::string flaw_;
};

}  // namespace

std::string encode_identity(const NodeIdentity& identity) {
  Json facts = Json::array();
  for (const auto& [key, value] : identity.facts) {
    facts.push_back(Json::array({key, value}));
  }
  const Json object{{"identifier", identity.identifier},
                    {"nick", identity.nick},
                    {"node_id", identity.node_id},
                    {"machine_id", identity.machine_id},
                    {"incarnation", identity.incarnation},
                    {"instance", identity.instance_uuid},
                    {"curve_public", identity.curve_public.empty() ? "" : identity.curve_public.hex()},
                    {"port_ctl", identity.ports.ctl},
                    {"port_bulk", identity.ports.bulk},
                    {"port_direct", identity.ports.direct},
                    {"protocol_min", identity.protocol_min},
                    {"protocol_max", identity.protocol_max},
                    {"place", identity.runtime_location},
                    {"knows", identity.known_incarnation},
                    {"hears_instance", identity.hears_instance},
                    {"hears_place", identity.hears_runtime_location},
                    {"config_hash", identity.config_hash},
                    {"rules_hash", identity.rules_hash},
                    {"version", identity.version},
                    {"facts", std::move(facts)}};
  return object.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<NodeIdentity> decode_identity(std::string_view text) {
  if (text.size() > limits::hello_bytes_max || !json_depth_within(text, limits::hello_depth_max)) {
    return Error{"the identity is too large or nests too deeply"};
  }
  const Json object = Json::parse(text, nullptr, false);
  if (!object.is_object()) {
    return Error{"the identity is no JSON object"};
  }
  Fields fields(object);
  NodeIdentity identity;
  identity.identifier = fields.text("identifier", 1);
  identity.nick = fields.text("nick", 0);
  identity.node_id = fields.number("node_id", 1, UINT64_MAX);
  identity.machine_id = fields.text("machine_id", 0);
  identity.incarnation = fields.number("incarnation", 0, UINT64_MAX);
  identity.instance_uuid = fields.text("instance", 1);
  identity.curve_public = fields.key("curve_public");
  identity.ports.ctl = fields.number16("port_ctl", 1);
  identity.ports.bulk = fields.number16("port_bulk", 1);
  identity.ports.direct = fields.number16("port_direct", 1);
  identity.protocol_min = fields.number16("protocol_min", 1);
  identity.protocol_max = fields.number16("protocol_max", 1);
  identity.known_incarnation = object.contains("knows") ? fields.number("knows", 0, UINT64_MAX) : 0;  // since 1.1
  const auto later = [&](const char* name) {                                                          // since 1.1
    return object.contains(name) ? fields.text(name, 0) : std::string();
  };
  identity.runtime_location = later("place");
  identity.hears_instance = later("hears_instance");
  identity.hears_runtime_location = later("hears_place");
  identity.config_hash = fields.text("config_hash", 0);
  identity.rules_hash = fields.text("rules_hash", 0);
  identity.version = fields.text("version", 0);
  identity.facts = fields.pairs("facts");
  if (!fields.flaw().empty()) {
    return Error{"the identity's " + fields.flaw() + " is missing or out of bounds"};
  }
  if (identity.protocol_min > identity.protocol_max) {
    return Error{"the identity's protocol versions are out of order"};
  }
  if (identity.node_id != cluster::node_id_of(identity.identifier)) {
    return Error{"the identity's node_id is not that of its identifier " + identity.identifier};
  }
  return identity;
}

}  // namespace holdfast::transport

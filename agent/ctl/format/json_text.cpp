#include "ctl/format/json_text.hpp"

#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "wire/xmlrpc_codec.hpp"

namespace holdfast::ctl {
namespace {

using Json = nlohmann::ordered_json;

struct ToJson {
  Json operator()(std::int64_t number) const { return number; }
  Json operator()(bool truth) const { return truth; }
  Json operator()(double number) const { return number; }
  Json operator()(const std::string& text) const { return text::printable_utf8(text); }
  Json operator()(const wire::DateTime& time) const { return text::printable_utf8(time.text); }
  Json operator()(const wire::Base64& bytes) const { return wire::encode_base64_lines(bytes.bytes); }
  Json operator()(const wire::Array& items) const {
    Json array = Json::array();
    for (const wire::Value& item : items) {
      array.push_back(std::visit(*this, item.data()));
    }
    return array;
  }
  Json operator()(const wire::Struct& members) const {
    Json object = Json::object();
    for (const wire::Member& member : members) {
      object[text::printable_utf8(member.name)] = std::visit(*this, member.value.data());
    }
    return object;
  }
};

}  // namespace

std::string json_text(const wire::Value& value) {
  return std::visit(ToJson{}, value.data()).dump(2);
}

}  // namespace holdfast::ctl

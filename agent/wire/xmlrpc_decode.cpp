#include <libxml/tree.h>
#include <libxml/xmlstring.h>

#include <charconv>
#include <cmath>
#include <optional>

#include "base/text.hpp"
#include "wire/xml_document.hpp"
#include "wire/xmlrpc_codec.hpp"

namespace holdfast::wire {
namespace {

/// Whose document is read: a call's base64 becomes text, as Supervisor's decoder has it; a reply's stays
/// bytes.
enum class Side { call, reply };

Error bad(const xmlNode* node, std::string_view what) {
  return Error{"XML-RPC document, line " + std::to_string(xmlGetLineNo(node)) + ": " + std::string(what), 400};
}

std::string_view name_of(const xmlNode* node) {
  return reinterpret_cast<const char*>(node->name);
}

/// "<name> words"; built by appending, which GCC 12 does not warn about.
std::string tagged(const xmlNode* node, std::string_view words) {
  std::string out(1, '<');
  out.append(name_of(node)).append("> ").append(words);
  return out;
}

const xmlNode* element_from(const xmlNode* node) {
  while (node != nullptr && node->type != XML_ELEMENT_NODE) {
    node = node->next;
  }
  return node;
}

const xmlNode* first_element(const xmlNode* parent) {
  return element_from(parent->children);
}
const xmlNode* next_element(const xmlNode* node) {
  return element_from(node->next);
}

/// The element's own text; comments and child elements are passed over.
std::string text_of(const xmlNode* element) {
  std::string out;
  for (const xmlNode* node = element->children; node != nullptr; node = node->next) {
    if ((node->type == XML_TEXT_NODE || node->type == XML_CDATA_SECTION_NODE) && node->content != nullptr) {
      out += reinterpret_cast<const char*>(node->content);
    }
  }
  return out;
}

bool is_utf8(const std::string& bytes) {
  for (std::size_t at = 0; at <= bytes.size();) {  // xmlCheckUTF8 stops at a NUL, which is itself valid
    const char* const piece = bytes.c_str() + at;
    if (xmlCheckUTF8(reinterpret_cast<const unsigned char*>(piece)) == 0) {
      return false;
    }
    at += std::string_view(piece).size() + 1;
  }
  return true;
}

std::optional<double> parse_double(std::string_view text) {
  if (!text.empty() && text.front() == '+') {
    text.remove_prefix(1);
    if (!text.empty() && text.front() == '-') {
      return std::nullopt;
    }
  }
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty() || !std::isfinite(number)) {
    return std::nullopt;
  }
  return number;
}

/// `YYYYMMDDTHH:MM:SS` with every part in its range.
bool is_date_time(std::string_view text) {
  constexpr std::string_view pattern = "ddddddddTdd:dd:dd";
  if (text.size() != pattern.size()) {
    return false;
  }
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != pattern[i]) {
      return false;
    }
  }
  const auto part = [&](std::size_t at, std::size_t size) { return *text::parse_int(text.substr(at, size)); };
  const auto year = part(0, 4);
  const auto month = part(4, 2);
  const auto day = part(6, 2);
  if (year < 1 || month < 1 || month > 12) {
    return false;
  }
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  constexpr int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const int last = month == 2 && leap ? 29 : days[month - 1];
  return day >= 1 && day <= last && part(9, 2) <= 23 && part(12, 2) <= 59 && part(15, 2) <= 59;
}

Result<Value> read_value(const xmlNode* element, Side side);

Result<Value> read_base64(const xmlNode* element, Side side) {
  Result<std::string> bytes = decode_base64(text_of(element));
  if (!bytes) {
    return bad(element, bytes.error().message);
  }
  if (side == Side::reply) {
    return Value(Base64{std::move(bytes).value()});
  }
  if (!is_utf8(bytes.value())) {
    return bad(element, "base64 content is not UTF-8 text");
  }
  return Value(std::move(bytes).value());
}

Result<Value> read_array(const xmlNode* element, Side side) {
  const xmlNode* const data = first_element(element);
  if (data == nullptr || name_of(data) != "data") {
    return bad(element, "an array without <data>");
  }
  Array items;
  for (const xmlNode* node = first_element(data); node != nullptr; node = next_element(node)) {
    Result<Value> item = read_value(node, side);
    if (!item) {
      return item;
    }
    items.push_back(std::move(item).value());
  }
  return Value(std::move(items));
}

/// The last of two members of one name wins, as in Python's dict.
void set_member(Struct& members, std::string name, Value value) {
  for (Member& member : members) {
    if (member.name == name) {
      member.value = std::move(value);
      return;
    }
  }
  members.push_back(Member{std::move(name), std::move(value)});
}

Result<Value> read_struct(const xmlNode* element, Side side) {
  Struct members;
  for (const xmlNode* node = first_element(element); node != nullptr; node = next_element(node)) {
    const xmlNode* const name = first_element(node);
    const xmlNode* const value = name == nullptr ? nullptr : next_element(name);
    if (name_of(node) != "member" || value == nullptr || name_of(name) != "name" || next_element(value) != nullptr) {
      return bad(node, "a struct's member is not one <name> and one <value>");
    }
    if (members.size() >= limits::xmlrpc_struct_members) {
      return bad(node, "a struct with too many members");
    }
    Result<Value> read = read_value(value, side);
    if (!read) {
      return read;
    }
    set_member(members, text_of(name), std::move(read).value());
  }
  return Value(std::move(members));
}

Result<Value> read_typed(const xmlNode* element, Side side) {
  const std::string_view type = name_of(element);
  if (type == "string") {
    return Value(text_of(element));
  }
  if (type == "int" || type == "i4" || (type == "i8" && side == Side::reply)) {
    const auto number = text::parse_int(text::trim(text_of(element)));
    return number ? Result<Value>(Value(*number)) : bad(element, "not an integer");
  }
  if (type == "boolean") {
    return Value(text_of(element) == "1");  // anything else is false (contract 4.1)
  }
  if (type == "double") {
    const auto number = parse_double(text::trim(text_of(element)));
    return number ? Result<Value>(Value(*number)) : bad(element, "not a finite number");
  }
  if (type == "dateTime.iso8601") {
    std::string text = text_of(element);
    return is_date_time(text) ? Result<Value>(Value(DateTime{std::move(text)})) : bad(element, "not a date and time");
  }
  if (type == "base64") {
    return read_base64(element, side);
  }
  if (type == "array") {
    return read_array(element, side);
  }
  if (type == "struct") {
    return read_struct(element, side);
  }
  return bad(element, "unknown value type <" + std::string(type) + ">");
}

Result<Value> read_value(const xmlNode* element, Side side) {
  if (name_of(element) != "value") {
    return bad(element, tagged(element, "where a <value> belongs"));
  }
  const xmlNode* const typed = first_element(element);
  if (typed == nullptr) {
    return Value(text_of(element));  // bare text is a string
  }
  return read_typed(typed, side);
}

Result<std::vector<Value>> read_params(const xmlNode* params, Side side) {
  std::vector<Value> values;
  for (const xmlNode* node = first_element(params); node != nullptr; node = next_element(node)) {
    const xmlNode* const value = first_element(node);
    if (name_of(node) != "param" || value == nullptr) {
      return bad(node, "a parameter is not <param> with a <value>");
    }
    Result<Value> read = read_value(value, side);
    if (!read) {
      return read.error();
    }
    values.push_back(std::move(read).value());
  }
  return values;
}

Result<XmlDocument> parse(std::string_view body, const XmlLimits& limits) {
  Result<XmlDocument> document = XmlDocument::parse(body, "XML-RPC document", limits);
  if (!document) {
    return Error{document.error().message, 400};
  }
  return document;
}

}  // namespace

Result<MethodCall> decode_call(std::string_view body) {
  const Result<XmlDocument> document =
      parse(body, XmlLimits{limits::xmlrpc_call_bytes, limits::xmlrpc_call_elements, limits::xml_depth});
  if (!document) {
    return document.error();
  }
  const xmlNode* const root = xmlDocGetRootElement(document.value().handle());
  if (name_of(root) != "methodCall") {
    return bad(root, "not a <methodCall>");
  }
  MethodCall call;
  for (const xmlNode* node = first_element(root); node != nullptr; node = next_element(node)) {
    if (name_of(node) == "methodName") {
      call.method = text_of(node);
    } else if (name_of(node) == "params") {
      Result<std::vector<Value>> params = read_params(node, Side::call);
      if (!params) {
        return params.error();
      }
      call.params = std::move(params).value();
    } else {
      return bad(node, tagged(node, "does not belong into a <methodCall>"));
    }
  }
  if (call.method.empty()) {
    return bad(root, "no method name");
  }
  return call;
}

namespace {

Result<Reply> read_fault(const xmlNode* element) {
  const xmlNode* const content = first_element(element);
  if (content == nullptr) {
    return bad(element, "a fault without a value");
  }
  const Result<Value> value = read_value(content, Side::reply);
  if (!value) {
    return value.error();
  }
  const Value* const code = value.value().find("faultCode");
  const Value* const words = value.value().find("faultString");
  if (code == nullptr || code->as_int() == nullptr || words == nullptr || words->as_string() == nullptr) {
    return bad(element, "a fault without faultCode and faultString");
  }
  const auto number = *code->as_int();
  if (number < INT32_MIN || number > INT32_MAX) {
    return bad(element, "a fault code that is no 32-bit number");
  }
  return Reply(Fault{static_cast<int>(number), *words->as_string()});
}

}  // namespace

Result<Reply> decode_response(std::string_view body) {
  const Result<XmlDocument> document =
      parse(body, XmlLimits{limits::xmlrpc_reply_bytes, limits::xmlrpc_reply_elements, limits::xml_depth});
  if (!document) {
    return document.error();
  }
  const xmlNode* const root = xmlDocGetRootElement(document.value().handle());
  const xmlNode* const content = first_element(root);
  if (name_of(root) != "methodResponse" || content == nullptr) {
    return bad(root, "not a <methodResponse>");
  }
  if (name_of(content) == "fault") {
    return read_fault(content);
  }
  if (name_of(content) != "params") {
    return bad(content, "neither <params> nor <fault>");
  }
  Result<std::vector<Value>> values = read_params(content, Side::reply);
  if (!values) {
    return values.error();
  }
  if (values.value().size() != 1) {
    return bad(content, "an answer must have one value");
  }
  return Reply(std::move(values.value().front()));
}

}  // namespace holdfast::wire

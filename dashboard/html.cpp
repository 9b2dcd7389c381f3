#include "dashboard/html.hpp"

#include "base/text.hpp"

namespace holdfast::html {

namespace {

void append_escaped(std::string& out, std::string_view content) {
  for (const char c : content) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
}

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

void append_hex(std::string& out, char c) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(c);
  out += kDigits[byte >> 4];
  out += kDigits[byte & 15];
}

}  // namespace

/// The only one beside text() that writes markup: from literals, attributes and finished pieces.
class Maker {
 public:
  static Safe open_tag(std::string_view name, std::initializer_list<Attribute> attributes, std::size_t room) {
    Safe safe;
    safe.markup_.reserve(room + 2 * name.size() + 64);
    safe.markup_ += '<';
    safe.markup_ += name;
    for (const Attribute& attribute : attributes) {
      safe.markup_ += attribute.markup;
    }
    safe.markup_ += '>';
    return safe;
  }
  static Safe element(std::string_view name, std::initializer_list<Attribute> attributes, std::string_view children) {
    Safe safe = open_tag(name, attributes, children.size());
    safe.markup_ += children;
    safe.markup_ += "</";
    safe.markup_ += name;
    safe.markup_ += '>';
    return safe;
  }
};

Safe text(std::string_view content) {
  Safe safe;
  append_escaped(safe.markup_, text::printable_utf8(content));
  return safe;
}

Safe number(std::int64_t value) {
  return text(std::to_string(value));
}

Attribute attribute(Literal name, std::string_view value) {
  Attribute result = flag(name, true);
  result.markup += "=\"";
  append_escaped(result.markup, text::printable_utf8(value));
  result.markup += '"';
  return result;
}

Attribute flag(Literal name, bool present) {
  Attribute result;
  if (present) {
    result.markup += ' ';
    result.markup += name.value();
  }
  return result;
}

Url& Url::query(Literal name, std::string_view value) & {
  value_ += has_query_ ? '&' : '?';
  has_query_ = true;
  value_ += name.value();
  value_ += '=';
  value_ += percent_encoded(value);
  return *this;
}

Url& Url::fragment(std::string_view id) & {
  value_ += '#';
  value_ += percent_encoded(id);
  return *this;
}

Attribute url(Literal name, const Url& address) {
  return attribute(name, address.value());
}

std::string percent_encoded(std::string_view value) {
  std::string out;
  out.reserve(value.size());
  for (const char c : value) {
    if (is_unreserved(c) || c == '.' || c == '~') {
      out += c;
    } else {
      out += '%';
      append_hex(out, c);
    }
  }
  return out;
}

Safe element(Literal name, std::initializer_list<Attribute> attributes, const Safe& children) {
  return Maker::element(name.value(), attributes, children.markup());
}

Safe element(Literal name, std::initializer_list<Attribute> attributes, Literal children) {
  return Maker::element(name.value(), attributes, children.value());
}

Safe empty_element(Literal name, std::initializer_list<Attribute> attributes) {
  return Maker::open_tag(name.value(), attributes, 0);
}

std::string id_of(std::string_view kind, std::initializer_list<std::string_view> parts) {
  std::string id(kind);
  for (const std::string_view part : parts) {
    id += '.';  // never part of an encoded name: two lists of parts never give one id
    for (const char c : part) {
      if (is_unreserved(c)) {
        id += c;
      } else {
        id += '~';
        append_hex(id, c);
      }
    }
  }
  return id;
}

}  // namespace holdfast::html

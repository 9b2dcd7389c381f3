#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <type_traits>

#include "base/text.hpp"
#include "wire/xmlrpc_codec.hpp"

namespace holdfast::wire {
namespace {

/// Bytes that go out as they are: printable ASCII and the three blanks, without the three that XML escapes.
constexpr std::array<bool, 256> make_plain() {
  std::array<bool, 256> table{};
  for (unsigned c = 0x20; c < 0x7F; ++c) {
    table[c] = c != '&' && c != '<' && c != '>';
  }
  table['\t'] = table['\n'] = table['\r'] = true;
  return table;
}

constexpr std::array<bool, 256> kPlain = make_plain();

void append_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else {
      out.push_back(c);
    }
  }
}

void append_text(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (!kPlain[static_cast<unsigned char>(c)]) {
      append_escaped(out, text::printable_utf8(text));
      return;
    }
  }
  out += text;
}

/// What the reference sends.
void append_double(std::string& out, double number) {
  if (!std::isfinite(number)) {
    out += std::isnan(number) ? "nan" : number < 0 ? "-inf" : "inf";
    return;
  }
  std::array<char, 400> digits{};  // the longest fixed form of a double has 327 characters
  const double size = std::fabs(number);
  const bool fixed = number == 0 || (size >= 1e-4 && size < 1e16);
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number,
                                 fixed ? std::chars_format::fixed : std::chars_format::scientific);
  const std::string_view text(digits.data(), static_cast<std::size_t>(end.ptr - digits.data()));
  out += text;
  if (fixed && text.find('.') == std::string_view::npos) {
    out += ".0";
  }
}

void append_int(std::string& out, std::int64_t number) {
  if (number > INT32_MAX) {
    number = INT32_MAX;
  } else if (number < INT32_MIN) {
    number = INT32_MIN;
  }
  std::array<char, 16> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  out.append(digits.data(), static_cast<std::size_t>(end.ptr - digits.data()));
}

void append_value(std::string& out, const Value& value);

void append_array(std::string& out, const Array& items) {
  out += "<value><array><data>\n";
  for (const Value& item : items) {
    append_value(out, item);
  }
  out += "</data></array></value>\n";
}

void append_struct(std::string& out, const Struct& members) {
  out += "<value><struct>\n";
  for (const Member& member : members) {
    out += "<member>\n<name>";
    append_text(out, member.name);
    out += "</name>\n";
    append_value(out, member.value);
    out += "</member>\n";
  }
  out += "</struct></value>\n";
}

void append_value(std::string& out, const Value& value) {
  std::visit(
      [&out](const auto& data) {
        using T = std::decay_t<decltype(data)>;
        if constexpr (std::is_same_v<T, std::int64_t>) {
          out += "<value><int>";
          append_int(out, data);
          out += "</int></value>\n";
        } else if constexpr (std::is_same_v<T, bool>) {
          out += data ? "<value><boolean>1</boolean></value>\n" : "<value><boolean>0</boolean></value>\n";
        } else if constexpr (std::is_same_v<T, std::string>) {
          out += "<value><string>";
          append_text(out, data);
          out += "</string></value>\n";
        } else if constexpr (std::is_same_v<T, double>) {
          out += "<value><double>";
          append_double(out, data);
          out += "</double></value>\n";
        } else if constexpr (std::is_same_v<T, DateTime>) {
          out += "<value><dateTime.iso8601>";
          append_text(out, data.text);
          out += "</dateTime.iso8601></value>\n";
        } else if constexpr (std::is_same_v<T, Base64>) {
          out += "<value><base64>\n";
          out += encode_base64_lines(data.bytes);
          out += "</base64></value>\n";
        } else if constexpr (std::is_same_v<T, Array>) {
          append_array(out, data);
        } else {
          static_assert(std::is_same_v<T, Struct>);
          append_struct(out, data);
        }
      },
      value.data());
}

}  // namespace

std::string text_of(double number) {
  std::string text;
  append_double(text, number);
  return text;
}

std::string encode_response(const Value& value) {
  std::string out = "<?xml version='1.0'?>\n<methodResponse>\n<params>\n<param>\n";
  append_value(out, value);
  out += "</param>\n</params>\n</methodResponse>\n";
  return out;
}

std::string encode_fault(const Fault& fault) {
  std::string out = "<?xml version='1.0'?>\n<methodResponse>\n<fault>\n";
  append_value(out, Struct{{"faultCode", fault.code}, {"faultString", fault.text}});
  out += "</fault>\n</methodResponse>\n";
  return out;
}

std::string encode_call(std::string_view method, const std::vector<Value>& params) {
  std::string out = "<?xml version='1.0'?>\n<methodCall>\n<methodName>";
  append_text(out, method);
  out += "</methodName>\n<params>\n";
  for (const Value& param : params) {
    out += "<param>\n";
    append_value(out, param);
    out += "</param>\n";
  }
  out += "</params>\n</methodCall>\n";
  return out;
}

}  // namespace holdfast::wire

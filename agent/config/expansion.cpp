#include "config/expansion.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>
#include <set>
#include <vector>

#include "base/limits.hpp"
#include "base/text.hpp"
#include "config/python_text.hpp"

namespace holdfast::config {
namespace {

using Value = Expansions::Value;

std::size_t characters_in(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size(); at += code_point_at(text, at).length) {
    ++count;
  }
  return count;
}

std::string first_characters(std::string_view text, std::size_t count) {
  std::size_t at = 0;
  while (at < text.size() && count-- > 0) {
    at += code_point_at(text, at).length;
  }
  return std::string(text.substr(0, at));
}

/// ascii(str): repr with everything beyond ASCII escaped.
std::string ascii(std::string_view text) {
  const std::string quoted = repr(text);
  std::string out;
  for (std::size_t at = 0; at < quoted.size();) {
    const CodePoint point = code_point_at(quoted, at);
    if (point.value < 0x80) {
      out += quoted[at];
    } else {
      std::array<char, 16> escaped{};
      const char* shape = point.value < 0x100 ? "\\x%02x" : point.value < 0x10000 ? "\\u%04x" : "\\U%08x";
      std::snprintf(escaped.data(), escaped.size(), shape, static_cast<unsigned>(point.value));
      out += escaped.data();
    }
    at += point.length;
  }
  return out;
}

std::string as_text(const Value& value) {
  const auto* number = std::get_if<std::int64_t>(&value);
  return number != nullptr ? std::to_string(*number) : std::get<std::string>(value);
}

/// One `%(name)` conversion: what stands between the name and the letter.
struct Conversion {
  bool left = false;
  bool plus = false;
  bool blank = false;
  bool alternate = false;
  bool zero = false;
  std::size_t width = 0;
  std::optional<std::size_t> precision;
  char32_t letter = 0;
  std::size_t letter_at = 0;  // in characters, for the error
};

std::string padded(std::string sign, std::string body, const Conversion& how, bool numeric) {
  const std::size_t length = sign.size() + characters_in(body);
  const std::size_t missing = how.width > length ? how.width - length : 0;
  if (how.left) {
    return sign + body + std::string(missing, ' ');
  }
  return numeric && how.zero ? sign + std::string(missing, '0') + body : std::string(missing, ' ') + sign + body;
}

std::string sign_of(bool negative, const Conversion& how) {
  return negative ? "-" : how.plus ? "+" : how.blank ? " " : "";
}

std::string format_integer(std::int64_t number, const Conversion& how) {
  const bool negative = number < 0;
  const auto magnitude =
      negative ? 0ULL - static_cast<unsigned long long>(number) : static_cast<unsigned long long>(number);
  std::array<char, 32> digits{};
  const char* shape = how.letter == 'o' ? "%llo" : how.letter == 'x' ? "%llx" : how.letter == 'X' ? "%llX" : "%llu";
  std::snprintf(digits.data(), digits.size(), shape, magnitude);
  std::string body = digits.data();
  if (how.precision && *how.precision > body.size()) {
    body.insert(0, *how.precision - body.size(), '0');
  }
  std::string sign = sign_of(negative, how);
  if (how.alternate && (how.letter == 'o' || how.letter == 'x' || how.letter == 'X')) {
    sign += '0';
    sign += static_cast<char>(how.letter);
  }
  return padded(std::move(sign), std::move(body), how, true);
}

std::string format_real(std::int64_t number, const Conversion& how) {
  const std::string shape = std::string("%") + (how.alternate ? "#" : "") + ".*" + static_cast<char>(how.letter);
  std::vector<char> digits(limits::config_format_width + 64);
  const double magnitude = number < 0 ? -static_cast<double>(number) : static_cast<double>(number);
  std::snprintf(digits.data(), digits.size(), shape.c_str(), static_cast<int>(how.precision.value_or(6)), magnitude);
  return padded(sign_of(number < 0, how), digits.data(), how, true);
}

Result<std::string> format_character(const Value& value, const Conversion& how) {
  const auto* number = std::get_if<std::int64_t>(&value);
  if (number == nullptr) {
    const auto& text = std::get<std::string>(value);
    if (characters_in(text) != 1) {
      return Error{"%c requires int or char"};
    }
    return padded("", text, how, false);
  }
  if (*number < 0 || *number > 0x7F) {  // numbers here count processes: beyond ASCII nobody means a letter
    return Error{"%c arg not in range(0x110000)"};
  }
  return padded("", std::string(1, static_cast<char>(*number)), how, false);
}

bool is_conversion(char32_t letter) {
  return letter < 0x80 &&
         std::string_view("sradiuoxXeEfFgGc").find(static_cast<char>(letter)) != std::string_view::npos;
}

Error unsupported(const Conversion& how) {
  std::array<char, 16> code{};
  std::snprintf(code.data(), code.size(), "%x", static_cast<unsigned>(how.letter));
  const char shown = how.letter > 30 && how.letter < 127 ? static_cast<char>(how.letter) : '?';
  return Error{std::string("unsupported format character '") + shown + "' (0x" + code.data() + ") at index " +
               std::to_string(how.letter_at)};
}

Result<std::string> format_value(const Value& value, const Conversion& how) {
  const std::string letter(1, how.letter < 0x80 ? static_cast<char>(how.letter) : '?');
  const auto* number = std::get_if<std::int64_t>(&value);
  switch (how.letter) {
    case 's':
    case 'r':
    case 'a': {
      std::string text = as_text(value);
      if (number == nullptr && how.letter != 's') {
        text = how.letter == 'r' ? repr(text) : ascii(text);
      }
      return padded("", how.precision ? first_characters(text, *how.precision) : text, how, false);
    }
    case 'd':
    case 'i':
    case 'u':
      return number != nullptr ? Result<std::string>(format_integer(*number, how))
                               : Error{"%" + letter + " format: a real number is required, not str"};
    case 'o':
    case 'x':
    case 'X':
      return number != nullptr ? Result<std::string>(format_integer(*number, how))
                               : Error{"%" + letter + " format: an integer is required, not str"};
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
      return number != nullptr ? Result<std::string>(format_real(*number, how)) : Error{"must be real number, not str"};
    case 'c':
      return format_character(value, how);
    default:
      break;
  }
  return unsupported(how);
}

/// Walks over one format text; each step consumes it or leaves an error with Python's reason.
class Formatter {
 public:
  Formatter(std::string_view format, const Expansions& names) : format_(format), names_(names) {}

  /// The finished text; on error `unknown_name` tells a missing name (its repr is the message) from a bad
  /// format.
  Result<std::string> run() {
    std::string out;
    while (at_ < format_.size()) {
      const std::size_t percent = std::min(format_.find('%', at_), format_.size());
      out += format_.substr(at_, percent - at_);
      at_ = percent;
      if (at_ == format_.size()) {
        break;
      }
      ++at_;
      if (peek() == '%') {
        out += format_[at_++];
        continue;
      }
      auto piece = conversion();
      if (!piece) {
        return piece.error();
      }
      out += piece.value();
      if (out.size() > limits::config_value_bytes) {
        return Error{"the result is longer than " + std::to_string(limits::config_value_bytes) + " bytes"};
      }
    }
    return out;
  }

  [[nodiscard]] bool unknown_name() const { return unknown_name_; }

 private:
  Result<std::string> conversion() {
    const Value* value = nullptr;
    if (peek() == '(') {
      auto name = take_name();
      if (!name) {
        return name.error();
      }
      value = names_.find(name.value());
      if (value == nullptr) {
        unknown_name_ = true;
        return Error{repr(name.value())};
      }
    }
    Conversion how;
    take_flags(how);
    if (Status status = take_widths(how, value); !status) {
      return status.error();
    }
    if (peek() == 'h' || peek() == 'l' || peek() == 'L') {
      ++at_;
    }
    if (at_ == format_.size()) {
      return Error{"incomplete format"};
    }
    const CodePoint point = code_point_at(format_, at_);
    how.letter = point.value;
    how.letter_at = characters_in(format_.substr(0, at_));
    at_ += point.length;
    if (value == nullptr && is_conversion(how.letter)) {
      return Error{"a conversion needs a name in parentheses"};
    }
    return value != nullptr ? format_value(*value, how) : unsupported(how);
  }

  [[nodiscard]] char peek() const { return at_ < format_.size() ? format_[at_] : '\0'; }

  /// The name in parentheses, which may nest.
  Result<std::string> take_name() {
    const std::size_t begin = ++at_;
    int depth = 1;
    while (at_ < format_.size() && depth > 0) {
      depth += format_[at_] == '(' ? 1 : format_[at_] == ')' ? -1 : 0;
      ++at_;
    }
    if (depth > 0) {
      return Error{"incomplete format key"};
    }
    return std::string(format_.substr(begin, at_ - 1 - begin));
  }

  void take_flags(Conversion& how) {
    for (;; ++at_) {
      switch (peek()) {
        case '-':
          how.left = true;
          break;
        case '+':
          how.plus = true;
          break;
        case ' ':
          how.blank = true;
          break;
        case '#':
          how.alternate = true;
          break;
        case '0':
          how.zero = true;
          break;
        default:
          return;
      }
    }
  }

  Status take_widths(Conversion& how, const Value* value) {
    if (peek() == '*') {
      return star(value);
    }
    auto width = take_number("width too big");
    if (!width) {
      return width.error();
    }
    how.width = width.value();
    if (peek() != '.') {
      return {};
    }
    ++at_;
    if (peek() == '*') {
      return star(value);
    }
    auto precision = take_number("precision too big");
    if (!precision) {
      return precision.error();
    }
    how.precision = precision.value();
    return {};
  }

  /// A '*' takes its number from further arguments, and after a name there are none.
  static Status star(const Value* value) {
    const bool number = value != nullptr && std::holds_alternative<std::int64_t>(*value);
    return Error{number ? "not enough arguments for format string" : "* wants int"};
  }

  Result<std::size_t> take_number(const char* too_big) {
    std::size_t number = 0;
    for (; peek() >= '0' && peek() <= '9'; ++at_) {
      number = number * 10 + static_cast<std::size_t>(peek() - '0');
      if (number > limits::config_format_width) {
        return Error{too_big};
      }
    }
    return number;
  }

  std::string_view format_;
  const Expansions& names_;
  std::size_t at_ = 0;
  bool unknown_name_ = false;
};

}  // namespace

const Expansions::Value* Expansions::find(std::string_view name) const {
  for (const Expansions* layer = this; layer != nullptr; layer = layer->base_) {
    if (const auto found = layer->values_.find(name); found != layer->values_.end()) {
      return &found->second;
    }
  }
  return nullptr;
}

std::vector<std::string> Expansions::names() const {
  std::set<std::string> all;
  for (const Expansions* layer = this; layer != nullptr; layer = layer->base_) {
    for (const auto& [name, value] : layer->values_) {
      all.insert(name);
    }
  }
  return {all.begin(), all.end()};
}

Result<std::string> expand(std::string_view format, const Expansions& names, std::string_view label) {
  Formatter formatter(format, names);
  auto out = formatter.run();
  if (out) {
    return out;
  }
  const std::string start = "Format string " + repr(format) + " for " + repr(label);
  if (!formatter.unknown_name()) {
    return Error{start + " is badly formatted: " + out.error().message};
  }
  return Error{start + " contains names (" + out.error().message +
               ") which cannot be expanded. Available names: " + text::join(names.names(), ", ")};
}

}  // namespace holdfast::config

#include "config/environment.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "config/python_text.hpp"

namespace holdfast::config {
namespace {

/// Characters of an unquoted word: Python's shlex in POSIX mode (letters of Latin-1 included) and
/// Supervisor's extras.
bool is_word(char32_t value) {
  if (value < 0x80) {
    const char letter = static_cast<char>(value);
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9') ||
           std::string_view("_/.+-():").find(letter) != std::string_view::npos;
  }
  return value >= 0xC0 && value <= 0xFF && value != 0xD7 && value != 0xF7;
}

bool is_blank(char32_t value) {
  return value == ' ' || value == '\t' || value == '\r' || value == '\n';
}
bool is_quote(char32_t value) {
  return value == '\'' || value == '"';
}

/// Python's shlex.shlex(text, posix=True) with the word characters above, one token at a time.
class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  /// Puts the next token into `token`; false at the end.
  Result<bool> next(std::string& token) {
    token.clear();
    skip_blanks_and_comments();
    if (at_ == text_.size()) {
      return false;
    }
    const CodePoint first = code_point_at(text_, at_);
    if (first.value != '\\' && !is_quote(first.value) && !is_word(first.value)) {
      token = take(first);  // any other character is a token of its own
      return true;
    }
    if (Status status = take_word(token); !status) {
      return status.error();
    }
    return true;
  }

 private:
  Status take_word(std::string& word) {
    while (at_ < text_.size()) {
      const CodePoint point = code_point_at(text_, at_);
      if (point.value == '\\') {
        at_ += point.length;
        if (at_ == text_.size()) {
          return Error{"No escaped character"};
        }
        word += take(code_point_at(text_, at_));
      } else if (is_quote(point.value)) {
        at_ += point.length;
        if (Status status = take_quoted(static_cast<char>(point.value), word); !status) {
          return status;
        }
      } else if (is_word(point.value)) {
        word += take(point);
      } else {
        break;  // a blank, a comment or a token of its own ends the word
      }
    }
    return {};
  }

  std::string take(CodePoint point) {
    const std::string_view bytes = text_.substr(at_, point.length);
    at_ += point.length;
    return std::string(bytes);
  }

  void skip_blanks_and_comments() {
    while (at_ < text_.size()) {
      const CodePoint point = code_point_at(text_, at_);
      if (point.value == '#') {
        at_ = std::min(text_.find('\n', at_), text_.size() - 1) + 1;
      } else if (is_blank(point.value)) {
        at_ += point.length;
      } else {
        return;
      }
    }
  }

  /// Appends what stands up to the closing `quote`; a backslash escapes inside double quotes only.
  Status take_quoted(char quote, std::string& word) {
    while (at_ < text_.size()) {
      const char letter = text_[at_++];
      if (letter == quote) {
        return {};
      }
      if (letter != '\\' || quote != '"') {
        word += letter;
        continue;
      }
      if (at_ == text_.size()) {
        return Error{"No escaped character"};
      }
      const char escaped = text_[at_++];
      if (escaped != '\\' && escaped != quote) {
        word += '\\';
      }
      word += escaped;
    }
    return Error{"No closing quotation"};
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

Result<Environment> parse_environment(std::string_view text) {
  std::vector<std::string> tokens;
  std::string token;
  for (Lexer lexer(text);;) {
    const auto more = lexer.next(token);
    if (!more) {
      return more.error();
    }
    if (!more.value()) {
      break;
    }
    tokens.push_back(token);
  }
  Environment pairs;
  // Key, '=', value, separator; what the separator is, nobody checks (contract 1.5).
  for (std::size_t at = 0; at < tokens.size(); at += 4) {
    if (at + 2 >= tokens.size() || tokens[at + 1] != "=") {
      return Error{"Unexpected end of key/value pairs in value '" + std::string(text) + "'"};
    }
    pairs[tokens[at]] = tokens[at + 2];
  }
  return pairs;
}

}  // namespace holdfast::config

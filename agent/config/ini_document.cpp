#include "config/ini_document.hpp"

#include <optional>
#include <utility>

#include "base/text.hpp"
#include "config/python_text.hpp"

namespace holdfast::config {
namespace {

constexpr std::string_view kDefaultSection = "DEFAULT";
constexpr std::size_t kNone = std::string_view::npos;

/// The lines of a text as Python's text files give them: \r\n and \r read as \n; the last may lack it.
class LineReader {
 public:
  explicit LineReader(std::string_view text) : text_(text) {}

  /// The next line with its newline, or nullopt.
  std::optional<std::string> next() {
    if (at_ == text_.size()) {
      return std::nullopt;
    }
    const std::size_t end = text_.find_first_of("\r\n", at_);
    if (end == kNone) {
      std::string rest(text_.substr(at_));
      at_ = text_.size();
      return rest;
    }
    std::string line(text_.substr(at_, end - at_));
    at_ = end + (text_.substr(end, 2) == "\r\n" ? 2 : 1);
    return line + '\n';
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

bool comment_starts_at(std::string_view line, std::size_t at) {
  return at == 0 || is_python_space(code_point_at(line, at - length_before(line, at)).value);
}

/// Where the comment of a line begins, or kNone. Python looks at the first ';' and the first '#', then at the
/// second ones, and so on, and stops in the first round that finds a comment: the result need not be the
/// leftmost.
std::size_t find_comment(std::string_view line) {
  const std::string_view content = strip(line);
  if (!content.empty() && (content.front() == '#' || content.front() == ';')) {
    return 0;
  }
  std::size_t semicolon = line.find(';');
  std::size_t hash = line.find('#');
  while (semicolon != kNone || hash != kNone) {
    std::size_t found = kNone;
    for (const std::size_t at : {semicolon, hash}) {
      if (at != kNone && comment_starts_at(line, at) && (found == kNone || at < found)) {
        found = at;
      }
    }
    if (found != kNone) {
      return found;
    }
    semicolon = semicolon == kNone ? kNone : line.find(';', semicolon + 1);
    hash = hash == kNone ? kNone : line.find('#', hash + 1);
  }
  return kNone;
}

/// How many characters stand before the first that is no white space.
std::size_t indent_of(std::string_view line) {
  const std::size_t bytes = line.size() - strip_left(line).size();
  std::size_t characters = 0;
  for (std::size_t at = 0; at < bytes; at += code_point_at(line, at).length) {
    ++characters;
  }
  return characters;
}

/// The name in `[name]...`, up to the last ']' of the line; nullopt if the line is no header.
std::optional<std::string_view> header_of(std::string_view content) {
  const std::size_t end = content.rfind(']');
  if (content.front() != '[' || end == kNone || end < 2) {
    return std::nullopt;
  }
  return content.substr(1, end - 1);
}

/// The reading of one text into a document's trees; the state of Python's RawConfigParser._read.
class Parse {
 public:
  Parse(Tree& sections, Tree& defaults, const std::string& file)
      : sections_(sections), defaults_(defaults), file_(file) {}

  Status run(std::string_view text) {
    LineReader reader(text);
    while (auto line = reader.next()) {
      ++line_number_;
      if (Status status = take_line(*line); !status) {
        return status;
      }
    }
    finish_value();
    if (!errors_.empty()) {
      return Error{"Source contains parsing errors: " + repr(file_) + errors_};
    }
    return {};
  }

 private:
  Status take_line(const std::string& line) {
    const std::size_t comment = find_comment(line);
    const std::string_view content = strip(std::string_view(line).substr(0, comment));
    if (content.empty()) {
      if (comment == kNone && value_ != nullptr) {
        parts_.emplace_back();  // a blank line may be part of a value; one with a comment is not
      }
      return {};
    }
    const std::size_t indent = indent_of(line);
    if (value_ != nullptr && indent > indent_level_) {
      parts_.emplace_back(content);
      return {};
    }
    indent_level_ = indent;
    if (const auto header = header_of(content)) {
      open_section(*header);
      return {};
    }
    if (section_ == nullptr) {
      return Error{"File contains no section headers.\nfile: " + repr(file_) +
                   ", line: " + std::to_string(line_number_) + '\n' + repr(line)};
    }
    take_option(content, line);
    return {};
  }

  void open_section(std::string_view name) {
    finish_value();
    if (Tree* known = find_child(sections_, name)) {
      section_ = known;
    } else if (name == kDefaultSection) {
      section_ = &defaults_;
    } else {
      section_ = &add_child(sections_, std::string(name), {"", file_, line_number_});
    }
  }

  void take_option(std::string_view content, const std::string& line) {
    const std::size_t delimiter = content.find_first_of("=:");
    if (delimiter == kNone) {
      note_error(line);  // the value before goes on: a deeper line is still its continuation
      return;
    }
    finish_value();
    const std::string name = text::lower(strip_right(content.substr(0, delimiter)));
    if (name.empty()) {
      note_error(line);
      return;
    }
    value_ = find_child(*section_, name);
    if (value_ == nullptr) {
      value_ = &add_child(*section_, name, {});
    }
    value_->data().file = file_;
    value_->data().line = line_number_;
    parts_.assign(1, std::string(strip(content.substr(delimiter + 1))));
  }

  void note_error(const std::string& line) {
    const std::string number = std::to_string(line_number_);
    errors_ += "\n\t[line " + std::string(number.size() < 2 ? 1 : 0, ' ') + number + "]: " + repr(line);
  }

  void finish_value() {
    if (value_ != nullptr) {
      value_->data().text = strip_right(text::join(parts_, "\n"));
      value_ = nullptr;
    }
  }

  Tree& sections_;
  Tree& defaults_;
  const std::string& file_;
  Tree* section_ = nullptr;
  Tree* value_ = nullptr;  // the key that a continuation line belongs to
  std::vector<std::string> parts_;
  std::size_t indent_level_ = 0;
  int line_number_ = 0;
  std::string errors_;
};

}  // namespace

Status IniDocument::merge(std::string_view text, const std::string& file) {
  return Parse(sections_, defaults_, file).run(text);
}

bool IniDocument::has_section(std::string_view section) const {
  return find_section(section) != nullptr;
}

const Tree* IniDocument::find_section(std::string_view section) const {
  return find_child(sections_, section);
}

const Tree* IniDocument::find_value(const Tree* section, std::string_view key) const {
  if (section != nullptr) {
    if (const Tree* value = find_child(*section, key)) {
      return value;
    }
  }
  return find_child(defaults_, key);
}

std::vector<std::string> IniDocument::keys(std::string_view section) const {
  std::vector<std::string> names;
  const Tree* own = find_section(section);
  if (own != nullptr) {
    for (const auto& [name, value] : *own) {
      names.push_back(name);
    }
  }
  for (const auto& [name, value] : defaults_) {
    if (own == nullptr || find_child(*own, name) == nullptr) {
      names.push_back(name);
    }
  }
  return names;
}

void IniDocument::replace_here(std::string_view directory) {
  static constexpr std::string_view kHere = "%(here)s";
  for (auto& [section_name, section] : sections_) {
    for (const std::string& key : keys(section_name)) {
      const TreeText& known = find_value(section_name, key)->data();
      if (known.text.find(kHere) == std::string::npos) {
        continue;
      }
      TreeText replaced = known;
      for (std::size_t at = 0; (at = replaced.text.find(kHere, at)) != std::string::npos; at += directory.size()) {
        replaced.text.replace(at, kHere.size(), directory);
      }
      if (Tree* own = find_child(section, key)) {
        own->data() = std::move(replaced);
      } else {
        add_child(section, key, std::move(replaced));
      }
    }
  }
}

}  // namespace holdfast::config

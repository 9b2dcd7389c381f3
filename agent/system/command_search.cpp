#include "system/command_search.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "base/limits.hpp"
#include "base/text.hpp"

namespace holdfast::system {
namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/// Reads words one by one; the states are those of the POSIX shell's quoting.
class WordReader {
 public:
  explicit WordReader(std::string_view line) : rest_(line) {}

  Result<std::vector<std::string>> read() {
    while (!rest_.empty()) {
      const char c = next();
      if (is_blank(c)) {
        end_word();
        continue;
      }
      in_word_ = true;
      if (c == '\\') {
        if (rest_.empty()) {
          return Error{"No escaped character", 0};
        }
        word_ += next();
      } else if (c == '\'' || c == '"') {
        if (const char* error = read_quoted(c)) {
          return Error{error, 0};
        }
      } else {
        word_ += c;
      }
    }
    end_word();
    return std::move(words_);
  }

 private:
  char next() {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }
  void end_word() {
    if (in_word_ && words_.size() < limits::command_words) {
      words_.push_back(std::move(word_));
    }
    word_.clear();
    in_word_ = false;
  }
  /// Up to the closing quote; the error's text, or nullptr.
  const char* read_quoted(char quote) {
    while (!rest_.empty()) {
      const char c = next();
      if (c == quote) {
        return nullptr;
      }
      if (c != '\\' || quote == '\'') {
        word_ += c;
        continue;
      }
      if (rest_.empty()) {
        return "No escaped character";
      }
      const char escaped = next();
      if (escaped != '"' && escaped != '\\') {
        word_ += '\\';  // within double quotes only these two can be escaped
      }
      word_ += escaped;
    }
    return "No closing quotation";
  }

  std::string_view rest_;
  std::string word_;
  std::vector<std::string> words_;
  bool in_word_ = false;
};

std::vector<std::string> search_path(const std::optional<std::string>& environment_path) {
  const char* own = std::getenv("PATH");
  std::vector<std::string> dirs;
  const std::string path = environment_path         ? *environment_path
                           : own != nullptr && *own ? own
                                                    : "/bin:/usr/bin:/usr/local/bin";
  for (const std::string_view dir : text::split(path, ':')) {
    dirs.emplace_back(dir);
  }
  return dirs;
}

std::string joined(const std::string& dir, const std::string& name) {
  return dir.empty() || dir.back() == '/' ? dir + name : dir + "/" + name;
}

void append_escaped(std::string& out, unsigned char c, char quote) {
  char buffer[8];
  if (c == static_cast<unsigned char>(quote) || c == '\\') {
    out += '\\';
    out += static_cast<char>(c);
  } else if (c == '\n') {
    out += "\\n";
  } else if (c == '\t') {
    out += "\\t";
  } else if (c == '\r') {
    out += "\\r";
  } else if (c < 0x20 || c == 0x7F) {
    std::snprintf(buffer, sizeof buffer, "\\x%02x", c);
    out += buffer;
  } else {
    out += static_cast<char>(c);
  }
}

}  // namespace

Result<std::vector<std::string>> split_words(std::string_view line) {
  return WordReader(line).read();
}

std::string python_repr(std::string_view text) {
  const bool double_quotes = text.find('\'') != std::string_view::npos && text.find('"') == std::string_view::npos;
  const char quote = double_quotes ? '"' : '\'';
  std::string out(1, quote);
  for (const char c : text) {
    append_escaped(out, static_cast<unsigned char>(c), quote);
  }
  return out + quote;
}

Result<Command> find_command(std::string_view line, const std::optional<std::string>& environment_path) {
  Result<std::vector<std::string>> words = split_words(line);
  if (!words.ok()) {
    return Error{"can't parse command " + python_repr(line) + ": " + words.error().message, 0};
  }
  Command command;
  command.argv = std::move(words).value();
  if (command.argv.empty()) {
    return Error{"command is empty", 0};
  }
  const std::string& program = command.argv.front();
  struct stat info {};
  bool found = false;
  command.filename = program;
  if (program.find('/') != std::string::npos) {
    found = stat(program.c_str(), &info) == 0;
  } else {
    for (const std::string& dir : search_path(environment_path)) {  // the first file wins, executable or not
      const std::string candidate = joined(dir, program);
      if (stat(candidate.c_str(), &info) == 0) {
        command.filename = candidate;
        found = true;
        break;
      }
    }
  }
  const std::string shown = python_repr(command.filename);
  if (!found) {
    return Error{"can't find command " + shown, 0};
  }
  if (S_ISDIR(info.st_mode)) {
    return Error{"command at " + shown + " is a directory", 0};
  }
  if ((info.st_mode & 0111) == 0) {
    return Error{"command at " + shown + " is not executable", 0};
  }
  if (access(command.filename.c_str(), X_OK) != 0) {
    return Error{"no permission to run command " + shown, 0};
  }
  return command;
}

}  // namespace holdfast::system

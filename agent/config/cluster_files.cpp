#include "config/cluster_files.hpp"

#include <algorithm>

#include "config/python_text.hpp"
#include "config/value_types.hpp"

namespace holdfast::config {

std::vector<std::string> find_files(ReadContext& context, const std::string& text, const std::string& base,
                                    const std::string& what) {
  std::vector<std::string> files;
  std::string word;
  for (const char letter : text + " ") {
    if (std::string_view(" \t\n\r\v\f").find(letter) == std::string_view::npos) {
      word += letter;
      continue;
    }
    if (!word.empty()) {
      const std::string expanded = expand_user(word, context.host);
      const std::string pattern = expanded.starts_with('/') ? expanded : base + "/" + expanded;
      const auto paths = context.host.glob(pattern);
      if (paths.empty()) {
        context.say(LogLevel::warn, what + ": no file matches \"" + word + "\"");
      }
      for (const std::string& path : paths) {
        files.push_back(normal_path(path, context.host));
      }
      word.clear();
    }
  }
  std::sort(files.begin(), files.end());
  files.erase(std::unique(files.begin(), files.end()), files.end());
  return files;
}

std::string disabilities_path(ReadContext& context, const std::string& text, const std::string& base) {
  const std::string expanded = expand_user(std::string(strip(text)), context.host);
  return expanded.empty() ? std::string()
                          : normal_path(expanded.starts_with('/') ? expanded : base + "/" + expanded, context.host);
}

std::string first_file(ReadContext& context, const std::string& text, const std::string& base,
                       const std::string& what) {
  const auto files = find_files(context, text, base, what);
  if (files.size() > 1) {
    context.say(LogLevel::warn,
                what + ": " + std::to_string(files.size()) + " files match; " + files.front() + " is used");
  }
  return files.empty() ? std::string() : files.front();
}

}  // namespace holdfast::config

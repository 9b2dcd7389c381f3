// The main file and its [include].
#include "base/limits.hpp"
#include "config/python_text.hpp"
#include "config/section_readers.hpp"
#include "config/value_types.hpp"

namespace holdfast::config {
namespace {

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  for (std::string_view rest = strip(text); !rest.empty();) {
    std::size_t end = 0;
    while (end < rest.size() && !is_python_space(code_point_at(rest, end).value)) {
      end += code_point_at(rest, end).length;
    }
    words.emplace_back(rest.substr(0, end));
    rest = strip_left(rest.substr(end));
  }
  return words;
}

/// Supervisor passes over an included file that it cannot open; so does this, but says it.
Status include_file(ReadContext& context, const std::string& path) {
  context.say(LogLevel::info, "Included extra file \"" + path + "\" during parsing");
  auto text = context.host.read_file(path);
  if (!text) {
    context.say(LogLevel::warn, "Included file \"" + path + "\" was left out: " + text.error().message);
  } else if (Status status = merge_text(context, text.value(), path); !status) {
    return status;
  }
  context.document.replace_here(directory_part(normal_path(path, context.host)));
  return {};
}

Status include_all(ReadContext& context) {
  context.document.replace_here(context.here);
  Expansions names(&context.environment);
  names.set("here", context.here);
  names.set("host_node_name", context.node_name);
  const Tree* files = context.document.find_value("include", "files");
  if (files == nullptr) {
    return error_at(".ini file has [include] section, but no files setting", context.document.find_section("include"),
                    "include", "");
  }
  const Tree place = *files;  // the included files may say otherwise
  const auto patterns = expand(place.data().text, names, "include.files");
  if (!patterns) {
    return error_at(patterns.error().message, files, "include", "files");
  }
  std::size_t count = 1;
  for (const std::string& word : words_of(patterns.value())) {
    const std::string pattern = word.front() == '/' ? word : (context.here == "/" ? "/" : context.here + "/") + word;
    const auto paths = context.host.glob(pattern);
    if (paths.empty()) {
      context.say(LogLevel::warn, "No file matches via include \"" + pattern + "\"");
    }
    for (const std::string& path : paths) {
      if (++count > limits::config_files) {
        return error_at("[include] files matches more than " + std::to_string(limits::config_files) + " files", &place,
                        "include", "files");
      }
      if (Status status = include_file(context, path); !status) {
        return status;
      }
    }
  }
  return {};
}

}  // namespace

Status merge_text(ReadContext& context, const std::string& text, const std::string& file) {
  if (const auto bad = find_decode_error(text)) {
    return error_at(bad->text, file + ":" + std::to_string(bad->line));
  }
  return context.document.merge(text, file);
}

Status load_document(ReadContext& context) {
  if (!context.host.exists(context.file)) {
    return Error{"could not find config file " + context.file};
  }
  auto text = context.host.read_file(context.file);
  if (!text) {
    return Error{"could not read config file " + context.file};
  }
  if (Status status = merge_text(context, text.value(), context.file); !status) {
    return status;
  }
  return context.document.has_section("include") ? include_all(context) : Status();
}

}  // namespace holdfast::config

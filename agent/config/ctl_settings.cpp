#include "config/ctl_settings.hpp"

#include "config/python_text.hpp"
#include "config/section_readers.hpp"
#include "config/value_types.hpp"

namespace holdfast::config {
namespace {

constexpr const char* kCtlSection = "supervisorctl";
constexpr std::string_view kUnix = "unix://";
constexpr std::string_view kPlugin = "ctlplugin:";
constexpr std::string_view kPluginFactory = "supervisor.ctl_factory";
// Its commands stand in holdfastctl itself.
constexpr std::string_view kSupvisorsFactory = "supvisors.supvisorsctl:make_supvisors_controller_plugin";

/// Each section must be whole, as there (contract 1.15); a factory of somebody else is remembered, not run.
Status read_plugins(ReadContext& context, CtlSettings& settings) {
  for (const auto& [name, section] : context.document.sections()) {
    if (!name.starts_with(kPlugin)) {
      continue;
    }
    SectionReader keys(context, name, context.environment);
    for (const std::string& key : context.document.keys(name)) {
      (void)keys.text(key);
    }
    if (!keys.has(kPluginFactory)) {
      keys.fail("", Error{"section [" + name + "] does not specify a " + std::string(kPluginFactory)});
    }
    if (!keys.status()) {
      return keys.status();
    }
    if (const std::string factory = keys.raw(kPluginFactory).value_or(""); factory != kSupvisorsFactory) {
      settings.foreign_plugins.push_back({name, factory});
    }
  }
  return {};
}

}  // namespace

Result<CtlSettings> read_ctl_settings(const std::string& path, const Host& host) {
  ReadContext context(host);
  context.file = path;
  context.here = directory_part(normal_path(path, host));
  for (const auto& [name, value] : host.environment()) {
    context.environment.set("ENV_" + name, value);
  }
  if (!host.exists(path)) {
    return Error{"could not find config file " + path};
  }
  const auto text = host.read_file(path);
  if (!text) {
    return Error{"could not read config file " + path};
  }
  if (Status status = merge_text(context, text.value(), path); !status) {
    return status.error();
  }
  if (!context.document.has_section(kCtlSection)) {
    return Error{".ini file does not include supervisorctl section"};
  }
  Expansions with_here(&context.environment);
  with_here.set("here", context.here);
  SectionReader paths(context, kCtlSection, with_here);
  SectionReader keys(context, kCtlSection,
                     context.environment);  // %(here)s is for the two paths only (contract 1.4)
  CtlSettings settings;
  if (const auto url = paths.text("serverurl")) {
    settings.serverurl =
        url->starts_with(kUnix) ? std::string(kUnix) + normal_path(url->substr(kUnix.size()), host) : *url;
  }
  settings.prompt = keys.text("prompt").value_or(settings.prompt);
  settings.username = keys.text("username").value_or("");
  settings.password = keys.text("password").value_or("");
  if (const auto history = paths.text("history_file"); history && !history->empty()) {
    settings.history_file = normal_path(*history, host);
  }
  if (!paths.status()) {
    return paths.status().error();
  }
  if (!keys.status()) {
    return keys.status().error();
  }
  if (Status status = read_plugins(context, settings); !status) {
    return status.error();
  }
  return settings;
}

Status check_server_url(const std::string& text) {
  const std::size_t colon = text.find(':');
  const bool has_scheme =
      colon != std::string::npos && colon > 0 &&
      ((text[0] >= 'a' && text[0] <= 'z') || (text[0] >= 'A' && text[0] <= 'Z')) &&
      text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.") == colon;
  std::string rest = has_scheme ? text.substr(colon + 1) : "";
  if (rest.starts_with("//")) {
    rest.erase(0, 2);
  }
  if (rest.empty() || rest.front() == '?' || rest.front() == '#') {
    return Error{"value " + repr(text) + " is not a URL"};
  }
  return {};
}

}  // namespace holdfast::config

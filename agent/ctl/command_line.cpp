#include "ctl/command_line.hpp"

#include <array>

#include "config/command_line.hpp"
#include "config/ctl_settings.hpp"
#include "config/getopt.hpp"

namespace holdfast::ctl {
namespace {

enum Option { help, configuration, interactive, server_url, username, password, history_file, output };

constexpr std::array<config::KnownOption, 9> kOptions{{
    {'h', "help", false, help},
    {'?', "", false, help},
    {'c', "configuration", true, configuration},
    {'i', "interactive", false, interactive},
    {'s', "serverurl", true, server_url},
    {'u', "username", true, username},
    {'p', "password", true, password},
    {'r', "history_file", true, history_file},
    {'o', "output", true, output},
}};

struct Given {
  bool help = false;
  bool interactive = false;
  std::optional<std::string> configuration;
  std::optional<std::string> server_url;
  std::optional<std::string> username;
  std::optional<std::string> password;
  std::optional<std::string> history_file;
  std::optional<Format> format;
};

Result<std::string> checked_url(const std::string& value) {
  const Status status = config::check_server_url(value);
  return status ? Result<std::string>(value) : status.error();
}

Result<Format> checked_format(const std::string& value) {
  if (value == "json" || value == "text") {
    return value == "json" ? Format::json : Format::text;
  }
  return Error{"not text or json"};
}

Status apply(Given& given, const config::GivenOption& option) {
  using Text = Result<std::string>;
  switch (static_cast<Option>(option.id)) {
    case help:
      given.help = true;
      return {};
    case configuration:
      return config::put_option(given.configuration, Text(option.value), option);
    case interactive:
      return config::put_option_flag(given.interactive, option);
    case server_url:
      return config::put_option(given.server_url, checked_url(option.value), option);
    case username:
      return config::put_option(given.username, Text(option.value), option);
    case password:
      return config::put_option(given.password, Text(option.value), option);
    case history_file:
      return config::put_option(given.history_file, Text(option.value), option);
    case output:
      return config::put_option(given.format, checked_format(option.value), option);
  }
  return {};
}

/// The [supervisorctl] section of the file that -c names or the search finds; defaults without any.
Result<config::CtlSettings> file_settings(const Given& given, std::string_view argv0, const config::Host& host) {
  if (given.configuration) {
    return given.configuration->empty() ? config::CtlSettings{} : config::read_ctl_settings(*given.configuration, host);
  }
  const auto found = config::find_configuration(argv0, host);
  return found ? config::read_ctl_settings(found.value(), host) : config::CtlSettings{};
}

}  // namespace

Result<CtlOptions> read_options(const std::vector<std::string>& arguments, std::string_view argv0,
                                const config::Host& host) {
  auto line = config::split_command_line(arguments, kOptions);
  if (!line) {
    return line.error();
  }
  Given given;
  for (const config::GivenOption& option : line.value().options) {
    if (Status status = apply(given, option); !status) {
      return status.error();
    }
    if (given.help) {
      CtlOptions options;
      options.help = true;
      return options;
    }
  }
  const auto settings = file_settings(given, argv0, host);
  if (!settings) {
    return settings.error();
  }
  CtlOptions options;
  options.interactive = given.interactive || line.value().rest.empty();
  options.format = given.format.value_or(Format::text);
  options.server_url = given.server_url.value_or(settings.value().serverurl);
  options.username = given.username.value_or(settings.value().username);
  options.password = given.password.value_or(settings.value().password);
  options.prompt = settings.value().prompt;
  options.history_file = given.history_file.value_or(settings.value().history_file);
  options.foreign_plugins = settings.value().foreign_plugins;
  options.words = std::move(line).value().rest;
  return options;
}

std::string usage_text(std::string_view argv0) {
  return "Usage: " + std::string(argv0) + R"( [options] [command [arguments]]

Asks a Holdfast agent, or a supervisord, and tells it what to do. Without a command: a shell.

-c, --configuration FILE  the file whose [supervisorctl] section names the server (looked for if not given)
-s, --serverurl URL       the server: http://host:port or unix:///path (default http://localhost:9001)
-u, --username NAME       who to be there
-p, --password TEXT       and the password
-o, --output text|json    json: the result as one document
-i, --interactive         ask before shutdown and reload, and for a missing password
-r, --history_file FILE   keep the shell's lines there
-h, -?, --help            print this and exit

This node: status start stop restart signal tail maintail fg clear pid version shutdown reload
Its configuration: reread update add remove avail
The cluster: nodes, status --cluster, app start|stop|restart NAME, history [NAME], why NAME
The cluster's key: keys new FILE, keys add FILE NEWFILE, keys drop FILE, keys reload

`help` lists all commands, `help COMMAND` tells how one is used.
)";
}

}  // namespace holdfast::ctl

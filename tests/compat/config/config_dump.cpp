// The other half of config_oracle_test.py: reads one JSON request a line, answers each with one line of what
// our reader makes of it. No judgement here; the comparison with Python's parser and Supervisor's options is
// in the script.
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "config/command_line.hpp"
#include "config/ctl_settings.hpp"
#include "config/environment.hpp"
#include "config/error_text.hpp"
#include "config/expansion.hpp"
#include "config/ini_document.hpp"
#include "config/posix_host.hpp"
#include "config/settings_reader.hpp"
#include "config/value_types.hpp"

namespace {

using holdfast::Error;
using holdfast::Result;
using holdfast::Status;
using nlohmann::json;
namespace config = holdfast::config;

json failure(const Error& error) {
  return {{"error", config::supervisor_text(error)}, {"place", config::place_text(error)}};
}

json dump_section(const holdfast::Tree& section) {
  json keys = json::array();
  for (const auto& [key, value] : section) {
    keys.push_back({key, value.data().text, value.data().line});
  }
  return keys;
}

json run_document(const json& request) {
  config::IniDocument document;
  for (const json& text : request.at("texts")) {
    const Status status = document.merge(text.at(1).get<std::string>(), text.at(0).get<std::string>());
    if (!status) {
      return failure(status.error());
    }
    if (text.size() > 2) {
      document.replace_here(text.at(2).get<std::string>());
    }
  }
  json sections = json::array();
  for (const auto& [name, section] : document.sections()) {
    sections.push_back({name, dump_section(section), document.keys(name)});
  }
  return {{"sections", sections}, {"defaults", dump_section(document.defaults())}};
}

json run_expand(const json& request) {
  config::Expansions names;
  for (const auto& [name, value] : request.at("names").items()) {
    if (value.is_number()) {
      names.set(name, value.get<std::int64_t>());
    } else {
      names.set(name, value.get<std::string>());
    }
  }
  const auto text =
      config::expand(request.at("format").get<std::string>(), names, request.at("label").get<std::string>());
  return text ? json{{"text", text.value()}} : failure(text.error());
}

json run_environment(const json& request) {
  const auto pairs = config::parse_environment(request.at("text").get<std::string>());
  return pairs ? json{{"pairs", pairs.value()}} : failure(pairs.error());
}

template <typename Value>
json answer(const Result<Value>& result) {
  return result ? json{{"value", result.value()}} : failure(result.error());
}

json run_value(const json& request, const config::Host& host) {
  const std::string type = request.at("type").get<std::string>();
  const std::string text = request.at("text").get<std::string>();
  if (type == "boolean") {
    return answer(config::parse_boolean(text));
  }
  if (type == "integer") {
    return answer(config::parse_integer(text));
  }
  if (type == "byte_size") {
    return answer(config::parse_byte_size(text));
  }
  if (type == "octal_type") {
    return answer(config::parse_octal(text));
  }
  if (type == "signal_number") {
    return answer(config::parse_signal(text));
  }
  if (type == "list_of_exitcodes") {
    return answer(config::parse_exit_codes(text));
  }
  if (type == "logging_level") {
    const auto level = config::parse_log_level(text);
    return level ? json{{"value", static_cast<int>(level.value())}} : failure(level.error());
  }
  if (type == "auto_restart") {
    const auto value = config::parse_autorestart(text);
    return value ? json{{"value", static_cast<int>(value.value())}} : failure(value.error());
  }
  if (type == "existing_directory") {
    return answer(config::parse_existing_directory(text, host));
  }
  if (type == "existing_dirpath") {
    return answer(config::parse_existing_dirpath(text, host));
  }
  if (type == "normalize_path") {
    return json{{"value", config::normal_path(text, host)}};
  }
  if (type == "process_or_group_name") {
    return answer(config::parse_name(text));
  }
  if (type == "name_to_uid") {
    const auto account = config::parse_user(text, host);
    return account ? json{{"value", account.value().uid}} : failure(account.error());
  }
  if (type == "colon_separated_user_group") {
    return answer(config::parse_user_group(text, host));
  }
  if (type == "inet_address") {
    const auto address = config::parse_inet_address(text);
    return address ? json{{"value", {address.value().host, address.value().port}}} : failure(address.error());
  }
  return {{"error", "unknown type " + type}};
}

json dump_log(const config::LogTarget& log) {
  switch (log.kind) {
    case config::LogTarget::Kind::none:
      return nullptr;
    case config::LogTarget::Kind::automatic:
      return "AUTO";
    case config::LogTarget::Kind::file:
      return log.path;
  }
  return nullptr;
}

void dump_channel(json& out, const std::string& name, const config::ChannelSettings& channel) {
  out[name + "_logfile"] = dump_log(channel.log);
  out[name + "_logfile_maxbytes"] = channel.log_max_bytes;
  out[name + "_logfile_backups"] = channel.log_backups;
  out[name + "_capture_maxbytes"] = channel.capture_max_bytes;
  out[name + "_events_enabled"] = channel.events_enabled;
  out[name + "_syslog"] = channel.syslog;
}

template <typename Value>
json optional(const std::optional<Value>& value) {
  return value ? json(*value) : json(nullptr);
}

json dump_process(const config::ProcessSettings& process) {
  json out{{"name", process.name},
           {"command", process.command},
           {"directory", optional(process.directory)},
           {"umask", optional(process.umask)},
           {"priority", process.lifecycle.priority},
           {"autostart", process.autostart},
           {"autorestart", static_cast<int>(process.lifecycle.autorestart)},
           {"startsecs", process.lifecycle.startsecs},
           {"startretries", process.lifecycle.startretries},
           {"exitcodes", process.lifecycle.exitcodes},
           {"stopsignal", process.lifecycle.stopsignal},
           {"stopwaitsecs", process.lifecycle.stopwaitsecs},
           {"stopasgroup", process.lifecycle.stopasgroup},
           {"killasgroup", process.lifecycle.killasgroup},
           {"uid", process.user ? json(process.user->uid) : json(nullptr)},
           {"redirect_stderr", process.redirect_stderr},
           {"environment", process.environment},
           {"serverurl", optional(process.serverurl)}};
  dump_channel(out, "stdout", process.stdout_channel);
  dump_channel(out, "stderr", process.stderr_channel);
  return out;
}

json dump_group(const config::GroupSettings& group) {
  json processes = json::array();
  for (const auto& process : group.processes) {
    processes.push_back(dump_process(process));
  }
  json out{{"name", group.name}, {"priority", group.priority}, {"kind", static_cast<int>(group.kind)}};
  out["processes"] = processes;
  if (group.listener) {
    out["buffer_size"] = group.listener->buffer_size;
    out["events"] = group.listener->events;
  }
  if (group.fcgi_socket) {
    out["socket"] = group.fcgi_socket->url;
    out["backlog"] = optional(group.fcgi_socket->backlog);
    out["socket_owner"] = optional(group.fcgi_socket->owner);
    out["socket_mode"] = group.fcgi_socket->mode;
  }
  return out;
}

json dump_server(const config::HttpServerSettings& server) {
  return {{"section", server.section},   {"host", server.host},
          {"port", server.port},         {"path", server.path},
          {"mode", server.mode},         {"username", server.username},
          {"password", server.password}, {"owner", optional(server.owner)}};
}

json run_settings(const json& request, const config::Host& host) {
  const auto line = config::parse_command_line(request.at("arguments").get<std::vector<std::string>>(), host);
  if (!line) {
    return failure(line.error());
  }
  if (line.value().action != config::CommandLine::Action::run) {
    return {{"action", line.value().action == config::CommandLine::Action::help ? "help" : "version"}};
  }
  const auto read = config::read_settings(line.value().configuration.value_or(""), line.value(), host);
  if (!read) {
    return failure(read.error());
  }
  const config::Settings& settings = read.value();
  const config::DaemonSettings& daemon = settings.daemon;
  json out{{"logfile", daemon.log_to_syslog ? "syslog" : daemon.logfile},
           {"logfile_maxbytes", daemon.logfile_max_bytes},
           {"logfile_backups", daemon.logfile_backups},
           {"loglevel", static_cast<int>(daemon.loglevel)},
           {"pidfile", daemon.pidfile},
           {"umask", daemon.umask},
           {"nodaemon", daemon.nodaemon},
           {"silent", daemon.silent},
           {"minfds", daemon.minfds},
           {"minprocs", daemon.minprocs},
           {"nocleanup", daemon.nocleanup},
           {"childlogdir", daemon.childlogdir},
           {"uid", daemon.user ? json(daemon.user->uid) : json(nullptr)},
           {"directory", optional(daemon.directory)},
           {"strip_ansi", daemon.strip_ansi},
           {"identifier", daemon.identifier},
           {"serverurl", config::server_url_of(settings)}};
  out["groups"] = json::array();
  for (const auto& group : settings.groups) {
    out["groups"].push_back(dump_group(group));
  }
  out["servers"] = json::array();
  for (const auto& server : settings.servers) {
    out["servers"].push_back(dump_server(server));
  }
  out["messages"] = json::array();
  for (const auto& message : settings.messages) {
    out["messages"].push_back({static_cast<int>(message.level), message.text});
  }
  return out;
}

json run_ctl(const json& request, const config::Host& host) {
  const auto read = config::read_ctl_settings(request.at("file").get<std::string>(), host);
  if (!read) {
    return failure(read.error());
  }
  const config::CtlSettings& settings = read.value();
  return {{"serverurl", settings.serverurl},
          {"username", settings.username},
          {"password", settings.password},
          {"prompt", settings.prompt},
          {"history_file", settings.history_file}};
}

json run(const json& request, const config::Host& host) {
  const std::string what = request.at("what").get<std::string>();
  if (what == "document") {
    return run_document(request);
  }
  if (what == "expand") {
    return run_expand(request);
  }
  if (what == "environment") {
    return run_environment(request);
  }
  if (what == "ctl") {
    return run_ctl(request, host);
  }
  if (what == "search") {
    return {{"paths", config::search_paths(request.at("argv0").get<std::string>())}};
  }
  return what == "value" ? run_value(request, host) : run_settings(request, host);
}

}  // namespace

int main() {
  const config::PosixHost host;
  for (std::string line; std::getline(std::cin, line);) {
    std::cout << run(json::parse(line), host).dump(-1, ' ', true) << std::endl;
  }
  return 0;
}

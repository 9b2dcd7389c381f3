// Methods of supervisor.* about the configuration: what it says, and which of its groups are active.
#include <algorithm>
#include <optional>
#include <utility>

#include "api/methods/supervisor_rows.hpp"
#include "config/error_text.hpp"

namespace holdfast::api {
namespace {

void reload_config(const MethodCall& call) {
  auto groups = call.ports.supervision.reread();
  if (!groups) {
    return recorded(call, "", "reread")(make_fault(Fault::cant_reread, config::supervisor_text(groups.error())));
  }
  submit(call, supervision::ReloadedConfig{{}, std::move(groups).value()});
}

/// AddGroup or RemoveGroup of the group that argument 0 names.
template <typename Request>
void change_group(const MethodCall& call) {
  Request request;
  request.group = call.arguments.string(0);
  if (call.arguments.failed()) {
    return call.done(call.arguments.problem());
  }
  submit(call, std::move(request));
}

std::string log_text(const config::LogTarget& log, const std::string& assigned) {
  switch (log.kind) {
    case config::LogTarget::Kind::none:
      return "none";
    case config::LogTarget::Kind::automatic:
      return assigned.empty() ? "auto" : assigned;
    case config::LogTarget::Kind::file:
      return log.path;
  }
  return "none";
}

void add_channel(wire::Struct& info, const std::string& prefix, const config::ChannelSettings& channel,
                 const std::string& assigned) {
  info.push_back({prefix + "_capture_maxbytes", channel.capture_max_bytes});
  info.push_back({prefix + "_events_enabled", channel.events_enabled});
  info.push_back({prefix + "_logfile", log_text(channel.log, assigned)});
  info.push_back({prefix + "_logfile_backups", channel.log_backups});
  info.push_back({prefix + "_logfile_maxbytes", channel.log_max_bytes});
  info.push_back({prefix + "_syslog", channel.syslog});
}

wire::Value autorestart_value(config::AutoRestart autorestart) {
  switch (autorestart) {
    case config::AutoRestart::never:
      return false;
    case config::AutoRestart::always:
      return true;
    case config::AutoRestart::unexpected:
      return "unexpected";
  }
  return false;
}

/// `group_in_use` says that the group is active, even when this process of it comes with the next update only.
/// `active`: the process whose automatic logs are named; nullptr: they are "auto".
wire::Value config_info_value(const config::GroupSettings& group, const config::ProcessSettings& process,
                              bool group_in_use, const supervision::Process* active) {
  wire::Array exitcodes(process.lifecycle.exitcodes.begin(), process.lifecycle.exitcodes.end());
  wire::Struct info{{"autostart", process.autostart},
                    {"autorestart", autorestart_value(process.lifecycle.autorestart)},
                    {"directory", process.directory.value_or("none")},
                    {"uid", process.user ? wire::Value(process.user->uid) : wire::Value("none")},
                    {"command", process.command},
                    {"exitcodes", std::move(exitcodes)},
                    {"group", group.name},
                    {"group_prio", group.priority},
                    {"inuse", group_in_use},
                    {"killasgroup", process.lifecycle.killasgroup},
                    {"name", process.name},
                    {"process_prio", process.lifecycle.priority},
                    {"redirect_stderr", process.redirect_stderr},
                    {"startretries", process.lifecycle.startretries},
                    {"startsecs", process.lifecycle.startsecs},
                    {"stopsignal", process.lifecycle.stopsignal},
                    {"stopwaitsecs", process.lifecycle.stopwaitsecs},
                    {"serverurl", process.serverurl.value_or("none")}};
  add_channel(info, "stdout", process.stdout_channel, active == nullptr ? "" : active->record().stdout_path);
  add_channel(info, "stderr", process.stderr_channel, active == nullptr ? "" : active->record().stderr_path);
  return info;
}

void get_all_config_info(const MethodCall& call) {
  const supervision::Supervisor& supervisor = call.ports.supervision.supervisor();
  std::vector<std::pair<std::string, wire::Value>> infos;
  for (const config::GroupSettings& group : supervisor.configured_groups()) {
    const bool group_in_use = supervisor.find(group.name) != nullptr;
    const bool made_since = supervisor.made_since_reread(group.name);
    for (const config::ProcessSettings& process : group.processes) {
      const supervision::Process* active = made_since ? supervisor.find(group.name, process.name) : nullptr;
      infos.emplace_back(process.name, config_info_value(group, process, group_in_use, active));
    }
  }
  std::ranges::stable_sort(infos, {}, [](const auto& info) { return info.first; });
  wire::Array values;
  for (auto& [name, info] : infos) {
    values.push_back(std::move(info));
  }
  call.done(wire::Value(std::move(values)));
}

}  // namespace

std::vector<MethodRow> supervisor_configuration_rows() {
  return {
      {.name = "reloadConfig",
       .result = "array",
       .help = "Reads the configuration anew: the names of added, changed and removed groups. Nothing that runs "
               "changes.",
       .body = reload_config},
      {.name = "addProcessGroup",
       .result = "boolean",
       .parameters = {{"name", "string"}},
       .help = "Makes a configured group active.",
       .body = change_group<supervision::AddGroup>},
      {.name = "removeProcessGroup",
       .result = "boolean",
       .parameters = {{"name", "string"}},
       .help = "Takes a stopped group out of the active ones.",
       .body = change_group<supervision::RemoveGroup>},
      {.name = "getAllConfigInfo",
       .result = "array",
       .help = "The configuration of every process, as of the last reading.",
       .reads_only = true,
       .body = get_all_config_info},
  };
}

}  // namespace holdfast::api

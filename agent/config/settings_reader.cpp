#include "config/settings_reader.hpp"

#include <algorithm>
#include <utility>

#include "config/section_readers.hpp"
#include "config/value_types.hpp"

namespace holdfast::config {
namespace {

template <typename Target, typename Source>
void override_with(Target& target, const std::optional<Source>& given) {
  if (given) {
    target = *given;
  }
}

void apply_command_line(DaemonSettings& daemon, const CommandLine& given) {
  daemon.nodaemon = daemon.nodaemon || given.nodaemon;
  daemon.silent = daemon.silent || given.silent;
  daemon.nocleanup = daemon.nocleanup || given.nocleanup;
  daemon.strip_ansi = daemon.strip_ansi || given.strip_ansi;
  override_with(daemon.umask, given.umask);
  override_with(daemon.directory, given.directory);
  override_with(daemon.logfile, given.logfile);
  override_with(daemon.logfile_max_bytes, given.logfile_maxbytes);
  override_with(daemon.logfile_backups, given.logfile_backups);
  override_with(daemon.loglevel, given.loglevel);
  override_with(daemon.pidfile, given.pidfile);
  override_with(daemon.identifier, given.identifier);
  override_with(daemon.childlogdir, given.childlogdir);
  override_with(daemon.minfds, given.minfds);
  override_with(daemon.minprocs, given.minprocs);
}

/// What can only be settled when file and command line are both known: the account and the two paths.
Status finish_daemon(ReadContext& context, const CommandLine& given) {
  DaemonSettings& daemon = context.settings.daemon;
  const std::string user = given.user.value_or(daemon.user ? daemon.user->name : "");
  if (given.user || daemon.user) {
    auto account = context.find_account(user);
    if (!account) {
      return given.user ? account.error()
                        : error_at(account.error().message, context.document.find_value("supervisord", "user"),
                                   "supervisord", "user");
    }
    daemon.user = account.value();
  }
  daemon.log_to_syslog = daemon.logfile == "syslog";
  daemon.logfile = daemon.log_to_syslog ? "" : normal_path(daemon.logfile, context.host);
  daemon.pidfile = normal_path(daemon.pidfile, context.host);
  return {};
}

Status read_sections(ReadContext& context) {
  if (Status status = read_daemon(context); !status) {
    return status;
  }
  if (Status status = read_holdfast(context); !status) {
    return status;
  }
  if (Status status = read_interfaces(context); !status) {
    return status;
  }
  if (!context.supvisors_section.empty() || context.document.has_section("cluster")) {
    context.settings.cluster.emplace();
  }
  if (Status status = read_groups(context); !status) {
    return status;
  }
  if (Status status = read_servers(context); !status) {
    return status;
  }
  return read_cluster(context);
}

}  // namespace

Result<Settings> read_settings(const std::string& path, const CommandLine& command_line, const Host& host) {
  ReadContext context(host);
  context.file = path;
  context.settings.file = normal_path(path, host);
  context.here = directory_part(context.settings.file);
  context.settings.here = context.here;
  context.node_name = host.node_name();
  for (const auto& [name, value] : host.environment()) {
    context.environment.set("ENV_" + name, value);
  }
  if (Status status = load_document(context); !status) {
    return status.error();
  }
  if (Status status = read_sections(context); !status) {
    return status.error();
  }
  find_unused(context);
  apply_command_line(context.settings.daemon, command_line);
  if (Status status = finish_daemon(context, command_line); !status) {
    return status.error();
  }
  std::stable_sort(context.settings.messages.begin(), context.settings.messages.end(),
                   [](const ReaderMessage& a, const ReaderMessage& b) { return a.level > b.level; });
  return std::move(context.settings);
}

Status check_user(Settings& settings, const Host& host) {
  const auto& user = settings.daemon.user;
  const std::uint32_t own = host.own_uid();
  if (!user) {
    if (own == 0) {
      settings.messages.insert(settings.messages.begin(),
                               {LogLevel::critical,
                                "Supervisor is running as root.  Privileges were not dropped because no user "
                                "is specified in the config "
                                "file.  If you intend to run as root, you can set user=root in the config "
                                "file to avoid this message."});
    }
    return {};
  }
  if (user->uid != own && own != 0) {
    return Error{"Can't drop privilege as nonroot user"};
  }
  settings.messages.push_back({LogLevel::info, "Set uid to user " + std::to_string(user->uid) + " succeeded"});
  return {};
}

std::string server_url_of(const Settings& settings) {
  std::string url;
  for (const HttpServerSettings& server : settings.servers) {
    if (server.kind == HttpServerSettings::Kind::unix_socket) {
      return "unix://" + server.path;
    }
    const bool is_ipv6 = server.host.find(':') != std::string::npos;
    const std::string host = server.host.empty() ? "localhost" : is_ipv6 ? "[" + server.host + "]" : server.host;
    url = "http://" + host + ":" + std::to_string(server.port);
  }
  return url;
}

}  // namespace holdfast::config

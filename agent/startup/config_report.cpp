// What `holdfastd -T` prints.
#include <algorithm>
#include <cstdint>

#include "base/text.hpp"
#include "config/node_identity.hpp"
#include "config/value_types.hpp"
#include "startup/config_check.hpp"
#include "system/command_search.hpp"

namespace holdfast {
namespace {

constexpr std::size_t kNameWidth = 12;

std::string_view word_of(bool value) {
  return value ? "yes" : "no";
}

std::string_view word_of(config::AutoRestart value) {
  switch (value) {
    case config::AutoRestart::never:
      return "never";
    case config::AutoRestart::unexpected:
      return "after an unexpected exit";
    case config::AutoRestart::always:
      return "always";
  }
  return {};
}

std::string_view word_of(config::GroupKind kind) {
  switch (kind) {
    case config::GroupKind::program:
      return "group";
    case config::GroupKind::fcgi_program:
      return "FastCGI group";
    case config::GroupKind::event_listener:
      return "event listener";
  }
  return {};
}

std::string octal(std::uint32_t mode) {
  std::string digits;
  for (; mode != 0; mode /= 8) {
    digits.insert(digits.begin(), static_cast<char>('0' + mode % 8));
  }
  return "0" + digits;
}

std::string log_of(const config::ChannelSettings& channel, const std::string& folder) {
  std::string text;
  switch (channel.log.kind) {
    case config::LogTarget::Kind::none:
      text = "none";
      break;
    case config::LogTarget::Kind::automatic:
      text = "a file made in " + folder;
      break;
    case config::LogTarget::Kind::file:
      text = channel.log.path;
      break;
  }
  return channel.syslog ? text + ", and syslog" : text;
}

/// Builds the text; one function for each part of it.
class Report {
 public:
  Report(const config::Settings& settings, const ClusterCheck& cluster) : settings_(settings), cluster_(cluster) {}

  std::string text() {
    head();
    daemon();
    for (const config::GroupSettings& group : settings_.groups) {
      describe(group);
    }
    servers();
    cluster();
    notes();
    return std::move(out_);
  }

 private:
  void head() {
    std::size_t processes = 0;
    for (const config::GroupSettings& group : settings_.groups) {
      processes += group.processes.size();
    }
    out_ = settings_.file + " is good: " + std::to_string(processes) + " processes in " +
           std::to_string(settings_.groups.size()) + " groups\n";
  }

  void daemon() {
    const config::DaemonSettings& daemon = settings_.daemon;
    title("daemon " + daemon.identifier);
    entry("user", daemon.user ? daemon.user->name : "unchanged");
    entry("log", daemon.log_to_syslog ? "syslog" : daemon.logfile + ", level " + std::string(name_of(daemon.loglevel)));
    entry("pid file", daemon.pidfile);
    if (daemon.directory) {
      entry("directory", *daemon.directory);
    }
  }

  void describe(const config::GroupSettings& group) {
    title(std::string(word_of(group.kind)) + " " + group.name + ", priority " + std::to_string(group.priority) +
          ", from " + group.file);
    if (group.fcgi_socket) {
      entry("socket", group.fcgi_socket->url);
    }
    if (group.listener) {
      entry("events", text::join({group.listener->events.begin(), group.listener->events.end()}, ", "));
    }
    for (const config::ProcessSettings& process : group.processes) {
      describe(process, group.name);
    }
  }

  void describe(const config::ProcessSettings& process, const std::string& group) {
    const std::string& folder = settings_.daemon.childlogdir;
    out_ += "  " + process.name + "\n";
    entry("command", process.command);
    entry("user", process.user ? process.user->name : "the daemon's");
    entry("directory", process.directory.value_or("the daemon's"));
    entry("autostart", std::string(word_of(process.autostart)) + ", restarted " +
                           std::string(word_of(process.lifecycle.autorestart)));
    entry("stdout", log_of(process.stdout_channel, folder));
    entry("stderr", process.redirect_stderr ? "with stdout" : log_of(process.stderr_channel, folder));
    const auto path = process.environment.find("PATH");
    const auto command = system::find_command(
        process.command, path == process.environment.end() ? std::nullopt : std::optional<std::string>(path->second));
    if (!command) {
      notes_.push_back(group + ":" + process.name + " cannot be started as things are: " + command.error().message);
    }
  }

  void servers() {
    for (const config::HttpServerSettings& server : settings_.servers) {
      title("[" + server.section + "]");
      if (server.kind == config::HttpServerSettings::Kind::unix_socket) {
        entry("file", server.path + ", mode " + octal(server.mode));
      } else {
        entry("address", (server.host.empty() ? "any" : server.host) + ", port " + std::to_string(server.port));
      }
      entry("password", server.username.empty() ? "none" : "of user " + server.username);
    }
  }

  void cluster() {
    if (!settings_.cluster || !cluster_.nodes) {
      return;
    }
    const config::ClusterSettings& cluster = *settings_.cluster;
    title("cluster " + cluster.name);
    const auto& nodes = cluster_.nodes->nodes;
    for (std::size_t index = 0; index < nodes.size(); ++index) {
      entry(index == cluster_.nodes->self ? "this node" : "node",
            nodes[index].identifier == nodes[index].nick ? nodes[index].identifier
                                                         : nodes[index].nick + " at " + nodes[index].identifier);
    }
    for (const std::string& seed : seed_endpoints_of(settings_)) {
      entry("seed", seed);
    }
    if (cluster.multicast_group) {
      entry("multicast", cluster.multicast_group->address + ", port " + std::to_string(cluster.multicast_group->port) +
                             ", interface " +
                             (cluster.multicast_interface.empty() ? "any" : cluster.multicast_interface) + ", TTL " +
                             std::to_string(cluster.multicast_ttl));
    }
    for (const std::string& file : cluster.rules_files) {
      entry("rules", file);
    }
    entry("key", cluster.key_file.empty() ? "no file: from the HTTP password, if there is one" : cluster.key_file);
    entry("starting", std::string(name_of(cluster.starting_strategy)));
    entry("conciliation", std::string(name_of(cluster.conciliation_strategy)));
  }

  void notes() {
    for (const config::ReaderMessage& message : settings_.messages) {
      if (message.level >= LogLevel::warn) {
        notes_.push_back(message.text);
      }
    }
    notes_.insert(notes_.end(), cluster_.warnings.begin(), cluster_.warnings.end());
    notes_.insert(notes_.end(), settings_.unused.begin(), settings_.unused.end());
    if (!notes_.empty()) {
      title("to be looked at");
      for (const std::string& note : notes_) {
        out_ += "  " + note + "\n";
      }
    }
  }

  void title(const std::string& words) { out_ += "\n" + words + "\n"; }

  /// A value of several lines keeps them, indented.
  void entry(std::string name, std::string_view value) {
    name.resize(std::max(kNameWidth, name.size()), ' ');
    out_ += "    " + name + " ";
    for (const char letter : value) {
      out_ += letter;
      if (letter == '\n') {
        out_ += std::string(kNameWidth + 5, ' ');
      }
    }
    out_ += '\n';
  }

  const config::Settings& settings_;
  const ClusterCheck& cluster_;
  std::string out_;
  std::vector<std::string> notes_;
};

}  // namespace

std::string describe_configuration(const config::Settings& settings, const ClusterCheck& cluster) {
  return Report(settings, cluster).text();
}

}  // namespace holdfast

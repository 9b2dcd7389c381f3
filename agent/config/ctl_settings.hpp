// ctl_settings.hpp: what holdfastctl takes from a configuration file: its [supervisorctl] section (contract
// supervisor.md 1.2, 1.10), and the names of [ctlplugin:x] sections (1.15). Does not follow [include], as supervisorctl
// does not. No I/O but through the Host. Used by holdfastctl.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "config/host.hpp"

namespace holdfast::config {

/// A [ctlplugin:x] whose factory is Python code of somebody else (contract supervisor.md 1.15).
struct ForeignPlugin {
  std::string section;
  std::string factory;
};

struct CtlSettings {
  std::string serverurl = "http://localhost:9001";  // http://host:port or unix:///absolute/path
  std::string username;
  std::string password;
  std::string prompt = "supervisor";
  std::string history_file;  // absolute; empty = none
  std::vector<ForeignPlugin> foreign_plugins;
};

/// Reads `path`, which must have the section. Without any file the defaults above hold: do not call this.
Result<CtlSettings> read_ctl_settings(const std::string& path, const Host& host);

/// Whether `text` is a URL as supervisorctl's -s demands; the error is its text.
Status check_server_url(const std::string& text);

}  // namespace holdfast::config

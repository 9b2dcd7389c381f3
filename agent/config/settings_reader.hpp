// settings_reader.hpp: from a configuration file with its includes to typed Settings (contract supervisor.md
// section 1, supvisors.md 1.2; DESIGN sections 5 and 6). Reads everything or nothing: the first error ends
// it, and what the caller holds stays as it was. What is not an error but worth a line stands in
// Settings::messages, for the log. No I/O but through the Host. Called at start, at reread and by restart.
#pragma once

#include <string>

#include "base/result.hpp"
#include "config/command_line.hpp"
#include "config/host.hpp"
#include "config/settings.hpp"

namespace holdfast::config {

/// Reads `path`; what `command_line` says wins over the file. Errors: error_text.hpp tells text and place
/// apart.
Result<Settings> read_settings(const std::string& path, const CommandLine& command_line, const Host& host);

/// Whether this account may become the settings' `user` (contract 1.9): an error for a non-root daemon told
/// to be somebody else; the CRIT message for root without a user is appended to the settings' messages. For
/// start only.
Status check_user(Settings& settings, const Host& host);

/// The URL that SUPERVISOR_SERVER_URL gets when a program has none of its own: the first unix socket, else
/// the last TCP server; empty without servers.
std::string server_url_of(const Settings& settings);

}  // namespace holdfast::config

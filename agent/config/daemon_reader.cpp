// [supervisord] and [holdfast].
#include "base/limits.hpp"
#include "base/text.hpp"
#include "config/cluster_values.hpp"
#include "config/environment.hpp"
#include "config/section_readers.hpp"
#include "config/value_types.hpp"

namespace holdfast::config {
namespace {

constexpr const char* kDaemonSection = "supervisord";

void read_environment(ReadContext& context, SectionReader& section, const Expansions& names) {
  // Expanded once, as Supervisor 4.4 does; 4.2.5 does it twice, which breaks %% (contract 1.4).
  const auto raw = section.raw("environment");
  if (!section.status() || !raw) {
    return;
  }
  const auto text = expand(*raw, names, "supervisord.environment");
  const auto pairs = text ? parse_environment(text.value()) : Result<Environment>(text.error());
  if (!pairs) {
    section.fail("environment", pairs.error());
    return;
  }
  context.settings.daemon.environment = pairs.value();
}

}  // namespace

Status read_daemon(ReadContext& context) {
  if (!context.document.has_section(kDaemonSection)) {
    return Error{".ini file does not include supervisord section"};
  }
  Expansions names(&context.environment);
  names.set("here", context.here);
  SectionReader section(context, kDaemonSection, names);
  DaemonSettings& daemon = context.settings.daemon;
  const auto existing_directory = [&](const std::string& text) { return parse_existing_directory(text, context.host); };
  const auto dirpath = [&](const std::string& text) { return parse_existing_dirpath(text, context.host); };
  daemon.logfile = "supervisord.log";
  daemon.pidfile = "supervisord.pid";
  daemon.childlogdir = context.host.temporary_directory();

  section.read("minfds", daemon.minfds, parse_integer);
  section.read("minprocs", daemon.minprocs, parse_integer);
  section.read("directory", daemon.directory, existing_directory);
  const auto user = section.text("user");
  section.read("umask", daemon.umask, parse_octal);
  section.read("logfile", daemon.logfile, dirpath);
  section.read("logfile_maxbytes", daemon.logfile_max_bytes, parse_byte_size);
  section.read("logfile_backups", daemon.logfile_backups, parse_integer);
  section.read("loglevel", daemon.loglevel, parse_log_level);
  section.read("pidfile", daemon.pidfile, dirpath);
  if (auto identifier = section.text("identifier")) {
    daemon.identifier = *identifier;
  }
  section.read("nodaemon", daemon.nodaemon, parse_boolean);
  section.read("silent", daemon.silent, parse_boolean);
  section.read("childlogdir", daemon.childlogdir, existing_directory);
  section.read("nocleanup", daemon.nocleanup, parse_boolean);
  section.read("strip_ansi", daemon.strip_ansi, parse_boolean);
  names.set("host_node_name", context.node_name);
  read_environment(context, section, names);
  if (!section.status()) {
    return section.status();
  }
  if (user) {
    daemon.user = Account{*user, 0, 0, {}};  // looked up at the end, and only if the command line names no other
  }
  for (const auto& [name, value] : daemon.environment) {
    context.environment.set("ENV_" + name, value);
  }
  return {};
}

namespace {

Result<int> parse_history_days(std::string_view text) {
  const Result<int> days = parse_integer(text);
  if (days && (days.value() < 1 || days.value() > limits::config_history_days_max)) {
    return Error{"history_days is 1 to " + std::to_string(limits::config_history_days_max) + ", not " +
                 std::string(text)};
  }
  return days;
}

Result<std::int64_t> parse_history_size(std::string_view text) {
  const Result<std::int64_t> size = parse_byte_size(text);
  if (size && size.value() < limits::config_history_size_min) {
    return Error{"history_size is at least 1MB, not " + std::string(text)};
  }
  return size;
}

Result<Duration> parse_restart_interval(std::string_view text) {
  using std::chrono::milliseconds;
  const auto ms = [](Duration time) { return std::chrono::duration_cast<milliseconds>(time).count(); };
  const auto time = time_ms_in(text, ms(limits::restart_interval_min), ms(limits::restart_interval_max));
  if (!time) {
    return Error{"restart_interval is 100ms to 3600 seconds (a number, or one with the suffix ms), not " +
                 std::string(text)};
  }
  return Duration(milliseconds(*time));
}

}  // namespace

Status read_holdfast(ReadContext& context) {
  if (!context.document.has_section("holdfast")) {
    return {};
  }
  Expansions names(&context.environment);
  names.set("here", context.here);
  names.set("host_node_name", context.node_name);
  SectionReader section(context, "holdfast", names);
  if (const auto path = section.text("state_dir")) {
    const std::string expanded = expand_user(*path, context.host);
    context.settings.holdfast.state_dir =
        normal_path(expanded.starts_with('/') ? expanded : context.here + "/" + expanded, context.host);
    if (path->empty()) {
      section.fail("state_dir", Error{"state_dir is empty: give a directory or leave the key out"});
    }
  }
  section.read("legacy_get_actions", context.settings.holdfast.legacy_get_actions, parse_boolean);
  for (const std::string& pool : text::split_list(section.text("byte_length_pools").value_or(""), ',')) {
    if (!context.document.has_section("eventlistener:" + pool)) {
      section.fail("byte_length_pools",
                   Error{"byte_length_pools names " + pool + ", but there is no [eventlistener:" + pool + "]"});
    }
    context.settings.holdfast.byte_length_pools.insert(pool);
  }
  section.read("restart_interval", context.settings.holdfast.restart_interval, parse_restart_interval);
  section.read("history_days", context.settings.holdfast.history_days, parse_history_days);
  section.read("history_size", context.settings.holdfast.history_size_bytes, parse_history_size);
  return section.status();
}

}  // namespace holdfast::config

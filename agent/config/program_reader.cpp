// The processes of [program:x] and its kin.
#include <algorithm>

#include "base/limits.hpp"
#include "base/text.hpp"
#include "config/environment.hpp"
#include "config/python_text.hpp"
#include "config/section_readers.hpp"
#include "config/value_types.hpp"

namespace holdfast::config {
namespace {

/// Reads one program-like section; the order of the keys is Supervisor's.
class ProgramReader {
 public:
  ProgramReader(ReadContext& context, const std::string& section, const std::string& group)
      : context_(context), group_(group), names_(&context.environment), keys_(context, section, names_) {}

  Result<std::vector<ProcessSettings>> run() {
    const std::string& section = keys_.section();
    auto program_name = parse_name(std::string_view(section).substr(section.find(':') + 1));
    if (!program_name) {
      return keys_.error("", program_name.error().message);
    }
    common_.program_name = program_name.value();
    names_.set("here", context_.here);
    names_.set("program_name", common_.program_name);
    names_.set("host_node_name", context_.node_name);
    names_.set("group_name", group_);
    read_common();
    read_counts();
    std::vector<ProcessSettings> processes;
    for (int index = 0; keys_.status().ok() && index < numprocs_; ++index) {
      processes.push_back(read_one(index));
    }
    if (!keys_.status()) {
      return keys_.status().error();
    }
    std::stable_sort(processes.begin(), processes.end(),
                     [](const ProcessSettings& a, const ProcessSettings& b) { return a.name < b.name; });
    return processes;
  }

 private:
  /// The keys that are read once for the section, where process_num is no name yet.
  void read_common() {
    keys_.read("priority", common_.lifecycle.priority, parse_integer);
    keys_.read("autostart", common_.autostart, parse_boolean);
    keys_.read("autorestart", common_.lifecycle.autorestart, parse_autorestart);
    keys_.read("startsecs", common_.lifecycle.startsecs, parse_integer);
    keys_.read("startretries", common_.lifecycle.startretries, parse_integer);
    keys_.read("stopsignal", common_.lifecycle.stopsignal, parse_signal);
    keys_.read("stopwaitsecs", common_.lifecycle.stopwaitsecs, parse_integer);
    keys_.read("stopasgroup", common_.lifecycle.stopasgroup, parse_boolean);
    common_.lifecycle.killasgroup = common_.lifecycle.stopasgroup;
    keys_.read("killasgroup", common_.lifecycle.killasgroup, parse_boolean);
    keys_.read("exitcodes", common_.lifecycle.exitcodes, parse_exit_codes);
    keys_.read("redirect_stderr", common_.redirect_stderr, parse_boolean);
    keys_.read("numprocs", numprocs_, parse_integer);
    keys_.read("numprocs_start", numprocs_start_, parse_integer);
    keys_.read("stdout_capture_maxbytes", common_.stdout_channel.capture_max_bytes, parse_byte_size);
    keys_.read("stdout_events_enabled", common_.stdout_channel.events_enabled, parse_boolean);
    keys_.read("stderr_capture_maxbytes", common_.stderr_channel.capture_max_bytes, parse_byte_size);
    keys_.read("stderr_events_enabled", common_.stderr_channel.events_enabled, parse_boolean);
    common_.serverurl = keys_.text("serverurl");
    if (common_.serverurl && (common_.serverurl->empty() || text::upper(strip(*common_.serverurl)) == "AUTO")) {
      common_.serverurl.reset();
    }
    keys_.read("user", common_.user, [&](const std::string& text) { return context_.find_account(text); });
    keys_.read("umask", common_.umask, parse_octal);
    const auto name = parse_name(keys_.raw("process_name").value_or("%(program_name)s"));
    if (!name) {
      keys_.fail("process_name", name.error());
      return;
    }
    process_name_ = name.value();
  }

  void read_counts() {
    if (numprocs_ > 1 && process_name_.find("%(process_num)") == std::string::npos) {
      keys_.fail(keys_.has("process_name") ? "process_name" : "numprocs",
                 Error{"%(process_num) must be present within process_name when numprocs > 1"});
    }
    if (common_.lifecycle.stopasgroup && !common_.lifecycle.killasgroup) {
      keys_.fail("killasgroup", Error{"Cannot set stopasgroup=true and killasgroup=false"});
    }
    const std::size_t count = static_cast<std::size_t>(std::max(numprocs_, 0));
    if (numprocs_ > limits::config_numprocs) {
      keys_.fail("numprocs", Error{"numprocs is above the limit of " + std::to_string(limits::config_numprocs)});
    } else if (context_.processes + count > limits::config_processes) {
      keys_.fail("numprocs",
                 Error{"the configuration has more than " + std::to_string(limits::config_processes) + " processes"});
    }
    context_.processes += count;
    if (count == 0) {
      for (const std::string& key : context_.document.keys(keys_.section())) {
        (void)keys_.has(key);  // none is without effect because no process reads it
      }
    }
  }

  ProcessSettings read_one(int index) {
    ProcessSettings process = common_;
    process.process_index = index;
    Expansions names(&names_);
    names.set("process_num", std::int64_t{numprocs_start_} + index);
    names.set("numprocs", std::int64_t{numprocs_});
    SectionReader keys(context_, keys_.section(), names);
    const auto pairs = parse_pairs(keys.raw("environment").value_or(""), names);
    if (!pairs) {
      keys_.fail("environment", pairs.error());
      return process;
    }
    process.environment = pairs.value();
    for (const auto& [name, value] : process.environment) {
      names.set("ENV_" + name, value);
    }
    process.directory = keys.text("directory");
    read_channel(keys, names, "stdout", process.stdout_channel);
    read_channel(keys, names, "stderr", process.stderr_channel);
    if (process.redirect_stderr) {
      if (process.stderr_channel.log.kind == LogTarget::Kind::file) {
        warn(
            "redirect_stderr=true but stderr_logfile has also been set to a filename, the filename has been "
            "ignored");
      }
      process.stderr_channel.log = LogTarget{LogTarget::Kind::none, {}};
    }
    const auto command = keys.text("command");
    if (keys.status().ok() && !command) {
      keys.fail("", Error{"program section " + keys.section() + " does not specify a command"});
    }
    process.command = command.value_or("");
    const auto name = expand(process_name_, names, "process_name");
    if (name) {
      process.name = name.value();
    } else {
      keys.fail("process_name", name.error());
    }
    if (!keys.status()) {
      keys_.fail("", keys.status().error());
    }
    return process;
  }

  static Result<Environment> parse_pairs(const std::string& raw, const Expansions& names) {
    auto text = expand(raw, names, "environment");
    return text ? parse_environment(text.value()) : Result<Environment>(text.error());
  }

  void read_channel(SectionReader& keys, const Expansions& names, const std::string& channel, ChannelSettings& out) {
    const std::string key = channel + "_logfile";
    LogfileName logfile{{LogTarget::Kind::automatic, {}}, false};
    keys.read(key, logfile, [&](const std::string& text) -> Result<LogfileName> {
      // Supervisor expands this value twice: a literal percent sign is written %%%%.
      const auto again = expand(text, names, key);
      return again ? parse_logfile_name(again.value(), context_.host) : Result<LogfileName>(again.error());
    });
    out.log = logfile.target;
    keys.read(key + "_backups", out.log_backups, parse_integer);
    keys.read(key + "_maxbytes", out.log_max_bytes, parse_byte_size);
    keys.read(channel + "_syslog", out.syslog, parse_boolean);
    if (logfile.syslog) {
      warn(key + "=syslog but this is deprecated and will be removed.  Use " + channel +
           "_syslog=true to enable syslog instead.");
      out.syslog = true;
    }
    if (keys.status().ok() && out.log.kind == LogTarget::Kind::automatic && out.log_max_bytes == 0) {
      warn("AUTO logging used for " + key +
           " without rollover, set maxbytes > 0 to avoid filling up filesystem unintentionally");
    }
  }

  void warn(const std::string& text) { context_.say(LogLevel::warn, "For [" + keys_.section() + "], " + text); }

  ReadContext& context_;
  const std::string& group_;
  Expansions names_;
  SectionReader keys_;
  ProcessSettings common_;
  std::string process_name_;
  int numprocs_ = 1;
  int numprocs_start_ = 0;
};

}  // namespace

Result<std::vector<ProcessSettings>> read_processes(ReadContext& context, const std::string& section,
                                                    const std::string& group) {
  auto processes = ProgramReader(context, section, group).run();
  if (!processes) {
    const Tree* found = context.document.find_section(section);
    return with_suffix(processes.error(), " in section " + repr(section) + " (file: " + repr(found->data().file) + ")");
  }
  return processes;
}

}  // namespace holdfast::config

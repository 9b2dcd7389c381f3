#include "api/methods/supervisor_methods.hpp"

#include <algorithm>
#include <utility>

#include "api/methods/fault.hpp"
#include "base/text.hpp"
#include "config/error_text.hpp"
#include "supervision/process_info.hpp"

namespace holdfast::api {
namespace {

using supervision::Fault;

/// The bodies, with what they share. One lives as long as the table.
class SupervisorMethods {
 public:
  SupervisorMethods(MethodTable& table, std::string prefix, Ports& ports)
      : table_(table), prefix_(std::move(prefix)), ports_(ports) {}

  void add_all(const std::shared_ptr<SupervisorMethods>& self) {
    self_ = self;
    add_daemon_methods();
    add_main_log_methods();
    add_configuration_methods();
    add_action_methods();
    add_info_methods();
    add_log_methods();
    add_input_methods();
    self_.reset();  // the bodies hold it from here on
  }

 private:
  using Params = std::vector<wire::Value>;
  using Member = void (SupervisorMethods::*)(Arguments&, const Caller&, const MethodDone&);

  enum class Shape { reads, acts };

  /// Adds a method whose body is refused with SHUTDOWN_STATE once the daemon stops (contract 4.3).
  void add(const std::string& name, const std::string& result, std::vector<MethodParameter> parameters,
           const std::string& help, Shape shape, Member member) {
    table_.add({prefix_ + "." + name, result, std::move(parameters), help, shape == Shape::reads,
                [self = self_, member](const Params& params, const Caller& caller, const MethodDone& done) {
                  if (self->stopping()) {
                    return done(make_fault(Fault::shutdown_state));
                  }
                  Arguments arguments(params);
                  (self.get()->*member)(arguments, caller, done);
                }});
  }
  void alias(const std::string& name, const std::string& of) {
    table_.add_alias(prefix_ + "." + name, prefix_ + "." + of);
  }

  [[nodiscard]] bool stopping() const {
    return ports_.supervision.supervisor().daemon_state() != supervision::DaemonState::running;
  }

  // ---- the daemon ----
  void add_daemon_methods() {
    add("getAPIVersion", "string", {}, "The version of this interface.", Shape::reads,
        &SupervisorMethods::api_version);
    alias("getVersion", "getAPIVersion");
    add("getSupervisorVersion", "string", {}, "The version of Supervisor whose behaviour this daemon has.",
        Shape::reads, &SupervisorMethods::supervisor_version);
    add("getIdentification", "string", {}, "The identifier of this daemon.", Shape::reads,
        &SupervisorMethods::identification);
    add("getState", "struct", {}, "The state of the daemon: statecode and statename.", Shape::reads,
        &SupervisorMethods::state);
    add("getPID", "int", {}, "The process id of the daemon.", Shape::reads, &SupervisorMethods::pid);
    add("shutdown", "boolean", {}, "Stops every program, then the daemon.", Shape::acts,
        &SupervisorMethods::shutdown);
    add("restart", "boolean", {}, "Stops every program and starts the daemon anew.", Shape::acts,
        &SupervisorMethods::restart);
  }
  void api_version(Arguments&, const Caller&, const MethodDone& done) { done(wire::Value(kApiVersion)); }
  void supervisor_version(Arguments&, const Caller&, const MethodDone& done) {
    done(wire::Value(kSupervisorVersion));
  }
  void identification(Arguments&, const Caller&, const MethodDone& done) {
    done(wire::Value(ports_.agent.settings().daemon.identifier));
  }
  void state(Arguments&, const Caller&, const MethodDone& done) {
    const supervision::DaemonState state = ports_.supervision.supervisor().daemon_state();
    done(wire::Value(wire::Struct{{"statecode", supervision::code_of(state)},
                                  {"statename", supervision::name_of(state)}}));
  }
  void pid(Arguments&, const Caller&, const MethodDone& done) {
    done(wire::Value(ports_.agent.daemon_pid()));
  }
  void shutdown(Arguments&, const Caller& caller, const MethodDone& done) {
    submit(supervision::ShutdownRequest{}, caller, done);
  }
  void restart(Arguments&, const Caller& caller, const MethodDone& done) {
    submit(supervision::RestartRequest{}, caller, done);
  }

  // ---- the main log ----
  void add_main_log_methods() {
    add("readLog", "string", {{"offset", "int"}, {"length", "int"}}, "Bytes of the main log, from an offset.",
        Shape::reads, &SupervisorMethods::read_main_log);
    alias("readMainLog", "readLog");
    add("clearLog", "boolean", {}, "Empties the main log.", Shape::acts, &SupervisorMethods::clear_main_log);
  }
  void read_main_log(Arguments& arguments, const Caller&, const MethodDone& done) {
    const std::int64_t offset = arguments.integer(0);
    const std::int64_t length = arguments.integer(1);
    if (arguments.failed()) {
      return done(arguments.problem());
    }
    const std::string path = ports_.logs.main_log_path();
    if (path.empty()) {
      return done(make_fault(Fault::no_file, "syslog"));  // where it goes then
    }
    read_file(path, offset, length, done);
  }
  void clear_main_log(Arguments&, const Caller& caller, const MethodDone& done) {
    ports_.logs.clear_main([done = recorded(caller, "", "clear main log", done)](const Status& status) {
      done(status ? MethodResult(wire::Value(true)) : MethodResult(make_fault(fault_of(status.error()))));
    });
  }

  // ---- configuration ----
  void add_configuration_methods() {
    add("reloadConfig", "array", {},
        "Reads the configuration anew: the names of added, changed and removed groups. Nothing that runs "
        "changes.",
        Shape::acts, &SupervisorMethods::reload_config);
    add("addProcessGroup", "boolean", {{"name", "string"}}, "Makes a configured group active.", Shape::acts,
        &SupervisorMethods::add_group);
    add("removeProcessGroup", "boolean", {{"name", "string"}},
        "Takes a stopped group out of the active ones.", Shape::acts, &SupervisorMethods::remove_group);
    add("getAllConfigInfo", "array", {}, "The configuration of every process, as of the last reading.",
        Shape::reads, &SupervisorMethods::all_config_info);
  }
  void reload_config(Arguments&, const Caller& caller, const MethodDone& done) {
    auto groups = ports_.supervision.reread();
    if (!groups) {
      return recorded(caller, "", "reread",
                      done)(make_fault(Fault::cant_reread, config::supervisor_text(groups.error())));
    }
    submit(supervision::ReloadedConfig{{}, std::move(groups).value()}, caller, done);
  }
  void add_group(Arguments& arguments, const Caller& caller, const MethodDone& done) {
    submit_named<supervision::AddGroup>(arguments, caller, done);
  }
  void remove_group(Arguments& arguments, const Caller& caller, const MethodDone& done) {
    submit_named<supervision::RemoveGroup>(arguments, caller, done);
  }
  template <typename Request>
  void submit_named(Arguments& arguments, const Caller& caller, const MethodDone& done) {
    Request request;
    request.group = arguments.string(0);
    if (arguments.failed()) {
      return done(arguments.problem());
    }
    submit(std::move(request), caller, done);
  }
  void all_config_info(Arguments&, const Caller&, const MethodDone& done);

  // ---- start, stop, signal ----
  void add_action_methods() {
    const MethodParameter name{"name", "string"};
    const MethodParameter wait{"wait", "boolean", true};
    const MethodParameter signal{"signal", "string"};
    add("startProcess", "boolean", {name, wait}, "Starts a process, or with group:* its group.", Shape::acts,
        &SupervisorMethods::one<supervision::Action::start>);
    add("stopProcess", "boolean", {name, wait}, "Stops a process, or with group:* its group.", Shape::acts,
        &SupervisorMethods::one<supervision::Action::stop>);
    add("signalProcess", "boolean", {name, signal},
        "Sends a signal to a process, or with group:* to its group.", Shape::acts,
        &SupervisorMethods::one<supervision::Action::signal>);
    add("startProcessGroup", "array", {name, wait}, "Starts the processes of a group.", Shape::acts,
        &SupervisorMethods::group<supervision::Action::start>);
    add("stopProcessGroup", "array", {name, wait}, "Stops the processes of a group.", Shape::acts,
        &SupervisorMethods::group<supervision::Action::stop>);
    add("signalProcessGroup", "array", {name, signal}, "Sends a signal to the processes of a group.",
        Shape::acts, &SupervisorMethods::group<supervision::Action::signal>);
    add("startAllProcesses", "array", {wait}, "Starts every process.", Shape::acts,
        &SupervisorMethods::all<supervision::Action::start>);
    add("stopAllProcesses", "array", {wait}, "Stops every process.", Shape::acts,
        &SupervisorMethods::all<supervision::Action::stop>);
    add("signalAllProcesses", "array", {signal}, "Sends a signal to every process.", Shape::acts,
        &SupervisorMethods::all<supervision::Action::signal>);
  }
  /// The argument after the name: the signal (a number is taken as its text), or whether to wait.
  template <supervision::Action Act, typename Request>
  static void read_rest(Arguments& arguments, std::size_t index, const Params* params, Request& request) {
    if constexpr (Act == supervision::Action::signal) {
      const std::int64_t* number =
          params != nullptr && index < params->size() ? (*params)[index].as_int() : nullptr;
      request.signal = number != nullptr ? std::to_string(*number) : arguments.string(index);
    } else {
      request.wait = arguments.truth(index, true);
    }
  }
  template <supervision::Action Act>
  void one(Arguments& arguments, const Caller& caller, const MethodDone& done) {
    supervision::ProcessRequest request;
    request.action = Act;
    request.namespec = arguments.string(0);
    read_rest<Act>(arguments, 1, &arguments.params(), request);
    arguments.failed() ? done(arguments.problem()) : submit(std::move(request), caller, done);
  }
  template <supervision::Action Act>
  void group(Arguments& arguments, const Caller& caller, const MethodDone& done) {
    supervision::GroupRequest request;
    request.action = Act;
    request.group = arguments.string(0);
    read_rest<Act>(arguments, 1, &arguments.params(), request);
    arguments.failed() ? done(arguments.problem()) : submit(std::move(request), caller, done);
  }
  template <supervision::Action Act>
  void all(Arguments& arguments, const Caller& caller, const MethodDone& done) {
    supervision::AllRequest request;
    request.action = Act;
    read_rest<Act>(arguments, 0, &arguments.params(), request);
    arguments.failed() ? done(arguments.problem()) : submit(std::move(request), caller, done);
  }

  // ---- information ----
  void add_info_methods() {
    add("getProcessInfo", "struct", {{"name", "string"}}, "What is known of a process.", Shape::reads,
        &SupervisorMethods::process_info);
    add("getAllProcessInfo", "array", {}, "What is known of every process.", Shape::reads,
        &SupervisorMethods::all_process_info);
  }
  void process_info(Arguments& arguments, const Caller&, const MethodDone& done) {
    with_process(arguments, done, [&](const supervision::Process& process) {
      done(process_info_value(process, ports_.agent));
    });
  }
  void all_process_info(Arguments&, const Caller&, const MethodDone& done) {
    std::vector<const supervision::Process*> processes;
    for (const supervision::ProcessGroup* group : ports_.supervision.supervisor().groups()) {
      for (const auto& process : group->processes()) {
        processes.push_back(process.get());
      }
    }
    std::ranges::sort(processes, {}, [](const auto* process) { return process->key(); });
    wire::Array infos;
    infos.reserve(processes.size());
    for (const supervision::Process* process : processes) {
      infos.push_back(process_info_value(*process, ports_.agent));
    }
    done(wire::Value(std::move(infos)));
  }

  // ---- logs ----
  void add_log_methods() {
    const std::vector<MethodParameter> range{{"name", "string"}, {"offset", "int"}, {"length", "int"}};
    add("readProcessStdoutLog", "string", range, "Bytes of a process's stdout log, from an offset.",
        Shape::reads, &SupervisorMethods::read_log<supervision::Channel::out>);
    alias("readProcessLog", "readProcessStdoutLog");
    add("readProcessStderrLog", "string", range, "Bytes of a process's stderr log, from an offset.",
        Shape::reads, &SupervisorMethods::read_log<supervision::Channel::err>);
    add("tailProcessStdoutLog", "array", range, "The end of a process's stdout log: bytes, offset, overflow.",
        Shape::reads, &SupervisorMethods::tail_log<supervision::Channel::out>);
    alias("tailProcessLog", "tailProcessStdoutLog");
    add("tailProcessStderrLog", "array", range, "The end of a process's stderr log: bytes, offset, overflow.",
        Shape::reads, &SupervisorMethods::tail_log<supervision::Channel::err>);
    add("clearProcessLogs", "boolean", {{"name", "string"}}, "Empties the logs of a process.", Shape::acts,
        &SupervisorMethods::clear_logs);
    alias("clearProcessLog", "clearProcessLogs");
    add("clearAllProcessLogs", "array", {}, "Empties the logs of every process.", Shape::acts,
        &SupervisorMethods::clear_all_logs);
  }
  template <supervision::Channel C>
  void read_log(Arguments& arguments, const Caller&, const MethodDone& done) {
    const std::int64_t offset = arguments.integer(1);
    const std::int64_t length = arguments.integer(2);
    with_process(arguments, done, [&](const supervision::Process& process) {
      read_file(log_path_of(process, C), offset, length, done);
    });
  }
  template <supervision::Channel C>
  void tail_log(Arguments& arguments, const Caller&, const MethodDone& done) {
    const std::int64_t offset = arguments.integer(1);
    const std::int64_t length = arguments.integer(2);
    with_process(arguments, done, [&](const supervision::Process& process) {
      ports_.logs.tail(log_path_of(process, C), offset, length, [done](LogTail tail) {
        done(wire::Value(wire::Array{std::move(tail.data), tail.offset, tail.overflow}));
      });
    });
  }
  void clear_logs(Arguments& arguments, const Caller& caller, const MethodDone& done) {
    const std::string name = arguments.string(0);
    const MethodDone end = recorded(caller, name, "clear log", done);
    with_process(arguments, end, [&](const supervision::Process& process) {
      ports_.logs.clear_process(process.key(), [done = end, name](const Status& status) {
        done(status ? MethodResult(wire::Value(true)) : MethodResult(make_fault(Fault::failed, name)));
      });
    });
  }
  void clear_all_logs(Arguments&, const Caller& caller, const MethodDone& done);

  // ---- input ----
  void add_input_methods() {
    add("sendProcessStdin", "boolean", {{"name", "string"}, {"chars", "string"}},
        "Sends text to a process's stdin.", Shape::acts, &SupervisorMethods::send_stdin);
    table_.add({prefix_ + ".sendRemoteCommEvent",
                "boolean",
                {{"type", "string"}, {"data", "string"}},
                "Sends an event of type REMOTE_COMMUNICATION to the listeners.",
                false,
                [self = self_](const Params& params, const Caller& caller, const MethodDone& done) {
                  Arguments arguments(params);
                  const std::string type = arguments.text(0);
                  const std::string data = arguments.text(1);
                  if (arguments.failed()) {
                    return done(arguments.problem());
                  }
                  self->ports_.supervision.remote_event(type, data);
                  self->recorded(caller, "", "send event " + type, done)(wire::Value(true));
                }});
  }
  /// What is sent may be a secret: the history has only that something was.
  void send_stdin(Arguments& arguments, const Caller& caller, const MethodDone& done) {
    const wire::Value& chars = arguments.params()[1];
    if (chars.as_string() == nullptr) {
      const std::int64_t* number = chars.as_int();
      return done(make_fault(Fault::incorrect_parameters, number == nullptr ? "" : std::to_string(*number)));
    }
    const std::string name = arguments.string(0);
    const MethodDone end = recorded(caller, name, "send stdin", done);
    with_process(arguments, end, [&](const supervision::Process& process) {
      const Status status = ports_.supervision.send_stdin(process.key(), *chars.as_string());
      if (status) {
        return end(wire::Value(true));
      }
      const auto fault = static_cast<Fault>(status.error().code);
      end(make_fault(fault, fault == Fault::failed ? name + ": " + status.error().message : name));
    });
  }

  /// `done`, with a line in the history before it, for what does not go through submit().
  MethodDone recorded(const Caller& caller, const std::string& name, const std::string& action,
                      const MethodDone& done) {
    return [&history = ports_.history, caller, name, action, done](MethodResult result) {
      const auto* fault = std::get_if<wire::Fault>(&result);
      history.record(caller, name, action, fault == nullptr ? "done" : fault->text);
      done(std::move(result));
    };
  }

  // ---- shared ----
  /// The process that argument 0 names, or BAD_NAME with the name as given.
  template <typename Use>
  void with_process(Arguments& arguments, const MethodDone& done, Use use) {
    const std::string name = arguments.string(0);
    if (arguments.failed()) {
      return done(arguments.problem());
    }
    const supervision::Process* process = ports_.supervision.supervisor().find_namespec(name);
    if (process == nullptr) {
      return done(make_fault(Fault::bad_name, name));
    }
    use(*process);
  }

  /// Of the faults only NO_FILE has a detail: the path, when there is one (contract 4.3).
  void read_file(const std::string& path, std::int64_t offset, std::int64_t length, const MethodDone& done) {
    ports_.logs.read(path, offset, length, [done, path](Result<std::string> bytes) {
      if (bytes) {
        return done(wire::Value(std::move(bytes).value()));
      }
      const Fault fault = fault_of(bytes.error());
      done(make_fault(fault, fault == Fault::no_file ? path : ""));
    });
  }

  static Fault fault_of(const Error& error) {
    return error.code == 0 ? Fault::failed : static_cast<Fault>(error.code);
  }

  void submit(supervision::Input request, const Caller& caller, const MethodDone& done) {
    ports_.supervision.submit(std::move(request), caller, [done](const supervision::Completed& completed) {
      done(result_of(completed));
    });
  }

  static MethodResult result_of(const supervision::Completed& completed);

  MethodTable& table_;
  std::string prefix_;
  Ports& ports_;
  std::shared_ptr<SupervisorMethods> self_;
};

wire::Value row_of(const supervision::ProcessResult& row) {
  return wire::Struct{{"name", row.key.name},
                      {"group", row.key.group},
                      {"status", supervision::code_of(row.status)},
                      {"description", row.description}};
}

wire::Array names_of(const std::vector<std::string>& names) {
  return {names.begin(), names.end()};
}

MethodResult SupervisorMethods::result_of(const supervision::Completed& completed) {
  struct Convert {
    MethodResult operator()(const supervision::Done&) const { return wire::Value(true); }
    MethodResult operator()(const supervision::FaultText& fault) const { return make_fault(fault); }
    MethodResult operator()(const std::vector<supervision::ProcessResult>& rows) const {
      wire::Array values;
      for (const supervision::ProcessResult& row : rows) {
        values.push_back(row_of(row));
      }
      return wire::Value(std::move(values));
    }
    MethodResult operator()(const supervision::ConfigDiff& diff) const {
      return wire::Value(
          wire::Array{wire::Array{names_of(diff.added), names_of(diff.changed), names_of(diff.removed)}});
    }
  };
  return std::visit(Convert{}, completed.answer);
}

std::string text_of(const config::LogTarget& log, const std::string& assigned) {
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
  info.push_back({prefix + "_logfile", text_of(channel.log, assigned)});
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

/// `inuse` says that the group is active, even when this process of it comes with the next update only.
/// `active`: the process whose automatic logs are named; nullptr: they are "auto".
wire::Value config_info_value(const config::GroupSettings& group, const config::ProcessSettings& process,
                              bool group_in_use, const supervision::Process* active) {
  wire::Array exitcodes(process.exitcodes.begin(), process.exitcodes.end());
  wire::Struct info{{"autostart", process.autostart},
                    {"autorestart", autorestart_value(process.autorestart)},
                    {"directory", process.directory.value_or("none")},
                    {"uid", process.user ? wire::Value(process.user->uid) : wire::Value("none")},
                    {"command", process.command},
                    {"exitcodes", std::move(exitcodes)},
                    {"group", group.name},
                    {"group_prio", group.priority},
                    {"inuse", group_in_use},
                    {"killasgroup", process.killasgroup},
                    {"name", process.name},
                    {"process_prio", process.priority},
                    {"redirect_stderr", process.redirect_stderr},
                    {"startretries", process.startretries},
                    {"startsecs", process.startsecs},
                    {"stopsignal", process.stopsignal},
                    {"stopwaitsecs", process.stopwaitsecs},
                    {"serverurl", process.serverurl.value_or("none")}};
  add_channel(info, "stdout", process.stdout_channel, active == nullptr ? "" : active->record().stdout_path);
  add_channel(info, "stderr", process.stderr_channel, active == nullptr ? "" : active->record().stderr_path);
  return info;
}

void SupervisorMethods::all_config_info(Arguments&, const Caller&, const MethodDone& done) {
  const supervision::Supervisor& supervisor = ports_.supervision.supervisor();
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
  done(wire::Value(std::move(values)));
}

void SupervisorMethods::clear_all_logs(Arguments&, const Caller& caller, const MethodDone& done) {
  struct Collected {
    wire::Array rows;  // in the order of the processes, whoever is done first
    std::size_t open = 1;  // one for the loop below
    MethodDone done;
  };
  auto collected = std::make_shared<Collected>();
  collected->done = recorded(caller, "", "clear all logs", done);
  const auto close_one = [collected] {
    if (--collected->open == 0) {
      collected->done(wire::Value(std::move(collected->rows)));
    }
  };
  for (const supervision::Process* process : ports_.supervision.supervisor().by_priority()) {
    ++collected->open;
    const std::size_t place = collected->rows.size();
    collected->rows.emplace_back();
    ports_.logs.clear_process(
        process->key(), [collected, close_one, place, key = process->key()](const Status& status) {
          supervision::ProcessResult row{key, status ? Fault::success : Fault::failed, "OK"};
          if (!status) {
            row.description = make_fault(Fault::failed, supervision::make_namespec(key)).text;
          }
          collected->rows[place] = row_of(row);
          close_one();
        });
  }
  close_one();
}

}  // namespace

void add_supervisor_methods(MethodTable& table, const std::string& prefix, Ports& ports) {
  const auto methods = std::make_shared<SupervisorMethods>(table, prefix, ports);
  methods->add_all(methods);
}

wire::Value process_info_value(const supervision::Process& process, const AgentPort& agent) {
  const supervision::ProcessInfo info = supervision::info_of(
      process, agent.wall(), [&agent](std::int64_t at) { return agent.utc_offset_s(at); });
  return wire::Struct{{"name", info.name},
                      {"group", info.group},
                      {"start", info.start},
                      {"stop", info.stop},
                      {"now", info.now},
                      {"state", info.state},
                      {"statename", info.statename},
                      {"spawnerr", info.spawnerr},
                      {"exitstatus", info.exitstatus},
                      {"logfile", info.logfile},
                      {"stdout_logfile", info.stdout_logfile},
                      {"stderr_logfile", info.stderr_logfile},
                      {"pid", info.pid},
                      {"description", info.description}};
}

std::string log_path_of(const supervision::Process& process, supervision::Channel channel) {
  const config::ProcessSettings& settings = process.settings();
  const bool is_out = channel == supervision::Channel::out;
  if (!is_out && settings.redirect_stderr) {
    return {};
  }
  const config::LogTarget& log = is_out ? settings.stdout_channel.log : settings.stderr_channel.log;
  switch (log.kind) {
    case config::LogTarget::Kind::none:
      return {};
    case config::LogTarget::Kind::automatic:
      return is_out ? process.record().stdout_path : process.record().stderr_path;
    case config::LogTarget::Kind::file:
      return log.path;
  }
  return {};
}

}  // namespace holdfast::api

// Methods of supervisor.* about the daemon itself, its main log, and the events that clients send.
#include "api/methods/supervisor_methods.hpp"
#include "api/methods/supervisor_rows.hpp"

namespace holdfast::api {
namespace {

void get_api_version(const MethodCall& call) {
  call.done(wire::Value(kApiVersion));
}

void get_supervisor_version(const MethodCall& call) {
  call.done(wire::Value(kSupervisorVersion));
}

void get_identification(const MethodCall& call) {
  call.done(wire::Value(call.ports.agent.settings().daemon.identifier));
}

void get_state(const MethodCall& call) {
  const supervision::DaemonState state = call.ports.supervision.supervisor().daemon_state();
  call.done(wire::Value(wire::Struct{{"statecode", code_of(state)}, {"statename", name_of(state)}}));
}

void get_pid(const MethodCall& call) {
  call.done(wire::Value(call.ports.agent.daemon_pid()));
}

void shut_down(const MethodCall& call) {
  submit(call, supervision::ShutdownRequest{});
}

void restart_daemon(const MethodCall& call) {
  submit(call, supervision::RestartRequest{});
}

void read_main_log(const MethodCall& call) {
  const std::int64_t offset = call.arguments.integer(0);
  const std::int64_t length = call.arguments.integer(1);
  if (call.arguments.failed()) {
    return call.done(call.arguments.problem());
  }
  const std::string path = call.ports.logs.main_log_path();
  if (path.empty()) {
    return call.done(make_fault(Fault::no_file, "syslog"));  // where it goes then
  }
  read_file(call, path, offset, length);
}

void clear_main_log(const MethodCall& call) {
  call.ports.logs.clear_main([done = recorded(call, "", "clear main log")](const Status& status) {
    done(status ? MethodResult(wire::Value(true)) : MethodResult(make_fault(fault_of(status.error()))));
  });
}

void send_remote_event(const MethodCall& call) {
  const std::string type = call.arguments.text(0);
  const std::string data = call.arguments.text(1);
  if (call.arguments.failed()) {
    return call.done(call.arguments.problem());
  }
  call.ports.supervision.remote_event(type, data);
  recorded(call, "", "send event " + type)(wire::Value(true));
}

}  // namespace

std::vector<MethodRow> supervisor_daemon_rows() {
  return {
      {.name = "getAPIVersion",
       .alias = "getVersion",
       .result = "string",
       .help = "The version of this interface.",
       .reads_only = true,
       .body = get_api_version},
      {.name = "getSupervisorVersion",
       .result = "string",
       .help = "The version of Supervisor whose behaviour this daemon has.",
       .reads_only = true,
       .body = get_supervisor_version},
      {.name = "getIdentification",
       .result = "string",
       .help = "The identifier of this daemon.",
       .reads_only = true,
       .body = get_identification},
      {.name = "getState",
       .result = "struct",
       .help = "The state of the daemon: statecode and statename.",
       .reads_only = true,
       .body = get_state},
      {.name = "getPID", .result = "int", .help = "The process id of the daemon.", .reads_only = true, .body = get_pid},
      {.name = "shutdown", .result = "boolean", .help = "Stops every program, then the daemon.", .body = shut_down},
      {.name = "restart",
       .result = "boolean",
       .help = "Stops every program and starts the daemon anew.",
       .body = restart_daemon},
      {.name = "readLog",
       .alias = "readMainLog",
       .result = "string",
       .parameters = {{"offset", "int"}, {"length", "int"}},
       .help = "Bytes of the main log, from an offset.",
       .reads_only = true,
       .body = read_main_log},
      {.name = "clearLog", .result = "boolean", .help = "Empties the main log.", .body = clear_main_log},
  };
}

std::vector<MethodRow> supervisor_event_rows() {
  return {{.name = "sendRemoteCommEvent",
           .result = "boolean",
           .parameters = {{"type", "string"}, {"data", "string"}},
           .help = "Sends an event of type REMOTE_COMMUNICATION to the listeners.",
           .body = send_remote_event}};
}

}  // namespace holdfast::api

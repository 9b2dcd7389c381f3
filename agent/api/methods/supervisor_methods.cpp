#include "api/methods/supervisor_methods.hpp"

#include <optional>
#include <utility>

#include "api/methods/supervisor_rows.hpp"

namespace holdfast::api {
namespace {

/// Contract 4.3: once the daemon stops, its methods answer SHUTDOWN_STATE.
std::optional<wire::Fault> refused_while_stopping(const Ports& ports) {
  const bool running = ports.supervision.supervisor().daemon_state() == supervision::DaemonState::running;
  return running ? std::nullopt : std::optional(make_fault(Fault::shutdown_state));
}

MethodResult result_of(const supervision::Completed& completed) {
  struct Convert {
    MethodResult operator()(const supervision::Done&) const { return wire::Value(true); }
    MethodResult operator()(const FaultText& fault) const { return make_fault(fault); }
    MethodResult operator()(const std::vector<supervision::ProcessResult>& results) const {
      wire::Array values;
      for (const supervision::ProcessResult& result : results) {
        values.push_back(result_value(result));
      }
      return wire::Value(std::move(values));
    }
    MethodResult operator()(const supervision::ConfigDiff& diff) const {
      const auto array = [](const std::vector<std::string>& names) { return wire::Array(names.begin(), names.end()); };
      return wire::Value(wire::Array{wire::Array{array(diff.added), array(diff.changed), array(diff.removed)}});
    }
  };
  return std::visit(Convert{}, completed.answer);
}

}  // namespace

void add_supervisor_methods(MethodTable& table, const std::string& prefix, Ports& ports) {
  for (const auto& rows :
       {supervisor_daemon_rows(), supervisor_configuration_rows(), supervisor_process_rows(), supervisor_log_rows()}) {
    add_rows(table, prefix, ports, rows, refused_while_stopping);
  }
  add_rows(table, prefix, ports, supervisor_event_rows());
}

void submit(const MethodCall& call, supervision::Input request) {
  call.ports.supervision.submit(
      std::move(request), call.caller,
      [done = call.done](const supervision::Completed& completed) { done(result_of(completed)); });
}

MethodDone recorded(const MethodCall& call, const std::string& name, const std::string& action) {
  return [&history = call.ports.history, caller = call.caller, name, action, done = call.done](MethodResult result) {
    const auto* fault = std::get_if<wire::Fault>(&result);
    history.record(caller, name, action, fault == nullptr ? "done" : fault->text);
    done(std::move(result));
  };
}

wire::Value result_value(const supervision::ProcessResult& result) {
  return wire::Struct{{"name", result.key.name},
                      {"group", result.key.group},
                      {"status", code_of(result.status)},
                      {"description", result.description}};
}

void read_file(const MethodCall& call, const std::string& path, std::int64_t offset, std::int64_t length) {
  call.ports.logs.read(path, offset, length, [done = call.done, path](Result<std::string> bytes) {
    if (bytes) {
      return done(wire::Value(std::move(bytes).value()));
    }
    const Fault fault = fault_of(bytes.error());
    done(make_fault(fault, fault == Fault::no_file ? path : ""));
  });
}

}  // namespace holdfast::api

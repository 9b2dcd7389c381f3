#include "drivers/cluster/order_executor.hpp"

#include <utility>

#include "supervision/process_info.hpp"

namespace holdfast {
namespace {

/// Faults of what has been begun: how that goes on, the process's own states tell. All others are refusals.
bool is_of_an_attempt(Fault fault) {
  return fault == Fault::spawn_error || fault == Fault::abnormal_termination;
}

cluster::LocalCommandDone done_of(const FaultText& fault) {
  const bool command = fault.fault == Fault::no_file || fault.fault == Fault::not_executable;
  return {{},
          command ? Fault::spawn_error : fault.fault,
          command ? fault.detail : text_of(fault),
          !is_of_an_attempt(fault.fault)};
}

}  // namespace

void OrderExecutor::execute(const cluster::LocalCommand& command) {
  Finish finish = [this, operation = command.operation](cluster::LocalCommandDone done) {
    done.operation = operation;
    done_(std::move(done));
  };
  switch (command.action) {
    case cluster::Action::start_process:
      return request(command, supervision::Action::start, std::move(finish));
    case cluster::Action::stop_process:
      return request(command, supervision::Action::stop, std::move(finish));
    case cluster::Action::signal_process:
      return request(command, supervision::Action::signal, std::move(finish));
    case cluster::Action::restart_process:
      return restart(command, std::move(finish));
    case cluster::Action::start_application:
    case cluster::Action::stop_application:
    case cluster::Action::restart_application:
    case cluster::Action::conciliate:
    case cluster::Action::restart_cluster:
    case cluster::Action::shutdown_cluster:
    case cluster::Action::restart_sequence:
    case cluster::Action::end_sync:
    case cluster::Action::unfence:
    case cluster::Action::start_any_process:
      break;
  }
  finish({{}, Fault::failed, "not an order for one node", true});
}

void OrderExecutor::restart(const cluster::LocalCommand& command, Finish finish) {
  request(command, supervision::Action::stop,
          [this, command, finish = std::move(finish)](const cluster::LocalCommandDone& stopped) {
            if (!stopped.code.done() && stopped.code != Fault::not_running) {
              return finish(stopped);
            }
            request(command, supervision::Action::start, finish);
          });
}

void OrderExecutor::request(const cluster::LocalCommand& command, supervision::Action action, Finish finish) {
  supervision::ProcessRequest request;
  request.action = action;
  request.namespec = command.namespec;
  if (action == supervision::Action::signal) {
    request.signal = command.argument;
  } else if (action == supervision::Action::start) {
    request.extra_args = command.argument;  // none, too: then the plain command is started
  }
  request.failure_shows = true;
  const api::Caller caller{command.user, "cluster", command.operation};
  programs_.submit(std::move(request), caller, [finish = std::move(finish)](const supervision::Completed& completed) {
    const auto* fault = std::get_if<FaultText>(&completed.answer);
    finish(fault == nullptr ? cluster::LocalCommandDone{} : done_of(*fault));
  });
}

}  // namespace holdfast

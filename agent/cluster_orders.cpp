#include "cluster_orders.hpp"

#include <utility>

#include "supervision/process_info.hpp"

namespace holdfast {

void ClusterOrders::execute(const cluster::LocalCommand& command) {
  Finish finish = [this, operation = command.operation](cluster::ResultCode code, std::string text) {
    done_(cluster::LocalCommandDone{operation, code, std::move(text)});
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
      break;
  }
  finish(cluster::ResultCode::failed, "not an order for one node");
}

void ClusterOrders::restart(const cluster::LocalCommand& command, Finish finish) {
  request(command, supervision::Action::stop,
          [this, command, finish = std::move(finish)](cluster::ResultCode code, const std::string& text) {
            if (code != cluster::ResultCode::success && code != cluster::ResultCode::not_running) {
              return finish(code, text);
            }
            request(command, supervision::Action::start, finish);
          });
}

void ClusterOrders::request(const cluster::LocalCommand& command, supervision::Action action, Finish finish) {
  supervision::ProcessRequest request;
  request.action = action;
  request.namespec = command.namespec;
  request.signal = command.argument;
  const api::Caller caller{command.user, "cluster", command.operation};
  programs_.submit(std::move(request), caller, [finish = std::move(finish)](const supervision::Completed& completed) {
    if (const auto* fault = std::get_if<supervision::FaultText>(&completed.answer)) {
      const bool spawn =
          fault->fault == supervision::Fault::no_file || fault->fault == supervision::Fault::not_executable;
      return finish(spawn ? cluster::ResultCode::spawn_error
                          : cluster::result_of_fault(supervision::code_of(fault->fault)),
                    supervision::text_of(*fault));
    }
    finish(cluster::ResultCode::success, "");
  });
}

}  // namespace holdfast

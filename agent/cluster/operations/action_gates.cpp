#include "cluster/operations/action_gates.hpp"

namespace holdfast::cluster {

bool of_one_process(Action action) {
  return action == Action::start_process || action == Action::stop_process || action == Action::restart_process ||
         action == Action::signal_process;
}

std::optional<rules::RequestKind> request_kind_of(Action action) {
  switch (action) {
    case Action::start_process:
      return rules::RequestKind::start_process;
    case Action::start_any_process:
      return rules::RequestKind::start_any_process;
    case Action::stop_process:
      return rules::RequestKind::stop_process;
    case Action::restart_process:
      return rules::RequestKind::restart_process;
    case Action::start_application:
      return rules::RequestKind::start_application;
    case Action::stop_application:
      return rules::RequestKind::stop_application;
    case Action::restart_application:
      return rules::RequestKind::restart_application;
    case Action::restart_sequence:
      return rules::RequestKind::restart_sequence;
    case Action::restart_cluster:
    case Action::shutdown_cluster:
      return rules::RequestKind::stop_everything;
    case Action::signal_process:
    case Action::conciliate:
    case Action::end_sync:
    case Action::unfence:
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace holdfast::cluster

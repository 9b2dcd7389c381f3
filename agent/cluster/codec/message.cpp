#include "cluster/codec/message.hpp"

namespace holdfast::cluster {

int fault_of(ResultCode code) {
  switch (code) {
    case ResultCode::success:
      return 0;
    case ResultCode::bad_state:
    case ResultCode::no_master:
      return 101;
    case ResultCode::not_managed:
      return 102;
    case ResultCode::bad_name:
      return 10;
    case ResultCode::already_started:
      return 60;
    case ResultCode::not_running:
      return 70;
    case ResultCode::abnormal_termination:
      return 40;
    case ResultCode::still_running:
      return 91;
    case ResultCode::spawn_error:
      return 50;
    case ResultCode::disabled:
      return 103;
    case ResultCode::not_applicable:
      return 104;
    case ResultCode::incorrect_parameters:
      return 2;
    case ResultCode::failed:
    case ResultCode::stale_term:
    case ResultCode::wrong_incarnation:
    case ResultCode::unknown:
      return 30;
  }
  return 30;
}

ResultCode result_of_fault(int fault) {
  switch (fault) {
    case 0:
      return ResultCode::success;
    case 101:
      return ResultCode::bad_state;
    case 102:
      return ResultCode::not_managed;
    case 103:
      return ResultCode::disabled;
    case 104:
      return ResultCode::not_applicable;
    case 2:
      return ResultCode::incorrect_parameters;
    case 10:
      return ResultCode::bad_name;
    case 60:
      return ResultCode::already_started;
    case 70:
      return ResultCode::not_running;
    case 40:
      return ResultCode::abnormal_termination;
    case 91:
      return ResultCode::still_running;
    case 50:
      return ResultCode::spawn_error;
    default:
      return ResultCode::failed;
  }
}

}  // namespace holdfast::cluster

#include "supervision/fault.hpp"

#include <algorithm>
#include <array>

namespace holdfast::supervision {

std::string_view name_of(Fault fault) {
  switch (fault) {
    case Fault::unknown_method:
      return "UNKNOWN_METHOD";
    case Fault::incorrect_parameters:
      return "INCORRECT_PARAMETERS";
    case Fault::bad_arguments:
      return "BAD_ARGUMENTS";
    case Fault::signature_unsupported:
      return "SIGNATURE_UNSUPPORTED";
    case Fault::shutdown_state:
      return "SHUTDOWN_STATE";
    case Fault::bad_name:
      return "BAD_NAME";
    case Fault::bad_signal:
      return "BAD_SIGNAL";
    case Fault::no_file:
      return "NO_FILE";
    case Fault::not_executable:
      return "NOT_EXECUTABLE";
    case Fault::failed:
      return "FAILED";
    case Fault::abnormal_termination:
      return "ABNORMAL_TERMINATION";
    case Fault::spawn_error:
      return "SPAWN_ERROR";
    case Fault::already_started:
      return "ALREADY_STARTED";
    case Fault::not_running:
      return "NOT_RUNNING";
    case Fault::success:
      return "SUCCESS";
    case Fault::already_added:
      return "ALREADY_ADDED";
    case Fault::still_running:
      return "STILL_RUNNING";
    case Fault::disabled:
      return "DISABLED";
    case Fault::cant_reread:
      return "CANT_REREAD";
  }
  return "FAILED";
}

namespace {

/// These are always about a process or a group, which may be called "".
constexpr std::array kOfAName{
    Fault::abnormal_termination, Fault::spawn_error,   Fault::already_started, Fault::not_running,
    Fault::already_added,        Fault::still_running, Fault::disabled};

}  // namespace

std::string text_of(const FaultText& fault) {
  std::string text(name_of(fault.fault));
  if (!fault.detail.empty() || names_what_was_given(fault.fault) ||
      std::ranges::find(kOfAName, fault.fault) != kOfAName.end()) {
    text += ": " + fault.detail;
  }
  return text;
}

}  // namespace holdfast::supervision

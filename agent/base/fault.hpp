// fault.hpp: every fault that a client can be answered: Supervisor's codes (contract supervisor.md 4.3) and those that
// Supvisors adds (contract supvisors.md 5.1), in one table of code, name and HTTP status. Vocabulary only: the state
// machines, the rules, the cluster and the API say which fault it is, the API sends it.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace holdfast {

enum class Fault {
  unknown_method = 1,
  incorrect_parameters = 2,
  bad_arguments = 3,
  signature_unsupported = 4,
  shutdown_state = 6,
  bad_name = 10,
  bad_signal = 11,
  no_file = 20,
  not_executable = 21,
  failed = 30,
  abnormal_termination = 40,
  spawn_error = 50,
  already_started = 60,
  not_running = 70,
  success = 80,  // only inside result structs
  already_added = 90,
  still_running = 91,
  cant_reread = 92,
  conf_error = 100,
  bad_supvisors_state = 101,
  not_managed = 102,
  disabled = 103,
  not_applicable = 104,
  not_installed = 105,
};

constexpr int code_of(Fault fault) {
  return static_cast<int>(fault);
}

/// Whether a text has its detail also when that is empty: it names a process, a group or a signal, and a process may be
/// called "".
enum class FaultDetail { if_any, always };

/// What is known of a fault.
struct FaultRow {
  Fault fault;
  std::string_view name;
  /// How the JSON twin answers it: 400 what was asked makes no sense, 404 what it names is not there, 409 not in this
  /// state, 500 it was tried and failed, 503 the daemon is stopping; 0 it is no answer.
  int http_status;
  FaultDetail detail;
};

inline constexpr std::array<FaultRow, 24> kFaults{{
    // Said by the method table and by the bodies of methods, before anything is done.
    {Fault::unknown_method, "UNKNOWN_METHOD", 404, FaultDetail::if_any},
    {Fault::incorrect_parameters, "INCORRECT_PARAMETERS", 400, FaultDetail::if_any},
    {Fault::bad_arguments, "BAD_ARGUMENTS", 400, FaultDetail::if_any},
    {Fault::signature_unsupported, "SIGNATURE_UNSUPPORTED", 404, FaultDetail::if_any},
    {Fault::shutdown_state, "SHUTDOWN_STATE", 503, FaultDetail::if_any},
    // Said by the supervision of this node, by its logs, and of a process elsewhere by the cluster.
    {Fault::bad_name, "BAD_NAME", 404, FaultDetail::always},
    {Fault::bad_signal, "BAD_SIGNAL", 400, FaultDetail::always},
    {Fault::no_file, "NO_FILE", 404, FaultDetail::if_any},
    {Fault::not_executable, "NOT_EXECUTABLE", 409, FaultDetail::if_any},
    {Fault::failed, "FAILED", 500, FaultDetail::if_any},
    {Fault::abnormal_termination, "ABNORMAL_TERMINATION", 500, FaultDetail::always},
    {Fault::spawn_error, "SPAWN_ERROR", 500, FaultDetail::always},
    {Fault::already_started, "ALREADY_STARTED", 409, FaultDetail::always},
    {Fault::not_running, "NOT_RUNNING", 409, FaultDetail::always},
    {Fault::success, "SUCCESS", 0, FaultDetail::if_any},
    {Fault::already_added, "ALREADY_ADDED", 409, FaultDetail::always},
    {Fault::still_running, "STILL_RUNNING", 409, FaultDetail::always},
    {Fault::cant_reread, "CANT_REREAD", 409, FaultDetail::if_any},
    // Said by the cluster; DISABLED by the supervision, too.
    {Fault::conf_error, "SUPVISORS_CONF_ERROR", 409, FaultDetail::if_any},
    {Fault::bad_supvisors_state, "BAD_SUPVISORS_STATE", 409, FaultDetail::if_any},
    {Fault::not_managed, "NOT_MANAGED", 409, FaultDetail::if_any},
    {Fault::disabled, "DISABLED", 409, FaultDetail::always},
    {Fault::not_applicable, "NOT_APPLICABLE", 409, FaultDetail::if_any},
    {Fault::not_installed, "NOT_INSTALLED", 409, FaultDetail::if_any},
}};

/// nullptr: there is no such fault.
constexpr const FaultRow* find_fault(int code) {
  for (const FaultRow& row : kFaults) {
    if (code_of(row.fault) == code) {
      return &row;
    }
  }
  return nullptr;
}

/// The fault that an error carries as its code: FAILED where that is none.
inline Fault fault_of(const Error& error) {
  const FaultRow* row = find_fault(error.code);
  return row == nullptr ? Fault::failed : row->fault;
}

/// FAILED for what is no fault.
constexpr std::string_view name_of(Fault fault) {
  const FaultRow* row = find_fault(code_of(fault));
  return row == nullptr ? "FAILED" : row->name;
}

/// A fault with its detail, as a client sees it.
struct FaultText {
  Fault fault = Fault::failed;
  std::string detail;
  friend bool operator==(const FaultText&, const FaultText&) = default;
};

/// `NAME` or `NAME: detail`: the faultString.
std::string text_of(const FaultText& fault);

}  // namespace holdfast

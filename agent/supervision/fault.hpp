// fault.hpp: Supervisor's fault codes and their texts (contract supervisor.md 4.3). Vocabulary only: made by
// the state machines and the API, turned into an XML-RPC fault or a JSON error by the API.
#pragma once

#include <string>
#include <string_view>

namespace holdfast::supervision {

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
  disabled = 103,  // Supvisors' (contract supvisors.md 5.1)
};

constexpr int code_of(Fault fault) {
  return static_cast<int>(fault);
}
std::string_view name_of(Fault fault);

/// A fault with its detail, as a client sees it.
struct FaultText {
  Fault fault = Fault::failed;
  std::string detail;
  friend bool operator==(const FaultText&, const FaultText&) = default;
};

/// Whether a fault names what the client gave: its detail is part of the text even when that was empty.
constexpr bool names_what_was_given(Fault fault) {
  return fault == Fault::bad_name || fault == Fault::bad_signal;
}

/// `NAME` or `NAME: detail`: the faultString.
std::string text_of(const FaultText& fault);

}  // namespace holdfast::supervision

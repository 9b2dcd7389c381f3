// handover_check.hpp: would the installed agent take over what the running one leaves? The running one writes
// down what the keeper would hand over; the installed one, started as `holdfast-agent --check-handover` with
// that as descriptor 3, reads it as it would at its start, and the configuration besides, and says what it
// does not understand. Pure but for print_handover_check(), which reads files and changes nothing.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "startup/launch.hpp"
#include "supervision/supervisor.hpp"

namespace holdfast {

inline constexpr std::string_view kCheckHandover = "--check-handover";

/// What a new agent is given, as bytes that only agents read.
struct HandoverState {
  std::uint32_t keeper_protocol = 0;  // the version that the keeper speaks
  std::string agent;
  std::vector<std::string> children;
  std::string listeners;  // empty: nothing is kept of them
};

/// What is kept of `supervisor` at this moment.
HandoverState handover_state_of(const supervision::Supervisor& supervisor, std::uint32_t keeper_protocol,
                                std::string listeners);

std::string encode(const HandoverState& state);
Result<HandoverState> decode_handover_state(std::string_view bytes);

/// Whether this program understands all of it; the error is a sentence without its subject.
Status check_handover(const HandoverState& state);

/// What is printed when all of it is understood: a status alone any program may have.
inline constexpr std::string_view kHandoverUnderstood = "understands the handover";

/// `holdfast-agent --check-handover …`: the exit status; kHandoverUnderstood or what is wrong goes to
/// standard output.
int print_handover_check(const Invocation& invocation);

}  // namespace holdfast

// handover.hpp: the keeper becomes a new program in place (`holdfastctl keeper restart`, after an upgrade):
// the same process, so the same pid and the same children. What it knows goes through exec in a sealed memfd,
// whose number stands in the environment; descriptors go by their numbers. Only while no agent runs, so that
// nothing is half said. The new program is asked first whether it understands the state: one that is broken
// never takes over. A newer keeper reads an older one's state (fields are only ever added at the end). Plain
// functions; one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "keeper/children.hpp"
#include "keeper/launch.hpp"
#include "keeper/socket.hpp"

namespace holdfast::keeper {

struct HandoverState {
  LaunchSettings settings;  // pidfile, state_dir, restart_delays_ms; the rest has been acted on
  Limits limits;
  std::uint32_t agent_starts = 0;
  std::int32_t last_wait_status = 0;
  std::int32_t pidfile_errno = 0;
  std::map<std::string, Fd, std::less<>> held;
  Fd agent_blob;
  Fd children_file;
  std::map<std::uint64_t, ManagedChild> children;
  Fd ran;  // the file of the agent's program that was READY last
};

/// The bytes of a state; it keeps its descriptors. nullopt when they are not one that this program
/// understands (then no descriptor was touched).
std::string encode(const HandoverState& state);
std::optional<HandoverState> decode_handover_state(std::string_view bytes);

/// What a keeper that understands the state of the one that asks says on its standard error.
inline constexpr std::string_view state_understood = "the state of the keeper is understood";

/// Becomes `program` with `arguments`. Returns only when it could not: an errno, or handover_refused when the
/// new program does not understand the state; nothing has changed then. `reason`: for people.
int become(const std::string& program, const std::vector<std::string>& arguments, const HandoverState& state,
           std::string& reason);

/// How a process ended, for people: "was ended by signal 11 (Segmentation fault)", "ended with status 1".
std::string end_text(int wait_status);

/// What main() was started for.
enum class Inherited {
  nothing,   // an ordinary start
  state,     // this process was a keeper, and goes on as one
  question,  // another keeper asks whether its state is understood: it is
  trouble,   // a state that is not understood
};
Inherited inherit(HandoverState& out);

}  // namespace holdfast::keeper

#include "startup/handover_check.hpp"

#include <cstdio>
#include <set>
#include <utility>

#include "keeper/protocol.hpp"
#include "keeper/socket.hpp"
#include "keeper/spawn_request.hpp"
#include "startup/config_check.hpp"
#include "supervision/listener_record.hpp"
#include "supervision/process_record.hpp"

namespace holdfast {
namespace {

constexpr std::uint32_t kMagic = 0x4348'4648;  // "HFHC"

/// Of all children's records, the agent's and the listeners': what the keeper can hold at most.
constexpr std::size_t kStateBytes = keeper::max_children * (keeper::max_blob + sizeof(std::uint32_t)) +
                                    keeper::max_agent_blob + supervision::kListenersRecordBytes + 64;

Error not_read(const std::string& what, const Error& why) {
  return Error{"does not read what the running one keeps of " + what + ": " + why.message};
}

}  // namespace

HandoverState handover_state_of(const supervision::Supervisor& supervisor, std::uint32_t keeper_protocol,
                                std::string listeners) {
  HandoverState state;
  state.keeper_protocol = keeper_protocol;
  state.listeners = std::move(listeners);
  supervision::AgentRecord own;
  own.daemon_state = supervisor.daemon_state();
  for (const auto& [program, disabled] : supervisor.disabilities()) {
    if (disabled) {
      own.disabled.insert(program);
    }
  }
  for (const supervision::ProcessGroup* group : supervisor.groups()) {
    for (const auto& process : group->processes()) {
      if (process->keeper_record()) {
        state.children.push_back(supervision::encode(process->record()));
      } else {
        own.processes.push_back(process->record());
      }
    }
  }
  state.agent = supervision::encode(own);
  return state;
}

std::string encode(const HandoverState& state) {
  keeper::detail::Encoder out;
  out.u32(kMagic);
  out.u32(state.keeper_protocol);
  out.text(state.agent);
  out.text(state.listeners);
  out.texts(state.children);
  return out.take();
}

Result<HandoverState> decode_handover_state(std::string_view bytes) {
  HandoverState state;
  keeper::detail::Decoder in(bytes);
  const bool known = in.u32() == kMagic;
  state.keeper_protocol = in.u32();
  state.agent = in.bytes();
  state.listeners = in.bytes();
  for (std::uint32_t left = in.u32(); in.ok() && left > 0; --left) {
    state.children.emplace_back(in.bytes());
  }
  if (!known || !in.ok()) {  // what a newer agent adds is at the end
    return Error{"does not read what the running one asks it about"};
  }
  return state;
}

Status check_handover(const HandoverState& state) {
  if (keeper::Hello{}.min_version > state.keeper_protocol) {
    return Error{"needs a newer keeper than the running one"};
  }
  if (const auto own = supervision::decode_agent_record(state.agent); !own) {
    return not_read("its own state", own.error());
  }
  for (const std::string& child : state.children) {
    if (const auto record = supervision::decode_process_record(child); !record) {
      return not_read("a program", record.error());
    }
  }
  if (!state.listeners.empty()) {
    if (const auto listeners = supervision::decode_listeners(state.listeners); !listeners) {
      return not_read("the event listeners", listeners.error());
    }
  }
  return {};
}

int print_handover_check(const Invocation& invocation) {
  const auto refuse = [](const std::string& why) {
    std::fputs(why.c_str(), stdout);
    return kLaunchRefused;
  };
  const auto bytes = keeper::read_sealed_memfd(keeper::agent_socket_fd, kStateBytes);
  if (!bytes) {
    return refuse("was not given what it is to read");
  }
  const auto state = decode_handover_state(*bytes);
  if (!state) {
    return refuse(state.error().message);
  }
  if (const Status good = check_handover(state.value()); !good) {
    return refuse(good.error().message);
  }
  const config::PosixHost host(invocation.started_in);
  const auto launch = load_launch(invocation, host);
  if (!launch) {
    return refuse("refuses the configuration: " + launch.error().message);
  }
  if (const auto cluster = check_cluster(launch.value().settings, host); !cluster) {
    return refuse("refuses the configuration: " + log_line_of(cluster.error()));
  }
  std::printf("%s\n", std::string(kHandoverUnderstood).c_str());
  return kLaunchOk;
}

}  // namespace holdfast

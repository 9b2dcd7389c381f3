// What crosses the socket between keeper and agent, in both directions: every record, and the request to start a
// program. An agent that went mad must not take the keeper with it.
#include "base/check.hpp"
#include "keeper/protocol.hpp"
#include "keeper/spawn_request.hpp"

using namespace holdfast::keeper;

namespace {

template <typename R>
void read_as(std::string_view bytes) {
  R record;
  if (!read_record(bytes.data(), bytes.size(), record)) {
    return;
  }
  if constexpr (requires { record.tail; }) {
    const std::string tail(tail_of(record));
    R again;
    CHECK(set_tail(again, tail) && tail_of(again) == tail);
  }
  if constexpr (requires { record.name; }) {
    const std::string name(name_in(record));
    R again;
    CHECK(name.empty() || (set_name(again, name) && name_in(again) == name));
  }
}

template <typename... Records>
void read_as_each(std::string_view bytes) {
  (read_as<Records>(bytes), ...);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  read_as_each<Hello, Ready, Fail, Spawn, Signal, SetBlob, SetAgentBlob, Acknowledge, ReleasePipes, List, Hold, Release,
               ListHeld, SpoolTaken>(bytes);
  read_as_each<Welcome, Started, Spawned, SpawnFailed, Exited, SignalReceived, SignalFailed, Child, AgentBlob, ListEnd,
               Held, HeldEnd, Reaped>(bytes);
  if (const auto request = decode_spawn_request(bytes)) {
    const auto again = decode_spawn_request(encode(*request));
    CHECK(again && *again == *request);
  }
  return 0;
}

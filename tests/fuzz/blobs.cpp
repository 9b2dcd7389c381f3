// What one agent leaves for the next: the record of a process, of the agent, of the event listeners. A newer or
// broken agent may have written them; a state read from one must be as good as any other.
#include "base/check.hpp"
#include "base/limits.hpp"
#include "supervision/listener_pools.hpp"
#include "supervision/listener_record.hpp"
#include "supervision/process_record.hpp"

using namespace holdfast;
using namespace holdfast::supervision;

namespace {

config::GroupSettings pool() {
  config::GroupSettings group;
  group.name = "p";
  group.kind = config::GroupKind::event_listener;
  group.listener.emplace();
  group.listener->buffer_size = 3;
  group.listener->events = {"EVENT"};
  for (const char* name : {"one", "two"}) {
    config::ProcessSettings settings;
    settings.name = name;
    group.processes.push_back(settings);
  }
  return group;
}

/// The listeners go on from what they were left.
void go_on(std::string_view bytes) {
  ListenerPools pools("srv");
  pools.add(pool());
  if (!pools.restore(std::string(bytes), {}).ok()) {
    return;
  }
  pools.reattached({"p", "one"}, StartId{1});
  pools.all_reattached();
  pools.output({"p", "one"}, StartId{1}, "RESULT 2\nOKREADY\n", 7);
  pools.happened(EventType::tick_5, "when:5");
  (void)pools.take_effects({});
  CHECK(decode_listeners(pools.encode()).ok());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto record = decode_process_record(bytes); record.ok()) {
    const std::string encoded = encode(record.value());
    CHECK(encoded.size() <= limits::process_blob_bytes);
    CHECK(decode_process_record(encoded).ok());
  }
  if (const auto record = decode_agent_record(bytes); record.ok()) {
    const std::string encoded = encode(record.value());
    CHECK(encoded.size() <= limits::agent_blob_bytes);
    CHECK(decode_agent_record(encoded).ok());
  }
  go_on(bytes);
  return 0;
}

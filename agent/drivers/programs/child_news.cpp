#include "drivers/programs/child_news.hpp"

#include <utility>

namespace holdfast {

void pass_child_news(system::KeeperClient::Handlers& handlers, const std::function<ProgramDriver*()>& programs) {
  handlers.on_spawned = [programs](system::SpawnedChild child) { programs()->spawned(std::move(child)); };
  handlers.on_spawn_failed = [programs](std::uint64_t start_id, keeper::Stage stage, int error) {
    programs()->spawn_failed(start_id, stage, error);
  };
  handlers.on_descriptors = [programs](std::uint64_t start_id, system::ChildDescriptors descriptors, bool cut) {
    programs()->fetched(start_id, std::move(descriptors), cut);
  };
  handlers.on_signal_failed = [programs](std::uint64_t start_id, int, int error) {
    programs()->signal_failed(start_id, error);
  };
  handlers.on_exited = [programs](const system::ChildExit& exit) {
    if (ProgramDriver* const driver = programs()) {
      driver->exited(exit);
    }
  };
  handlers.on_signal = [programs](int signo) {
    if (ProgramDriver* const driver = programs()) {
      driver->daemon_signal(signo);
    }
  };
}

}  // namespace holdfast

#include "startup/inheritance.hpp"

#include "base/limits.hpp"
#include "keeper/free_descriptors.hpp"

namespace holdfast {

void Inheritance::fill_by(system::KeeperClient::Handlers& handlers) {
  handlers.on_child = [this](system::FoundChild child) {
    if (!keeper::descriptors_left(limits::descriptors_own)) {  // what this start itself needs comes first
      child.child.descriptors = {};
      child.child.cut = true;
    }
    children.push_back(std::move(child));
  };
  handlers.on_agent_blob = [this](std::string blob) {
    if (!blob.empty()) {  // empty: the agent before ended in order and left nothing
      agent_blob = std::move(blob);
    }
  };
  handlers.on_held = [this](std::string name, UniqueFd fd) { held[std::move(name)] = std::move(fd); };
}

UniqueFd Inheritance::take(const std::string& name) {
  const auto found = held.find(name);
  return found == held.end() ? UniqueFd() : std::move(held.extract(found).mapped());
}

std::vector<std::pair<std::string, UniqueFd>> Inheritance::take_all(std::string_view prefix) {
  std::vector<std::pair<std::string, UniqueFd>> taken;
  for (auto& [name, fd] : held) {
    if (name.starts_with(prefix)) {
      taken.emplace_back(name, std::move(fd));
    }
  }
  return taken;
}

int Inheritance::spool_of(std::uint64_t start_id, keeper::Channel channel) const {
  for (const system::FoundChild& child : children) {
    if (child.child.start_id == start_id) {
      const system::ChildDescriptors& descriptors = child.child.descriptors;
      return channel == keeper::Channel::out ? descriptors.stdout_spool.get() : descriptors.stderr_spool.get();
    }
  }
  return -1;
}

}  // namespace holdfast

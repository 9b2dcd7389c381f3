#include "drivers/programs/live_children.hpp"

#include <utility>

#include "base/limits.hpp"
#include "drivers/programs/child_start.hpp"
#include "keeper/free_descriptors.hpp"

namespace holdfast {

LiveChildren::LiveChildren(Parts parts, std::size_t descriptors)
    : parts_(parts),
      descriptors_(descriptors),
      unread_(parts.loop, parts.keeper, parts.log, descriptors_, parts.warnings) {}

bool LiveChildren::reserve(std::uint64_t start_id, const config::ProcessSettings& settings) {
  const std::size_t need = descriptors_of(settings);
  if (!descriptors_.take(start_id, need)) {
    return false;
  }
  if (!keeper::descriptors_left(need + limits::descriptors_kept_free)) {
    descriptors_.release(start_id);
    return false;
  }
  return true;
}

void LiveChildren::give_back(std::uint64_t start_id) {
  descriptors_.release(start_id);
  unread_.look();
}

std::optional<ChildOutput> LiveChildren::adopt(system::SpawnedChild& child, const Owner& owner) {
  return take_over(child, owner, descriptors_of(child, owner.settings));
}

/// `to_take`: what the ledger is still to be asked for. One who came later never goes first.
std::optional<ChildOutput> LiveChildren::take_over(system::SpawnedChild& child, const Owner& owner,
                                                   std::size_t to_take) {
  const std::uint64_t start_id = child.start_id;
  if (!child.cut && (to_take == 0 || (unread_.empty() && descriptors_.take(start_id, to_take)))) {
    return hold(start_id, child.pid, owner, std::move(child.descriptors));
  }
  const std::size_t need = child.cut ? descriptors_of(owner.settings) : to_take;
  descriptors_.release(start_id);
  child.descriptors = {};
  children_[start_id].key = owner.key;
  unread_.add(start_id, make_namespec(owner.key), need,
              [this, start_id, pid = child.pid, settings = owner.settings, key = owner.key, paths = owner.paths,
               listener = owner.listener](system::ChildDescriptors descriptors) {
                parts_.output.attach(hold(start_id, pid, {key, settings, paths, listener}, std::move(descriptors)));
              });
  return std::nullopt;
}

ChildOutput LiveChildren::hold(std::uint64_t start_id, std::int64_t pid, const Owner& owner,
                               system::ChildDescriptors descriptors) {
  Child& child = children_[start_id];
  child.key = owner.key;
  if (descriptors.stdin_write.valid()) {
    child.input = std::make_unique<ProgramInput>(parts_.loop.context(), std::move(descriptors.stdin_write));
  }
  return {start_id,
          owner.key,
          pid,
          owner.listener,
          owner.paths,
          owner.settings.stdout_channel,
          owner.settings.stderr_channel,
          std::move(descriptors)};
}

const ProcessId* LiveChildren::find(std::uint64_t start_id) const {
  const auto found = children_.find(start_id);
  return found == children_.end() ? nullptr : &found->second.key;
}

ProgramInput* LiveChildren::input_of(std::uint64_t start_id) const {
  const auto found = children_.find(start_id);
  return found == children_.end() ? nullptr : found->second.input.get();
}

ProgramInput* LiveChildren::input_of(const ProcessId& key) const {
  for (const auto& [start_id, child] : children_) {
    if (child.key == key && child.input) {
      return child.input.get();
    }
  }
  return nullptr;
}

void LiveChildren::finish(std::uint64_t start_id, ProgramOutput::Ended done) {
  if (unread_.contains(start_id)) {
    unread_.ended(start_id, [this, start_id, done = std::move(done)] { finish(start_id, done); });
    return;
  }
  children_.at(start_id).input.reset();
  parts_.output.finish(start_id, [this, start_id, done = std::move(done)](std::string last_line) {
    children_.erase(start_id);
    (void)parts_.keeper.release_pipes(start_id);  // a stopped program's record stays, its descriptors need not
    give_back(start_id);
    done(std::move(last_line));
  });
}

void LiveChildren::spool_taken(std::uint64_t start_id) {
  descriptors_.give_back(start_id, 1);
  unread_.look();
}

}  // namespace holdfast

// live_children.hpp: the children of this node that run, or have ended and whose last output is still being read: whose
// they are, their stdin, and the descriptors that this agent has for them. A child whose pipes do not fit into this
// process is listed all the same and waits for them (UnreadChildren). It starts and ends nothing. Owned by
// ProgramDriver; loop thread only.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/descriptor_shares.hpp"
#include "base/process_id.hpp"
#include "base/warnings.hpp"
#include "config/settings.hpp"
#include "drivers/ports/program_output.hpp"
#include "drivers/programs/program_input.hpp"
#include "drivers/programs/unread_children.hpp"
#include "storage/main_log.hpp"
#include "system/event_loop.hpp"
#include "system/keeper.hpp"

namespace holdfast {

class LiveChildren {
 public:
  struct Parts {
    system::EventLoop& loop;
    system::Keeper& keeper;
    ProgramOutput& output;
    storage::MainLog& log;
    Warnings& warnings;
  };
  /// `descriptors`: the programs' share of this process's.
  LiveChildren(Parts parts, std::size_t descriptors);

  /// What a child is before it is started: false when descriptors are short, and nothing was taken.
  bool reserve(std::uint64_t start_id, const config::ProcessSettings& settings);
  /// Whatever is had for that child is free for others.
  void give_back(std::uint64_t start_id);
  /// It never came to be: as give_back(), but who waits is not looked at yet.
  void cancel(std::uint64_t start_id) { descriptors_.release(start_id); }

  /// Whose child it is, and how its output is logged.
  struct Owner {
    ProcessId key;
    const config::ProcessSettings& settings;
    ChildLogPaths paths;
    bool listener = false;
  };
  /// A child that was reserve()d has begun. Its output, ready to be attached; nothing while its descriptors are waited
  /// for: it is attached when they come.
  std::optional<ChildOutput> begin(system::SpawnedChild& child, const Owner& owner) {
    return take_over(child, owner, 0);
  }
  /// The same for one that an earlier agent has started.
  std::optional<ChildOutput> adopt(system::SpawnedChild& child, const Owner& owner);

  /// Whose child that is; nullptr: nobody's.
  [[nodiscard]] const ProcessId* find(std::uint64_t start_id) const;
  /// Its stdin; nullptr when it has none (any more).
  [[nodiscard]] ProgramInput* input_of(std::uint64_t start_id) const;
  /// The stdin of the process's child.
  [[nodiscard]] ProgramInput* input_of(const ProcessId& key) const;

  /// The child has ended: `done` follows with its last line when its last output is in its logs, and it is no child any
  /// more.
  void finish(std::uint64_t start_id, ProgramOutput::Ended done);

  // What the keeper says.
  void arrived(std::uint64_t start_id, system::ChildDescriptors descriptors, bool cut) {
    unread_.arrived(start_id, std::move(descriptors), cut);
  }
  /// Every byte of one of the child's spools is in its log: the file is closed.
  void spool_taken(std::uint64_t start_id);

 private:
  struct Child {
    ProcessId key;
    std::unique_ptr<ProgramInput> input;
  };
  std::optional<ChildOutput> take_over(system::SpawnedChild& child, const Owner& owner, std::size_t to_take);
  ChildOutput hold(std::uint64_t start_id, std::int64_t pid, const Owner& owner, system::ChildDescriptors descriptors);

  Parts parts_;
  std::map<std::uint64_t, Child> children_;  // by start id
  DescriptorLedger descriptors_;
  UnreadChildren unread_;
};

}  // namespace holdfast

// unread_children.hpp: children that run, or have ended, whose pipes this agent has not got because
// descriptors are short: the keeper holds them, nothing of their output is lost, and a program that writes
// more than its pipe takes waits. They are fetched one by one, in order, as room comes; said once in the log.
// It decides nothing about a program. Used by ProgramDriver; loop thread only.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>

#include "base/descriptor_shares.hpp"
#include "base/warnings.hpp"
#include "storage/main_log.hpp"
#include "system/event_loop.hpp"
#include "system/keeper.hpp"
#include "system/keeper_client.hpp"

namespace holdfast {

class UnreadChildren {
 public:
  using Attach = std::function<void(system::ChildDescriptors)>;
  UnreadChildren(system::EventLoop& loop, system::Keeper& keeper, storage::MainLog& log, DescriptorLedger& ledger,
                 Warnings& warnings);

  /// `need`: what the ledger is asked for before the child is fetched; `attach` is called when it is here.
  void add(std::uint64_t start_id, std::string name, std::size_t need, Attach attach);
  [[nodiscard]] bool empty() const { return waiting_.empty(); }
  [[nodiscard]] bool contains(std::uint64_t start_id) const;
  /// The child is at its end: `then` follows when it is attached, or was not for limits::unread_end_wait.
  void ended(std::uint64_t start_id, std::function<void()> then);
  /// The keeper's answer.
  void arrived(std::uint64_t start_id, system::ChildDescriptors descriptors, bool cut);
  /// The ledger has got something back.
  void look();

 private:
  struct Waiting {
    std::uint64_t start_id = 0;
    std::string name;
    std::size_t need = 0;
    Attach attach;
    std::function<void()> then;         // set: it has ended ...
    std::optional<Instant> give_up_at;  // ... and is told by then
  };
  void turn();
  void leave(const std::deque<Waiting>::iterator& at);

  system::EventLoop& loop_;
  system::Keeper& keeper_;
  storage::MainLog& log_;
  DescriptorLedger& ledger_;
  Warnings& warnings_;
  std::deque<Waiting> waiting_;
  std::optional<std::uint64_t> asked_;  // the keeper, for this one
  system::Deadline timer_;
};

}  // namespace holdfast

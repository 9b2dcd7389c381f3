// children_file.hpp: STATE/children: by which a later keeper finds the programs of one that was killed. A
// table of fixed slots, one for each living child, written with one small write at its start, at each new
// blob and at its end; a kill at any instant leaves the old slot or the new one (a slot's first page is
// written in one piece). The lock on it says which keeper has the state directory. It never fails a start: a
// file that cannot be written only means that nothing will be found. Used by children.cpp; one thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "keeper/limits.hpp"
#include "keeper/protocol.hpp"
#include "keeper/socket.hpp"

namespace holdfast::keeper {

/// A slot as it stands in the file. With the boot id, `pid` and `start_time_ticks` name one process for ever.
struct SavedChild {
  std::uint64_t start_id = 0;  // 0 = the slot is free
  std::uint64_t start_time_ticks = 0;
  std::array<std::uint64_t, 3> pipes{};  // inodes of what the child was given as 0, 1, 2; 0 = no pipe of ours
  std::int32_t pid = 0;
  std::uint32_t blob_size = 0;
  char blob[max_blob] = {};
};

class ChildrenFile {
 public:
  enum class Opened {
    yes,
    in_use,  // by another keeper that lives
    no,      // it cannot be written; whatever is asked of this object is without effect
  };

  /// Locks and opens STATE/children, making it when it is not there. Slots of another boot are cleared. Waits so long
  /// for the lock.
  Opened open(const std::string& state_dir, int lock_within_ms = limits::lock_patience_ms);
  /// What open() gave to the program before this one (handover.hpp).
  void adopt(Fd file) { file_ = std::move(file); }
  [[nodiscard]] Fd release() { return std::move(file_); }
  [[nodiscard]] const Fd& descriptor() const { return file_; }

  /// Slots that may be in use, and one of them; false when it is free or unreadable.
  [[nodiscard]] std::size_t slots() const;
  bool read(std::size_t slot, SavedChild& out) const;

  void save(std::size_t slot, const SavedChild& child) const;
  void save_blob(std::size_t slot, std::string_view blob) const;
  void clear(std::size_t slot) const;

  /// Who wrote the file before open(): the keeper's pid (0: nobody of this boot) and how many agents it had
  /// started.
  [[nodiscard]] std::int32_t last_keeper() const { return last_keeper_; }
  [[nodiscard]] std::uint32_t last_agent_starts() const { return last_agent_starts_; }
  void save_agent_starts(std::uint32_t count) const;

 private:
  Fd file_;
  std::int32_t last_keeper_ = 0;
  std::uint32_t last_agent_starts_ = 0;
};

}  // namespace holdfast::keeper

// state_dir.hpp: the agent's state directory (DESIGN.md section 5): its default place, mode 0700, the lock
// that keeps a second agent off it, and the `identity` file (incarnation, term) that must be on the disk
// before it is used. A place that cannot be written is said and supervision goes on with an unlocked StateDir
// whose `writable` is false. Blocks: called at start before the loop runs, save_identity on the disk thread.
#pragma once

#include <cstdint>
#include <string>

#include "base/instant.hpp"
#include "base/log_level.hpp"
#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace holdfast::storage {

/// Who may be asked for the default place; passed in so that tests decide.
struct StateDirPlace {
  bool root = false;           // geteuid() == 0
  std::string xdg_state_home;  // ${XDG_STATE_HOME}, or empty
  std::string home;            // ${HOME}
};

/// `<base>/<12 hex of SHA-256 of the config's real path>`: base is /var/lib/holdfast as root, else
/// `${XDG_STATE_HOME:-~/.local/state}/holdfast`. Error: neither variable is set.
Result<std::string> default_state_dir(const StateDirPlace& place, const std::string& config_real_path);

/// What an agent is, across its lives.
struct Identity {
  std::uint64_t incarnation = 0;  // grows with each start
  std::uint64_t epoch = 0;        // the highest term seen
  std::string master;             // of that term
  friend bool operator==(const Identity&, const Identity&) = default;
};

/// Error.code of a directory that another agent holds, or that is somebody else's: the exit status that the caller ends
/// with.
inline constexpr int kStateDirRefused = 2;

class StateDir {
 public:
  /// Makes (with parents) and locks `path`. Error with code kStateDirRefused: another agent has it, or it is
  /// open to others and holds other files than ours (its mode is not changed then). Anything
  /// else that is wrong with the place is said at WARN, and the StateDir is not writable.
  static Result<StateDir> open(const std::string& path, const Say& say);

  [[nodiscard]] bool writable() const { return lock_.valid(); }
  [[nodiscard]] const std::string& path() const { return path_; }
  /// `path()/name`.
  [[nodiscard]] std::string file(std::string_view name) const;

  /// What the last agent left; an absent or unreadable file gives an empty Identity (unreadable: renamed and
  /// said).
  Identity load_identity(const Say& say) const;
  /// The incarnation of this start: above the stored one, and above any that a lost file may have held as
  /// long as the clock did not go back.
  static std::uint64_t next_incarnation(const Identity& stored, WallTime now);
  /// Temporary file, fsync, rename, fsync of the directory: when it returns ok, a power cut cannot take it
  /// back.
  Status save_identity(const Identity& identity) const;

 private:
  explicit StateDir(std::string path) : path_(std::move(path)) {}
  std::string path_;
  UniqueFd lock_;
};

}  // namespace holdfast::storage

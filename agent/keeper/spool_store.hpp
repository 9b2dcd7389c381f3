// spool_store.hpp: output of programs that is parked in STATE/spool while no agent reads their pipes, so that no
// program waits for an agent's restart. It makes, finds and removes the files (their format is log_spool.hpp's), keeps
// within their bounds and knows how much lies in all of them. It decides when a pipe is full enough; who reads the
// spool is the agent. Used by Children only; one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "keeper/log_spool.hpp"
#include "keeper/protocol.hpp"
#include "keeper/socket.hpp"

namespace holdfast::keeper {

/// What of a channel was moved to its spool file while no agent was there.
struct Spool {
  Fd file;
  std::uint64_t bytes = 0;  // after the header
};

/// One file: whose it is, and the folder that it lies in.
struct SpoolName {
  const std::string& state_dir;
  std::uint64_t start_id = 0;
  Channel channel = Channel::out;
};

class SpoolStore {
 public:
  /// A pipe is sure to hold half its size: each write of 2049 bytes takes a page of its own. True above three quarters
  /// of that.
  static bool is_filling_up(int pipe);

  /// What an earlier keeper left under that name, if it is one.
  Spool find(const SpoolName& name);
  /// Knows of one that came by another way.
  void count(const Spool& spool) { bytes_ += spool.bytes; }
  /// Moves what is in `pipe` to the spool, which is made when there is none, until the pipe has room again or a bound
  /// is reached: then the program waits, as for a full pipe.
  void fill(Spool& spool, const SpoolName& name, const Fd& pipe);
  /// Removes the file, if there is one.
  void drop(Spool& spool, const SpoolName& name);
  /// Removes the files of children that nobody knows any more.
  static void remove_strays(const std::string& state_dir, const std::function<bool(std::uint64_t start_id)>& known);

 private:
  std::uint64_t bytes_ = 0;  // in all of them
};

}  // namespace holdfast::keeper

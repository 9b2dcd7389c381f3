// fcgi_sockets.hpp: the listening sockets of [fcgi-program:x] (contract supervisor.md 1.12): one for each group,
// made when its first process starts, given to all of them as descriptor 0, closed when the last one has ended. The
// keeper holds each too, so that the death of an agent closes none. Loop thread only; used by ProgramDriver.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "config/settings.hpp"
#include "storage/main_log.hpp"
#include "system/keeper.hpp"

namespace holdfast {

/// Names under which the keeper holds them: this and the group.
inline constexpr std::string_view kHeldFcgi = "fcgi ";

class FcgiSockets {
 public:
  FcgiSockets(system::Keeper& keeper, storage::MainLog& log) : keeper_(keeper), log_(log) {}

  /// A socket that the keeper has held through an agent's death, by its held name.
  void take_over(std::string_view held_name, UniqueFd socket);
  /// A process of an earlier agent that has the group's socket.
  void reattached(const std::string& group, const config::FcgiSocketSettings& settings, std::uint64_t start_id);
  /// Sockets that nobody has are closed.
  void all_reattached();

  /// The group joins the configuration: made and closed again, as Supervisor does, to tell a mistake early.
  /// An error is logged; the starts will fail by it.
  void try_out(const config::FcgiSocketSettings& settings);

  /// The group's socket (stays owned here) for one more process. An error leaves nothing.
  Result<int> acquire(const std::string& group, const config::FcgiSocketSettings& settings, std::uint64_t start_id);
  /// That process has ended, or never came to be; unknown ones are ignored.
  void release(std::uint64_t start_id);

 private:
  struct Shared {
    UniqueFd socket;
    std::string url;
    std::set<std::uint64_t> users;  // start ids
  };
  void close(const std::string& group);

  system::Keeper& keeper_;
  storage::MainLog& log_;
  std::map<std::string, Shared> sockets_;          // by group
  std::map<std::uint64_t, std::string> group_of_;  // by start id
};

}  // namespace holdfast

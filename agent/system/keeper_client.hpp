// keeper_client.hpp: the agent's end of the keeper's socket (keeper/protocol.hpp): methods that ask, handlers
// that are told. It decides nothing, keeps no table of children and never blocks: what the socket does not
// take now waits in its outbox. All on the loop's thread. Made by the composition root with descriptor
// 3; lives as long as the agent.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/instant.hpp"
#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "keeper/protocol.hpp"
#include "keeper/socket.hpp"
#include "system/keeper.hpp"
#include "system/keeper_outbox.hpp"

namespace holdfast::system {

/// The agent's copies of a child's pipe ends; the keeper keeps its own. All non-blocking. Invalid = there is
/// none.
struct ChildDescriptors {
  UniqueFd stdin_write;
  UniqueFd stdout_read;
  UniqueFd stderr_read;
  UniqueFd stdout_spool;  // to be read before the pipe (LogPipe does), then spool_taken()
  UniqueFd stderr_spool;
};

struct SpawnedChild {
  std::uint64_t start_id = 0;
  std::int32_t pid = 0;
  std::uint64_t start_time_ticks = 0;
  ChildDescriptors descriptors;
  bool cut = false;  // this process was short of descriptors: they are missing, and fetch() asks for them again
};

/// How a child ended. `failed_stage` says that it never became the program (its status is 127 then).
struct ChildExit {
  std::uint64_t start_id = 0;
  std::int32_t pid = 0;
  int wait_status = 0;
  keeper::Stage failed_stage = keeper::Stage::none;
  int failed_errno = 0;
  bool status_unknown = false;  // the child of a killed keeper: wait_status says nothing
  Instant at;
  WallTime wall_at;
};

/// One child found at start, alive or ended and never acknowledged.
struct FoundChild {
  SpawnedChild child;
  std::string blob;
  bool of_killed_keeper = false;
  std::optional<ChildExit> exit;
};

class KeeperClient final : public Keeper {
 public:
  /// Any may be empty. They run on the loop, one at a time, and may call the client's methods.
  struct Handlers {
    std::function<void(const keeper::Welcome&)> on_welcome;
    std::function<void(keeper::TroubleWith, std::string text)> on_trouble;  // for the log; after on_welcome
    std::function<void(int pidfile_errno)> on_started;                      // answers the first ready()
    std::function<void(SpawnedChild)> on_spawned;
    std::function<void(std::uint64_t start_id, keeper::Stage, int error)> on_spawn_failed;  // no process exists
    std::function<void(const ChildExit&)> on_exited;  // until acknowledge()d, told again by list()
    std::function<void(int signo)> on_signal;         // TERM INT QUIT HUP USR2, sent to the keeper
    std::function<void(std::uint64_t start_id, int signo, int error)> on_signal_failed;
    std::function<void(FoundChild)> on_child;  // answers to list(), then on_list_end
    std::function<void(std::string blob)> on_agent_blob;
    std::function<void()> on_list_end;
    std::function<void(std::string name, UniqueFd)> on_held;  // answers to list_held(), then on_held_end
    std::function<void()> on_held_end;
    /// Answers fetch(). `cut`: again they did not all fit. None and not cut: the keeper has none of this
    /// child.
    std::function<void(std::uint64_t start_id, ChildDescriptors, bool cut)> on_descriptors;
    std::function<void(std::string name)> on_hold_failed;              // the keeper had no descriptor for it
    std::function<void(std::int32_t pid, int wait_status)> on_reaped;  // an orphan (the keeper is PID 1)
    std::function<void(const Error&)> on_lost;  // the keeper is gone: say so, exit 70. Nothing else comes after it.
  };

  KeeperClient(boost::asio::io_context& loop, UniqueFd socket, Handlers handlers);
  ~KeeperClient() override;
  KeeperClient(const KeeperClient&) = delete;
  KeeperClient& operator=(const KeeperClient&) = delete;

  /// Says hello; on_welcome answers. Call it once, before anything else.
  Status start();

  Status ready();
  /// Hands `text` to the starting shell or the keeper's stderr. Flushes at once; the caller then exits with
  /// status 2.
  void fail(std::string_view text);

  // Keeper
  Status spawn(std::uint64_t start_id, const keeper::SpawnRequest& request, int stdin_fd) override;
  Status signal(std::uint64_t start_id, int signo, keeper::SignalTo to) override;
  Status set_blob(std::uint64_t start_id, std::string_view blob) override;
  Status set_agent_blob(std::string_view blob) override;
  Status acknowledge(std::uint64_t start_id) override;
  Status release_pipes(std::uint64_t start_id) override;
  Status spool_taken(std::uint64_t start_id, keeper::Channel channel) override;
  Status fetch(std::uint64_t start_id) override;
  Status hold(std::string_view name, int fd) override;
  Status release(std::string_view name) override;

  Status list();
  Status list_held();

  [[nodiscard]] std::size_t queued() const { return outbox_.size(); }

 private:
  template <typename R>
  Status send(const R& record, std::string memfd = {}, UniqueFd fd = {});
  void wait_readable();
  void read_some();
  void handle(keeper::Packet& packet);
  void handle_child_records(keeper::Packet& packet);
  void handle_found(keeper::Packet& packet);
  void handle_agent_blob(keeper::Packet& packet);
  void end_list();
  void ask_later(std::function<void()> question);
  void lose(Error why);

  boost::asio::posix::stream_descriptor socket_;
  Handlers handlers_;
  KeeperOutbox outbox_;
  std::set<std::string, std::less<>> held_;  // names that the keeper holds something under
  std::unique_ptr<keeper::Packet> packet_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // seen by handlers that may outlive us
  boost::asio::steady_timer again_{socket_.get_executor()};
  bool held_cut_ = false;  // something held came without its descriptor
  bool blob_cut_ = false;  // the agent's blob did
  bool list_end_waits_ = false;
  bool lost_ = false;
};

}  // namespace holdfast::system

// server_impl.hpp: what the sessions of one Server share: the lanes that hold each session's deadline, the
// budgets, the read buffer, one timer. A lane is a list in order of deadline (all of a lane have one
// timeout), so that moving a session costs O(1) and the timer is armed for the earliest deadline only.
// Internal to agent/http; loop thread only.
#pragma once

#include <array>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <chrono>
#include <cstddef>
#include <ctime>
#include <deque>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/instant.hpp"
#include "http/server.hpp"

namespace holdfast::http {

using Executor = boost::asio::io_context::executor_type;
using Descriptor = boost::asio::posix::basic_stream_descriptor<Executor>;
using Timer =
    boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                      boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;

/// Where a session stands, by what it is waiting for. `busy` waits for us and has no deadline.
enum class Lane { idle, header, body, busy, writing, draining };
inline constexpr std::size_t kLanes = 6;

struct LaneEntry {
  std::shared_ptr<Session> session;
  Instant since;
};
using LaneList = std::list<LaneEntry>;

/// One listening socket.
struct Listener {
  explicit Listener(boost::asio::io_context& io) : socket(io.get_executor()) {}
  Descriptor socket;
  std::string name;
  std::shared_ptr<const Credentials> credentials;
  std::uint16_t local_port = 0;
  bool is_unix = false;
};

class Server::Impl : public std::enable_shared_from_this<Server::Impl> {
 public:
  Impl(boost::asio::io_context& io, ServerOptions options, Handler handler);

  Status add_listener(UniqueFd socket, std::string name, Credentials credentials);
  void stop_listening();
  void close_gracefully();
  void shutdown();

  // For sessions.
  void move(Session& session, Lane to);  // to the end of a lane, with a new deadline
  void remove(Session& session);         // the last thing a session does
  // A session's share of a budget changes; where the budget is exceeded, the oldest user of it is closed.
  void charge_input(std::size_t before, std::size_t after);
  void charge_output(std::size_t before, std::size_t after);
  /// That session goes on with pipelined requests when all who wait for the same had their turn: one at a time, so
  /// that whoever comes new waits for one of them and not for all.
  void take_turn_later(std::shared_ptr<Session> session);
  [[nodiscard]] std::string_view date();  // of the Date header
  [[nodiscard]] boost::asio::io_context& io() { return io_; }
  [[nodiscard]] const ServerOptions& options() const { return options_; }
  [[nodiscard]] const Handler& handler() const { return handler_; }
  [[nodiscard]] std::vector<char>& read_buffer() { return read_buffer_; }
  ServerStatistics statistics;

 private:
  enum class Complaint { descriptors, refused, memory };

  void wait_for_connection(const std::shared_ptr<Listener>& listener);
  void accept_burst(const std::shared_ptr<Listener>& listener);
  void admit(const Listener& listener, UniqueFd fd, Peer peer);
  void out_of_descriptors(const std::shared_ptr<Listener>& listener);
  void note_flood();
  bool make_room(const std::string& address);
  bool evict(Lane lane, const std::string* address);
  void post_turn();
  void arm(Instant deadline);
  void expire();
  void complain(Complaint kind, std::string_view message);
  [[nodiscard]] Duration timeout_of(Lane lane) const;
  [[nodiscard]] LaneList& list_of(Lane lane) { return lanes_[static_cast<std::size_t>(lane)]; }

  boost::asio::io_context& io_;
  ServerOptions options_;
  Handler handler_;
  std::vector<std::shared_ptr<Listener>> listeners_;
  std::array<LaneList, kLanes> lanes_;
  std::unordered_map<std::string, std::size_t> per_address_;
  std::deque<std::shared_ptr<Session>> turns_;
  std::size_t input_bytes_ = 0;
  std::size_t output_bytes_ = 0;
  bool flooded_ = false;  // the budgets above held much, and do still
  bool crowded_ = false;  // there were many connections, and there are still
  std::vector<char> read_buffer_;
  UniqueFd reserve_;  // given up to accept and close one client when no descriptor is left
  Timer timer_;
  Instant armed_ = Instant::max();
  Timer back_off_;
  std::vector<std::shared_ptr<Listener>> paused_;  // until back_off_ ends
  std::array<Instant, 3> complained_{};
  std::time_t date_second_ = 0;
  std::string date_;
};

}  // namespace holdfast::http

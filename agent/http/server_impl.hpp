// server_impl.hpp: what the sessions of one Server share: the phases that hold each session's deadline, the budgets,
// the read buffer, one timer, which is armed for the earliest deadline only. Internal to agent/http; loop thread only.
#pragma once

#include <array>
#include <cstddef>
#include <ctime>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/instant.hpp"
#include "http/asio_types.hpp"
#include "http/connection_phases.hpp"
#include "http/memory_pressure.hpp"
#include "http/server.hpp"

namespace holdfast::http {

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
  void move(Session& session, ConnectionPhase to);  // with a new deadline
  void remove(Session& session);                    // the last thing a session does
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
  enum class Warning { descriptors, refused, memory };

  void wait_for_connection(const std::shared_ptr<Listener>& listener);
  void accept_burst(const std::shared_ptr<Listener>& listener);
  void admit(const Listener& listener, UniqueFd fd, Peer peer);
  void out_of_descriptors(const std::shared_ptr<Listener>& listener);
  void note_pressure();
  bool make_room(const std::string& address);
  bool evict(ConnectionPhase phase, const std::string* address);
  void post_turn();
  void arm(Instant deadline);
  void expire();
  void warn_throttled(Warning kind, std::string_view message);

  boost::asio::io_context& io_;
  ServerOptions options_;
  Handler handler_;
  std::vector<std::shared_ptr<Listener>> listeners_;
  ConnectionPhases<Session> connections_;
  std::unordered_map<std::string, std::size_t> per_address_;
  std::deque<std::shared_ptr<Session>> turns_;
  std::size_t input_bytes_ = 0;
  std::size_t output_bytes_ = 0;
  MemoryPressure pressure_;
  std::vector<char> read_buffer_;
  UniqueFd reserve_;  // given up to accept and close one client when no descriptor is left
  Timer timer_;
  Instant armed_ = Instant::max();
  Timer back_off_;
  std::vector<std::shared_ptr<Listener>> paused_;  // until back_off_ ends
  std::array<Instant, 3> warned_{};
  std::time_t date_second_ = 0;
  std::string date_;
};

}  // namespace holdfast::http

// session.hpp: one connection: reads one request at a time, has it answered, writes the answer, goes on or
// ends. Its deadlines and budgets are the server's (server_impl.hpp). While idle it holds no buffer. Internal
// to agent/http; loop thread only. Anything may close it at any moment: every entry point holds a reference
// and looks at `state_` afterwards.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "http/request_parser.hpp"
#include "http/responder.hpp"
#include "http/server_impl.hpp"

namespace holdfast::http {

/// What the Responders of one request share.
struct Responder::Ticket {
  explicit Ticket(Session* of) : session(of) {}
  Ticket(const Ticket&) = delete;
  Ticket& operator=(const Ticket&) = delete;
  ~Ticket();

  Session* session;  // nullptr once the answer is complete or the client is gone
  bool answered = false;
  bool streaming = false;
  std::function<void()> closed;
  std::function<void()> drained;
};

class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(Server::Impl& server, Peer peer, std::shared_ptr<const Credentials> credentials);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// Takes the connected socket; false (and nothing is kept) if the loop cannot watch it.
  bool start(UniqueFd socket);
  /// Ends the connection now. Idempotent.
  void close();
  /// Its turn has come (Server::Impl::take_turn_later).
  void resume();
  /// The deadline of its phase has passed.
  void expire();
  /// No further request; what is being answered is finished.
  void close_gracefully();

  // ConnectionPhases'.
  ConnectionPhase phase = ConnectionPhase::idle;
  ConnectionPhases<Session>::Position position;
  [[nodiscard]] const Peer& peer() const { return request_.peer; }
  [[nodiscard]] std::size_t charged_input() const { return charged_input_; }
  [[nodiscard]] std::size_t charged_output() const { return charged_output_; }

  // For Responder.
  void respond(Response response);
  void start_stream(Response head);
  ChunkResult write_chunk(std::string_view bytes);
  void finish_stream();
  UniqueFd give_connection();
  void drained_later();
  void release_ticket() { ticket_ = nullptr; }  // its last handle is gone
  [[nodiscard]] std::size_t queued() const;

 private:
  enum class State { reading, answering, draining, closed };

  // session_read.cpp
  void wait_readable();
  void on_readable();
  void read();
  void take(std::string_view bytes);
  std::size_t parse(std::string_view bytes);
  void begin_turn();
  void resume_later();
  bool accept_header();
  void enter_reading_phase();
  void dispatch();
  void refuse(int status);
  void unauthorized();
  void watch_peer();
  void drain();

  // session_write.cpp
  void begin_answer(Response response);
  void append_head(const Response& response, bool is_stream);
  void append_field(std::string_view name, std::string_view value);
  void write();
  bool send_some();
  [[nodiscard]] std::size_t held() const;
  void wait_writable();
  void output_done();
  void message_done();
  void next_message();
  void end_connection();
  void forget_output();

  [[nodiscard]] int fd() { return socket_.native_handle(); }

  Server::Impl* server_;
  Descriptor socket_;
  std::shared_ptr<const Credentials> credentials_;
  State state_ = State::reading;
  bool read_waiting_ = false;
  bool write_waiting_ = false;
  bool resume_posted_ = false;
  bool in_dispatch_ = false;
  bool done_after_dispatch_ = false;
  bool keep_alive_ = true;
  bool drain_after_ = false;   // unread input: closing at once would destroy our answer on its way
  bool last_request_ = false;  // close_gracefully()
  bool stream_finished_ = false;
  bool chunked_ = false;
  int burst_ = 0;  // requests answered in this turn, and the bytes of their answers
  std::size_t burst_bytes_ = 0;

  RequestParser parser_;
  Request request_;
  std::string pending_;  // bytes read but not parsed yet: a partial head, or pipelined requests
  Responder::Ticket* ticket_ = nullptr;

  std::string out_;  // head, and the queue of a stream
  std::size_t out_sent_ = 0;
  Response response_;  // its body follows out_
  std::string_view body_;
  std::size_t charged_input_ = 0;
  std::size_t charged_output_ = 0;
  std::size_t drained_bytes_ = 0;
};

}  // namespace holdfast::http

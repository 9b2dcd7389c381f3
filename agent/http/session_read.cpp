#include <sys/socket.h>
#include <boost/asio/post.hpp>

#include <cerrno>

#include "http/session.hpp"

namespace holdfast::http {
namespace {

bool would_block(int error) {
  return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

}  // namespace

Session::Session(Server::Impl& server, Peer peer, std::shared_ptr<const Credentials> credentials)
    : server_(&server),
      socket_(server.io().get_executor()),
      credentials_(std::move(credentials)),
      parser_(server.options().header_bytes_max) {
  request_.peer = std::move(peer);
}

bool Session::start(UniqueFd socket) {
  boost::system::error_code error;
  socket_.assign(socket.get(), error);
  if (error) {
    return false;
  }
  [[maybe_unused]] const int owned_by_socket = socket.release();
  parser_.begin(request_);
  wait_readable();
  return true;
}

void Session::close() {
  if (state_ == State::closed) {
    return;
  }
  const auto self = shared_from_this();
  state_ = State::closed;
  if (ticket_ != nullptr) {
    Responder::Ticket* const ticket = std::exchange(ticket_, nullptr);
    ticket->session = nullptr;
    ticket->drained = nullptr;
    if (ticket->closed) {
      boost::asio::post(server_->io(), std::exchange(ticket->closed, nullptr));
    }
  }
  boost::system::error_code ignored;
  socket_.close(ignored);
  server_->remove(*this);
  server_ = nullptr;
}

/// Ends the session, not its connection.
UniqueFd Session::give_connection() {
  const auto self = shared_from_this();
  state_ = State::closed;
  Responder::Ticket* const ticket = std::exchange(ticket_, nullptr);
  ticket->session = nullptr;
  ticket->closed = nullptr;
  ticket->drained = nullptr;
  UniqueFd connection(socket_.release());
  server_->remove(*this);
  server_ = nullptr;
  return connection;
}

void Session::expire() {
  ++server_->statistics.timed_out;
  if (phase == ConnectionPhase::header || phase == ConnectionPhase::body) {
    refuse(408);
    return;
  }
  close();
}

void Session::close_gracefully() {
  last_request_ = true;
  if (state_ == State::reading && !parser_.started()) {
    close();
  } else if (ticket_ != nullptr && ticket_->streaming) {
    finish_stream();
  }
}

void Session::wait_readable() {
  if (read_waiting_ || state_ == State::closed) {
    return;
  }
  read_waiting_ = true;
  socket_.async_wait(Descriptor::wait_read, [self = shared_from_this()](const boost::system::error_code& error) {
    self->read_waiting_ = false;
    if (!error) {
      self->on_readable();
    }
  });
}

void Session::on_readable() {
  switch (state_) {
    case State::reading:
      read();
      break;
    case State::answering:
      watch_peer();
      break;
    case State::draining:
      drain();
      break;
    case State::closed:
      break;
  }
}

void Session::read() {
  if (resume_posted_) {
    return;  // pipelined requests that are here already come first
  }
  begin_turn();
  std::vector<char>& buffer = server_->read_buffer();
  for (int round = 0; round < limits::http_reads_per_turn; ++round) {
    const ssize_t got = ::recv(fd(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got < 0 && would_block(errno)) {
      break;
    }
    if (got <= 0) {
      close();
      return;
    }
    const auto size = static_cast<std::size_t>(got);
    take(std::string_view(buffer.data(), size));
    if (state_ != State::reading || resume_posted_) {
      return;
    }
    if (size < buffer.size()) {
      break;
    }
  }
  wait_readable();
}

/// Parses what came, together with what was left over before, and keeps the rest.
void Session::take(std::string_view bytes) {
  if (pending_.empty()) {
    const std::size_t used = parse(bytes);
    if (state_ != State::closed) {
      pending_.assign(bytes.substr(used));
    }
  } else {
    pending_.append(bytes);
    pending_.erase(0, parse(pending_));
  }
  if (pending_.empty() && pending_.capacity() > limits::http_kept_capacity) {
    std::string().swap(pending_);
  }
}

std::size_t Session::parse(std::string_view bytes) {
  std::size_t used = 0;
  while (state_ == State::reading) {
    std::size_t consumed = 0;
    const RequestParser::Progress progress = parser_.feed(bytes.substr(used), consumed);
    used += consumed;
    switch (progress) {
      case RequestParser::Progress::need_more:
        enter_reading_phase();
        return used;
      case RequestParser::Progress::failed:
        refuse(parser_.error_status());
        return used;
      case RequestParser::Progress::header_complete:
        if (!accept_header()) {
          return used;
        }
        break;
      case RequestParser::Progress::complete:
        dispatch();
        if (state_ == State::reading && used < bytes.size() &&
            (++burst_ >= limits::http_pipelined_burst || burst_bytes_ >= limits::http_turn_answer_bytes)) {
          resume_later();
          return used;
        }
        break;
    }
  }
  return used;
}

void Session::begin_turn() {
  burst_ = 0;
  burst_bytes_ = 0;
}

/// Goes on with the bytes that wait in pending_, after others had their turn.
void Session::resume_later() {
  if (!resume_posted_) {
    resume_posted_ = true;
    server_->take_turn_later(shared_from_this());
  }
}

void Session::resume() {
  resume_posted_ = false;
  if (state_ != State::reading) {
    return;
  }
  begin_turn();
  take({});
  if (state_ == State::reading && !resume_posted_) {
    wait_readable();
  }
}

void Session::enter_reading_phase() {
  if (!parser_.started()) {
    server_->move(*this, ConnectionPhase::idle);
    return;
  }
  // The deadline of a head or a body counts from its beginning: a byte now and then does not prolong it.
  const ConnectionPhase now = parser_.header_complete() ? ConnectionPhase::body : ConnectionPhase::header;
  if (phase != now) {
    server_->move(*this, now);
  }
  if (const std::size_t size = request_.body.size(); size > charged_input_) {
    const std::size_t before = std::exchange(charged_input_, size);
    server_->charge_input(before, size);
  }
}

/// Judges a complete head before a byte of its body is kept (contract supervisor.md 4.1). False: it was
/// refused.
bool Session::accept_header() {
  keep_alive_ = parser_.keep_alive() && !last_request_;
  switch (authenticate(*credentials_, request_.header("Authorization"), request_.user)) {
    case AuthenticationResult::granted:
      break;
    case AuthenticationResult::denied:
      unauthorized();
      return false;
    case AuthenticationResult::malformed:
      refuse(400);
      return false;
  }
  const auto length = parser_.content_length();
  const bool takes_body = request_.method == Method::post || request_.method == Method::put;
  if (request_.headers.has("Transfer-Encoding") || (takes_body && !length)) {
    refuse(411);  // as the reference, chunked requests are not taken
    return false;
  }
  if (length && *length > server_->options().body_limit(request_.path)) {
    refuse(413);
    return false;
  }
  if (length && *length > 0 && request_.minor_version >= 1 &&
      equals_ignoring_case(request_.header("Expect"), "100-continue")) {
    constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    if (::send(fd(), go_on.data(), go_on.size(), MSG_DONTWAIT | MSG_NOSIGNAL) != static_cast<ssize_t>(go_on.size())) {
      close();  // 25 bytes do not fit: the client is gone or reads nothing
      return false;
    }
  }
  return true;
}

void Session::dispatch() {
  ++server_->statistics.requests;
  if (charged_input_ > 0) {
    server_->charge_input(std::exchange(charged_input_, 0), 0);
  }
  state_ = State::answering;
  stream_finished_ = false;
  in_dispatch_ = true;
  const auto self = shared_from_this();
  {
    auto ticket = std::make_shared<Responder::Ticket>(this);
    ticket_ = ticket.get();
    server_->handler()(request_, Responder(std::move(ticket)));
  }
  in_dispatch_ = false;
  if (state_ != State::answering) {
    return;
  }
  if (std::exchange(done_after_dispatch_, false)) {
    if (keep_alive_ && !last_request_) {
      next_message();  // parse() goes on with it
    } else {
      end_connection();
    }
    return;
  }
  if (phase != ConnectionPhase::writing) {
    server_->move(*this, ConnectionPhase::busy);
  }
  wait_readable();  // to notice when the client goes
}

/// Answers without the handler, and ends the connection.
void Session::refuse(int status) {
  ++server_->statistics.bad_requests;
  keep_alive_ = false;
  drain_after_ = true;
  begin_answer(error_response(status));
}

void Session::unauthorized() {
  ++server_->statistics.unauthorized;
  keep_alive_ = false;
  drain_after_ = true;
  Response response = error_response(401);
  response.headers.emplace_back("WWW-Authenticate", "Basic realm=\"default\"");
  begin_answer(std::move(response));
}

/// While an answer is awaited: is the client still there?
void Session::watch_peer() {
  char byte = 0;
  const ssize_t got = ::recv(fd(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  if (got < 0 && would_block(errno)) {
    wait_readable();
  } else if (got <= 0) {
    close();
  }
  // A byte: the next request is here already. It stays in the socket, unread, until this one is answered.
}

void Session::drain() {
  std::vector<char>& buffer = server_->read_buffer();
  for (int round = 0; round < limits::http_reads_per_turn; ++round) {
    const ssize_t got = ::recv(fd(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got < 0 && would_block(errno)) {
      break;
    }
    drained_bytes_ += got > 0 ? static_cast<std::size_t>(got) : 0U;
    if (got <= 0 || drained_bytes_ > limits::http_drain_bytes) {
      close();
      return;
    }
  }
  wait_readable();
}

}  // namespace holdfast::http

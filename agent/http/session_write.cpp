#include <sys/socket.h>
#include <sys/uio.h>
#include <boost/asio/post.hpp>

#include <array>
#include <cerrno>
#include <charconv>

#include "http/session.hpp"

namespace holdfast::http {
namespace {

template <typename Number>
void append_number(std::string& out, Number number, int base) {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number, base);
  out.append(digits.data(), static_cast<std::size_t>(end.ptr - digits.data()));
}

bool has_no_body(int status) {
  return status == 204 || status == 304 || status / 100 == 1;
}

}  // namespace

std::size_t Session::queued() const {
  return out_.size() - out_sent_ + body_.size();
}

/// What the unsent answer occupies: all of it until its last byte is out, so that a client that leaves the last
/// one unread does not count as cheap.
std::size_t Session::held() const {
  return out_.size() + (response_.shared_body ? body_.size() : response_.body.capacity());
}

void Session::respond(Response response) {
  begin_answer(std::move(response));
}

void Session::begin_answer(Response response) {
  state_ = State::answering;
  response_ = std::move(response);
  keep_alive_ = keep_alive_ && !response_.close && !last_request_;
  stream_finished_ = true;
  append_head(response_, false);
  const bool head_only = request_.method == Method::head || has_no_body(response_.status);
  body_ = head_only ? std::string_view() : response_.body_view();
  burst_bytes_ += queued();
  write();
}

void Session::start_stream(Response head) {
  chunked_ = request_.minor_version >= 1;
  keep_alive_ = keep_alive_ && chunked_ && !head.close && !last_request_;
  stream_finished_ = false;
  append_head(head, true);
  if (request_.method == Method::head) {
    finish_stream();
    return;
  }
  write();
}

ChunkResult Session::write_chunk(std::string_view bytes) {
  if (stream_finished_) {
    return ChunkResult::closed;
  }
  if (bytes.empty()) {
    return ChunkResult::queued;
  }
  const auto self = shared_from_this();
  if (queued() + bytes.size() > server_->options().stream_queue_bytes_max && queued() > 0) {
    ++server_->statistics.overflowed;
    ticket_->closed = nullptr;  // the caller learns it from the result
    close();
    return ChunkResult::overflow;
  }
  if (out_sent_ > 0) {
    out_.erase(0, out_sent_);
    out_sent_ = 0;
  }
  if (chunked_) {
    append_number(out_, bytes.size(), 16);
    out_ += "\r\n";
    out_ += bytes;
    out_ += "\r\n";
  } else {
    out_ += bytes;
  }
  if (!write_waiting_) {
    write();
  }
  return state_ == State::closed ? ChunkResult::closed : ChunkResult::queued;
}

void Session::finish_stream() {
  if (stream_finished_) {
    return;
  }
  stream_finished_ = true;
  if (chunked_ && request_.method != Method::head) {
    out_ += "0\r\n\r\n";
  }
  if (!write_waiting_) {
    write();
  }
}

/// Header fields come from handlers, parts of them from clients: no line break gets through.
void Session::append_field(std::string_view name, std::string_view value) {
  const auto append_clean = [this](std::string_view text) {
    for (const char c : text) {
      out_.push_back(c == '\r' || c == '\n' || c == '\0' ? ' ' : c);
    }
  };
  append_clean(name);
  out_ += ": ";
  append_clean(value);
  out_ += "\r\n";
}

void Session::append_head(const Response& response, bool is_stream) {
  out_ += request_.minor_version >= 1 ? "HTTP/1.1 " : "HTTP/1.0 ";
  append_number(out_, response.status, 10);
  out_.push_back(' ');
  out_ += reason_phrase(response.status);
  out_ += "\r\nServer: ";
  out_ += server_->options().server_header;
  out_ += "\r\nDate: ";
  out_ += server_->date();
  out_ += "\r\n";
  if (!response.content_type.empty()) {
    append_field("Content-Type", response.content_type);
  }
  if (is_stream) {
    if (chunked_) {
      out_ += "Transfer-Encoding: chunked\r\n";
    }
  } else if (!has_no_body(response.status)) {
    out_ += "Content-Length: ";
    append_number(out_, response.body_view().size(), 10);
    out_ += "\r\n";
  }
  for (const auto& [name, value] : response.headers) {
    append_field(name, value);
  }
  if (!keep_alive_) {
    out_ += "Connection: close\r\n";
  } else if (request_.minor_version == 0) {
    out_ += "Connection: Keep-Alive\r\n";
  }
  out_ += "\r\n";
}

/// One sendmsg of what is left; false when there was an error (errno).
bool Session::send_some() {
  std::array<iovec, 2> pieces{};
  std::size_t count = 0;
  if (out_sent_ < out_.size()) {
    pieces[count++] = iovec{out_.data() + out_sent_, out_.size() - out_sent_};
  }
  if (!body_.empty()) {
    pieces[count++] = iovec{const_cast<char*>(body_.data()), body_.size()};
  }
  msghdr message{};
  message.msg_iov = pieces.data();
  message.msg_iovlen = count;
  const ssize_t sent = ::sendmsg(fd(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent < 0) {
    return false;
  }
  const auto size = static_cast<std::size_t>(sent);
  const std::size_t of_head = std::min(size, out_.size() - out_sent_);
  out_sent_ += of_head;
  body_.remove_prefix(size - of_head);
  return true;
}

/// Sends until everything is out or the client does not take more.
void Session::write() {
  const auto self = shared_from_this();
  bool progress = false;
  while (queued() > 0) {
    if (!send_some()) {
      if (errno == EINTR) {
        continue;
      }
      if (errno != EAGAIN && errno != EWOULDBLOCK) {
        close();
        return;
      }
      if (progress || phase != ConnectionPhase::writing) {
        server_->move(*this, ConnectionPhase::writing);  // its deadline counts from the last progress
      }
      const std::size_t before = std::exchange(charged_output_, held());
      server_->charge_output(before, charged_output_);
      if (state_ != State::closed) {
        wait_writable();
      }
      return;
    }
    progress = true;
  }
  output_done();
}

void Session::wait_writable() {
  write_waiting_ = true;
  socket_.async_wait(Descriptor::wait_write, [self = shared_from_this()](const boost::system::error_code& error) {
    self->write_waiting_ = false;
    if (!error && self->state_ != State::closed) {
      self->write();
    }
  });
}

void Session::forget_output() {
  out_.clear();
  out_sent_ = 0;
  body_ = {};
  response_ = Response();
  if (out_.capacity() > limits::http_kept_capacity) {
    std::string().swap(out_);
  }
  if (charged_output_ > 0) {
    server_->charge_output(std::exchange(charged_output_, 0), 0);
  }
}

/// Everything queued so far is with the kernel.
void Session::output_done() {
  forget_output();
  if (!stream_finished_) {
    if (phase == ConnectionPhase::writing) {
      server_->move(*this, ConnectionPhase::busy);
    }
    drained_later();
    return;
  }
  if (ticket_ != nullptr) {
    ticket_->session = nullptr;
    ticket_->closed = nullptr;
    ticket_->drained = nullptr;
    ticket_ = nullptr;
  }
  if (in_dispatch_) {
    done_after_dispatch_ = true;  // the handler may still be reading the request
    return;
  }
  message_done();
}

void Session::drained_later() {
  if (ticket_ != nullptr && ticket_->drained && queued() == 0) {
    boost::asio::post(server_->io(), std::exchange(ticket_->drained, nullptr));
  }
}

/// The answer to a deferred request is out.
void Session::message_done() {
  if (!keep_alive_ || last_request_) {
    end_connection();
    return;
  }
  next_message();
  server_->move(*this, ConnectionPhase::idle);
  if (!pending_.empty()) {
    resume_later();
  } else {
    wait_readable();
  }
}

void Session::next_message() {
  state_ = State::reading;
  if (request_.body.capacity() > limits::http_kept_capacity) {
    std::string().swap(request_.body);
  }
  parser_.begin(request_);
}

void Session::end_connection() {
  if (!drain_after_) {
    close();
    return;
  }
  // The client may still be sending. Closing now would answer its bytes by a reset, and with that take back
  // our answer.
  state_ = State::draining;
  ::shutdown(fd(), SHUT_WR);
  server_->move(*this, ConnectionPhase::draining);
  wait_readable();
}

}  // namespace holdfast::http

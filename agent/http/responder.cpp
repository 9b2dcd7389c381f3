#include "http/responder.hpp"

#include "http/session.hpp"

namespace holdfast::http {

Responder::Ticket::~Ticket() {
  if (session == nullptr) {
    return;
  }
  const auto keep = session->shared_from_this();
  if (!answered) {
    answered = true;
    session->respond(error_response(500));
  } else if (streaming) {
    session->finish_stream();
  }
  if (session != nullptr) {
    session->release_ticket();
  }
}

void Responder::respond(Response response) {
  if (!alive() || ticket_->answered) {
    return;
  }
  const auto session = ticket_->session->shared_from_this();
  ticket_->answered = true;
  session->respond(std::move(response));
}

void Responder::start_stream(Response head) {
  if (!alive() || ticket_->answered) {
    return;
  }
  const auto session = ticket_->session->shared_from_this();
  ticket_->answered = true;
  ticket_->streaming = true;
  session->start_stream(std::move(head));
}

ChunkResult Responder::write_chunk(std::string_view bytes) {
  if (!alive() || !ticket_->streaming) {
    return ChunkResult::closed;
  }
  const auto session = ticket_->session->shared_from_this();
  return session->write_chunk(bytes);
}

void Responder::finish() {
  if (alive() && ticket_->streaming) {
    const auto session = ticket_->session->shared_from_this();
    session->finish_stream();
  }
}

std::size_t Responder::queued_bytes() const {
  return alive() ? ticket_->session->queued() : 0;
}

void Responder::on_drained(std::function<void()> callback) {
  if (alive()) {
    ticket_->drained = std::move(callback);
    ticket_->session->drained_later();
  }
}

void Responder::on_closed(std::function<void()> callback) {
  if (alive()) {
    ticket_->closed = std::move(callback);
  }
}

UniqueFd Responder::take_connection() {
  if (!alive() || ticket_->answered) {
    return {};
  }
  const auto session = ticket_->session->shared_from_this();
  ticket_->answered = true;
  return session->give_connection();
}

bool Responder::alive() const {
  return ticket_ && ticket_->session != nullptr;
}

}  // namespace holdfast::http

// responder.hpp: the handle by which a handler answers a request: at once, or later while other clients are
// served (deferred replies, contract supervisor.md 4.1), or as a stream. A cheap copyable handle that may
// outlive the connection and the server: then every call does nothing and alive() is false. The first
// respond() or start_stream() counts; a request whose last handle goes without an answer gets status 500, so
// nothing hangs. Loop thread only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "base/unique_fd.hpp"
#include "http/response.hpp"

namespace holdfast::http {

class Session;

/// What became of a chunk.
enum class ChunkResult {
  queued,    // sent or queued
  overflow,  // the client reads too slowly: its queue is full, the stream was ended
  closed,    // the client is gone, or the stream was finished
};

class Responder {
 public:
  Responder() = default;

  /// Answers; only the first answer to a request counts.
  void respond(Response response);

  /// Sends the head (body is ignored) and keeps the answer open: chunked with HTTP/1.1, until close with 1.0.
  void start_stream(Response head);
  /// Queues a piece of the stream. An empty piece does nothing.
  ChunkResult write_chunk(std::string_view bytes);
  /// Ends the stream; the connection goes on where the protocol lets it.
  void finish();
  /// Bytes that the client has not taken yet.
  [[nodiscard]] std::size_t queued_bytes() const;
  /// Called once, from the loop, when everything queued so far has gone to the kernel. For back-pressure
  /// instead of overflow: write, wait for drained, write on.
  void on_drained(std::function<void()> callback);

  /// Called once, from the loop, if the client goes before the answer is complete. Never after it.
  void on_closed(std::function<void()> callback);

  /// Takes the connection out of the server, for another protocol, before anything was answered: the server forgets
  /// it. Invalid when the client is gone or was answered already.
  UniqueFd take_connection();

  /// The client is still there and still waits for this answer.
  [[nodiscard]] bool alive() const;

 private:
  friend class Session;
  struct Ticket;
  explicit Responder(std::shared_ptr<Ticket> ticket) : ticket_(std::move(ticket)) {}

  std::shared_ptr<Ticket> ticket_;
};

}  // namespace holdfast::http

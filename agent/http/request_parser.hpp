// request_parser.hpp: Beast's HTTP/1 parser behind a small face: bytes in, a Request filled in place, no copy
// between. Judges form only (status 400 and 431); limits on bodies and credentials are the session's.
// Internal to agent/http.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "http/request.hpp"

namespace holdfast::http {

class RequestParser {
 public:
  enum class Progress {
    need_more,
    header_complete,  // the head stands in the Request; feed() again for the body
    complete,
    failed,  // error_status() says how
  };

  explicit RequestParser(std::size_t header_bytes_max);
  ~RequestParser();
  RequestParser(const RequestParser&) = delete;
  RequestParser& operator=(const RequestParser&) = delete;

  /// Starts a new message into `request`, which must outlive it.
  void begin(Request& request);
  /// Takes bytes from the front of `bytes`; `consumed` says how many. What is left must be given again, with
  /// more.
  Progress feed(std::string_view bytes, std::size_t& consumed);

  [[nodiscard]] bool started() const { return started_; }  // of the present message, some bytes came
  [[nodiscard]] bool header_complete() const { return header_complete_; }
  [[nodiscard]] int error_status() const { return error_status_; }

  // Valid once the header is complete.
  [[nodiscard]] bool keep_alive() const;
  [[nodiscard]] std::optional<std::uint64_t> content_length() const;

 private:
  struct Impl;

  std::unique_ptr<Impl> impl_;
  bool started_ = false;
  bool header_complete_ = false;
  std::size_t header_bytes_ = 0;
  int error_status_ = 0;
};

}  // namespace holdfast::http

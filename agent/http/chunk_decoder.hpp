// chunk_decoder.hpp: the body of a chunked answer (RFC 9112 7.1): bytes in, data out. Strict: a line ends
// with CR LF and nothing else. It keeps numbers only, never bytes, so that no answer can make it grow; what
// stands around the data is bounded. Beast's own reader of chunks is not used: 1.74 keeps an endless chunk
// line in memory, and asserts on what a server may send. Pure; used by ResponseParser.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

namespace holdfast::http {

class ChunkDecoder {
 public:
  enum class Progress { need_more, complete, failed };

  /// Gets the data in order; false: no more is wanted, which ends feed() with need_more.
  using Data = std::function<bool(std::string_view)>;

  /// Takes bytes from the front of `bytes`; `consumed` says how many. Not to be called after complete or
  /// failed.
  Progress feed(std::string_view bytes, std::size_t& consumed, const Data& data);

 private:
  enum class At { size, extension, size_lf, data, data_cr, data_lf, trailer, trailer_line, trailer_lf, end_lf, end };

  bool take(char byte);
  bool take_size(char byte);

  At at_ = At::size;
  std::uint64_t left_ = 0;         // of this chunk's data
  std::size_t line_bytes_ = 0;     // of this chunk's first line
  std::size_t trailer_bytes_ = 0;  // of all fields after the last chunk
};

}  // namespace holdfast::http

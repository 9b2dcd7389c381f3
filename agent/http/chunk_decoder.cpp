#include "http/chunk_decoder.hpp"

#include <algorithm>

#include "base/limits.hpp"

namespace holdfast::http {
namespace {

/// The value of a hexadecimal digit, or -1.
int digit_of(char byte) {
  if (byte >= '0' && byte <= '9') {
    return byte - '0';
  }
  const char lower = static_cast<char>(byte | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// What a chunk's extension or a trailer's field may consist of; none of them means anything here.
bool is_text(char byte) {
  return byte == '\t' || (static_cast<unsigned char>(byte) >= 0x20 && byte != 0x7f);
}

}  // namespace

ChunkDecoder::Progress ChunkDecoder::feed(std::string_view bytes, std::size_t& consumed, const Data& data) {
  consumed = 0;
  while (consumed < bytes.size() && at_ != At::end) {
    if (at_ != At::data) {
      if (!take(bytes[consumed++])) {
        return Progress::failed;
      }
      continue;
    }
    const auto piece = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size() - consumed));
    left_ -= piece;
    at_ = left_ == 0 ? At::data_cr : At::data;
    consumed += piece;
    if (!data(bytes.substr(consumed - piece, piece))) {
      return Progress::need_more;
    }
  }
  return at_ == At::end ? Progress::complete : Progress::need_more;
}

/// One byte outside of the data; false when it must not stand there.
bool ChunkDecoder::take(char byte) {
  const auto move = [&](bool right, At next) {
    at_ = next;
    return right;
  };
  switch (at_) {
    case At::size:
      return take_size(byte);
    case At::extension:
      if (byte == '\r') {
        return move(true, At::size_lf);
      }
      return is_text(byte) && ++line_bytes_ <= limits::http_chunk_line_bytes;
    case At::size_lf:
      line_bytes_ = 0;
      return move(byte == '\n', left_ == 0 ? At::trailer : At::data);
    case At::data_cr:
      return move(byte == '\r', At::data_lf);
    case At::data_lf:
      return move(byte == '\n', At::size);
    case At::trailer:
      if (byte == '\r') {
        return move(true, At::end_lf);
      }
      at_ = At::trailer_line;
      [[fallthrough]];
    case At::trailer_line:
      if (byte == '\r') {
        return move(true, At::trailer_lf);
      }
      return is_text(byte) && ++trailer_bytes_ <= limits::http_client_header_bytes;
    case At::trailer_lf:
      return move(byte == '\n', At::trailer);
    case At::end_lf:
      return move(byte == '\n', At::end);
    case At::data:
    case At::end:
      break;
  }
  return false;
}

bool ChunkDecoder::take_size(char byte) {
  const int digit = digit_of(byte);
  if (digit >= 0) {
    left_ = (line_bytes_ == 0 ? 0 : left_ * 16) + static_cast<std::uint64_t>(digit);
    return ++line_bytes_ <= limits::http_chunk_size_digits;
  }
  if (line_bytes_ == 0) {
    return false;
  }
  if (byte == '\r') {
    at_ = At::size_lf;
    return true;
  }
  at_ = At::extension;
  return byte == ';' || byte == ' ' || byte == '\t';
}

}  // namespace holdfast::http

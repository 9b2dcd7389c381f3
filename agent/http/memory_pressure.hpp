// memory_pressure.hpp: when the clients of a server have taken much memory and let go of it again, so that it is worth
// giving back to the system: unread answers and unfinished bodies, or the buffers of very many connections, which break
// the heap into pieces too small for an answer. Each pressure is told once, at its end. Pure; asked by the server
// whenever one of the numbers has changed.
#pragma once

#include <cstddef>

#include "base/limits.hpp"

namespace holdfast::http {

class MemoryPressure {
 public:
  /// True: a pressure has ended just now.
  bool ends(std::size_t held_bytes, std::size_t connections) {
    much_held_ = much_held_ || held_bytes >= limits::http_pressure_bytes;
    crowded_ = crowded_ || connections >= limits::http_pressure_connections;
    const bool bytes_end = much_held_ && held_bytes <= limits::http_calm_bytes;
    const bool crowd_ends = crowded_ && connections <= limits::http_calm_connections;
    much_held_ = much_held_ && !bytes_end;
    crowded_ = crowded_ && !crowd_ends;
    return bytes_end || crowd_ends;
  }

 private:
  bool much_held_ = false;
  bool crowded_ = false;
};

}  // namespace holdfast::http

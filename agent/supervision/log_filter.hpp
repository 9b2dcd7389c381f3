// log_filter.hpp: what becomes of the bytes that a program writes on one channel (contract
// supervisor.md 3.2, 3.5, 3.6): which go into its log, which are captured between the two tokens, which are
// dropped as terminal escapes. Bytes in, plan out; opens no file. A filter is small and copyable: copy it
// before a chunk to be able to take the chunk back. The log path owns one per channel and asks
// passes_through() first: then bytes can go from pipe to file unseen.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::supervision {

struct FilterOptions {
  bool strip_ansi = false;
  std::int64_t capture_max_bytes = 0;  // 0 = capture mode off
  bool events_enabled = false;
};

/// One thing to do, in order. `bytes` point into the fed chunk or into the plan's own storage.
struct FilterPiece {
  enum class Kind {
    log,            // append to the log; one PROCESS_LOG event if enabled
    captured,       // not into the log; one PROCESS_LOG event if enabled
    communication,  // a whole captured text: one PROCESS_COMMUNICATION event
    unfinished,  // captured, but the end token never came: into the log, without an event (they were reported
                 // before)
  } kind = Kind::log;
  std::string_view bytes;
};

/// Keep it (and the chunk it was made from) until the pieces are used.
struct FilterPlan {
  std::vector<FilterPiece> pieces;
  std::list<std::string> storage;  // a list: its strings never move
};

class LogFilter {
 public:
  explicit LogFilter(FilterOptions options) : options_(options) {}

  /// True when every byte goes to the log as it is and nobody wants events: the filter has nothing to do.
  [[nodiscard]] bool passes_through() const {
    return !options_.strip_ansi && options_.capture_max_bytes <= 0 && !options_.events_enabled;
  }
  [[nodiscard]] bool events_enabled() const { return options_.events_enabled; }

  /// One read's bytes. At most a token's length of them is held back, when they could be the beginning of a
  /// token.
  [[nodiscard]] FilterPlan feed(std::string_view chunk);

  /// The channel is at its end: what was held back, and a captured text whose end token never came, go to the
  /// log.
  [[nodiscard]] FilterPlan finish();

  /// Bytes taken in that no plan has mentioned yet because they may begin a token or an escape.
  [[nodiscard]] std::size_t held_bytes() const { return held_.size() + (escape_ == Escape::seen ? 1 : 0); }
  [[nodiscard]] bool capturing() const { return capturing_; }

 private:
  enum class Escape { none, seen, inside };

  void take(std::string_view bytes, FilterPlan& plan);
  void capture(std::string_view bytes);
  std::string strip(std::string_view bytes);

  FilterOptions options_;
  bool capturing_ = false;
  Escape escape_ = Escape::none;
  std::string held_;  // a proper prefix of the token that is looked for
  std::string captured_;
};

}  // namespace holdfast::supervision

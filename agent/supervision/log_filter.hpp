// log_filter.hpp: what becomes of the bytes that a program writes on one channel (contract
// supervisor.md 3.2, 3.5, 3.6): which go into its log, which are captured between the two tokens, which are
// dropped as terminal escapes. Bytes in, plan out; opens no file. The log path owns one per channel and asks
// passes_through() first: then bytes can go from pipe to file unseen.
//
// What is undecided yet (the beginning of a token or of an escape, a captured text without its end) is best
// left in the pipe, where the death of the agent does not touch it: the plan says how many bytes of the chunk may
// be taken, and the rest is to be shown again at the beginning of the next chunk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
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
    unfinished,     // captured, but the end token never came: into the log, without an event (they were reported
                    // before)
  } kind = Kind::log;
  std::string_view bytes;
};

/// Keep it (and the chunk it was made from) until the pieces are used. A copy's pieces would point into the
/// original: it can only be moved.
struct FilterPlan {
  FilterPlan() = default;
  FilterPlan(FilterPlan&&) = default;
  FilterPlan& operator=(FilterPlan&&) = default;
  FilterPlan(const FilterPlan&) = delete;
  FilterPlan& operator=(const FilterPlan&) = delete;
  ~FilterPlan() = default;

  std::vector<FilterPiece> pieces;
  std::size_t take = 0;            // how many bytes of the chunk the pieces stand for; the rest comes again
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

  /// One read's bytes, of which up to `may_stay` at the end may be left for the next one. 0: all is taken, and
  /// what is undecided is kept here.
  [[nodiscard]] FilterPlan feed(std::string_view chunk, std::size_t may_stay);

  /// The channel is at its end: what was held back, and a captured text whose end token never came, go to the
  /// log.
  [[nodiscard]] FilterPlan finish();

  /// Bytes taken that no plan has mentioned yet because they may begin a token or an escape.
  [[nodiscard]] std::size_t held_bytes() const { return held_.size() + (escape_ == Escape::seen ? 1 : 0); }
  [[nodiscard]] bool capturing() const { return capturing_; }

 private:
  enum class Escape { none, seen, inside };
  /// The state of a moment inside a chunk, to go back to.
  struct Mark {
    std::size_t at = 0;  // bytes of the chunk before it
    std::size_t pieces = 0;
    Escape escape = Escape::none;
  };

  void scan(std::string_view rest, std::size_t fresh, FilterPlan& plan, std::optional<Mark>& opened);
  void go_back(std::string_view chunk, std::size_t may_stay, const std::optional<Mark>& opened, FilterPlan& plan);
  void take(std::string_view bytes, FilterPlan& plan);
  void capture(std::string_view bytes);
  std::string strip(std::string_view bytes);

  FilterOptions options_;
  bool capturing_ = false;
  Escape escape_ = Escape::none;
  std::size_t escape_bytes_ = 0;  // of the escape under way, if nothing but it came since it began
  std::string held_;              // a proper prefix of the token that is looked for
  std::string captured_;
};

}  // namespace holdfast::supervision

// ending.hpp: what is said of an end beside the contract's texts, which tell neither the exit status of a
// program that ended too quickly nor the signal that ended it, nor what it said last; and the last line of a
// stream of bytes, for that. Pure. Used by the log path, the history, the cluster's rows and the pages.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.hpp"
#include "base/text.hpp"

namespace holdfast::supervision {

/// Keeps the end of what a program writes, so that its last line can be told. Costs a copy of at most
/// limits::last_words_window bytes for each piece.
class LastLine {
 public:
  void add(std::string_view bytes);
  /// The last line that is not blank, at most limits::last_words_bytes of it, without what a terminal would
  /// act on. Not the contract's line of a child that did not become its program: the one before it says why.
  [[nodiscard]] std::string text() const;

 private:
  std::string tail_;
  bool cut_ = false;  // there was more before it
};

/// Without escape sequences; other control characters are blanks.
inline std::string without_controls(std::string_view line) {
  std::string plain;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\x1b') {
      const bool sequence = i + 1 < line.size() && line[i + 1] == '[';
      i = sequence ? std::min(line.find_first_of("ABCDEFGHJKSTfhilmnsu", i + 2), line.size()) : i;
    } else {
      const auto byte = static_cast<unsigned char>(line[i]);
      plain += byte < 0x20 || byte == 0x7F ? ' ' : line[i];
    }
  }
  return plain;
}

inline void LastLine::add(std::string_view bytes) {
  constexpr std::size_t kWindow = limits::last_words_window;
  if (bytes.size() >= kWindow) {
    cut_ = cut_ || !tail_.empty() || bytes.size() > kWindow;
    tail_ = bytes.substr(bytes.size() - kWindow);
    return;
  }
  tail_ += bytes;
  if (tail_.size() > 2 * kWindow) {  // seldom, so that many small pieces are not moved each time
    tail_.erase(0, tail_.size() - kWindow);
    cut_ = true;
  }
}

inline std::string LastLine::text() const {
  const std::vector<std::string_view> lines = text::split(tail_, '\n');
  for (std::size_t i = lines.size(); i > 0; --i) {
    const std::string plain = without_controls(lines[i - 1]);
    const std::string_view words = text::trim(plain);
    if (words.empty() || words == "supervisor: child process was not spawned") {
      continue;
    }
    const bool whole = (i > 1 || !cut_) && words.size() <= limits::last_words_bytes;
    const std::string_view kept = words.substr(words.size() - std::min(words.size(), limits::last_words_bytes));
    return (whole ? "" : "...") + text::printable_utf8(kept);
  }
  return {};
}

/// `Exited too quickly (process log may have details); exit status 3; last on stderr: no such table`: what is
/// known, empty: nothing. `ending` and `last_words` as in ProcessRecord.
inline std::string failure_text(const std::string& spawnerr, const std::string& ending, const std::string& last_words) {
  std::string text = spawnerr;
  if (!ending.empty()) {
    text += (text.empty() ? "" : "; ") + ending;
  }
  if (!last_words.empty() && !spawnerr.empty()) {
    text += "; last on stderr: " + last_words;
  }
  return text;
}

}  // namespace holdfast::supervision

// log_deduplicator.hpp: warnings about somebody that are logged when they are new and not again while they stay the
// same. Strangers are many: beyond a bound of different subjects nothing more is said, and only the counters
// tell. Used by ClusterDriver; loop thread only.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "storage/main_log.hpp"

namespace holdfast {

class LogDeduplicator {
 public:
  explicit LogDeduplicator(storage::MainLog& log) : log_(log) {}

  void warn(const std::string& about, const std::string& text) {
    if (is_new(about, text)) {
      log_.warn(text);
    }
  }
  void critical(const std::string& about, const std::string& text) {
    if (is_new(about, text)) {
      log_.critical(text);
    }
  }
  /// For strangers, who can make up ever new texts: one for each subject, whatever it says.
  void warn_first(const std::string& about, const std::string& text) {
    if (!last_.contains(about)) {
      warn(about, text);
    }
  }
  /// It is well again: what comes next is new.
  void forget(const std::string& about) { last_.erase(about); }

 private:
  static constexpr std::size_t kSubjectsMax = 1000;

  bool is_new(const std::string& about, const std::string& text) {
    if (!last_.contains(about) && last_.size() >= kSubjectsMax) {
      return false;
    }
    return std::exchange(last_[about], text) != text;
  }

  storage::MainLog& log_;
  std::map<std::string, std::string> last_;  // by subject
};

}  // namespace holdfast

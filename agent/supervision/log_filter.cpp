#include "supervision/log_filter.hpp"

#include <algorithm>
#include <utility>

namespace holdfast::supervision {
namespace {

// Supervisor's tokens (contract 3.5).
constexpr std::string_view kBegin = "<!--XSUPERVISOR:BEGIN-->";
constexpr std::string_view kEnd = "<!--XSUPERVISOR:END-->";
constexpr char kEscape = '\x1B';
constexpr std::string_view kEscapeEnds = "HfABCDRsuJKhlpm";

/// Length of the longest proper prefix of `token` with which `bytes` ends.
std::size_t prefix_at_end(std::string_view bytes, std::string_view token) {
  std::size_t length = std::min(bytes.size(), token.size() - 1);
  while (length > 0 && bytes.substr(bytes.size() - length) != token.substr(0, length)) {
    --length;
  }
  return length;
}

/// Adds a piece whose bytes the plan itself keeps.
std::string_view keep(FilterPlan& plan, FilterPiece::Kind kind, std::string bytes) {
  const std::string& kept = plan.storage.emplace_back(std::move(bytes));
  plan.pieces.push_back({kind, kept});
  return kept;
}

}  // namespace

FilterPlan LogFilter::feed(std::string_view chunk) {
  FilterPlan plan;
  if (options_.capture_max_bytes <= 0) {
    take(chunk, plan);
    return plan;
  }
  std::string_view rest = chunk;
  if (!held_.empty()) {
    rest = plan.storage.emplace_back(std::exchange(held_, {}) + std::string(chunk));
  }
  while (!rest.empty()) {
    const std::string_view token = capturing_ ? kEnd : kBegin;
    const std::size_t at = rest.find(token);
    if (at == std::string_view::npos) {
      const std::size_t kept = prefix_at_end(rest, token);
      take(rest.substr(0, rest.size() - kept), plan);
      held_ = std::string(rest.substr(rest.size() - kept));
      break;
    }
    take(rest.substr(0, at), plan);
    if (capturing_) {
      keep(plan, FilterPiece::Kind::communication, std::exchange(captured_, {}));
    }
    capturing_ = !capturing_;
    rest.remove_prefix(at + token.size());
  }
  return plan;
}

FilterPlan LogFilter::finish() {
  FilterPlan plan;
  if (!held_.empty()) {
    const std::string& held = plan.storage.emplace_back(std::exchange(held_, {}));
    take(held, plan);
  }
  if (escape_ == Escape::seen) {
    const std::string_view escape(&kEscape, 1);
    if (capturing_) {
      capture(escape);
    }
    keep(plan, capturing_ ? FilterPiece::Kind::captured : FilterPiece::Kind::log, std::string(escape));
  }
  if (!captured_.empty()) {
    keep(plan, FilterPiece::Kind::unfinished, std::exchange(captured_, {}));
  }
  capturing_ = false;
  escape_ = Escape::none;
  return plan;
}

/// One stretch of text without tokens. The tokens are looked for before escapes are taken out, as Supervisor
/// does.
void LogFilter::take(std::string_view bytes, FilterPlan& plan) {
  const auto kind = capturing_ ? FilterPiece::Kind::captured : FilterPiece::Kind::log;
  if (options_.strip_ansi) {
    bytes = plan.storage.emplace_back(strip(bytes));
  }
  if (bytes.empty()) {
    return;
  }
  if (capturing_) {
    capture(bytes);
  }
  plan.pieces.push_back({kind, bytes});
}

/// Supervisor's bounded buffer: what is too much pushes out as many of the oldest bytes as it has itself, and
/// one stretch longer than the bound is kept whole (contract 3.5). A stretch is at most one read long, so the
/// buffer is bounded.
void LogFilter::capture(std::string_view bytes) {
  const auto bound = static_cast<std::size_t>(options_.capture_max_bytes);
  if (captured_.size() + bytes.size() > bound) {
    captured_.erase(0, std::min(captured_.size(), bytes.size()));
  }
  captured_ += bytes;
}

/// `bytes` without escape sequences, which may begin in one read and end in a later one.
std::string LogFilter::strip(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() + 1);
  for (const char c : bytes) {
    switch (escape_) {
      case Escape::none:
        if (c == kEscape) {
          escape_ = Escape::seen;
        } else {
          out += c;
        }
        break;
      case Escape::seen:
        if (c == '[') {
          escape_ = Escape::inside;
        } else {
          out += kEscape;
          if (c != kEscape) {
            out += c;
            escape_ = Escape::none;
          }
        }
        break;
      case Escape::inside:
        if (kEscapeEnds.find(c) != std::string_view::npos) {
          escape_ = Escape::none;
        }
        break;
    }
  }
  return out;
}

}  // namespace holdfast::supervision

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
constexpr std::size_t kEscapeBytes = 64;  // a longer one is no terminal's: it need not survive the agent

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

FilterPlan LogFilter::feed(std::string_view chunk, std::size_t may_stay) {
  FilterPlan plan;
  plan.take = chunk.size();
  std::optional<Mark> opened;  // where a capture began that is still open
  if (options_.capture_max_bytes <= 0) {
    take(chunk, plan);
  } else if (held_.empty()) {
    scan(chunk, chunk.size(), plan, opened);
  } else {
    const std::string& whole = plan.storage.emplace_back(std::exchange(held_, {}) + std::string(chunk));
    scan(whole, chunk.size(), plan, opened);
  }
  if (may_stay > 0) {
    go_back(chunk, may_stay, opened, plan);
  }
  return plan;
}

/// Splits at the tokens. The last `fresh` bytes of `rest` are this chunk's, the others were held from before.
void LogFilter::scan(std::string_view rest, std::size_t fresh, FilterPlan& plan, std::optional<Mark>& opened) {
  while (!rest.empty()) {
    const std::string_view token = capturing_ ? kEnd : kBegin;
    const std::size_t at = rest.find(token);
    if (at == std::string_view::npos) {
      const std::size_t kept = prefix_at_end(rest, token);
      take(rest.substr(0, rest.size() - kept), plan);
      held_ = std::string(rest.substr(rest.size() - kept));
      return;
    }
    take(rest.substr(0, at), plan);
    opened.reset();
    if (capturing_) {
      keep(plan, FilterPiece::Kind::communication, std::exchange(captured_, {}));
    } else if (rest.size() - at <= fresh) {  // a token that began in an earlier chunk cannot come again
      opened = Mark{fresh - (rest.size() - at), plan.pieces.size(), escape_};
    }
    capturing_ = !capturing_;
    escape_bytes_ = kEscapeBytes + 1;  // a token lies in it: it cannot come again alone
    rest.remove_prefix(at + token.size());
  }
}

/// Gives back the end of the chunk that is undecided, as if it had not come yet.
void LogFilter::go_back(std::string_view chunk, std::size_t may_stay, const std::optional<Mark>& opened,
                        FilterPlan& plan) {
  const std::size_t open = opened ? chunk.size() - opened->at : 0;
  if (opened && open <= may_stay && open <= kBegin.size() + static_cast<std::size_t>(options_.capture_max_bytes)) {
    plan.pieces.resize(opened->pieces);
    plan.take = opened->at;
    escape_ = opened->escape;
    capturing_ = false;
    captured_.clear();
    held_.clear();
    return;
  }
  if (held_.size() <= chunk.size()) {
    plan.take -= held_.size();
    held_.clear();
  }
  if (escape_ != Escape::none && held_.empty() && escape_bytes_ <= std::min(plan.take, kEscapeBytes)) {
    plan.take -= escape_bytes_;
    escape_ = Escape::none;
  }
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
    ++escape_bytes_;
    switch (escape_) {
      case Escape::none:
        if (c == kEscape) {
          escape_ = Escape::seen;
          escape_bytes_ = 1;
        } else {
          out += c;
        }
        break;
      case Escape::seen:
        if (c == '[') {
          escape_ = Escape::inside;
        } else {
          out += kEscape;
          escape_bytes_ = 1;
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

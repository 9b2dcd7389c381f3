// listener_protocol.hpp: the dialogue with one event listener, as seen in what it prints (contract
// supervisor.md 5.4): READY, RESULT n, n bytes of answer. Bytes in, news out; it sends nothing, logs nothing and
// knows no event. Memory is bounded whatever the listener prints: of an answer only what tells OK from the rest
// is kept. Owned by ListenerPool; loop thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::supervision {

inline constexpr std::size_t kResultLineBytes = 256;  // "RESULT 2": a longer line is none
inline constexpr std::size_t kAnswerBytes = 3;        // kept of an answer: enough to tell OK from the rest

/// Supervisor's states of a listener, with its numbers.
enum class ListenerState { ready = 10, busy = 20, acknowledged = 30, unknown = 40 };
std::string_view name_of(ListenerState state);

/// One thing that a listener's output meant, in order.
struct ListenerNews {
  enum class Kind {
    state,            // from -> to
    processed,        // the event in hand was answered with OK; `state` follows
    rejected,         // it was answered with anything else; `state` follows
    bad_result_line,  // `line` is no result line; `state` follows (to UNKNOWN)
  } kind = Kind::state;
  ListenerState from = ListenerState::acknowledged;
  ListenerState to = ListenerState::acknowledged;
  std::string line;
};

/// Where a dialogue stands, as far as it outlives the agent.
struct ListenerDialogue {
  ListenerState state = ListenerState::acknowledged;
  std::string pending;        // of a token or a result line that is not whole yet
  std::int64_t missing = -1;  // bytes of the answer still to come; -1: its result line is not read yet
  std::string answer;         // its first bytes, at most kAnswerBytes
  friend bool operator==(const ListenerDialogue&, const ListenerDialogue&) = default;
};

class ListenerProtocol {
 public:
  ListenerProtocol() = default;
  explicit ListenerProtocol(ListenerDialogue dialogue) : dialogue_(std::move(dialogue)) {}

  /// What the listener printed. Once UNKNOWN, everything is thrown away until its next start.
  std::vector<ListenerNews> feed(std::string_view bytes);

  /// READY -> BUSY: an event is on its way. Requires READY.
  void event_sent();
  /// BUSY -> READY: that event could not be sent after all. Requires BUSY, before any answer.
  void event_not_sent();

  /// From now on one answer that comes while READY is taken for that of an event which nobody knows of here: the
  /// agent before may have died between writing it to the listener and keeping its state (decision 0006).
  void allow_extra_answer() { extra_answer_ = true; }

  [[nodiscard]] ListenerState state() const { return dialogue_.state; }
  [[nodiscard]] const ListenerDialogue& dialogue() const { return dialogue_; }

 private:
  bool take_token(std::string_view& rest, std::vector<ListenerNews>& news);
  bool take_result_line(std::string_view& rest, std::vector<ListenerNews>& news);
  bool take_answer(std::string_view& rest, std::vector<ListenerNews>& news);
  void change(ListenerState to, std::vector<ListenerNews>& news);

  ListenerDialogue dialogue_;
  bool extra_answer_ = false;
};

}  // namespace holdfast::supervision

#include "supervision/listener_protocol.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"
#include "config/value_types.hpp"

namespace holdfast::supervision {
namespace {

constexpr std::string_view kReady = "READY\n";
constexpr std::size_t kResultWord = 7;  // "RESULT "; Supervisor does not look at the word itself
constexpr std::string_view kOk = "OK";

}  // namespace

std::string_view name_of(ListenerState state) {
  switch (state) {
    case ListenerState::ready:
      return "READY";
    case ListenerState::busy:
      return "BUSY";
    case ListenerState::acknowledged:
      return "ACKNOWLEDGED";
    case ListenerState::unknown:
      return "UNKNOWN";
  }
  return "UNKNOWN";
}

std::vector<ListenerNews> ListenerProtocol::feed(std::string_view bytes) {
  std::vector<ListenerNews> news;
  bool more = !bytes.empty();
  while (more) {
    switch (dialogue_.state) {
      case ListenerState::acknowledged:
        more = take_token(bytes, news);
        break;
      case ListenerState::ready:  // it was to be silent until it gets an event
        if (std::exchange(extra_answer_, false)) {
          event_sent();
          break;
        }
        change(ListenerState::unknown, news);
        more = false;
        break;
      case ListenerState::busy:
        more = dialogue_.missing < 0 ? take_result_line(bytes, news) : take_answer(bytes, news);
        break;
      case ListenerState::unknown:
        more = false;
        break;
    }
  }
  return news;
}

void ListenerProtocol::event_sent() {
  CHECK(dialogue_.state == ListenerState::ready);
  dialogue_.state = ListenerState::busy;
}

void ListenerProtocol::event_not_sent() {
  CHECK(dialogue_.state == ListenerState::busy && dialogue_.missing < 0 && dialogue_.pending.empty());
  dialogue_.state = ListenerState::ready;
}

/// READY and its newline; six bytes decide. Returns whether to look further.
bool ListenerProtocol::take_token(std::string_view& rest, std::vector<ListenerNews>& news) {
  const std::size_t wanted = std::min(kReady.size() - dialogue_.pending.size(), rest.size());
  dialogue_.pending += rest.substr(0, wanted);
  rest.remove_prefix(wanted);
  if (dialogue_.pending.size() < kReady.size()) {
    return false;
  }
  const bool ready = std::exchange(dialogue_.pending, {}) == kReady;
  change(ready ? ListenerState::ready : ListenerState::unknown, news);
  return ready && !rest.empty();
}

bool ListenerProtocol::take_result_line(std::string_view& rest, std::vector<ListenerNews>& news) {
  const std::size_t end = rest.find('\n');
  const std::size_t room = kResultLineBytes - dialogue_.pending.size();
  dialogue_.pending += rest.substr(0, std::min(end, room));
  if (end == std::string_view::npos && dialogue_.pending.size() < kResultLineBytes) {
    return false;
  }
  const std::string line = std::exchange(dialogue_.pending, {});
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  const auto length = config::parse_integer(line.size() > kResultWord ? line.substr(kResultWord) : "");
  if (!length || length.value() < 0 || line.size() >= kResultLineBytes) {
    news.push_back({ListenerNews::Kind::bad_result_line, {}, {}, line});
    change(ListenerState::unknown, news);
    return false;
  }
  dialogue_.missing = length.value();
  return true;  // an answer of no bytes is whole already
}

bool ListenerProtocol::take_answer(std::string_view& rest, std::vector<ListenerNews>& news) {
  const std::size_t got = std::min<std::size_t>(rest.size(), static_cast<std::size_t>(dialogue_.missing));
  const std::size_t room = kAnswerBytes - dialogue_.answer.size();
  dialogue_.answer += rest.substr(0, std::min(got, room));
  dialogue_.missing -= static_cast<std::int64_t>(got);
  rest.remove_prefix(got);
  if (dialogue_.missing > 0) {
    return false;
  }
  const bool ok = std::exchange(dialogue_.answer, {}) == kOk;
  dialogue_.missing = -1;
  news.push_back({ok ? ListenerNews::Kind::processed : ListenerNews::Kind::rejected, {}, {}, {}});
  change(ListenerState::acknowledged, news);
  return !rest.empty();
}

void ListenerProtocol::change(ListenerState to, std::vector<ListenerNews>& news) {
  news.push_back({ListenerNews::Kind::state, dialogue_.state, to, {}});
  dialogue_.state = to;
  if (to == ListenerState::unknown) {
    dialogue_.pending.clear();
    dialogue_.answer.clear();
    dialogue_.missing = -1;
  }
}

}  // namespace holdfast::supervision

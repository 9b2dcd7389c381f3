// What an event listener prints (contract supervisor.md 5.4). The first byte says in pieces of which size it comes
// (it must not matter), the second whether the listener has an event in hand.
#include "base/check.hpp"
#include "supervision/listener_protocol.hpp"

using namespace holdfast::supervision;

namespace {

ListenerProtocol in_state(ListenerState state) {
  ListenerDialogue dialogue;
  dialogue.state = state;
  return ListenerProtocol(dialogue);
}

bool same(const ListenerNews& a, const ListenerNews& b) {
  return a.kind == b.kind && a.from == b.from && a.to == b.to && a.line == b.line;
}

void bounded(const ListenerProtocol& protocol) {
  CHECK(protocol.dialogue().pending.size() < kResultLineBytes);
  CHECK(protocol.dialogue().answer.size() <= kAnswerBytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) {
    return 0;
  }
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  const std::size_t piece = 1 + data[0] % 64;
  const auto begin = (data[1] & 1U) != 0 ? ListenerState::busy : ListenerState::acknowledged;

  ListenerProtocol whole = in_state(begin);
  const std::vector<ListenerNews> at_once = whole.feed(bytes);
  bounded(whole);
  ListenerProtocol pieces = in_state(begin);
  ListenerProtocol served = in_state(begin);  // gets an event whenever it is ready
  std::vector<ListenerNews> in_turn;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    for (ListenerNews& news : pieces.feed(bytes.substr(at, piece))) {
      in_turn.push_back(std::move(news));
    }
    (void)served.feed(bytes.substr(at, piece));
    bounded(pieces);
    bounded(served);
    if (served.state() == ListenerState::ready) {
      served.event_sent();
    }
  }
  CHECK(whole.dialogue() == pieces.dialogue());
  CHECK(at_once.size() == in_turn.size());
  for (std::size_t i = 0; i < at_once.size(); ++i) {
    CHECK(same(at_once[i], in_turn[i]));
  }
  return 0;
}

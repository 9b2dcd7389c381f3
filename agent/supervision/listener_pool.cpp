#include "supervision/listener_pool.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/limits.hpp"

namespace holdfast::supervision {
namespace {

void log(std::vector<ListenerEffect>& effects, LogLevel level, std::string text) {
  effects.emplace_back(LogLine{level, std::move(text)});
}

/// Code points: what Supervisor's `len` counts since 4.0 (contract 5.2).
std::size_t characters_in(std::string_view utf8) {
  return static_cast<std::size_t>(
      std::count_if(utf8.begin(), utf8.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

bool below(EventType type, std::string_view subscribed) {
  const std::string_view name = name_of(type);
  const bool of_supvisors = type >= EventType::process_enabled;
  return subscribed == "EVENT" || name == subscribed || (subscribed == "PROCESS" && of_supvisors) ||
         (subscribed != "PROCESS" && name.starts_with(subscribed) && name.substr(subscribed.size()).starts_with("_"));
}

/// How long an event waits that came back: the first time, not at all.
Duration wait_of(const PoolEvent& event) {
  if (event.returns < 2) {
    return Duration{0};
  }
  Duration wait = limits::event_return_wait;
  for (int i = 2; i < event.returns && wait < limits::event_return_wait_max; ++i) {
    wait *= 2;
  }
  return std::min<Duration>(wait, limits::event_return_wait_max);
}

}  // namespace

ListenerPool::ListenerPool(const config::GroupSettings& group, std::string server)
    : name_(group.name), server_(std::move(server)), buffer_size_(1) {
  if (group.listener) {
    buffer_size_ = static_cast<std::size_t>(std::max(group.listener->buffer_size, 1));
    length_in_bytes_ = group.listener->length_in_bytes;
    every_answer_accepts_ = group.listener->result_handler != config::kStockResultHandler;
    for (const EventType type : all_values<EventType>()) {
      if (std::any_of(group.listener->events.begin(), group.listener->events.end(),
                      [&](const std::string& each) { return below(type, each); })) {
        types_.insert(type);
      }
    }
  }
  for (const config::ProcessSettings& process : group.processes) {
    ListenerMember member;
    member.key = {group.name, process.name};
    members_.push_back(std::move(member));
  }
}

void ListenerPool::accept(std::int64_t serial, EventType type, std::shared_ptr<const std::string> payload,
                          std::vector<ListenerEffect>& effects) {
  const std::int64_t mine = next_serial_;
  next_serial_ = mine == std::numeric_limits<std::int64_t>::max() ? 0 : mine + 1;
  make_room(payload->size(), effects);
  buffer_bytes_ += payload->size();
  buffer_.push_back({serial, mine, type, std::move(payload)});
}

/// Room for one event more: the oldest ones go (contract 5.5).
void ListenerPool::make_room(std::size_t bytes, std::vector<ListenerEffect>& effects) {
  while (!buffer_.empty() && (buffer_.size() >= buffer_size_ || buffer_bytes_ + bytes > kPoolBytes)) {
    log(effects, LogLevel::error,
        "pool " + name_ + " event buffer overflowed, discarding event " + std::to_string(buffer_.front().serial));
    buffer_bytes_ -= buffer_.front().payload->size();
    buffer_.pop_front();
  }
}

void ListenerPool::dispatch(Instant now, std::vector<ListenerEffect>& effects) {
  for (auto event = buffer_.begin(); event != buffer_.end() && event->just_returned; ++event) {  // these are the first
    event->just_returned = false;
    event->not_before = now + wait_of(*event);
  }
  for (;;) {
    const ListenerMember* ready = ready_member();
    const auto next =
        std::find_if(buffer_.begin(), buffer_.end(), [&](const PoolEvent& each) { return each.not_before <= now; });
    if (ready == nullptr || next == buffer_.end()) {
      return;
    }
    ListenerMember& member = *member_of(ready->key);
    PoolEvent event = std::move(*next);
    buffer_.erase(next);
    buffer_bytes_ -= event.payload->size();
    effects.emplace_back(SendToListener{member.key, *member.child, envelope(event)});
    member.protocol.event_sent();
    member.event = std::move(event);
  }
}

std::optional<Instant> ListenerPool::next_dispatch() const {
  if (buffer_.empty() || ready_member() == nullptr) {
    return std::nullopt;
  }
  Instant first = Instant::max();
  for (const PoolEvent& event : buffer_) {
    first = std::min(first, event.not_before);
  }
  return first;
}

const ListenerMember* ListenerPool::ready_member() const {
  const auto found = std::find_if(members_.begin(), members_.end(), [](const ListenerMember& each) {
    return each.process_state == ProcessState::running && each.child && !each.unreachable &&
           each.protocol.state() == ListenerState::ready;
  });
  return found == members_.end() ? nullptr : &*found;
}

std::string ListenerPool::envelope(const PoolEvent& event) const {
  const std::size_t length = length_in_bytes_ ? event.payload->size() : characters_in(*event.payload);
  return "ver:3.0 server:" + server_ + " serial:" + std::to_string(event.serial) + " pool:" + name_ +
         " poolserial:" + std::to_string(event.pool_serial) + " eventname:" + std::string(name_of(event.type)) +
         " len:" + std::to_string(length) + "\n" + *event.payload;
}

// --- news of a member ---

void ListenerPool::spawned(const ProcessId& key, StartId child, std::vector<ListenerEffect>& effects) {
  if (ListenerMember* member = member_of(key)) {
    if (member->protocol.state() == ListenerState::unknown) {
      effects.emplace_back(ListenerHealth{key, false});
    }
    ListenerMember fresh;
    fresh.key = key;
    fresh.process_state = member->process_state;
    fresh.child = child;
    *member = std::move(fresh);
  }
}

void ListenerPool::state_changed(const ProcessId& key, ProcessState to) {
  if (ListenerMember* member = member_of(key)) {
    member->process_state = to;
  }
}

void ListenerPool::output(StartId child, std::string_view bytes, std::uint64_t number,
                          std::vector<ListenerEffect>& effects) {
  ListenerMember* member = member_of(child);
  if (member == nullptr) {
    return;
  }
  member->seen_bytes = bytes.size();
  member->seen_number = number;
  bytes.remove_prefix(std::min<std::size_t>(bytes.size(), std::exchange(member->skip_bytes, 0)));
  if (std::exchange(member->guessed, false)) {
    correct_guess(*member, bytes);
  }
  bool give_back = false;
  for (const ListenerNews& news : member->protocol.feed(bytes)) {
    heed(*member, news, give_back, effects);
  }
}

/// What a listener says first tells where it really was: in the middle of an event of another agent, or before its
/// READY.
void ListenerPool::correct_guess(ListenerMember& member, std::string_view& bytes) {
  constexpr std::string_view kReady = "READY\n";
  const bool ready = member.protocol.state() == ListenerState::ready;
  if (bytes.starts_with(kReady) && ready) {
    member.protocol = ListenerProtocol();
  } else if (bytes.starts_with(kReady)) {
    bytes.remove_prefix(kReady.size());  // it takes the event that lies in its pipe already
  } else if (ready) {
    member.protocol.event_sent();
  }
}

void ListenerPool::heed(ListenerMember& member, const ListenerNews& news, bool& give_back,
                        std::vector<ListenerEffect>& effects) {
  const std::string& name = member.key.name;
  switch (news.kind) {
    case ListenerNews::Kind::processed:
    case ListenerNews::Kind::rejected:
      give_back = news.kind == ListenerNews::Kind::rejected && !every_answer_accepts_;
      log(effects, give_back ? LogLevel::warn : LogLevel::debug,
          name + (give_back ? ": event was rejected" : ": event was processed"));
      break;
    case ListenerNews::Kind::bad_result_line:
      log(effects, LogLevel::warn, name + ": bad result line: '" + readable_data(news.line) + "'");
      give_back = true;
      break;
    case ListenerNews::Kind::state:
      log(effects, LogLevel::debug,
          name + ": " + std::string(name_of(news.from)) + " -> " + std::string(name_of(news.to)));
      if (news.to == ListenerState::unknown) {
        log(effects, LogLevel::warn,
            name +
                ": has entered the UNKNOWN state and will no longer receive events, this usually indicates the "
                "process violated the eventlistener protocol");
        effects.emplace_back(ListenerHealth{member.key, true});
      }
      if (news.from == ListenerState::busy && give_back) {
        take_back(member, Had::seen, effects);
      }
      member.event.reset();
      member.unsent = 0;
      break;
  }
}

void ListenerPool::exited(StartId child, std::vector<ListenerEffect>& effects) {
  if (ListenerMember* member = member_of(child)) {
    take_back(*member, Had::seen, effects);
    member->child.reset();
    if (member->protocol.state() != ListenerState::unknown) {
      member->protocol = ListenerProtocol();  // else spawned() says that it is well again
    }
  }
}

void ListenerPool::send_failed(StartId child, std::vector<ListenerEffect>& effects) {
  ListenerMember* member = member_of(child);
  if (member == nullptr || !member->event || member->protocol.state() != ListenerState::busy) {
    return;
  }
  log(effects, LogLevel::debug,
      "epipe occurred while sending event " + std::to_string(member->event->serial) + " to listener " +
          member->key.name + ", listener state unchanged");
  member->protocol.event_not_sent();
  member->unreachable = true;
  take_back(*member, Had::untouched, effects);
}

void ListenerPool::sent(StartId child, std::size_t unsent, std::vector<ListenerEffect>& effects) {
  ListenerMember* member = member_of(child);
  if (member != nullptr && member->event) {
    member->unsent = unsent;
    log(effects, LogLevel::debug,
        "event " + std::to_string(member->event->serial) + " sent to listener " + member->key.name);
  }
}

void ListenerPool::unsent(StartId child, std::size_t bytes) {
  if (ListenerMember* member = member_of(child)) {
    member->unsent = member->event ? bytes : 0;
  }
}

/// Its event, if it has one in hand, to the head of the buffer.
void ListenerPool::take_back(ListenerMember& member, Had had, std::vector<ListenerEffect>& effects) {
  if (!member.event) {
    return;
  }
  log(effects, LogLevel::debug,
      "rebuffering event " + std::to_string(member.event->serial) + " for pool " + name_ +
          " (buf size=" + std::to_string(buffer_.size()) + ", max=" + std::to_string(buffer_size_) + ")");
  make_room(member.event->payload->size(), effects);
  buffer_bytes_ += member.event->payload->size();
  member.event->returns += had == Had::seen ? 1 : 0;
  member.event->just_returned = true;
  buffer_.push_front(std::move(*member.event));
  member.event.reset();
  member.unsent = 0;
}

// --- an agent after another ---

void ListenerPool::restore(std::int64_t next_serial, std::deque<PoolEvent> buffer, std::vector<ListenerMember> members,
                           const UncommittedOutput& uncommitted) {
  next_serial_ = next_serial;
  buffer_ = std::move(buffer);
  std::erase_if(buffer_, [this](const PoolEvent& event) { return !wants(event.type); });
  buffer_bytes_ = 0;
  for (const PoolEvent& event : buffer_) {
    buffer_bytes_ += event.payload->size();
  }
  for (ListenerMember& saved : members) {
    if (ListenerMember* member = member_of(saved.key)) {
      *member = std::move(saved);
      member->awaited = std::exchange(member->child, std::nullopt);
      member->process_state = ProcessState::stopped;
      const auto chunk = member->awaited ? uncommitted.find(number_of(*member->awaited)) : uncommitted.end();
      const bool again = chunk != uncommitted.end() && chunk->second == member->seen_number;
      member->skip_bytes = again ? member->seen_bytes : 0;
    }
  }
}

void ListenerPool::reattached(const ProcessId& key, StartId child, std::vector<ListenerEffect>& effects) {
  ListenerMember* member = member_of(key);
  if (member == nullptr) {
    return;
  }
  const std::optional<StartId> known = std::exchange(member->awaited, std::nullopt);
  if (known && known != child) {  // a later one than the earlier agent knew
    take_back(*member, Had::seen, effects);
    spawned(key, child, effects);
    return;
  }
  member->child = child;
  if (known) {
    member->protocol.allow_extra_answer();
  } else {
    member->protocol = ListenerProtocol(ListenerDialogue{ListenerState::ready, {}, -1, {}});
    member->guessed = true;
  }
  if (member->protocol.state() == ListenerState::unknown) {
    effects.emplace_back(ListenerHealth{key, true});
  }
  if (member->event && member->unsent > 0) {
    const std::string whole = envelope(*member->event);
    effects.emplace_back(
        SendToListener{key, child, whole.substr(whole.size() - std::min(whole.size(), member->unsent))});
  }
}

void ListenerPool::all_reattached(std::vector<ListenerEffect>& effects) {
  for (ListenerMember& member : members_) {
    if (!member.child) {
      take_back(member, Had::seen, effects);
      member.protocol = ListenerProtocol();
      member.awaited.reset();
    }
  }
}

ListenerMember* ListenerPool::member_of(const ProcessId& key) {
  const auto found =
      std::find_if(members_.begin(), members_.end(), [&](const ListenerMember& each) { return each.key == key; });
  return found == members_.end() ? nullptr : &*found;
}

ListenerMember* ListenerPool::member_of(StartId child) {
  const auto found =
      std::find_if(members_.begin(), members_.end(), [&](const ListenerMember& each) { return each.child == child; });
  return found == members_.end() ? nullptr : &*found;
}

}  // namespace holdfast::supervision

#include "supervision/listener_record.hpp"

#include <optional>
#include <utility>

namespace holdfast::supervision {
namespace {

// "HFe" and a version, then numbers of 8 bytes (little endian) and texts with their length before them.
constexpr std::string_view kMagic = "HFe\x01";
constexpr std::uint64_t kCountMax = 1'000'000;  // of anything in a list: a broken length is not believed

class PoolWriter {
 public:
  void number(std::uint64_t value) {
    for (unsigned shift = 0; shift < 64; shift += 8) {
      bytes_ += static_cast<char>((value >> shift) & 0xFFU);
    }
  }
  void number(std::int64_t value) { number(static_cast<std::uint64_t>(value)); }
  void text(std::string_view value) {
    number(std::uint64_t{value.size()});
    bytes_ += value;
  }
  void event(const PoolEvent& event) {
    number(event.serial);
    number(event.pool_serial);
    number(static_cast<std::int64_t>(event.type));
    text(*event.payload);
  }
  std::string bytes_{kMagic};
};

/// Every read after the first bad one gives nothing.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] bool at_end() const { return ok_ && rest_.empty(); }
  void refuse() { ok_ = false; }

  std::uint64_t number() {
    if (rest_.size() < 8) {
      ok_ = false;
      rest_ = {};
      return 0;
    }
    std::uint64_t value = 0;
    for (std::size_t i = 8; i > 0; --i) {
      value = value << 8U | static_cast<unsigned char>(rest_[i - 1]);
    }
    rest_.remove_prefix(8);
    return value;
  }
  std::int64_t signed_number() { return static_cast<std::int64_t>(number()); }
  std::string text() {
    const std::uint64_t size = number();
    if (size > rest_.size()) {
      ok_ = false;
      rest_ = {};
      return {};
    }
    std::string value(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return value;
  }
  std::uint64_t count() {
    const std::uint64_t value = number();
    ok_ = ok_ && value <= kCountMax;
    return ok_ ? value : 0;
  }
  PoolEvent event() {
    PoolEvent event;
    event.serial = signed_number();
    event.pool_serial = signed_number();
    const auto type = value_at<EventType>(number());
    ok_ = ok_ && type.has_value();
    event.type = ok_ ? *type : EventType{};
    event.payload = std::make_shared<const std::string>(text());
    return event;
  }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

void write_member(PoolWriter& out, const ListenerMember& member) {
  out.text(member.key.name);
  const auto child = member.child ? member.child : member.awaited;
  out.number(child ? number_of(*child) : 0);
  const ListenerDialogue& dialogue = member.protocol.dialogue();
  out.number(static_cast<std::int64_t>(dialogue.state));
  out.text(dialogue.pending);
  out.number(dialogue.missing);
  out.text(dialogue.answer);
  out.number(std::uint64_t{member.unsent});
  out.number(std::uint64_t{(member.unreachable ? 1U : 0U) | (member.guessed ? 2U : 0U)});
  out.number(member.seen_bytes);
  out.number(member.seen_number);
  out.number(std::uint64_t{member.event ? 1U : 0U});
  if (member.event) {
    out.event(*member.event);
  }
}

ListenerState state_in(Reader& in) {
  const auto value = static_cast<int>(in.number() & 0xFFU);
  for (const ListenerState each :
       {ListenerState::ready, ListenerState::busy, ListenerState::acknowledged, ListenerState::unknown}) {
    if (static_cast<int>(each) == value) {
      return each;
    }
  }
  in.refuse();
  return ListenerState::unknown;
}

ListenerMember read_member(Reader& in, const std::string& group) {
  ListenerMember member;
  member.key = {group, in.text()};
  if (const std::uint64_t child = in.number(); child != 0) {
    member.child = StartId{child};
  }
  ListenerDialogue dialogue;
  dialogue.state = state_in(in);
  dialogue.pending = in.text();
  dialogue.missing = in.signed_number();
  dialogue.answer = in.text();
  if (dialogue.pending.size() >= kResultLineBytes || dialogue.answer.size() > kAnswerBytes || dialogue.missing < -1) {
    in.refuse();
  }
  member.unsent = in.number();
  const std::uint64_t flags = in.number();
  member.unreachable = (flags & 1U) != 0;
  member.guessed = (flags & 2U) != 0;
  member.seen_bytes = in.number();
  member.seen_number = in.number();
  if (in.number() != 0) {
    member.event = in.event();
  }
  if (dialogue.state != ListenerState::busy && member.event) {
    in.refuse();
  }
  if (in.ok()) {
    member.protocol = ListenerProtocol(std::move(dialogue));
  }
  return member;
}

}  // namespace

std::string encode_listeners(const ListenersView& view) {
  PoolWriter out;
  out.number(view.next_serial);
  for (const std::int64_t slice : view.slices) {
    out.number(slice);
  }
  out.number(std::uint64_t{view.pools.size()});
  for (const auto& pool : view.pools) {
    out.text(pool->name());
    out.number(pool->next_serial());
    out.number(std::uint64_t{pool->members().size()});
    for (const ListenerMember& member : pool->members()) {
      write_member(out, member);
    }
    PoolWriter events;
    std::uint64_t count = 0;
    for (const PoolEvent& event : pool->buffer()) {
      if (out.bytes_.size() + events.bytes_.size() + event.payload->size() > kListenersRecordBytes) {
        break;
      }
      events.event(event);
      ++count;
    }
    out.number(count);
    out.bytes_ += std::string_view(events.bytes_).substr(kMagic.size());
  }
  return std::move(out.bytes_);
}

Result<ListenersRecord> decode_listeners(std::string_view bytes) {
  if (!bytes.starts_with(kMagic)) {
    return Error{"not a record of event listeners of this version"};
  }
  Reader in(bytes.substr(kMagic.size()));
  ListenersRecord record;
  record.next_serial = in.signed_number();
  for (std::int64_t& slice : record.slices) {
    slice = in.signed_number();
  }
  for (std::uint64_t pools = in.count(); in.ok() && pools > 0; --pools) {
    ListenersRecord::Pool pool;
    pool.name = in.text();
    pool.next_serial = in.signed_number();
    for (std::uint64_t members = in.count(); in.ok() && members > 0; --members) {
      pool.members.push_back(read_member(in, pool.name));
    }
    for (std::uint64_t events = in.count(); in.ok() && events > 0; --events) {
      pool.buffer.push_back(in.event());
    }
    record.pools.push_back(std::move(pool));
  }
  if (!in.at_end() || record.next_serial < 0) {
    return Error{"the record of event listeners is damaged"};
  }
  return record;
}

}  // namespace holdfast::supervision

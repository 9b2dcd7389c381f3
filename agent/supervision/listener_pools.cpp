#include "supervision/listener_pools.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "supervision/listener_record.hpp"

namespace holdfast::supervision {

bool ListenerPools::wants(EventType type) const {
  return std::any_of(pools_.begin(), pools_.end(), [&](const auto& pool) { return pool->wants(type); });
}

void ListenerPools::add(const config::GroupSettings& group) {
  if (group.kind == config::GroupKind::event_listener && pool_of(group.name) == nullptr) {
    pools_.push_back(std::make_unique<ListenerPool>(group, server_));
    changed_ = true;
  }
}

void ListenerPools::remove(std::string_view name) {
  const auto found = std::find_if(pools_.begin(), pools_.end(), [&](const auto& pool) { return pool->name() == name; });
  if (found == pools_.end()) {
    return;
  }
  for (const ListenerMember& member : (*found)->members()) {
    if (member.protocol.state() == ListenerState::unknown) {
      effects_.emplace_back(ListenerHealth{member.key, false});
    }
  }
  pools_.erase(found);
  changed_ = true;
}

void ListenerPools::happened(EventType type, std::string payload) {
  std::shared_ptr<const std::string> shared;
  std::int64_t serial = 0;
  for (const auto& pool : pools_) {
    if (!pool->wants(type)) {
      continue;
    }
    if (!shared) {  // the first pool that takes it gives it its serial
      shared = std::make_shared<const std::string>(std::move(payload));
      serial = next_serial_;
      next_serial_ = serial == std::numeric_limits<std::int64_t>::max() ? 0 : serial + 1;
      changed_ = true;
    }
    pool->accept(serial, type, shared, effects_);
  }
}

void ListenerPools::tick(WallTime now) {
  const Ticks::Slices before = ticks_.slices();
  for (const auto& [type, when] : ticks_.advance(now)) {
    happened(type, tick_payload(when));
  }
  changed_ = changed_ || before != ticks_.slices();
}

std::optional<WallTime> ListenerPools::next_tick(WallTime now) const {
  return Ticks::next(now, [this](EventType type) { return wants(type); });
}

void ListenerPools::spawned(const ProcessId& key, StartId child) {
  if (ListenerPool* pool = pool_of(key.group)) {
    pool->spawned(key, child, effects_);
    changed_ = true;
  }
}

void ListenerPools::state_changed(const ProcessId& key, ProcessState to) {
  if (ListenerPool* pool = pool_of(key.group)) {
    pool->state_changed(key, to);
  }
}

void ListenerPools::output(const ProcessId& key, StartId child, std::string_view bytes, std::uint64_t number) {
  if (ListenerPool* pool = pool_of(key.group)) {
    pool->output(child, bytes, number, effects_);
    changed_ = true;
  }
}

void ListenerPools::exited(const ProcessId& key, StartId child) {
  if (ListenerPool* pool = pool_of(key.group)) {
    pool->exited(child, effects_);
    changed_ = true;
  }
}

void ListenerPools::send_failed(const ProcessId& key, StartId child) {
  if (ListenerPool* pool = pool_of(key.group)) {
    pool->send_failed(child, effects_);
    changed_ = true;
  }
}

void ListenerPools::sent(const ProcessId& key, StartId child, std::size_t unsent) {
  if (ListenerPool* pool = pool_of(key.group)) {
    pool->sent(child, unsent, effects_);
    changed_ = true;
  }
}

void ListenerPools::unsent(const ProcessId& key, StartId child, std::size_t bytes) {
  if (ListenerPool* pool = pool_of(key.group)) {
    pool->unsent(child, bytes);
    changed_ = true;
  }
}

std::vector<ListenerEffect> ListenerPools::take_effects(Instant now) {
  for (const auto& pool : pools_) {
    const std::size_t before = effects_.size();
    pool->dispatch(now, effects_);
    changed_ = changed_ || effects_.size() != before;
  }
  return std::exchange(effects_, {});
}

std::optional<Instant> ListenerPools::next_dispatch() const {
  std::optional<Instant> first;
  for (const auto& pool : pools_) {
    const auto due = pool->next_dispatch();
    first = due && (!first || *due < *first) ? due : first;
  }
  return first;
}

std::string ListenerPools::encode() {
  changed_ = false;
  return encode_listeners({next_serial_, ticks_.slices(), pools_});
}

Status ListenerPools::restore(std::string_view state, const UncommittedOutput& uncommitted) {
  auto record = decode_listeners(state);
  if (!record) {
    return record.error();
  }
  next_serial_ = record.value().next_serial;
  ticks_.restore(record.value().slices);
  for (ListenersRecord::Pool& saved : record.value().pools) {
    if (ListenerPool* pool = pool_of(saved.name)) {
      pool->restore(saved.next_serial, std::move(saved.buffer), std::move(saved.members), uncommitted);
    }
  }
  changed_ = true;
  return {};
}

void ListenerPools::reattached(const ProcessId& key, StartId child) {
  if (ListenerPool* pool = pool_of(key.group)) {
    pool->reattached(key, child, effects_);
    changed_ = true;
  }
}

void ListenerPools::all_reattached() {
  for (const auto& pool : pools_) {
    pool->all_reattached(effects_);
  }
  changed_ = true;
}

ListenerPool* ListenerPools::pool_of(std::string_view name) {
  const auto found = std::find_if(pools_.begin(), pools_.end(), [&](const auto& pool) { return pool->name() == name; });
  return found == pools_.end() ? nullptr : found->get();
}

}  // namespace holdfast::supervision

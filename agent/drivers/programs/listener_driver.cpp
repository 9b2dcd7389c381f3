#include "drivers/programs/listener_driver.hpp"

#include <utility>

#include "base/clock.hpp"
#include "supervision/listener_record.hpp"

namespace holdfast {

ListenerDriver::ListenerDriver(Parts parts, std::string server, UniqueFd held)
    : parts_(parts), pools_(std::move(server)), held_(std::move(held)), dispatch_(parts.loop) {}

void ListenerDriver::resume(const std::vector<config::GroupSettings>& groups,
                            const supervision::UncommittedOutput& uncommitted) {
  for (const config::GroupSettings& group : groups) {
    add(group);
  }
  if (pools_.empty() || !held_.valid()) {
    return;
  }
  auto kept = system::PersistentBlob::adopt(std::move(held_), supervision::kListenersRecordBytes);
  auto state = kept ? kept.value().load() : Result<std::string>(kept.error());
  const Status restored = state ? pools_.restore(state.value(), uncommitted) : Status(state.error());
  if (!restored) {
    parts_.log.error("the events that waited for event listeners are lost: " + restored.error().message);
    return;
  }
  kept_ = std::move(kept).value();
}

void ListenerDriver::add(const config::GroupSettings& group) {
  if (group.kind != config::GroupKind::event_listener) {
    return;
  }
  if (group.listener && group.listener->result_handler != config::kStockResultHandler) {
    parts_.log.warn("[eventlistener:" + group.name + "] result_handler=" + group.listener->result_handler +
                    " is Python code, which is not run here: every answer accepts the event");
  }
  pools_.tick(wall_now());  // a new pool is sent no slice that began before it
  pools_.add(group);
}

void ListenerDriver::group_added(const config::GroupSettings& group) {
  add(group);
  advance();
}

void ListenerDriver::group_removed(const std::string& name) {
  pools_.remove(name);
  advance();
}

void ListenerDriver::happened(supervision::EventType type, std::string payload) {
  if (!pools_.empty()) {
    pools_.happened(type, std::move(payload));
    advance();
  }
}

void ListenerDriver::state_changed(const ProcessId& key, ProcessState to) {
  pools_.state_changed(key, to);
  advance();
}

void ListenerDriver::spawned(const ProcessId& key, supervision::StartId child) {
  pools_.spawned(key, child);
  advance();
}

void ListenerDriver::reattached(const ProcessId& key, supervision::StartId child) {
  pools_.reattached(key, child);
  advance();
}

void ListenerDriver::all_reattached() {
  if (held_.valid()) {  // of an earlier daemon, or of no use any more
    held_.reset();
    (void)parts_.keeper.release(kHeldListeners);
  }
  pools_.all_reattached();
  pools_.tick(wall_now());
  advance();
}

void ListenerDriver::printed(const ProcessId& key, supervision::StartId child, std::string_view bytes,
                             std::uint64_t number) {
  pools_.output(key, child, bytes, number);
  advance();
}

void ListenerDriver::exited(const ProcessId& key, supervision::StartId child) {
  pools_.exited(key, child);
  advance();
}

/// After each news: what the pools want done, until they want nothing more; then their state is kept.
void ListenerDriver::advance() {
  for (;;) {
    const std::vector<supervision::ListenerEffect> effects = pools_.take_effects(monotonic_now());
    if (effects.empty()) {
      break;
    }
    for (const supervision::ListenerEffect& effect : effects) {
      std::visit([this](const auto& each) { execute(each); }, effect);
    }
  }
  keep();
  arm_tick();
  arm_dispatch();
}

void ListenerDriver::execute(const supervision::LogLine& effect) {
  parts_.log.log(effect.level, effect.text);
}

void ListenerDriver::execute(const supervision::SendToListener& effect) {
  ProgramInput* input = input_of_(effect.start_id);
  if (input == nullptr || !input->send_event(effect.bytes)) {
    pools_.send_failed(effect.key, effect.start_id);
    return;
  }
  if (input->pending() > 0) {
    input->on_progress([this, key = effect.key, child = effect.start_id] { note_progress(key, child); });
  }
  pools_.sent(effect.key, effect.start_id, input->pending());
}

void ListenerDriver::execute(const supervision::ListenerHealth& effect) {
  const std::string namespec = make_namespec(effect.key);
  parts_.warnings.set_warning(
      "listener " + namespec,
      effect.broken ? "event listener " + namespec + " broke the protocol and gets no events until its next start"
                    : "");
}

void ListenerDriver::note_progress(const ProcessId& key, supervision::StartId child) {
  if (const ProgramInput* input = input_of_(child)) {
    pools_.unsent(key, child, input->pending());
    advance();
  }
}

std::string ListenerDriver::state() const {
  auto bytes = kept_ ? kept_->load() : Result<std::string>(std::string());
  return bytes ? std::move(bytes).value() : std::string();
}

void ListenerDriver::keep() {
  if (!pools_.changed()) {
    return;
  }
  const std::string state = pools_.encode();
  if (!kept_ && pools_.empty()) {
    return;
  }
  if (!kept_) {
    auto made = system::PersistentBlob::create(supervision::kListenersRecordBytes);
    if (made) {
      kept_ = std::move(made).value();
      (void)parts_.keeper.hold(kHeldListeners, kept_->descriptor());
    }
  }
  const Status saved = kept_ ? kept_->save(state) : Status(Error{"no memory for it"});
  if (!saved && !std::exchange(keep_failed_, true)) {
    parts_.log.error("events that wait for event listeners would be lost if the agent died: " + saved.error().message);
  }
}

void ListenerDriver::arm_dispatch() {
  const std::optional<Instant> due = pools_.next_dispatch();
  if (!due) {
    dispatch_.cancel();
  } else if (!dispatch_.armed() || dispatch_.at() != *due) {
    dispatch_.set(*due, [this] { advance(); });
  }
}

void ListenerDriver::arm_tick() {
  const std::optional<WallTime> due = pools_.next_tick(wall_now());
  if (!due) {
    if (tick_) {
      tick_->cancel();
    }
    return;
  }
  if (!tick_) {
    tick_ = std::make_unique<system::WallTimer>(parts_.loop);
  }
  if (!tick_->armed() || tick_->at() != *due) {
    tick_->set(*due, [this] {
      pools_.tick(wall_now());
      advance();
    });
  }
}

}  // namespace holdfast

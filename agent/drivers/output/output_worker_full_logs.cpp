// Of OutputWorker: logs whose readers are slow.
#include "drivers/output/output_worker.hpp"

namespace holdfast {

/// The log of a stream takes nothing: its program is not read until it does, and waits when its pipe is full.
void OutputWorker::wait_for_reader(std::uint64_t start_id, std::size_t index, Slot& slot) {
  if (!slot.stream->leaves_bytes()) {
    unwatch(slot);
  }
  const bool some = slot.stream->logged_bytes() != slot.logged_bytes;
  slot.logged_bytes = slot.stream->logged_bytes();
  slot.in_vain = some ? 0 : slot.in_vain + 1;
  if (some) {
    full_.took(slot.stream->log_identity());
  }
  full_.wait({start_id, index},
             {slot.stream->log_descriptor(), slot.stream->log_identity(),
              FullLogs::retry_after(slot.in_vain, slot.stream->log_descriptor() >= 0), slot.give_up_at});
}

/// A log that was full has taken something.
void OutputWorker::note_progress(Slot& slot) {
  if (!full_.calm() && slot.stream->logged_bytes() != slot.logged_bytes) {
    slot.logged_bytes = slot.stream->logged_bytes();
    full_.took(slot.stream->log_identity());
  }
}

void OutputWorker::log_has_room(FullLogs::Stream id) {
  const auto found = children_.find(id.first);
  if (found == children_.end()) {
    return;
  }
  if (found->second.done) {
    move(id.first, id.second);
    end_if_done(id.first);
    return;
  }
  (void)move_in_pace(id.first, id.second);
  if (Slot& slot = *slot_of(id.first, id.second); !full_.waits(id) && std::exchange(slot.slow_reader_said, false)) {
    sinks_.log.info(slot.stream->log_text() + " is read again; nothing was lost");
    sinks_.on_trouble(found->second.key, slot.stream->channel(), {});
  }
}

void OutputWorker::reader_is_too_slow(FullLogs::Stream id) {
  AttachedChild& child = children_.at(id.first);
  Slot& slot = *slot_of(id.first, id.second);
  if (child.done) {
    full_.forget(id);
    slot.stream->give_up();
    move(id.first, id.second);
    end_if_done(id.first);
  } else if (!std::exchange(slot.slow_reader_said, true)) {
    const std::string text = slot.stream->log_text() +
                             " takes nothing, its reader does not read; nothing is lost, the program waits when "
                             "its pipe is full";
    sinks_.log.warn(text);
    sinks_.on_trouble(child.key, slot.stream->channel(), text);
  }
}

/// USR2 or a cleared log, before it is opened anew.
void OutputWorker::another_descriptor(FullLogs::Stream id) {
  if (full_.waits(id)) {
    full_.forget(id);
    disk_.at(monotonic_now(), [this, id] { log_has_room(id); });
  }
}

}  // namespace holdfast

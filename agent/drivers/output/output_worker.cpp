#include "drivers/output/output_worker.hpp"

#include <sys/epoll.h>

#include "base/check.hpp"
#include "base/clock.hpp"
#include "base/limits.hpp"

namespace holdfast {
namespace {

using supervision::Channel;

constexpr Duration kRetry = 20ms;          // when the loop's queue is full
constexpr Duration kConfirmCheck = 500ms;  // the loop's word can be lost when this thread's queue is full

}  // namespace

OutputWorker::OutputWorker(ChildLogs::Parts parts, system::LogIntents intents, const ChildLogsOptions& options)
    : disk_(parts.disk),
      intents_(std::move(intents)),
      sinks_{parts.log, syslog_, options.strip_ansi, options.copy_to_main_log,
             [this, &warnings = parts.warnings](const ProcessId& key, Channel channel, const std::string& text) {
               report([&warnings, text, about = "log " + make_namespec(key) + " " + std::string(name_of(channel))] {
                 warnings.set_warning(about, text);
               });
             }},
      patience_(options.reader_patience),
      full_(parts.disk, patience_,
            {[this](FullLogs::Stream stream) { log_has_room(stream); },
             [this](FullLogs::Stream stream) { reader_is_too_slow(stream); }}) {
  pump_ = make_pump(0);
}

void OutputWorker::attach(ChildOutput& child) {
  AttachedChild& attached = children_[child.start_id];
  attached.key = child.key;
  system::ChildDescriptors& fds = child.descriptors;
  const bool has_stderr = fds.stderr_read.valid();
  if (fds.stdout_read.valid()) {
    OutputStream::Source source =
        source_of(child, Channel::out, std::move(fds.stdout_read), std::move(fds.stdout_spool));
    source.keeps_last_line = !has_stderr && !child.listener;
    open(std::move(source));
  }
  if (has_stderr) {
    OutputStream::Source source =
        source_of(child, Channel::err, std::move(fds.stderr_read), std::move(fds.stderr_spool));
    source.keeps_last_line = true;
    open(std::move(source));
  }
  for (std::size_t index = 0; index < attached.slots.size(); ++index) {
    move(child.start_id, index);  // a spool wakes nobody
  }
}

void OutputWorker::finish(std::uint64_t start_id, std::function<void(std::string)> done) {
  const auto found = children_.find(start_id);
  if (found == children_.end()) {
    report([done = std::move(done)] { done({}); });
    return;
  }
  found->second.done = std::move(done);
  for (const auto& slot : found->second.slots) {
    if (slot) {
      slot->end_at = slot->stream->taken_bytes() + slot->stream->waiting_bytes();
      slot->give_up_at = monotonic_now() + patience_;
      unwatch(*slot);
    }
  }
  for (std::size_t index = 0; index < found->second.slots.size(); ++index) {
    if (const Slot* slot = slot_of(start_id, index)) {
      full_.limit({start_id, index}, *slot->give_up_at);
    }
    move(start_id, index);
  }
  end_if_done(start_id);
}

void OutputWorker::reopen() {
  for_each([this](FullLogs::Stream id, OutputStream& stream) {
    another_descriptor(id);
    stream.reopen();
  });
}

Status OutputWorker::clear(const ProcessId& key) {
  Status result;
  for_each([&](FullLogs::Stream id, OutputStream& stream) {
    if (children_.at(id.first).key == key) {
      another_descriptor(id);
      if (Status status = stream.clear(); !status) {
        result = std::move(status);
      }
    }
  });
  return result;
}

void OutputWorker::close_all() {
  for_each([this](FullLogs::Stream id, OutputStream&) {
    full_.forget(id);
    unwatch(*slot_of(id.first, id.second));
  });
  children_.clear();
}

OutputStream::Source OutputWorker::source_of(const ChildOutput& child, Channel channel, UniqueFd pipe, UniqueFd spool) {
  const bool out = channel == Channel::out;
  OutputStream::Source source;
  source.start_id = child.start_id;
  source.key = child.key;
  source.pid = child.pid;
  source.channel = channel;
  source.of_listener = out && child.listener;
  source.pipe = std::move(pipe);
  source.spool = std::move(spool);
  source.path = out ? child.paths.out : child.paths.err;
  source.settings = out ? child.out_settings : child.err_settings;
  return source;
}

void OutputWorker::open(OutputStream::Source source) {
  const std::uint64_t start_id = source.start_id;
  const std::size_t index = source.channel == Channel::out ? 0 : 1;
  const bool has_spool = source.spool.valid();
  const bool listener = source.of_listener;
  auto slot = std::make_unique<Slot>(std::make_unique<OutputStream>(pump_for(listener), sinks_, std::move(source)));
  slot->has_spool = has_spool;
  slot->listener = listener;
  watch(start_id, index, *slot);
  children_.at(start_id).slots[index] = std::move(slot);
}

void OutputWorker::watch(std::uint64_t start_id, std::size_t index, Slot& slot) {
  // Bytes that stay in the pipe must not wake us again and again: then only new ones do.
  const std::uint32_t edge = slot.stream->leaves_bytes() ? std::uint32_t{EPOLLET} : 0U;
  slot.watched = disk_.watch(slot.stream->descriptor(), EPOLLIN | edge,
                             [this, start_id, index](std::uint32_t events) { woken(start_id, index, events); });
}

void OutputWorker::woken(std::uint64_t start_id, std::size_t index, std::uint32_t events) {
  const bool moved = move_in_pace(start_id, index);
  Slot* slot = slot_of(start_id, index);
  if (slot != nullptr && !moved && !slot->confirmed && (events & (EPOLLHUP | EPOLLERR)) != 0) {
    unwatch(*slot);  // no writer is left; the rest is taken by finish()
  }
}

/// What is there now, and when to look again. While a stream rests it is not watched at all: each write of its
/// program would pay for that. True: something was moved.
bool OutputWorker::move_in_pace(std::uint64_t start_id, std::size_t index) {
  Slot* slot = slot_of(start_id, index);
  const std::uint64_t before = slot->stream->taken_bytes();
  const bool moved = move(start_id, index) > 0;
  slot = slot_of(start_id, index);
  if (slot == nullptr || slot->stream->leaves_bytes() || full_.waits({start_id, index})) {
    return moved;
  }
  const Instant now = monotonic_now();
  const std::uint64_t taken = slot->stream->taken_bytes() - before;
  const Duration rest = slot->pace.after(now, taken);
  if (slot->watched && slot->pace.wants_larger_pipe(taken)) {
    slot->pace.set_pipe_bytes(slot->stream->enlarge_pipe());
  }
  if (rest > Duration::zero()) {
    if (slot->watched) {  // it begins
      unwatch(*slot);
    }
    disk_.at(OutputPace::end_of_rest(now, rest), [this, start_id, index] {
      if (slot_of(start_id, index) != nullptr && !children_.at(start_id).done) {
        move_in_pace(start_id, index);
      }
    });
  } else if (!slot->watched) {
    watch(start_id, index, *slot);
  }
  return moved;
}

/// Some chunks of one stream, so that one program never holds the thread. Returns how many.
std::size_t OutputWorker::move(std::uint64_t start_id, std::size_t index) {
  Slot* slot = slot_of(start_id, index);
  if (slot == nullptr || slot->confirmed || slot->ended || full_.waits({start_id, index})) {
    return 0;
  }
  if (slot->listener && listener_in_turn_) {  // their pump serves one at a time
    listeners_waiting_.emplace_back(start_id, index);
    return 0;
  }
  AttachedChild& child = children_.at(start_id);
  std::size_t moved = 0;
  for (int turn = 0; turn < limits::child_log_chunks_per_turn || slot->stream->spool_left(); ++turn) {
    if (!take_one(start_id, index, child, *slot)) {
      return moved;
    }
    ++moved;
  }
  if (slot->stream->leaves_bytes() || child.done) {  // nothing will wake us for what is left
    disk_.at(monotonic_now(), [this, start_id, index] {
      move(start_id, index);
      end_if_done(start_id);
    });
  }
  return moved;
}

/// One chunk. False: no more of it for now.
bool OutputWorker::take_one(std::uint64_t start_id, std::size_t index, AttachedChild& child, Slot& slot) {
  OutputEvents news;
  const bool ending = static_cast<bool>(child.done);
  const OutputStream::Step step = slot.stream->step(ending, news);
  if (slot.has_spool && !slot.stream->spool_left()) {
    slot.has_spool = false;
    report([this, start_id, channel = keeper_channel(slot.stream->channel())] {
      observer_->on_spool_taken(start_id, channel);
    });
  }
  switch (step) {
    case OutputStream::Step::nothing:
      slot.ended = ending;
      return false;
    case OutputStream::Step::news:
      listener_in_turn_ = listener_in_turn_ || slot.listener;
      tell(start_id, index, child, slot, std::move(news));
      return false;
    case OutputStream::Step::full:
      wait_for_reader(start_id, index, slot);
      return false;
    case OutputStream::Step::moved:
      note_progress(slot);
      break;
  }
  // A grandchild that goes on writing must not keep its program's end from being told.
  slot.ended = ending && slot.stream->taken_bytes() >= slot.end_at && slot.stream->waiting_bytes() > 0;
  return !slot.ended;
}

// ---- news to the loop, and its word that they are dealt with

void OutputWorker::tell(std::uint64_t start_id, std::size_t index, const AttachedChild& child, Slot& slot,
                        OutputEvents news) {
  slot.confirmed = std::make_shared<std::atomic<bool>>(false);
  report([this, start_id, index, key = child.key, confirmed = slot.confirmed,
          news = std::make_shared<OutputEvents>(std::move(news))] {
    observer_->on_output(start_id, key, *news);
    confirmed->store(true, std::memory_order_release);
    (void)disk_.post([self = shared_from_this(), start_id, index] { self->confirm(start_id, index); }, 0);
  });
  check_later(start_id, index, slot);
}

void OutputWorker::check_later(std::uint64_t start_id, std::size_t index, Slot& slot) {
  slot.check = disk_.at(monotonic_now() + kConfirmCheck, [this, start_id, index] {
    if (Slot* due = slot_of(start_id, index)) {
      due->check.reset();
      confirm(start_id, index);
      if (due = slot_of(start_id, index); due != nullptr && due->confirmed && !due->check) {
        check_later(start_id, index, *due);
      }
    }
  });
}

void OutputWorker::confirm(std::uint64_t start_id, std::size_t index) {
  Slot* slot = slot_of(start_id, index);
  if (slot == nullptr || !slot->confirmed || !slot->confirmed->load(std::memory_order_acquire)) {
    return;
  }
  slot->confirmed.reset();
  if (slot->check) {
    disk_.cancel(*std::exchange(slot->check, std::nullopt));
  }
  slot->stream->commit();
  if (slot->listener) {
    listener_in_turn_ = false;
  }
  move(start_id, index);
  end_if_done(start_id);
  serve_listeners();
}

void OutputWorker::serve_listeners() {
  while (!listener_in_turn_ && !listeners_waiting_.empty()) {
    const auto [start_id, index] = listeners_waiting_.front();
    listeners_waiting_.pop_front();
    move(start_id, index);
    end_if_done(start_id);
  }
}

void OutputWorker::end_if_done(std::uint64_t start_id) {
  const auto found = children_.find(start_id);
  if (found == children_.end() || !found->second.done) {
    return;
  }
  for (const auto& slot : found->second.slots) {
    if (slot && (!slot->ended || slot->confirmed)) {
      return;
    }
  }
  std::string last_line;
  for (const auto& slot : found->second.slots) {
    if (slot) {
      slot->stream->say_dropped();
      if (slot->slow_reader_said) {
        sinks_.on_trouble(found->second.key, slot->stream->channel(), {});
      }
      last_line = slot->stream->last_line();
    }
  }
  report([done = std::move(found->second.done), last_line] { done(last_line); });
  children_.erase(found);
}

/// Nothing that the loop is to be told is dropped: it waits when the queue is full. In order per stream,
/// because a stream waits for its own news.
void OutputWorker::report(std::function<void()> on_loop) {
  if (!disk_.report([self = shared_from_this(), on_loop] { on_loop(); })) {
    disk_.at(monotonic_now() + kRetry, [this, on_loop = std::move(on_loop)] { report(on_loop); });
  }
}

// ---- helpers

std::unique_ptr<system::LogPump> OutputWorker::make_pump(std::size_t slot) {
  auto pump = system::LogPump::create(intents_, slot);
  CHECK(pump.ok());
  return std::move(pump).value();
}

system::LogPump& OutputWorker::pump_for(bool listener) {
  if (!listener) {
    return *pump_;
  }
  if (!listeners_pump_) {  // it costs memory that most agents need not spend
    listeners_pump_ = make_pump(1);
  }
  return *listeners_pump_;
}

OutputWorker::Slot* OutputWorker::slot_of(std::uint64_t start_id, std::size_t index) {
  const auto found = children_.find(start_id);
  return found == children_.end() ? nullptr : found->second.slots[index].get();
}

void OutputWorker::unwatch(Slot& slot) {
  if (slot.watched) {
    disk_.unwatch(slot.stream->descriptor());
    slot.watched = false;
  }
}

template <typename Work>
void OutputWorker::for_each(Work work) {
  for (auto& [start_id, child] : children_) {
    for (std::size_t index = 0; index < child.slots.size(); ++index) {
      if (child.slots[index]) {
        work(FullLogs::Stream{start_id, index}, *child.slots[index]->stream);
      }
    }
  }
}

}  // namespace holdfast

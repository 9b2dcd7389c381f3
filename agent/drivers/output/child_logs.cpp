#include "drivers/output/child_logs.hpp"

#include <sys/epoll.h>

#include <array>
#include <atomic>
#include <deque>
#include <map>
#include <optional>
#include <utility>

#include "base/check.hpp"
#include "base/clock.hpp"
#include "base/limits.hpp"
#include "drivers/output/full_logs.hpp"
#include "drivers/output/output_pace.hpp"

namespace holdfast {
namespace {

using supervision::Channel;

constexpr Duration kRetry = 20ms;          // when the loop's queue is full
constexpr Duration kConfirmCheck = 500ms;  // the loop's word can be lost when this thread's queue is full

/// A stream and how it stands with the loop.
struct Slot {
  explicit Slot(std::unique_ptr<OutputStream> of) : stream(std::move(of)), pace(stream->pipe_bytes()) {}
  std::unique_ptr<OutputStream> stream;
  bool has_spool = false;
  bool listener = false;
  bool watched = false;
  OutputPace pace;
  bool ended = false;                                // with finish(): nothing is to come any more
  std::uint64_t end_at = 0;                          // with finish(): what was there then is taken, no more
  std::shared_ptr<std::atomic<bool>> confirmed;      // set: news are with the loop
  std::optional<storage::DiskThread::TimerId> check;  // whether it has dealt with them
  std::uint64_t logged_bytes = 0;      // when its log was full last
  int in_vain = 0;                     // how often it seemed to have room since
  bool slow_reader_said = false;
  std::optional<Instant> give_up_at;  // with finish(): for the reader of a full log
};

struct AttachedChild {
  supervision::ProcessKey key;
  std::array<std::unique_ptr<Slot>, 2> slots;
  std::function<void(std::string)> done;  // set: it has ended
};

}  // namespace

class ChildLogs::Worker : public std::enable_shared_from_this<ChildLogs::Worker> {
 public:
  Worker(storage::DiskThread& disk, storage::MainLog& log, system::LogIntents intents,
         const ChildLogsOptions& options, Handlers handlers)
      : disk_(disk),
        intents_(std::move(intents)),
        handlers_(std::move(handlers)),
        sinks_{log, syslog_, options.strip_ansi, options.copy_to_main_log,
               [this](const supervision::ProcessKey& key, Channel channel, const std::string& text) {
                 report([this, key, channel, text] { handlers_.on_trouble(key, channel, text); });
               }},
        patience_(options.reader_patience),
        full_(disk, patience_, {[this](FullLogs::Stream stream) { log_has_room(stream); },
                                [this](FullLogs::Stream stream) { reader_is_too_slow(stream); }}) {
    pump_ = make_pump(0);
  }

  void attach(Child& child) {
    AttachedChild& attached = children_[child.start_id];
    attached.key = child.key;
    system::ChildDescriptors& fds = child.descriptors;
    child.has_stderr = fds.stderr_read.valid();
    if (fds.stdout_read.valid()) {
      open(child, Channel::out, std::move(fds.stdout_read), std::move(fds.stdout_spool));
    }
    if (fds.stderr_read.valid()) {
      open(child, Channel::err, std::move(fds.stderr_read), std::move(fds.stderr_spool));
    }
    for (std::size_t index = 0; index < attached.slots.size(); ++index) {
      move(child.start_id, index);  // a spool wakes nobody
    }
  }

  void finish(std::uint64_t start_id, std::function<void(std::string)> done) {
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

  void reopen() {
    for_each([this](FullLogs::Stream id, OutputStream& stream) {
      another_descriptor(id);
      stream.reopen();
    });
  }

  Status clear(const supervision::ProcessKey& key) {
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

  void close_all() {
    for_each([this](FullLogs::Stream id, OutputStream&) {
      full_.forget(id);
      unwatch(*slot_of(id.first, id.second));
    });
    children_.clear();
  }

 private:
  void open(const Child& child, Channel channel, UniqueFd pipe, UniqueFd spool) {
    const bool out = channel == Channel::out;
    OutputStream::Source source;
    source.start_id = child.start_id;
    source.key = child.key;
    source.pid = child.pid;
    source.channel = channel;
    source.of_listener = out && child.listener;
    source.keeps_last_line = !out || (!child.has_stderr && !child.listener);
    source.pipe = std::move(pipe);
    source.spool = std::move(spool);
    source.path = out ? child.paths.out : child.paths.err;
    source.settings = out ? child.out_settings : child.err_settings;
    const bool has_spool = source.spool.valid();
    const bool listener = source.of_listener;
    auto slot = std::make_unique<Slot>(
        std::make_unique<OutputStream>(pump_for(listener), sinks_, std::move(source)));
    slot->has_spool = has_spool;
    slot->listener = listener;
    const std::size_t index = out ? 0 : 1;
    watch(child.start_id, index, *slot);
    children_.at(child.start_id).slots[index] = std::move(slot);
  }

  void watch(std::uint64_t start_id, std::size_t index, Slot& slot) {
    // Bytes that stay in the pipe must not wake us again and again: then only new ones do.
    const std::uint32_t edge = slot.stream->leaves_bytes() ? std::uint32_t{EPOLLET} : 0U;
    slot.watched =
        disk_.watch(slot.stream->descriptor(), EPOLLIN | edge,
                    [this, start_id, index](std::uint32_t events) { woken(start_id, index, events); });
  }

  void woken(std::uint64_t start_id, std::size_t index, std::uint32_t events) {
    const bool moved = move_in_pace(start_id, index);
    Slot* slot = slot_of(start_id, index);
    if (slot != nullptr && !moved && !slot->confirmed && (events & (EPOLLHUP | EPOLLERR)) != 0) {
      unwatch(*slot);  // no writer is left; the rest is taken by finish()
    }
  }

  /// What is there now, and when to look again. While a stream rests it is not watched at all: each write of its
  /// program would pay for that. True: something was moved.
  bool move_in_pace(std::uint64_t start_id, std::size_t index) {
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
  std::size_t move(std::uint64_t start_id, std::size_t index) {
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
  bool take_one(std::uint64_t start_id, std::size_t index, AttachedChild& child, Slot& slot) {
    OutputNews news;
    const bool ending = static_cast<bool>(child.done);
    const OutputStream::Step step = slot.stream->step(ending, news);
    if (slot.has_spool && !slot.stream->spool_left()) {
      slot.has_spool = false;
      report([this, start_id, channel = keeper_channel(slot.stream->channel())] {
        handlers_.on_spool_taken(start_id, channel);
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

  // ---- logs whose readers are slow

  /// The log of a stream takes nothing: its program is not read until it does, and waits when its pipe is full.
  void wait_for_reader(std::uint64_t start_id, std::size_t index, Slot& slot) {
    if (!slot.stream->leaves_bytes()) {
      unwatch(slot);
    }
    const bool some = slot.stream->logged_bytes() != slot.logged_bytes;
    slot.logged_bytes = slot.stream->logged_bytes();
    slot.in_vain = some ? 0 : slot.in_vain + 1;
    if (some) {
      full_.took(slot.stream->log_identity());
    }
    full_.wait({start_id, index}, {slot.stream->log_descriptor(), slot.stream->log_identity(),
                                   FullLogs::retry_after(slot.in_vain, slot.stream->log_descriptor() >= 0), slot.give_up_at});
  }

  /// A log that was full has taken something.
  void note_progress(Slot& slot) {
    if (!full_.calm() && slot.stream->logged_bytes() != slot.logged_bytes) {
      slot.logged_bytes = slot.stream->logged_bytes();
      full_.took(slot.stream->log_identity());
    }
  }

  void log_has_room(FullLogs::Stream id) {
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

  void reader_is_too_slow(FullLogs::Stream id) {
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
  void another_descriptor(FullLogs::Stream id) {
    if (full_.waits(id)) {
      full_.forget(id);
      disk_.at(monotonic_now(), [this, id] { log_has_room(id); });
    }
  }

  // ---- news to the loop, and its word that they are dealt with

  void tell(std::uint64_t start_id, std::size_t index, const AttachedChild& child, Slot& slot, OutputNews news) {
    slot.confirmed = std::make_shared<std::atomic<bool>>(false);
    report([this, start_id, index, key = child.key, confirmed = slot.confirmed,
            news = std::make_shared<OutputNews>(std::move(news))] {
      handlers_.on_news(start_id, key, *news);
      confirmed->store(true, std::memory_order_release);
      (void)disk_.post([self = shared_from_this(), start_id, index] { self->confirm(start_id, index); }, 0);
    });
    check_later(start_id, index, slot);
  }

  void check_later(std::uint64_t start_id, std::size_t index, Slot& slot) {
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

  void confirm(std::uint64_t start_id, std::size_t index) {
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

  void serve_listeners() {
    while (!listener_in_turn_ && !listeners_waiting_.empty()) {
      const auto [start_id, index] = listeners_waiting_.front();
      listeners_waiting_.pop_front();
      move(start_id, index);
      end_if_done(start_id);
    }
  }

  void end_if_done(std::uint64_t start_id) {
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
  void report(std::function<void()> on_loop) {
    if (!disk_.report([self = shared_from_this(), on_loop] { on_loop(); })) {
      disk_.at(monotonic_now() + kRetry, [this, on_loop = std::move(on_loop)] { report(on_loop); });
    }
  }

  // ---- helpers

  std::unique_ptr<system::LogPump> make_pump(std::size_t slot) {
    auto pump = system::LogPump::create(intents_, slot);
    CHECK(pump.ok());
    return std::move(pump).value();
  }

  system::LogPump& pump_for(bool listener) {
    if (!listener) {
      return *pump_;
    }
    if (!listeners_pump_) {  // it costs memory that most agents need not spend
      listeners_pump_ = make_pump(1);
    }
    return *listeners_pump_;
  }

  Slot* slot_of(std::uint64_t start_id, std::size_t index) {
    const auto found = children_.find(start_id);
    return found == children_.end() ? nullptr : found->second.slots[index].get();
  }

  void unwatch(Slot& slot) {
    if (slot.watched) {
      disk_.unwatch(slot.stream->descriptor());
      slot.watched = false;
    }
  }

  template <typename Work>
  void for_each(Work work) {
    for (auto& [start_id, child] : children_) {
      for (std::size_t index = 0; index < child.slots.size(); ++index) {
        if (child.slots[index]) {
          work(FullLogs::Stream{start_id, index}, *child.slots[index]->stream);
        }
      }
    }
  }

  storage::DiskThread& disk_;
  system::LogIntents intents_;
  Handlers handlers_;
  storage::SyslogSink syslog_;
  OutputSinks sinks_;
  const Duration patience_;
  FullLogs full_;
  std::unique_ptr<system::LogPump> pump_;
  std::unique_ptr<system::LogPump> listeners_pump_;
  bool listener_in_turn_ = false;  // news of one are with the loop
  std::deque<std::pair<std::uint64_t, std::size_t>> listeners_waiting_;
  std::map<std::uint64_t, AttachedChild> children_;  // by start id; disk thread only
};

ChildLogs::ChildLogs(storage::DiskThread& disk, storage::MainLog& log, system::LogIntents intents,
                     const ChildLogsOptions& options, Handlers handlers)
    : disk_(disk),
      worker_(std::make_shared<Worker>(disk, log, std::move(intents), options, std::move(handlers))) {
  disk_.at_end([worker = worker_] { worker->close_all(); });
}

ChildLogs::~ChildLogs() = default;

void ChildLogs::attach(Child child) {
  auto shared = std::make_shared<Child>(std::move(child));
  // Bounded by the number of children; a refusal would leave a program that nobody reads, so it must not
  // happen.
  CHECK(disk_.post([worker = worker_, shared] { worker->attach(*shared); }, 0));
}

void ChildLogs::finish(std::uint64_t start_id, std::function<void(std::string)> done) {
  CHECK(disk_.post([worker = worker_, start_id, done = std::move(done)] { worker->finish(start_id, done); }, 0));
}

void ChildLogs::reopen() {
  (void)disk_.post([worker = worker_] { worker->reopen(); }, 0);
}

void ChildLogs::clear(const supervision::ProcessKey& key, std::function<void(Status)> done) {
  const bool asked = disk_.ask(
      [worker = worker_, key, done]() -> storage::DiskThread::Job {
        return [done, status = worker->clear(key)] { done(status); };
      },
      0);
  if (!asked) {
    done(Error{"the disk does not keep up; nothing was cleared"});
  }
}

}  // namespace holdfast

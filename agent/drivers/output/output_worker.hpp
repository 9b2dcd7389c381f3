// output_worker.hpp: what ChildLogs does on the disk thread: the output streams of all children are watched, moved in
// turn, in their pace, and brought to their end; what the loop is to be told goes there in order, and its word that it
// has dealt with it comes back before the bytes leave their pipe. Decides nothing about programs. Owned by ChildLogs,
// which hands its calls over; everything here runs on the disk thread, but for set_observer() and what is reported.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/instant.hpp"
#include "drivers/output/child_logs.hpp"
#include "drivers/output/full_logs.hpp"
#include "drivers/output/output_pace.hpp"
#include "drivers/output/output_stream.hpp"
#include "storage/disk_thread.hpp"
#include "storage/syslog_sink.hpp"
#include "system/log_pipe.hpp"

namespace holdfast {

class OutputWorker : public std::enable_shared_from_this<OutputWorker> {
 public:
  /// `intents` has been cleared of what an earlier agent left open.
  OutputWorker(ChildLogs::Parts parts, system::LogIntents intents, const ChildLogsOptions& options);
  /// Before the first attach().
  void set_observer(OutputObserver& observer) { observer_ = &observer; }
  /// A child whose output is to be read.
  void attach(ChildOutput& child);
  /// The child has ended; `done` is reported when everything of it is in its logs.
  void finish(std::uint64_t start_id, std::function<void(std::string)> done);
  /// Closes and opens every log anew.
  void reopen();
  /// Empties the open logs of a process.
  Status clear(const ProcessId& key);
  /// The thread ends.
  void close_all();

 private:
  /// A stream and how it stands with the loop.
  struct Slot {
    explicit Slot(std::unique_ptr<OutputStream> of) : stream(std::move(of)), pace(stream->pipe_bytes()) {}
    std::unique_ptr<OutputStream> stream;
    bool has_spool = false;
    bool listener = false;
    bool watched = false;
    OutputPace pace;
    bool ended = false;                                 // with finish(): nothing is to come any more
    std::uint64_t end_at = 0;                           // with finish(): what was there then is taken, no more
    std::shared_ptr<std::atomic<bool>> confirmed;       // set: news are with the loop
    std::optional<storage::DiskThread::TimerId> check;  // whether it has dealt with them
    std::uint64_t logged_bytes = 0;                     // when its log was full last
    int in_vain = 0;                                    // how often it seemed to have room since
    bool slow_reader_said = false;
    std::optional<Instant> give_up_at;  // with finish(): for the reader of a full log
  };

  struct AttachedChild {
    ProcessId key;
    std::array<std::unique_ptr<Slot>, 2> slots;
    std::function<void(std::string)> done;  // set: it has ended
  };

  static OutputStream::Source source_of(const ChildOutput& child, supervision::Channel channel, UniqueFd pipe,
                                        UniqueFd spool);
  void open(OutputStream::Source source);
  void watch(std::uint64_t start_id, std::size_t index, Slot& slot);
  void woken(std::uint64_t start_id, std::size_t index, std::uint32_t events);
  bool move_in_pace(std::uint64_t start_id, std::size_t index);
  std::size_t move(std::uint64_t start_id, std::size_t index);
  bool take_one(std::uint64_t start_id, std::size_t index, AttachedChild& child, Slot& slot);
  void wait_for_reader(std::uint64_t start_id, std::size_t index, Slot& slot);
  void note_progress(Slot& slot);
  void log_has_room(FullLogs::Stream id);
  void reader_is_too_slow(FullLogs::Stream id);
  void another_descriptor(FullLogs::Stream id);
  void tell(std::uint64_t start_id, std::size_t index, const AttachedChild& child, Slot& slot, OutputEvents news);
  void check_later(std::uint64_t start_id, std::size_t index, Slot& slot);
  void confirm(std::uint64_t start_id, std::size_t index);
  void serve_listeners();
  void end_if_done(std::uint64_t start_id);
  void report(std::function<void()> on_loop);
  std::unique_ptr<system::LogPump> make_pump(std::size_t slot);
  system::LogPump& pump_for(bool listener);
  Slot* slot_of(std::uint64_t start_id, std::size_t index);
  void unwatch(Slot& slot);
  template <typename Work>
  void for_each(Work work);

  storage::DiskThread& disk_;
  system::LogIntents intents_;
  OutputObserver* observer_ = nullptr;  // the loop's
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

}  // namespace holdfast

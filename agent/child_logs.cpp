#include "child_logs.hpp"

#include <sys/epoll.h>

#include <array>
#include <atomic>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "base/limits.hpp"
#include "storage/log_file.hpp"
#include "supervision/log_filter.hpp"

namespace holdfast {
namespace {

using supervision::Channel;

keeper::Channel keeper_channel(Channel channel) {
  return channel == Channel::out ? keeper::Channel::out : keeper::Channel::err;
}

/// One channel of one child, on the disk thread.
struct Stream {
  Stream(Channel of, system::LogPump& pump, std::uint64_t start_id, UniqueFd pipe_fd, UniqueFd spool,
         supervision::FilterOptions filter_options)
      : channel(of),
        has_spool(spool.valid()),
        pipe(pump, start_id, keeper_channel(of), std::move(pipe_fd), std::move(spool)),
        filter(filter_options) {}

  Channel channel;
  bool has_spool;
  bool watched = false;
  system::LogPipe pipe;
  supervision::LogFilter filter;
  std::optional<storage::LogFile> file;
  bool write_failed = false;  // said once per spell
};

struct Child {
  supervision::ProcessKey key;
  std::int64_t pid = 0;
  std::array<std::unique_ptr<Stream>, 2> streams;
};

}  // namespace

class ChildLogs::Worker : public std::enable_shared_from_this<ChildLogs::Worker> {
 public:
  Worker(storage::DiskThread& disk, storage::MainLog& log, system::LogIntents intents,
         ChildLogsOptions options, Handlers handlers)
      : disk_(disk),
        log_(log),
        intents_(std::move(intents)),
        options_(options),
        handlers_(std::move(handlers)) {
    auto pump = system::LogPump::create(intents_, 0);
    CHECK(pump.ok());
    pump_ = std::move(pump).value();
  }

  /// What attach hands over; shared because jobs are copyable functions.
  struct Attachment {
    std::uint64_t start_id = 0;
    supervision::ProcessKey key;
    std::int64_t pid = 0;
    std::array<UniqueFd, 2> pipes;
    std::array<UniqueFd, 2> spools;
    std::array<std::string, 2> paths;
    std::array<config::ChannelSettings, 2> channels;
  };

  void attach(Attachment& attachment) {
    Child& child = children_[attachment.start_id];
    child.key = attachment.key;
    child.pid = attachment.pid;
    for (std::size_t i = 0; i < 2; ++i) {
      if (attachment.pipes[i].valid()) {
        open_stream(attachment, child, i);
      }
    }
    for (const auto& stream : child.streams) {
      if (stream) {
        pump(attachment.start_id, *stream);  // a spool wakes nobody
      }
    }
  }

  void finish(std::uint64_t start_id) {
    const auto found = children_.find(start_id);
    if (found == children_.end()) {
      return;
    }
    for (const auto& stream : found->second.streams) {
      if (stream) {
        drain(start_id, found->second, *stream);
      }
    }
    children_.erase(found);
  }

  void reopen() {
    for (auto& [start_id, child] : children_) {
      for (const auto& stream : child.streams) {
        if (stream && stream->file) {
          tell(stream->file->reopen(), child, *stream);
        }
      }
    }
  }

  Status clear(const supervision::ProcessKey& key) {
    Status result;
    for (auto& [start_id, child] : children_) {
      for (const auto& stream : child.streams) {
        if (child.key == key && stream && stream->file) {
          if (Status status = stream->file->clear(); !status) {
            result = std::move(status);
          }
        }
      }
    }
    return result;
  }

  void close_all() {
    for (auto& [start_id, child] : children_) {
      for (const auto& stream : child.streams) {
        unwatch(stream.get());
      }
    }
    children_.clear();
  }

  [[nodiscard]] std::uint64_t bytes_refused() const { return bytes_refused_.load(std::memory_order_relaxed); }

 private:
  void open_stream(Attachment& attachment, Child& child, std::size_t index) {
    const config::ChannelSettings& settings = attachment.channels[index];
    const Channel channel = index == 0 ? Channel::out : Channel::err;
    auto stream = std::make_unique<Stream>(
        channel, *pump_, attachment.start_id, std::move(attachment.pipes[index]),
        std::move(attachment.spools[index]),
        supervision::FilterOptions{options_.strip_ansi, settings.capture_max_bytes, settings.events_enabled});
    if (!attachment.paths[index].empty()) {
      const bool automatic = settings.log.kind == config::LogTarget::Kind::automatic;
      stream->file.emplace(storage::LogFileOptions{
          attachment.paths[index], automatic ? storage::kAutomaticLogMode : storage::kNamedLogMode,
          settings.log_max_bytes, settings.log_backups});
      tell(stream->file->reopen(), child, *stream);
    }
    const std::uint64_t start_id = attachment.start_id;
    Stream* raw = stream.get();
    stream->watched =
        disk_.watch(stream->pipe.descriptor(), EPOLLIN, [this, start_id, raw](std::uint32_t events) {
          if (pump(start_id, *raw) == 0 && (events & (EPOLLHUP | EPOLLERR)) != 0) {
            unwatch(raw);  // no writer is left; the rest is taken by finish()
          }
        });
    child.streams[index] = std::move(stream);
  }

  void unwatch(Stream* stream) {
    if (stream != nullptr && stream->watched) {
      disk_.unwatch(stream->pipe.descriptor());
      stream->watched = false;
    }
  }

  /// Some chunks of one stream, so that one program never holds the thread. Returns the bytes taken.
  std::size_t pump(std::uint64_t start_id, Stream& stream) {
    const auto found = children_.find(start_id);
    if (found == children_.end()) {
      return 0;
    }
    std::size_t taken = 0;
    for (int turn = 0; turn < limits::child_log_chunks_per_turn || stream.pipe.spool_left(); ++turn) {
      const std::size_t bytes = take_chunk(found->second, stream);
      if (bytes == 0) {
        break;
      }
      taken += bytes;
    }
    if (stream.has_spool && !stream.pipe.spool_left()) {
      stream.has_spool = false;
      report([this, start_id, channel = keeper_channel(stream.channel)] {
        handlers_.on_spool_taken(start_id, channel);
      });
    }
    return taken;
  }

  void drain(std::uint64_t start_id, Child& child, Stream& stream) {
    while (pump(start_id, stream) > 0) {
    }
    unwatch(&stream);
    supervision::FilterPlan plan = stream.filter.finish();
    const std::string rest = carry_out(child, stream, plan);
    if (!rest.empty() && stream.file) {
      count(stream.file->write(rest), rest.size(), child, stream);
    }
  }

  /// One chunk from pipe to file. 0: nothing there now.
  std::size_t take_chunk(Child& child, Stream& stream) {
    const bool plain = stream.filter.passes_through() && !options_.copy_to_main_log;
    if (plain && !stream.file) {
      const auto dropped = stream.pipe.drop();
      return dropped ? dropped.value().bytes.size() : 0;
    }
    const auto chunk = stream.pipe.peek();
    if (!chunk || chunk.value().bytes.empty()) {
      return 0;
    }
    const std::string_view bytes = chunk.value().bytes;
    if (options_.copy_to_main_log) {
      log_.debug("'" + child.key.name + "' " + std::string(name_of(stream.channel)) + " output:\n" +
                 supervision::readable_data(bytes));
    }
    if (stream.filter.passes_through()) {
      store(child, stream, bytes, bytes.size());
    } else {
      supervision::FilterPlan plan = stream.filter.feed(bytes);
      store(child, stream, carry_out(child, stream, plan), bytes.size());
    }
    return bytes.size();
  }

  /// Appends `bytes`, which stand for the first `take` bytes of the chunk, noted so that a kill doubles and
  /// loses nothing.
  void store(Child& child, Stream& stream, std::string_view bytes, std::size_t take) {
    if (!stream.file || bytes.empty() || !stream.file->seekable()) {
      if (stream.file && !bytes.empty()) {
        count(stream.file->append(bytes), bytes.size(), child, stream);  // a tty or a pipe: at least once
      }
      (void)stream.pipe.take(take);
      return;
    }
    const storage::LogFile::FileIdentity identity = stream.file->identity();
    stream.pipe.begin({stream.file->path(), identity.device, identity.inode,
                       static_cast<std::uint64_t>(stream.file->end_of_file()), bytes.size()},
                      take);
    count(stream.file->append(bytes), bytes.size(), child, stream);
    (void)stream.pipe.finish();
    (void)stream.file->rotate_if_due();
  }

  /// Sends the events of a plan; returns the bytes that belong into the log.
  std::string carry_out(const Child& child, const Stream& stream, const supervision::FilterPlan& plan) {
    std::string to_log;
    const bool out = stream.channel == Channel::out;
    for (const supervision::FilterPiece& piece : plan.pieces) {
      if (piece.kind == supervision::FilterPiece::Kind::communication) {
        emit(out ? supervision::EventType::process_communication_stdout
                 : supervision::EventType::process_communication_stderr,
             supervision::communication_payload(child.key, child.pid, piece.bytes));
        continue;
      }
      if (piece.kind == supervision::FilterPiece::Kind::log) {
        to_log += piece.bytes;
      }
      if (stream.filter.events_enabled()) {
        emit(out ? supervision::EventType::process_log_stdout : supervision::EventType::process_log_stderr,
             supervision::log_payload(child.key, child.pid, stream.channel, piece.bytes));
      }
    }
    return to_log;
  }

  void emit(supervision::EventType type, std::string payload) {
    report([this, type, payload = std::move(payload)] { handlers_.on_event(type, payload); });
  }

  void report(std::function<void()> on_loop) {
    (void)disk_.report([self = shared_from_this(), on_loop = std::move(on_loop)] { on_loop(); });
  }

  void count(const storage::AppendResult& result, std::size_t wanted, const Child& child, Stream& stream) {
    if (result.ok()) {
      stream.write_failed = false;
      return;
    }
    bytes_refused_.fetch_add(wanted - result.written, std::memory_order_relaxed);
    if (!stream.write_failed) {
      stream.write_failed = true;
      log_.error("the " + std::string(name_of(stream.channel)) + " log of " +
                 supervision::make_namespec(child.key) + " (" + stream.file->path() +
                 ") cannot be written: " + std::string(::strerrordesc_np(result.error)) +
                 "; its output is dropped until it can, the program goes on");
    }
  }

  void tell(const Status& status, const Child& child, Stream& stream) {
    if (!status && !stream.write_failed) {
      stream.write_failed = true;
      log_.error("the " + std::string(name_of(stream.channel)) + " log of " +
                 supervision::make_namespec(child.key) + " cannot be opened: " + status.error().message +
                 "; its output is dropped, the program goes on");
    }
  }

  storage::DiskThread& disk_;
  storage::MainLog& log_;
  system::LogIntents intents_;
  ChildLogsOptions options_;
  Handlers handlers_;
  std::unique_ptr<system::LogPump> pump_;
  std::map<std::uint64_t, Child> children_;  // by start id; disk thread only
  std::atomic<std::uint64_t> bytes_refused_{0};
};

ChildLogs::ChildLogs(storage::DiskThread& disk, storage::MainLog& log, system::LogIntents intents,
                     ChildLogsOptions options, Handlers handlers)
    : disk_(disk),
      worker_(std::make_shared<Worker>(disk, log, std::move(intents), options, std::move(handlers))) {
  disk_.at_end([worker = worker_] { worker->close_all(); });
}

ChildLogs::~ChildLogs() = default;

void ChildLogs::attach(std::uint64_t start_id, const supervision::ProcessKey& key, std::int64_t pid,
                       const config::ProcessSettings& settings, const ChildLogPaths& paths, UniqueFd out,
                       UniqueFd err, UniqueFd out_spool, UniqueFd err_spool) {
  auto attachment = std::make_shared<Worker::Attachment>();
  attachment->start_id = start_id;
  attachment->key = key;
  attachment->pid = pid;
  attachment->pipes = {std::move(out), std::move(err)};
  attachment->spools = {std::move(out_spool), std::move(err_spool)};
  attachment->paths = {paths.out, paths.err};
  attachment->channels = {settings.stdout_channel, settings.stderr_channel};
  // Bounded by the number of children; a refusal would leave a program that nobody reads, so it must not
  // happen.
  CHECK(disk_.post([worker = worker_, attachment] { worker->attach(*attachment); }, 0));
}

void ChildLogs::finish(std::uint64_t start_id, std::function<void()> done) {
  const bool asked = disk_.ask(
      [worker = worker_, start_id, done]() -> storage::DiskThread::Job {
        worker->finish(start_id);
        return done;
      },
      0);
  CHECK(asked);
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

std::uint64_t ChildLogs::bytes_refused() const {
  return worker_->bytes_refused();
}

}  // namespace holdfast

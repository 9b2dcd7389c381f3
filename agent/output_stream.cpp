#include "output_stream.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>

#include <cstring>

#include "base/check.hpp"
#include "base/clock.hpp"
#include "base/limits.hpp"

namespace holdfast {
namespace {

using supervision::Channel;
using supervision::FilterPiece;

keeper::Channel keeper_channel(Channel channel) {
  return channel == Channel::out ? keeper::Channel::out : keeper::Channel::err;
}

supervision::FilterOptions filter_of(const OutputSinks& sinks, const OutputStream::Source& source) {
  if (source.of_listener) {
    return {sinks.strip_ansi, 0, false};
  }
  return {sinks.strip_ansi, source.settings.capture_max_bytes, source.settings.events_enabled};
}

}  // namespace

OutputStream::OutputStream(system::LogPump& pump, const OutputSinks& sinks, Source source)
    : sinks_(sinks),
      source_(std::move(source)),
      pipe_(pump, source_.start_id, keeper_channel(source_.channel), std::move(source_.pipe),
            std::move(source_.spool)),
      filter_(filter_of(sinks, source_)),
      // Its pages may be half empty, and the program must still be able to write.
      may_stay_(pipe_bytes() / 4),
      plain_(filter_.passes_through() && !source_.of_listener) {
  if (!source_.path.empty()) {
    const bool automatic = source_.settings.log.kind == config::LogTarget::Kind::automatic;
    file_.emplace(storage::LogFileOptions{source_.path,
                                          automatic ? storage::kAutomaticLogMode : storage::kNamedLogMode,
                                          source_.settings.log_max_bytes, source_.settings.log_backups});
    reopen();
  }
}

OutputStream::Step OutputStream::step(bool to_the_end, OutputNews& news) {
  const bool nowhere = !file_ && !source_.settings.syslog && !sinks_.copy_to_main_log;
  if (plain_ && nowhere) {
    const auto dropped = pipe_.drop();
    const std::size_t count = dropped ? dropped.value().bytes.size() : 0;
    taken_bytes_ += count;
    return count > 0 ? Step::moved : Step::nothing;
  }
  const auto chunk = pipe_.peek();
  const std::string_view bytes = chunk ? chunk.value().bytes : std::string_view();
  if (bytes.empty()) {
    return to_the_end && !plain_ ? flush(news) : Step::nothing;
  }
  if (plain_) {
    copy_to_main_log(bytes);
    store(bytes, bytes.size());
    return Step::moved;
  }
  const supervision::FilterPlan plan = plan_of(bytes, chunk.value().from_spool, to_the_end);
  Pending pending = read_plan(plan, news);
  if (source_.of_listener && plan.take > 0) {
    news.printed = std::string(bytes.substr(0, plan.take));
    news.number = static_cast<std::uint64_t>(monotonic_now().ns);
    begin(pending.to_log, plan.take, news.number);
    pending.begun = true;
  }
  if (!news.empty()) {
    pending_ = std::move(pending);
    return Step::news;
  }
  if (pending.take == 0) {
    return Step::nothing;
  }
  store(pending.to_log, pending.take);
  return Step::moved;
}

/// What comes from a spool does not stay there: the pipe behind it could not be seen together with it. At the
/// very end, when nothing is left but what is not settled, that is taken too.
supervision::FilterPlan OutputStream::plan_of(std::string_view chunk, bool from_spool, bool to_the_end) {
  if (from_spool) {
    return filter_.feed(chunk, 0);
  }
  supervision::FilterPlan plan = filter_.feed(chunk, may_stay_);
  if (plan.take == 0 && to_the_end) {
    return filter_.feed(chunk, 0);
  }
  return plan;
}

/// The pipe is empty for ever: what the filter has kept.
OutputStream::Step OutputStream::flush(OutputNews& news) {
  const supervision::FilterPlan plan = filter_.finish();
  Pending pending = read_plan(plan, news);
  if (!news.empty()) {
    pending_ = std::move(pending);
    return Step::news;
  }
  if (!pending.to_log.empty()) {
    store(pending.to_log, 0);
  }
  return Step::nothing;
}

OutputStream::Pending OutputStream::read_plan(const supervision::FilterPlan& plan, OutputNews& news) {
  Pending pending{plan.take, {}};
  const bool out = source_.channel == Channel::out;
  for (const FilterPiece& piece : plan.pieces) {
    switch (piece.kind) {
      case FilterPiece::Kind::communication:
        news.events.emplace_back(
            out ? supervision::EventType::process_communication_stdout
                : supervision::EventType::process_communication_stderr,
            supervision::communication_payload(source_.key, source_.pid, piece.bytes));
        sinks_.log.debug("'" + source_.key.name + "' " + std::string(name_of(source_.channel)) +
                         " emitted a comm event");
        continue;
      case FilterPiece::Kind::unfinished:
        pending.to_log += piece.bytes;
        continue;
      case FilterPiece::Kind::log:
        pending.to_log += piece.bytes;
        break;
      case FilterPiece::Kind::captured:
        break;
    }
    copy_to_main_log(piece.bytes);
    if (filter_.events_enabled()) {
      news.events.emplace_back(
          out ? supervision::EventType::process_log_stdout : supervision::EventType::process_log_stderr,
          supervision::log_payload(source_.key, source_.pid, source_.channel, piece.bytes));
    }
  }
  return pending;
}

void OutputStream::commit() {
  if (!pending_) {
    return;
  }
  const Pending pending = std::move(*pending_);
  pending_.reset();
  if (pending.begun) {
    taken_bytes_ += pipe_.spool_left() ? 0 : pending.take;
    if (file_ && !pending.to_log.empty()) {
      judge(file_->append(pending.to_log), pending.to_log.size());
    }
    (void)pipe_.finish();
    if (file_) {
      (void)file_->rotate_if_due();
    }
    return;
  }
  if (pending.take > 0) {
    const auto chunk = pipe_.peek();  // the same bytes again, and maybe more behind them
    CHECK(chunk && chunk.value().bytes.size() >= pending.take);
  }
  store(pending.to_log, pending.take);
}

/// Appends `bytes`, which stand for the first `take` bytes of the chunk; 0: for bytes that were taken before.
void OutputStream::store(std::string_view bytes, std::size_t take) {
  taken_bytes_ += pipe_.spool_left() ? 0 : take;
  if (source_.settings.syslog && !source_.of_listener && !bytes.empty()) {
    if (const int error = sinks_.syslog.send_lines(source_.key.name, bytes, wall_now()); error != 0) {
      say_trouble("cannot be sent to syslog: " + std::string(::strerrordesc_np(error)));
    }
  }
  write(bytes, take);
}

/// To the file, noted so that a kill doubles and loses nothing.
void OutputStream::write(std::string_view bytes, std::size_t take) {
  if (!file_ || bytes.empty() || take == 0 || !file_->seekable()) {
    if (file_ && !bytes.empty()) {
      judge(file_->write(bytes), bytes.size());  // a tty or a pipe: at least once
    }
    if (take > 0) {
      (void)pipe_.take(take);
    }
    return;
  }
  begin(bytes, take, 0);
  judge(file_->append(bytes), bytes.size());
  (void)pipe_.finish();
  (void)file_->rotate_if_due();
}

/// Notes that `bytes` are about to be appended for the first `take` bytes of the chunk.
void OutputStream::begin(std::string_view bytes, std::size_t take, std::uint64_t number) {
  system::LogSpan span;
  span.number = number;
  if (file_ && file_->seekable() && !bytes.empty()) {
    const storage::LogFile::FileIdentity identity = file_->identity();
    span = {file_->path(),  identity.device, identity.inode, static_cast<std::uint64_t>(file_->end_of_file()),
            bytes.size(), number};
  }
  pipe_.begin(span, take);
}

void OutputStream::copy_to_main_log(std::string_view bytes) {
  if (sinks_.copy_to_main_log && !bytes.empty()) {
    sinks_.log.debug("'" + source_.key.name + "' " + std::string(name_of(source_.channel)) + " output:\n" +
                     supervision::readable_data(bytes));
  }
}

std::size_t OutputStream::pipe_bytes() const {
  const int size = ::fcntl(pipe_.descriptor(), F_GETPIPE_SZ);
  return size > 0 ? static_cast<std::size_t>(size) : 0;
}

std::size_t OutputStream::enlarge_pipe() {
  if (pipe_bytes() < limits::log_fast_pipe_bytes) {
    (void)::fcntl(pipe_.descriptor(), F_SETPIPE_SZ, static_cast<int>(limits::log_fast_pipe_bytes));
  }
  return pipe_bytes();
}

std::size_t OutputStream::waiting_bytes() const {
  int bytes = 0;
  return ::ioctl(pipe_.descriptor(), FIONREAD, &bytes) == 0 && bytes > 0 ? static_cast<std::size_t>(bytes) : 0;
}

void OutputStream::reopen() {
  if (!file_) {
    return;
  }
  if (const Status status = file_->reopen(); !status) {
    say_trouble("cannot be opened: " + status.error().message);
  }
}

Status OutputStream::clear() {
  return file_ ? file_->clear() : Status();
}

void OutputStream::judge(const storage::AppendResult& result, std::size_t wanted) {
  if (!result.ok()) {
    bytes_refused_ += wanted - result.written;
    say_trouble("(" + file_->path() + ") cannot be written: " + ::strerrordesc_np(result.error));
  } else if (troubled_) {
    troubled_ = false;
    sinks_.log.info("the " + std::string(name_of(source_.channel)) + " log of " +
                    supervision::make_namespec(source_.key) + " is written again; " +
                    std::to_string(bytes_refused_) + " bytes were dropped");
    sinks_.on_trouble(source_.key, source_.channel, {});
  }
}

void OutputStream::say_trouble(const std::string& what) {
  if (troubled_) {
    return;
  }
  troubled_ = true;
  const std::string text = "the " + std::string(name_of(source_.channel)) + " log of " +
                           supervision::make_namespec(source_.key) + " " + what +
                           "; output is dropped until it can, the program goes on";
  sinks_.log.error(text);
  sinks_.on_trouble(source_.key, source_.channel, text);
}

}  // namespace holdfast

#include "drivers/output/output_stream.hpp"

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

/// A chunk that we have cut ourselves need not end within a line: others may write there before its rest comes.
std::string_view to_the_last_line_end(std::string_view bytes) {
  const std::size_t end = bytes.rfind('\n');
  return end == std::string_view::npos ? bytes : bytes.substr(0, end + 1);
}

supervision::FilterOptions filter_of(const OutputSinks& sinks, const OutputStream::Source& source) {
  if (source.of_listener) {
    return {sinks.strip_ansi, 0, false};
  }
  return {sinks.strip_ansi, source.settings.capture_max_bytes, source.settings.events_enabled};
}

}  // namespace

keeper::Channel keeper_channel(Channel channel) {
  return channel == Channel::out ? keeper::Channel::out : keeper::Channel::err;
}

OutputStream::OutputStream(system::LogPump& pump, const OutputSinks& sinks, Source source)
    : sinks_(sinks),
      source_(std::move(source)),
      pipe_(pump, source_.start_id, keeper_channel(source_.channel), std::move(source_.pipe), std::move(source_.spool)),
      filter_(filter_of(sinks, source_)),
      // Its pages may be half empty, and the program must still be able to write.
      may_stay_(pipe_bytes() / 4),
      plain_(filter_.passes_through() && !source_.of_listener) {
  if (!source_.path.empty()) {
    const bool automatic = source_.settings.log.kind == config::LogTarget::Kind::automatic;
    file_.emplace(storage::LogFileOptions{source_.path, automatic ? storage::kAutomaticLogMode : storage::kNamedLogMode,
                                          source_.settings.log_max_bytes, source_.settings.log_backups});
    reopen();
  }
}

OutputStream::Step OutputStream::step(bool to_the_end, OutputEvents& news) {
  const bool nowhere = !file_ && !source_.settings.syslog && !sinks_.copy_to_main_log;
  if (plain_ && nowhere) {
    const auto dropped = pipe_.drop();
    const std::size_t count = dropped ? dropped.value().bytes.size() : 0;
    taken_bytes_ += count;
    note(dropped ? dropped.value().bytes : std::string_view());
    return count > 0 ? Step::moved : Step::nothing;
  }
  if (pending_) {
    return advance(*std::exchange(pending_, std::nullopt), news);  // its log was full
  }
  const std::size_t most = was_full_ ? limits::log_full_chunk_bytes : limits::log_chunk_bytes;
  const auto chunk = pipe_.peek(most);
  const std::string_view bytes = chunk ? chunk.value().bytes : std::string_view();
  if (bytes.empty()) {
    return to_the_end && !plain_ ? flush(news) : Step::nothing;
  }
  if (plain_) {
    return step_plain(is_stream() && bytes.size() == most ? to_the_last_line_end(bytes) : bytes);
  }
  const supervision::FilterPlan plan = plan_of(bytes, chunk.value().from_spool, to_the_end);
  Pending pending = read_plan(plan);
  if (source_.of_listener && plan.take > 0) {
    pending.news.printed = std::string(bytes.substr(0, plan.take));
    pending.news.number = static_cast<std::uint64_t>(monotonic_now().ns);
  }
  if (pending.take == 0 && pending.news.empty()) {
    return Step::nothing;
  }
  pending.in_sight = true;
  return begin_advance(std::move(pending), news);
}

/// Output that nobody looks into. What a full log does not take stays in the program's pipe.
OutputStream::Step OutputStream::step_plain(std::string_view bytes) {
  const std::string_view fresh = bytes.substr(std::min(copied_, bytes.size()));
  note(fresh);
  copy_to_main_log(fresh);
  send_to_syslog(fresh);
  if (!is_stream()) {
    store(bytes, bytes.size());
    return Step::moved;
  }
  const std::size_t written = write_stream(bytes);
  copied_ = std::max(copied_, bytes.size()) - written;
  was_full_ = written < bytes.size();
  store({}, written);
  return was_full_ ? Step::full : Step::moved;
}

OutputStream::Step OutputStream::begin_advance(Pending pending, OutputEvents& news) {
  if (is_stream()) {
    send_to_syslog(pending.to_log);  // once, however often the log is full
  }
  return advance(std::move(pending), news);
}

/// A chunk whose way is decided. A file gets it when the loop has its news; a log that cannot be cut back before that,
/// because it may have to wait.
OutputStream::Step OutputStream::advance(Pending pending, OutputEvents& news) {
  if (is_stream()) {
    pending.to_log.erase(0, write_stream(pending.to_log));
    if (!pending.to_log.empty()) {
      keep(std::move(pending));
      return Step::full;
    }
  }
  if (!pending.news.printed.empty()) {
    look_again(pending);
    begin(pending.to_log, pending.take, pending.news.number);
    pending.begun = true;
  }
  if (!pending.news.empty()) {
    news = std::exchange(pending.news, {});
    keep(std::move(pending));
    return Step::news;
  }
  look_again(pending);
  send_to_syslog(pending.to_log);
  store(pending.to_log, pending.take);
  return Step::moved;
}

void OutputStream::keep(Pending pending) {
  pending.in_sight = false;
  pending_ = std::move(pending);
}

/// Other streams may have used the pump meanwhile: the same bytes again, and maybe more behind them.
void OutputStream::look_again(Pending& pending) {
  if (pending.take > 0 && !std::exchange(pending.in_sight, true)) {
    const auto chunk = pipe_.peek(limits::log_chunk_bytes);
    CHECK(chunk && chunk.value().bytes.size() >= pending.take);
  }
}

/// What comes from a spool does not stay there: the pipe behind it could not be seen together with it. At the
/// very end, when nothing is left but what is undecided, that is taken too.
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
OutputStream::Step OutputStream::flush(OutputEvents& news) {
  Pending pending = read_plan(filter_.finish());
  if (pending.to_log.empty() && pending.news.empty()) {
    return Step::nothing;
  }
  pending.take = 0;
  const Step step = begin_advance(std::move(pending), news);
  return step == Step::moved ? Step::nothing : step;
}

OutputStream::Pending OutputStream::read_plan(const supervision::FilterPlan& plan) {
  Pending pending;
  pending.take = plan.take;
  const bool out = source_.channel == Channel::out;
  for (const FilterPiece& piece : plan.pieces) {
    switch (piece.kind) {
      case FilterPiece::Kind::communication:
        pending.news.events.emplace_back(out ? supervision::EventType::process_communication_stdout
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
      pending.news.events.emplace_back(
          out ? supervision::EventType::process_log_stdout : supervision::EventType::process_log_stderr,
          supervision::log_payload(source_.key, source_.pid, source_.channel, piece.bytes));
    }
  }
  note(pending.to_log);
  return pending;
}

void OutputStream::commit() {
  if (!pending_) {
    return;
  }
  Pending pending = *std::exchange(pending_, std::nullopt);
  if (!pending.begun) {
    look_again(pending);
    send_to_syslog(pending.to_log);
    return store(pending.to_log, pending.take);
  }
  taken_bytes_ += pipe_.spool_left() ? 0 : pending.take;
  if (file_ && !pending.to_log.empty()) {
    judge(file_->append(pending.to_log), pending.to_log.size());
  }
  (void)pipe_.finish();
  if (file_) {
    (void)file_->rotate_if_due();
  }
}

void OutputStream::note(std::string_view bytes) {
  if (source_.keeps_last_line) {
    last_line_.add(bytes);
  }
}

void OutputStream::send_to_syslog(std::string_view bytes) {
  if (source_.settings.syslog && !source_.of_listener && !bytes.empty()) {
    if (const int error = sinks_.syslog.send_lines(source_.key.name, bytes, wall_now()); error != 0) {
      say_trouble("cannot be sent to syslog: " + std::string(::strerrordesc_np(error)));
    }
  }
}

/// Appends `bytes`, which stand for the first `take` bytes of the chunk; 0: for bytes that were taken before. Noted so
/// that a kill doubles and loses nothing.
void OutputStream::store(std::string_view bytes, std::size_t take) {
  taken_bytes_ += pipe_.spool_left() ? 0 : take;
  if (!file_ || bytes.empty() || take == 0 || !file_->seekable()) {
    if (file_ && !bytes.empty()) {
      judge(file_->write(bytes), bytes.size());
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

/// How much is dealt with: in the log, or refused by it for good. The rest has to wait for the log's reader.
std::size_t OutputStream::write_stream(std::string_view bytes) {
  if (bytes.empty()) {
    return 0;
  }
  const storage::AppendResult result = file_->append(bytes);
  if (!result.full()) {
    judge(result, bytes.size());
    return bytes.size();
  }
  if (!given_up_) {
    return result.written;
  }
  bytes_dropped_ += bytes.size() - result.written;
  return bytes.size();
}

/// Notes that `bytes` are about to be appended for the first `take` bytes of the chunk.
void OutputStream::begin(std::string_view bytes, std::size_t take, std::uint64_t number) {
  system::LogSpan span;
  span.number = number;
  if (file_ && file_->seekable() && !bytes.empty()) {
    const storage::LogFile::FileIdentity identity = file_->identity();
    span = {file_->path(), identity.device, identity.inode, static_cast<std::uint64_t>(file_->end_of_file()),
            bytes.size(),  number};
  }
  pipe_.begin(span, take);
}

void OutputStream::copy_to_main_log(std::string_view bytes) {
  if (sinks_.copy_to_main_log && !bytes.empty()) {
    sinks_.log.debug("'" + source_.key.name + "' " + std::string(name_of(source_.channel)) + " output:\n" +
                     supervision::readable_data(bytes));
  }
}

std::string OutputStream::log_text() const {
  return "the " + std::string(name_of(source_.channel)) + " log of " + make_namespec(source_.key) +
         (file_ ? " (" + file_->path() + ")" : "");
}

void OutputStream::say_dropped() {
  if (bytes_dropped_ > 0) {
    sinks_.log.error(log_text() +
                     " takes nothing, its reader does not read: " + std::to_string(std::exchange(bytes_dropped_, 0)) +
                     " bytes that the program wrote before its end were dropped");
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
    sinks_.log.info("the " + std::string(name_of(source_.channel)) + " log of " + make_namespec(source_.key) +
                    " is written again; " + std::to_string(bytes_refused_) + " bytes were dropped");
    sinks_.on_trouble(source_.key, source_.channel, {});
  }
}

void OutputStream::say_trouble(const std::string& what) {
  if (troubled_) {
    return;
  }
  troubled_ = true;
  const std::string text = "the " + std::string(name_of(source_.channel)) + " log of " + make_namespec(source_.key) +
                           " " + what + "; output is dropped until it can, the program goes on";
  sinks_.log.error(text);
  sinks_.on_trouble(source_.key, source_.channel, text);
}

}  // namespace holdfast

// output_stream.hpp: one output channel of one child, on the disk thread: its pipe, its filter, where it goes
// (file, syslog), and what the loop is to be told of it. Moves one chunk at a time; a chunk whose news the loop
// must have first (events, what a listener prints) stays in the pipe until commit(), so that neither is lost when
// the agent dies. Owned by ChildLogs' worker, which decides when; it neither watches nor reports.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/process_id.hpp"
#include "base/unique_fd.hpp"
#include "config/settings.hpp"
#include "drivers/ports/program_output.hpp"
#include "storage/log_file.hpp"
#include "storage/main_log.hpp"
#include "storage/syslog_sink.hpp"
#include "supervision/ending.hpp"
#include "supervision/event.hpp"
#include "supervision/log_filter.hpp"
#include "system/log_pipe.hpp"

namespace holdfast {

/// The channel in the keeper's words.
keeper::Channel keeper_channel(supervision::Channel channel);

/// What all streams share.
struct OutputSinks {
  storage::MainLog& log;
  storage::SyslogSink& syslog;
  bool strip_ansi = false;
  bool copy_to_main_log = false;  // main log at debug or lower (contract 3.1)
  /// A sink has failed, or works again (empty text).
  std::function<void(const ProcessId&, supervision::Channel, std::string trouble)> on_trouble;
};

class OutputStream {
 public:
  struct Source {
    std::uint64_t start_id = 0;
    ProcessId key;
    std::int64_t pid = 0;
    supervision::Channel channel = supervision::Channel::out;
    bool of_listener = false;  // its stdout speaks the listeners' protocol: no capture, events, syslog there
    bool keeps_last_line = false;
    UniqueFd pipe;
    UniqueFd spool;
    std::string path;  // of the log; empty: none
    config::ChannelSettings settings;
  };

  /// `pump` and `sinks` outlive it. A listener's pump is used by one stream at a time, from step() to commit():
  /// what it printed is noted before the loop sees it, so that the next agent knows whether it was seen.
  OutputStream(system::LogPump& pump, const OutputSinks& sinks, Source source);

  enum class Step {
    nothing,  // nothing there now, or nothing that may be taken yet
    moved,
    news,  // commit() when the loop has dealt with `news`; until then no step
    full,  // the log is a pipe, a terminal or a socket whose reader is slow: wait until log_descriptor() is writable
  };
  /// One chunk. `to_the_end`: the child has ended; also what was held back is taken.
  Step step(bool to_the_end, OutputEvents& news);
  void commit();

  /// Of the log, to wait for its reader.
  [[nodiscard]] int log_descriptor() const { return file_ ? file_->fd() : -1; }
  [[nodiscard]] storage::LogFile::FileIdentity log_identity() const {
    return file_ ? file_->identity() : storage::LogFile::FileIdentity{};
  }
  [[nodiscard]] std::uint64_t logged_bytes() const { return file_ ? file_->counters().bytes_written : 0; }
  /// How to speak of it.
  [[nodiscard]] std::string log_text() const;
  /// The child has ended and nobody reads its log: what that does not take at once is dropped, counted and said by
  /// say_dropped().
  void give_up() { given_up_ = true; }
  void say_dropped();

  /// Whether bytes may be left in the pipe, so that only new ones may wake.
  [[nodiscard]] bool leaves_bytes() const { return !plain_; }
  [[nodiscard]] int descriptor() const { return pipe_.descriptor(); }
  [[nodiscard]] bool spool_left() const { return pipe_.spool_left(); }
  [[nodiscard]] supervision::Channel channel() const { return source_.channel; }
  /// What the pipe holds at most.
  [[nodiscard]] std::size_t pipe_bytes() const;
  /// Makes the pipe of a program that writes fast hold more, if the system lets us. What it holds then.
  std::size_t enlarge_pipe();
  /// Bytes in the pipe now.
  [[nodiscard]] std::size_t waiting_bytes() const;
  /// Bytes taken out of the pipe so far.
  [[nodiscard]] std::uint64_t taken_bytes() const { return taken_bytes_; }

  /// Of what was taken so far, when the source keeps it; else empty.
  [[nodiscard]] std::string last_line() const { return last_line_.text(); }

  void reopen();
  Status clear();

 private:
  /// A chunk that was looked at and not taken.
  struct Pending {
    std::size_t take = 0;
    std::string to_log;
    OutputEvents news;
    bool begun = false;     // noted in the table of intents already
    bool in_sight = false;  // the pump holds it
  };

  supervision::FilterPlan plan_of(std::string_view chunk, bool from_spool, bool to_the_end);
  Step flush(OutputEvents& news);
  Pending read_plan(const supervision::FilterPlan& plan);
  Step step_plain(std::string_view bytes);
  Step begin_advance(Pending pending, OutputEvents& news);
  Step advance(Pending pending, OutputEvents& news);
  void keep(Pending pending);
  void look_again(Pending& pending);
  /// What cannot be cut back (a pipe, a terminal, a socket), or is not open.
  [[nodiscard]] bool is_stream() const { return file_ && !file_->seekable(); }
  void send_to_syslog(std::string_view bytes);
  void store(std::string_view bytes, std::size_t take);
  std::size_t write_stream(std::string_view bytes);
  void note(std::string_view bytes);
  void begin(std::string_view bytes, std::size_t take, std::uint64_t number);
  void copy_to_main_log(std::string_view bytes);
  void judge(const storage::AppendResult& result, std::size_t wanted);
  void say_trouble(const std::string& what);

  const OutputSinks& sinks_;
  Source source_;
  system::LogPipe pipe_;
  supervision::LogFilter filter_;
  supervision::LastLine last_line_;
  std::optional<storage::LogFile> file_;
  std::optional<Pending> pending_;
  std::size_t may_stay_ = 0;
  std::uint64_t taken_bytes_ = 0;
  bool plain_ = false;
  bool troubled_ = false;            // said once per spell
  std::uint64_t bytes_refused_ = 0;  // that the file did not take
  std::size_t copied_ = 0;  // of what is in the pipe, plain: how much has its copies in syslog and the main log
  bool was_full_ = false;
  bool given_up_ = false;
  std::uint64_t bytes_dropped_ = 0;  // because of that
};

}  // namespace holdfast
